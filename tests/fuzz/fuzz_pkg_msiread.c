/*
 * Windows Installer packages: tables, paths, summary, and what is signed.
 */
#include "common/def.h"
#include "pkg/msiread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct pkg_msiread *m, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	uint8_t digest[SM_DIGEST_MAX];
	const struct pkg_msiread_table *f = pkg_msiread_table(m, "File");

	pkg_msiread_property(m, "ProductName", &out);
	for (size_t i = 0; f && i < f->n_rows && i < 64; i++) {
		pkg_msiread_put(m, f, i, "FileSize", &out);
		(void)pkg_msiread_path(m, i, &out, e);
	}
	(void)pkg_msiread_summary(m, &out, e);
	(void)pkg_msiread_digest(m, SM_DIGEST_SHA256, digest, e);
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_msiread m;

	if (pkg_msiread_open(&m, sm_str_n(data, size), &e) == 0)
		look(&m, &e);
	pkg_msiread_release(&m);
	return 0;
}
