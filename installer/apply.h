/*
 * Perform a plan. A failing step undoes what was done before it, as far as a
 * step is not complete in itself; a kill leaves what the plan's order
 * promises (installer/plan.h), and the next run cleans up.
 */
#ifndef INSTALLER_APPLY_H
#define INSTALLER_APPLY_H

#include "common/err.h"
#include "installer/plan.h"

/* A step that only tidies failed; the installation stands. */
typedef void inst_apply_warn_fn(void *user, const char *message);

/*
 * Take the lock of an installation directory, making the directory (with its
 * parents) if it is missing; the steps of a plan find it there. The lock ends
 * with the descriptor, which the caller closes with sm_os_file_close.
 * Errors: SM_EBUSY if another installer works there; those of making it.
 */
int inst_apply_lock(const struct inst_state *s, struct sm_err *e);

/*
 * Run the steps. Returns 0, or the error of the step that failed after
 * everything that can be undone was undone.
 */
int inst_apply_run(const struct inst_plan *p, inst_apply_warn_fn *warn,
		   void *user, struct sm_err *e);

#endif
