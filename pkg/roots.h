/*
 * pkg_roots: the roots that the command line names, for signatures with
 * certificates.
 */
#ifndef PKG_ROOTS_H
#define PKG_ROOTS_H

#include "common/cms.h"
#include "common/mem.h"
#include "common/options.h"

/* A PEM file with roots. */
#define PKG_ROOTS_FILE_MAX ((size_t)1 << 20)

/*
 * Add the certificates of PEM files: `roots` for signers, `stamp` for time
 * stamps (both may be empty). They are kept in `arena`.
 * Errors: those of reading and of sm_chain_add_roots, with the file's name.
 */
int pkg_roots_load(struct sm_cms_policy *p, const struct sm_option_list *roots,
		   const struct sm_option_list *stamp, struct sm_arena *arena,
		   struct sm_err *e);

#endif
