/*
 * pkg_guard: one run at a time in a folder, and an orderly end when a signal
 * asks for one: what is half made is removed first.
 */
#ifndef PKG_GUARD_H
#define PKG_GUARD_H

#include <stdbool.h>

#include "common/err.h"

struct pkg_guard {
	const char *dir; /* borrowed */
	int fd;
	bool made; /* the folder was not there */
};

/*
 * Make `dir` if it is not there, lock it, and from now on only remember
 * SIGINT, SIGTERM and SIGHUP; those that are ignored stay so.
 *
 * Owns:   the lock, until pkg_guard_end.
 * Errors: SM_EBUSY if another run has it; those of making a folder.
 */
int pkg_guard_begin(struct pkg_guard *g, const char *dir, struct sm_err *e);

/* A folder that pkg_guard_begin made and that is still empty goes again. */
void pkg_guard_end(struct pkg_guard *g);

/* SM_ECANCEL once a signal has come: called between steps, from any thread. */
int pkg_guard_check(struct sm_err *e);

/* Ends the program by the signal that has come; returns if none has. */
void pkg_guard_die(void);

#endif
