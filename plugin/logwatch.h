/*
 * Logging can be switched on while a session runs: the folder of seelog.xml is
 * watched. Source: PROTOCOL.md 12.4.
 */
#ifndef PLUGIN_LOGWATCH_H
#define PLUGIN_LOGWATCH_H

#include <uv.h>

struct plug_logfile;
struct plug_logwatch;

/* NULL when there is nothing to watch (no folder, SSM_PLUGIN_LOG, `f` NULL). */
struct plug_logwatch *plug_logwatch_new(uv_loop_t *loop,
					struct plug_logfile *f);

/* Memory goes with the loop's next turns. */
void plug_logwatch_free(struct plug_logwatch *w);

#endif
