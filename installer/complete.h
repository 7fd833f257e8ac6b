/*
 * Completion scripts for shells, made from the option tables. Pure.
 */
#ifndef INSTALLER_COMPLETE_H
#define INSTALLER_COMPLETE_H

#include "common/buf.h"
#include "common/err.h"
#include "installer/settings.h"

/*
 * Append the script for `shell` ("bash", "zsh", "fish"): completes commands,
 * each command's options, the values of --platform, --arch and --format, and
 * file names. For the program's installed name only: `install` is another
 * program everywhere else.
 * Errors: SM_EUSAGE for another shell; SM_ELIMIT of the buffer.
 */
int inst_complete_script(const char *shell, const struct inst_verb *const *verb,
			 size_t n, struct sm_buf *out, struct sm_err *e);

#endif
