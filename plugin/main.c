/*
 * session-manager-plugin: the client end of an AWS Session Manager session.
 *
 * What is answered from the arguments alone is answered before anything is
 * initialised. The texts and statuses are those that launchers expect
 * (PROTOCOL.md 1.3 to 1.5): on standard output, status 0.
 */
#include "common/def.h"

#include "common/version.h"
#include "plugin/args.h"
#include "plugin/cmd_run.h"
#include "plugin/cmd_start.h"
#include "plugin/request.h"
#include "plugin/session.h"
#include "plugin/settings.h"
#include "plugin/terminal.h"

static int banner(void)
{
	(void)fputs("\nThe Session Manager plugin was installed successfully. "
		    "Use the AWS CLI to start a session.\n\n",
		    stdout);
	return 0;
}

static int unknown(const char *what)
{
	(void)printf("\nUnknown operation %s. \nUse session-manager-plugin "
		     "--version to check the version.\n\n",
		     what);
	return 0;
}

static void cannot_start(const struct plug_settings *set,
			 const struct sm_err *e)
{
	(void)fprintf(set->quiet ? stderr : stdout,
		      "Cannot perform start session: %s\n", sm_err_msg(e));
}

/* A status that is not 0 makes the AWS CLI print our arguments: only when
 * asked for, and then only when the token is not among them. */
static int status_of(const struct plug_settings *set,
		     const struct plug_args *args, int status)
{
	if (set->status == PLUG_EXIT_ALWAYS ||
	    (set->status == PLUG_EXIT_SAFE && args->by_variable))
		return status;
	return 0;
}

/* In the official client's order: parameters, operation, response. */
static int read_request(const struct plug_args *args, struct plug_request *q,
			bool *known, struct sm_err *e)
{
	int r;

	*known = true;
	if (args->parameters &&
	    (r = plug_request_parameters(q, sm_str(args->parameters), e)) < 0)
		return r;
	*known = !strcmp(args->operation, "StartSession");
	if (!*known)
		return SM_EUSAGE;
	return plug_request_response(q, sm_buf_str(&args->response), e);
}

static int run(const struct plug_args *args, const struct plug_settings *set,
	       const struct plug_request *q)
{
	struct plug_session_result result = { 0 };
	struct sm_err e = SM_ERR_INIT;
	struct plug_cmd_run run;
	struct plug_session_config c = { args, set, q, &run.log, NULL };

	plug_cmd_run_open(&run);
	c.logfile = run.logfile;
	sm_log_hide(&run.log, q->token);
	if (plug_cmd_run_network(&e) < 0) {
		cannot_start(set, &e);
		plug_cmd_run_release(&run);
		return status_of(set, args, PLUG_STATUS_FAILED);
	}
	plug_session_run(&c, &result);
	return plug_cmd_run_end(&run, &result,
				status_of(set, args, result.status));
}

static int session(int argc, char **argv)
{
	struct plug_args args;
	struct plug_settings set;
	struct plug_request q;
	struct sm_err e = SM_ERR_INIT;
	bool known = true;
	int r, status;

	plug_request_init(&q);
	r = plug_settings_read(&set, &e);
	if (r == 0)
		r = plug_args_session(&args, argc, argv, &e);
	else
		(void)plug_args_session(&args, argc, argv, NULL);
	if (r == 0)
		r = read_request(&args, &q, &known, &e);
	if (!known) {
		(void)fputs("Invalid Operation", stdout);
		status = status_of(&set, &args, PLUG_STATUS_USAGE);
	} else if (r < 0) {
		cannot_start(&set, &e);
		status = status_of(&set, &args, PLUG_STATUS_USAGE);
	} else {
		status = run(&args, &set, &q);
	}
	plug_request_release(&q);
	plug_args_release(&args);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;

	plug_terminal_open();
	switch (plug_args_verb(argc, argv)) {
	case PLUG_ARGS_BANNER:
		status = banner();
		break;
	case PLUG_ARGS_VERSION:
		(void)printf("%s\n", sm_version());
		break;
	case PLUG_ARGS_START:
		status = plug_cmd_start(argc - 1, argv + 1);
		break;
	case PLUG_ARGS_UNKNOWN:
		status = unknown(argv[1]);
		break;
	case PLUG_ARGS_SESSION:
		status = session(argc, argv);
		break;
	}
	(void)fflush(stdout); /* nobody reads: still 0, as official */
	return status;
}
