/*
 * The versions kept in an installation, and their receipts.
 */
#ifndef INSTALLER_KEPT_H
#define INSTALLER_KEPT_H

#include "common/receipt.h"
#include "installer/state.h"

/*
 * Read the receipt of a version folder. An adopted tree has none:
 * SM_ENOTFOUND. Release it after success.
 */
int inst_kept_receipt(const struct inst_state *s, const char *folder,
		      struct sm_receipt *r, struct sm_err *e);

/*
 * The folder to roll back to: the one named by `version`, else the newest
 * folder of the version that the current receipt calls the previous one, else
 * the newest kept one that is not current. Owns: the arena.
 * Errors: SM_ENOTFOUND.
 */
int inst_kept_choose(const struct inst_state *s, const char *version,
		     struct sm_arena *a, const char **folder, struct sm_err *e);

/* What happened to a file since it was installed. */
enum inst_kept_change {
	INST_KEPT_SAME,
	INST_KEPT_CHANGED,
	INST_KEPT_MISSING
};

/* Compare one file of a receipt with what is in the folder. */
int inst_kept_compare(const struct inst_state *s, const char *folder,
		      const struct sm_receipt_file *f,
		      enum inst_kept_change *change, struct sm_err *e);

/*
 * List in a receipt every file of `source`, with its digest; those that are
 * in `other` are taken from there, by full path. Errors: those of reading.
 */
int inst_kept_list(struct sm_receipt *t, const char *source,
		   const char *const other[INST_FILES],
		   const bool present[INST_FILES], struct sm_err *e);

/* Set in a new receipt what the state tells: where, when, and the version that
 * was there before. */
void inst_kept_fill(struct sm_receipt *t, const struct inst_state *s,
		    const char *version);

#endif
