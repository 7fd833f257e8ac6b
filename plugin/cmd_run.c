/*
 * The process around a session. Nothing here knows what the session is about.
 */
#include "common/def.h"
#include "plugin/cmd_run.h"

#include <unistd.h>

#include "common/http.h"
#include "plugin/logfile.h"

void plug_cmd_run_open(struct plug_cmd_run *c)
{
	c->logfile = plug_logfile_new(&c->log);
	(void)plug_logfile_open(c->logfile, NULL, NULL); /* see the header */
}

int plug_cmd_run_network(struct sm_err *e)
{
	return sm_http_init(e);
}

void plug_cmd_run_release(struct plug_cmd_run *c)
{
	plug_logfile_free(c->logfile);
	sm_log_release(&c->log);
}

int plug_cmd_run_end(struct plug_cmd_run *c,
		     const struct plug_session_result *result, int status)
{
	(void)fflush(stdout); /* nothing is in it but early errors */
	if (result->by_signal)
		plug_signals_die(result->signal);
	if (result->threads_busy)
		_exit(status);
	sm_http_cleanup();
	plug_cmd_run_release(c);
	return status;
}
