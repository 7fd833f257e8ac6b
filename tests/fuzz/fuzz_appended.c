/* A program with any bytes behind it: what is found lies inside the file. */
#include "common/def.h"
#include "common/appended.h"

#include <stdlib.h>

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_appended a;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0 &&
	    sm_appended_find(fd, &a, NULL) == 0) {
		if (!a.offset || a.offset > size ||
		    a.size > size - a.offset - SM_APPENDED_TRAILER)
			abort();
		(void)sm_appended_check(fd, &a, NULL);
	}
	sm_os_file_close(fd);
	return 0;
}
