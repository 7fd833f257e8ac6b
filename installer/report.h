/*
 * What is said of work on an installation: the steps of a plan, and what came
 * of it, as text or as JSON lines.
 */
#ifndef INSTALLER_REPORT_H
#define INSTALLER_REPORT_H

#include "common/out.h"
#include "installer/place.h"
#include "installer/plan.h"

/* Print the steps of a plan that is not carried out. Errors: SM_ELIMIT. */
int inst_report_plan(struct sm_out *out, const struct inst_plan *p);

/*
 * Carry out a plan and say each step before it is taken, when verbose.
 * Warnings go to `out`. Errors: those of inst_apply_run.
 */
int inst_report_run(struct sm_out *out, const struct inst_plan *p,
		    struct sm_err *e);

/*
 * The line "installed" of --json. `previous` may be NULL or ""; `changed` is
 * false if that version was there already.
 */
void inst_report_installed(struct sm_out *out, const struct inst_place *place,
			   const char *version, const char *previous,
			   bool changed);

/* The line "removed" of --json. */
void inst_report_removed(struct sm_out *out, const struct inst_place *place);

/* With --user: how to put LINK's directory on PATH, if it is not there. */
void inst_report_off_path(struct sm_out *out, const struct inst_place *place);

#endif
