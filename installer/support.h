/*
 * What a platform needs around the work: at the start, for the lock, for
 * temporary folders.
 */
#ifndef INSTALLER_SUPPORT_H
#define INSTALLER_SUPPORT_H

#include <stdatomic.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

/*
 * At the start of the program. A closed standard stream is opened for reading
 * from the null device, so that no file of an installation becomes stdout and
 * gets messages written into it; a file above the size limit is an error of
 * writing instead of a signal. Windows: no library is looked for beside the
 * program or in the working folder.
 */
void inst_support_start(void);

/*
 * The arguments as UTF-8; Windows gives main another code page. What is put
 * in place of *argv lives as long as the process.
 */
void inst_support_args(int *argc, char ***argv);

/*
 * Be the only installer that works in `dir`, which is there. The lock goes
 * with the descriptor, which the caller closes with sm_os_file_close.
 * Errors: SM_EBUSY.
 */
int inst_support_lock(const char *dir, struct sm_err *e);

/*
 * From now on a signal that ends the program (INT, TERM, HUP; Ctrl-C and its
 * kin on Windows) is only noted, once: what works looks, undoes what it began
 * and fails with SM_ECANCEL. A second one ends the program as ever.
 */
void inst_support_catch(void);

/* Was there one? The flag itself, for who waits in a library. */
bool inst_support_stopped(void);
const atomic_bool *inst_support_stop_flag(void);

/*
 * The last act of the program: `status` for main to return; a failure after a
 * noted signal ends by that signal, as the shell expects (Unix).
 */
int inst_support_end(int status);

/* Append the beginning of a name for a temporary folder. */
int inst_support_scratch(struct sm_buf *prefix);

/*
 * Choose which contract files come from the running program itself and not
 * from what is installed: on Windows a package without an installer would
 * leave nothing that could remove it. `other` has INST_FILES places.
 */
void inst_support_complete(struct sm_arena *a, const bool *present,
			   const char **other);

#endif
