/*
 * What an installation is to the system besides files. Unix: nothing, a link
 * does. Windows: DIR\bin on the Path, an entry in the list of installed
 * programs, and no service: install.bat of the official zip makes one, which
 * never worked (PACKAGING.md 1.7).
 *
 * For the whole machine if this runs as administrator and DIR is not below the
 * user's own folders, else for the user.
 */
#ifndef INSTALLER_REGISTER_H
#define INSTALLER_REGISTER_H

#include "common/buf.h"
#include "common/err.h"

/* True if the Path or the list of programs has this installation. */
bool inst_register_has(const char *dir);

/* True if DIR\bin is on the Path of the machine or the user. */
bool inst_register_on_path(const char *dir);

/* True if it is below the user's own folder: no administrator is needed.
 * Always false on Unix. */
bool inst_register_is_own(const char *dir);

/*
 * Enter the installation, or bring its entry up to date. On failure the Path
 * is as it was. Errors: SM_EPERM; SM_ELIMIT if the Path is full.
 */
int inst_register_add(const char *dir, const char *version, struct sm_err *e);

/* Take out exactly what points to `dir`; the rest of the Path stays. */
int inst_register_remove(const char *dir, struct sm_err *e);

/*
 * Look for an installation by the official setup program, which would leave
 * two entries and its own files in the way. Returns 1 and appends the command
 * that removes it quietly, and its version (may be NULL); 0 if there is none, or if this
 * may not remove it.
 * Source: PACKAGING.md 1.7 (the upgrade code) and 5.5.
 */
int inst_register_rival(const char *dir, struct sm_buf *command,
			struct sm_buf *version);

/* Run that command to its end. Errors: SM_ESTATE with its status. */
int inst_register_retire(const char *command, struct sm_err *e);

#endif
