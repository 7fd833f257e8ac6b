/*
 * Where the plugin's log goes: the files of seelog.xml, or the one place
 * that SSM_PLUGIN_LOG names. Off unless one of them says otherwise.
 *
 * Writing never fails towards the caller: an output that cannot be opened is
 * left out until the configuration changes. May be used from any thread.
 */
#ifndef PLUGIN_LOGFILE_H
#define PLUGIN_LOGFILE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/log.h"

/*
 * PATH, "stderr", or either with ":LEVEL" behind it (default debug). Set and
 * not empty it replaces seelog.xml. Records go to a file of mode 0600 that is
 * appended to.
 */
#define PLUG_LOGFILE_ENV "SSM_PLUGIN_LOG"

struct plug_logfile;

/*
 * Take over `log`: initialises it, sets its writer, and its lowest level at
 * every load. `log` lives longer than what is returned.
 */
struct plug_logfile *plug_logfile_new(struct sm_log *log);

/* Closes the files and turns `log` off. NULL is fine. */
void plug_logfile_free(struct plug_logfile *f);

/*
 * Read the environment, else the configuration at `path` (NULL: the
 * platform's place, PROTOCOL.md 12.1). A missing file is "off" and no error.
 *
 * Errors: those of plug_seelog_parse and of reading, SM_EFORMAT for an empty
 *         path in the variable. Logging is off then; the caller may say so.
 */
int plug_logfile_open(struct plug_logfile *f, const char *path,
		      struct sm_err *e);

/* The path in use, for a watcher of its folder; NULL with SSM_PLUGIN_LOG. */
const char *plug_logfile_path(const struct plug_logfile *f);

/*
 * Read the configuration again if it is another file than last time, or was
 * written since. Returns 1 if a new one is in force, 0 if nothing changed.
 * Errors: as for open; the configuration before stays in force, and the same
 *         broken file is not read twice. Cheap: one stat.
 */
int plug_logfile_reload_if_changed(struct plug_logfile *f, struct sm_err *e);

/* Append the platform's configuration path. PROTOCOL.md 12.1. */
int plug_logfile_default_path(struct sm_buf *out);

#endif
