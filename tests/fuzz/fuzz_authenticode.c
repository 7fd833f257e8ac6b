/* Any bytes as a program; there is no root, so none is ever good. */
#include "common/def.h"
#include "common/authenticode.h"

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_authenticode a;
	struct sm_cms_policy p;
	struct sm_err e = SM_ERR_INIT;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	sm_authenticode_policy(&p, 1800000000);
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0) {
		if (sm_authenticode_verify(&p, fd, &a, &e) == 0)
			abort();
		(void)sm_authenticode_verify(NULL, fd, &a, &e);
	}
	sm_os_file_close(fd);
	return 0;
}
