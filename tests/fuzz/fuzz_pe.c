/* A file with any bytes. */
#include "common/def.h"
#include "common/pe.h"

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t digest[SM_DIGEST_MAX];
	struct sm_pe p;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0 &&
	    sm_pe_read(&p, fd, NULL) == 0)
		(void)sm_pe_digest(&p, fd, SM_DIGEST_SHA256, digest, NULL);
	sm_os_file_close(fd);
	return 0;
}
