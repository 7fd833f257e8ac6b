/* A file with any bytes. */
#include "common/def.h"
#include "common/xzdict.h"

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t bytes;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0)
		(void)sm_xzdict_largest(fd, 0, size, &bytes, NULL);
	sm_os_file_close(fd);
	return 0;
}
