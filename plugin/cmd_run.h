/*
 * What the ways to run a session share: the process around it, from its log
 * to how it ends. For main.c and the cmd files.
 */
#ifndef PLUGIN_CMD_RUN_H
#define PLUGIN_CMD_RUN_H

#include "common/log.h"
#include "plugin/session.h"

struct plug_cmd_run {
	struct sm_log log;
	struct plug_logfile *logfile;
};

/* Open the log as configured; none when the configuration is broken, as in the
 * official client. */
void plug_cmd_run_open(struct plug_cmd_run *c);

/* Prepare the network. Errors: those of sm_http_init. */
int plug_cmd_run_network(struct sm_err *e);

/*
 * End as the session did: by its signal, at once when a thread is in a call,
 * or by returning `status` with everything freed. After plug_cmd_run_network
 * succeeded.
 */
int plug_cmd_run_end(struct plug_cmd_run *c,
		     const struct plug_session_result *result, int status);

/* Close the log alone: nothing else was opened. */
void plug_cmd_run_release(struct plug_cmd_run *c);

#endif
