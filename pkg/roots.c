/*
 * PEM files into a policy.
 */
#include "common/def.h"
#include "pkg/roots.h"

#include "common/chain.h"
#include "common/fs.h"

static int load(struct sm_cms_policy *p, enum sm_chain_use use,
		const struct sm_option_list *files, struct sm_arena *arena,
		struct sm_err *e)
{
	struct sm_buf pem = SM_BUF_INIT(PKG_ROOTS_FILE_MAX);
	int r = 0;

	for (size_t i = 0; i < files->n && r == 0; i++) {
		sm_buf_clear(&pem);
		r = sm_fs_read(files->value[i], pem.max, &pem, e);
		if (r == 0 && (r = sm_chain_add_roots(p, use, sm_buf_str(&pem),
						      arena, e)) < 0)
			sm_err_wrap(e, r, "cannot use the roots '%s'",
				    files->value[i]);
	}
	sm_buf_release(&pem);
	return r;
}

int pkg_roots_load(struct sm_cms_policy *p, const struct sm_option_list *roots,
		   const struct sm_option_list *stamp, struct sm_arena *arena,
		   struct sm_err *e)
{
	int r = load(p, SM_CHAIN_SIGNER, roots, arena, e);

	return r < 0 ? r : load(p, SM_CHAIN_STAMP, stamp, arena, e);
}
