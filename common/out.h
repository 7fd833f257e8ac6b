/*
 * What a command prints to people: two streams, how much, and colour. Passed
 * in, never global, so that tests give memory streams.
 */
#ifndef COMMON_OUT_H
#define COMMON_OUT_H

#include "common/def.h"
#include "common/err.h"

#include <stdbool.h>

struct sm_out {
	FILE *out;        /* results */
	FILE *err;        /* errors, warnings, progress */
	int verbosity;    /* -1 quiet, 0 normal, 1 verbose */
	bool colour;      /* terminal and no NO_COLOR */
	bool json;        /* results as JSON lines, no decoration */
	const char *prog; /* prefix of errors: "install", "smpkg" */
};

/* stdout and stderr of this process; colour from terminal and NO_COLOR. */
void sm_out_init(struct sm_out *o, const char *prog);

/* A result line (newline added); nothing when quiet or json. */
void sm_out_say(struct sm_out *o, const char *fmt, ...) SM_PRINTF(2, 3);

/* Only when verbose, to err. */
void sm_out_detail(struct sm_out *o, const char *fmt, ...) SM_PRINTF(2, 3);

/* "prog: warning: …" / "prog: error: …" to err, always. */
void sm_out_warn(struct sm_out *o, const char *fmt, ...) SM_PRINTF(2, 3);
void sm_out_error(struct sm_out *o, const char *fmt, ...) SM_PRINTF(2, 3);

/* The exit code of a failed command: 2 for SM_EUSAGE, 3 for SM_EVERIFY, else 1. */
int sm_out_exit_code(int code);

/*
 * Flush both streams. Errors: SM_EIO when a result could not be written (full
 * disk, closed pipe), so that a command does not end with success.
 */
int sm_out_flush(struct sm_out *o, struct sm_err *e);

#endif
