/*
 * How a name in DIR leads to a file of the installed version.
 *
 * Unix: a link; one rename(2) of `current` switches all of them. Windows has
 * no links without privilege: `current` is a small file with the same text,
 * and each contract file is a copy of the version's file. The text of
 * `current`, written whole and synced first, is what the next run goes by when
 * one was killed among the copies.
 */
#ifndef INSTALLER_ENTRY_H
#define INSTALLER_ENTRY_H

#include "common/buf.h"
#include "common/err.h"
#include "installer/state.h"

/* True where contract files are copies. */
bool inst_entry_copies(void);

/*
 * Append the text of a link; on Windows of the file that stands for one.
 * Errors: SM_ENOTFOUND; SM_EIO if it is something else.
 */
int inst_entry_read(const char *path, struct sm_buf *text, struct sm_err *e);

/*
 * Make `path` lead to `text` in one step, whatever link or file was there.
 * `beside` is a name in the same folder that may be used and replaced.
 */
int inst_entry_point(const char *path, const char *text, const char *beside,
		     struct sm_err *e);

/*
 * Make `path` a synced copy of `from`, in one step by way of `beside`. A
 * program that runs cannot be replaced on Windows: it is renamed to `aside`
 * first, so that there is an instant without `path`. Returns 1, or 0 if the
 * contents are the same already.
 */
int inst_entry_copy(const char *from, const char *path, const char *beside,
		    const char *aside, struct sm_err *e);

/*
 * Remove a file or a link. On Windows a program that runs is moved to the
 * temporary folder and goes with the next start of the machine.
 */
int inst_entry_remove(const char *path, struct sm_err *e);

/*
 * The second look at the contract files where they are copies: a regular file
 * with the contents that a kept version has is ours, INST_SLOT_STALE if that
 * is not the current version. Does nothing on Unix.
 */
int inst_entry_settle(struct inst_state *s, struct sm_err *e);

#endif
