/* Any bytes as a macOS package, read, checked and its signature judged. */
#include "common/def.h"
#include "common/flatcheck.h"
#include "common/xarsig.h"

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_cms_signer who;
	struct sm_cms_policy p;
	struct sm_flatpkg pkg;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	sm_xarsig_developer_id(&p, "", 1800000000);
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0 &&
	    sm_flatpkg_read(&pkg, fd, NULL) == 0) {
		(void)sm_flatcheck_run(&pkg, fd, NULL);
		if (sm_xarsig_verify(&pkg.xar, fd, &p, &who, NULL) == 0)
			abort(); /* there is no root */
		sm_flatpkg_release(&pkg);
	}
	sm_os_file_close(fd);
	return 0;
}
