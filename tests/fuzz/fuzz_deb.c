/* A file with any bytes, and the signature that may stand in it. */
#include "common/def.h"
#include "common/deb.h"

#include "common/openpgp.h"
#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_openpgp_result res;
	struct sm_deb x;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	if (sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0 &&
	    sm_deb_read(&x, fd, NULL) == 0 &&
	    sm_openpgp_ring_add_aws(&ring) == 0)
		(void)sm_deb_verify_origin(&x, fd, &ring, 2000000000, &res,
					   NULL);
	sm_openpgp_ring_release(&ring);
	sm_os_file_close(fd);
	return 0;
}
