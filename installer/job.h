/*
 * One installation from a folder with the plugin's files: look, plan, lock,
 * apply, try what was installed. Every way to install ends here.
 */
#ifndef INSTALLER_JOB_H
#define INSTALLER_JOB_H

#include "common/out.h"
#include "common/receipt.h"
#include "installer/feed.h"
#include "installer/layout.h"
#include "installer/place.h"

/* Versions kept for rollback, the installed one included. */
#define INST_KEEP 3

struct inst_job {
	struct sm_out *out;
	struct inst_place place;
	const char *source;  /* folder laid out as the installed tree */
	const char *version; /* of the source, or NULL: its VERSION file */
	/* source_*, artifact_* and verified_* are filled by the caller; the
	 * rest is filled here */
	struct sm_receipt *receipt;
	unsigned keep; /* 0: INST_KEEP */
	bool contract; /* print the official script's lines */
	bool dry_run;  /* print the plan, change nothing */
	bool force;
	bool no_probe;     /* for another platform's files */
	bool no_downgrade; /* refuse an older version than the installed one */
	/* NULL, or the source's channel: a withdrawn version may be left for
	 * an older one */
	const struct inst_feed *feed;
	bool skip_same; /* nothing to do if that version is installed */
	/* files that do not come from `source`, or NULL; Windows fills in the
	 * program that removes the installation */
	const char *other[INST_FILES];
	/* see struct inst_plan */
	void (*watch)(void *user, size_t done, size_t all);
	void *watch_user;
};

/*
 * Returns 1 if there was nothing to do (skip_same), else 0. Errors: those of
 * the state, the plan and the steps; SM_EPERM if a package manager owns the
 * directory.
 */
int inst_job_install(struct inst_job *j, struct sm_err *e);

/*
 * Ask before `version` is brought: with skip_same or no_downgrade it may not
 * be wanted. Returns 1 if there is nothing to do, which was said; 0 if it is
 * to be installed. Errors: SM_ESTATE for an older version; those of the state.
 */
int inst_job_decide(struct inst_job *j, const char *version, struct sm_err *e);

/* Make the plan come true under the lock, or print it (dry_run). */
struct inst_plan;
int inst_job_carry_out(struct sm_out *out, const struct inst_plan *p,
		       bool dry_run, struct sm_err *e);

/* Append the version in the folder's VERSION file, or of the plugin there. */
int inst_job_version(const char *source, struct sm_buf *out, struct sm_err *e);

/* Run the installed plugin; print its sentence's counterpart. */
int inst_job_greet(const struct inst_job *j, struct sm_err *e);

#endif
