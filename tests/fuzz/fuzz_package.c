/*
 * A package with any bytes, read and unpacked. Nothing may come to lie
 * outside the folder, and nothing in it but the payload.
 */
#include "common/def.h"
#include "common/package.h"

#include "common/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int judge(void *user, const struct sm_archive_done *d, struct sm_err *e)
{
	SM_UNUSED(user);
	SM_UNUSED(e);
	if (d->type == SM_FILE_REGULAR && !sm_package_is_payload(d->path))
		abort();
	if (d->type == SM_FILE_LINK)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[512];
	struct sm_package p;
	enum sm_arch arch;
	int fd;

	if (sm_os_dir_temp("/tmp/sm-fuzz-", dir, sizeof(dir), NULL) < 0)
		return 0;
	fd = sm_os_file_temp(NULL, NULL);
	if (fd >= 0 &&
	    sm_os_file_write_all(fd, sm_str_n(data, size), NULL) == 0) {
		(void)sm_package_read(&p, fd, NULL);
		(void)sm_package_extract(fd, dir, judge, NULL, &arch, NULL);
	}
	if (fd >= 0)
		sm_os_file_close(fd);
	(void)sm_fs_remove_tree(dir, NULL);
	return 0;
}
