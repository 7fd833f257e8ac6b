/*
 * The release history: which versions there were, when, and what changed.
 * The data is releases/history.json, built into the program.
 */
#ifndef COMMON_HISTORY_H
#define COMMON_HISTORY_H

#include "common/err.h"
#include "common/mem.h"

#define SM_HISTORY_MAX ((size_t)1 << 20)
#define SM_HISTORY_RELEASES_MAX 1024

struct sm_history_release {
	const char *version;
	const char *date;       /* "2018-09-11" */
	const char *kind;       /* "feature" or "fix" */
	const char *change;     /* one line */
	const char *publisher;  /* "aws" or "project" */
	const char *state;      /* "", "deprecated" or "withdrawn" */
	const char *state_date; /* "" or the day of it */
};

struct sm_history {
	const char *minimum; /* oldest version the service supports */
	struct sm_history_release *release; /* oldest first */
	size_t n;
	struct sm_arena arena;
};

/* The built-in document, valid for ever. */
struct sm_str sm_history_builtin(void);

/*
 * Parse such a document. Errors: SM_EFORMAT naming member and cause (also
 * for versions out of order or twice), SM_ELIMIT. Released by the caller
 * after success.
 */
int sm_history_parse(struct sm_history *h, struct sm_str json,
		     struct sm_err *e);
void sm_history_release(struct sm_history *h);

/* The release with this number (numeric equality), or NULL. */
const struct sm_history_release *sm_history_find(const struct sm_history *h,
						 const char *version);

/* The newest release that is neither deprecated nor withdrawn, or NULL. */
const struct sm_history_release *sm_history_newest(const struct sm_history *h);

#endif
