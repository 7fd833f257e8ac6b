/*
 * Headers of rpms that go into an index: read, and written as XML, whose text
 * must be free of what XML cannot hold.
 */
#include "common/def.h"
#include "pkg/rpmread.h"

#include "common/buf.h"
#include "common/os/file.h"
#include "pkg/yumxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void index_it(struct pkg_rpmread *p)
{
	struct sm_buf out = SM_BUF_INIT((size_t)16 << 20);

	pkg_yumxml_put_primary(p, "packages/a.rpm", 1, &out);
	pkg_yumxml_put_filelists(p, &out);
	pkg_yumxml_put_other(p, &out);
	for (size_t i = 0; i < out.len; i++)
		if ((unsigned char)out.ptr[i] < 0x20 && out.ptr[i] != '\n' &&
		    out.ptr[i] != '\t')
			abort();
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_rpmread p;
	char path[64];
	int fd;

	fd = sm_os_file_temp(NULL, &e);
	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sm_os_file_write_all(fd, sm_str_n(data, size), &e) == 0) {
		if (pkg_rpmread_load(&p, path, &e) == 0)
			index_it(&p);
		pkg_rpmread_release(&p);
	}
	sm_os_file_close(fd);
	return 0;
}
