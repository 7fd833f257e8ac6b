/*
 * "start": what the AWS CLI does before it calls us, and then the same
 * session. Nobody between us and the user gives statuses another meaning, so
 * they are real. A session that we started and that is not over when we go is
 * ended through the service: nobody else will.
 */
#include "common/def.h"
#include "plugin/cmd_start.h"

#include <unistd.h>

#include "common/aws/api.h"
#include "common/os/env.h"
#include "common/out.h"
#include "plugin/cmd_run.h"
#include "plugin/request.h"
#include "plugin/siblings.h"
#include "plugin/start.h"

#define PROGRAM "session-manager-plugin"
/* One StartSession with its tries; one TerminateSession at the end, or when
 * we are in a hurry. */
#define START_MS 60000
#define TERMINATE_MS 5000
#define HURRY_MS 400
#define CLOSE_TURNS 64

struct start {
	struct sm_out out;
	struct plug_start line;
	struct plug_settings settings;
	struct plug_args args;
	struct plug_request request;
	struct sm_buf region, parameters;
	struct sm_aws_api api;
	struct plug_cmd_run run;
};

static int help(struct start *s)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	(void)plug_start_help(&b); /* bounded by its table */
	(void)fputs(sm_buf_z(&b), s->out.out);
	sm_buf_release(&b);
	return sm_out_flush(&s->out, NULL) < 0 ? PLUG_STATUS_FAILED :
						 PLUG_STATUS_DONE;
}

static int fail(struct start *s, int code, const struct sm_err *e)
{
	sm_out_error(&s->out, "%s", sm_err_msg(e));
	return plug_session_status_of(code);
}

static int fail_usage(struct start *s, const struct sm_err *e)
{
	sm_out_error(&s->out, "%s", sm_err_msg(e));
	(void)fputs("Use " PROGRAM " start --help to see the options.\n",
		    s->out.err);
	return PLUG_STATUS_USAGE;
}

/* Calls StartSession and reads its answer. */
static int ask(struct start *s, const char *document, struct sm_err *e)
{
	struct sm_aws_api_start q = { s->line.target, document, NULL,
				      s->line.reason };
	struct sm_buf answer = SM_BUF_SECRET(PLUG_ARGS_RESPONSE_MAX);
	int r;

	if (s->parameters.len)
		q.parameters = sm_buf_z(&s->parameters);
	r = sm_aws_api_start_session(&s->api, &q, &answer, NULL, e);
	if (r >= 0)
		r = plug_request_response(&s->request, sm_buf_str(&answer), e);
	sm_buf_release(&answer);
	if (r < 0)
		return sm_err_wrap(e, r, "cannot start a session with '%s'",
				   s->line.target);
	s->request.target = sm_str(s->line.target);
	sm_log_hide(&s->run.log, s->request.token);
	return 0;
}

static void terminate(struct start *s, int limit_ms)
{
	struct sm_err e = SM_ERR_INIT;

	s->api.timeout_ms = limit_ms;
	if (sm_aws_api_terminate_session(&s->api, s->request.session_id.ptr,
					 NULL, &e) < 0)
		sm_log_e(&s->run.log, &e, "cannot end the session");
}

/*
 * The call runs on a thread, so that a signal which comes meanwhile does not
 * leave a session behind that nobody knows of: its answer is waited for, for a
 * moment, and what it started is ended.
 */
struct asking {
	struct start *s;
	const char *document;
	struct sm_err *e;
	int r;
	bool answered, told;
	enum plug_signal signal;
	uv_loop_t loop;
	uv_work_t work;
	uv_timer_t hurry;
};

static void on_ask(uv_work_t *w)
{
	struct asking *a = w->data;

	a->r = ask(a->s, a->document, a->e);
}

static void on_answer(uv_work_t *w, int status)
{
	struct asking *a = w->data;

	SM_UNUSED(status); /* it is not cancelled */
	a->answered = true;
	uv_stop(&a->loop);
}

static void on_hurry(uv_timer_t *h)
{
	uv_stop(h->loop);
}

static void on_signal(void *user, enum plug_signal sig)
{
	struct asking *a = user;

	if (a->told)
		uv_stop(&a->loop); /* asked twice */
	a->told = true;
	a->signal = sig;
	(void)uv_timer_start(&a->hurry, on_hurry, HURRY_MS, 0);
}

static int ask_and_listen(struct start *s, const char *document,
			  struct sm_err *e)
{
	struct asking a = { .s = s, .document = document, .e = e };
	struct plug_signals *signals;
	int i;

	if (uv_loop_init(&a.loop) < 0)
		sm_mem_exhausted();
	a.work.data = &a;
	(void)uv_timer_init(&a.loop, &a.hurry);
	signals = plug_signals_new(&a.loop, on_signal, &a);
	plug_signals_watch(signals, PLUG_SIGNAL_BIT(PLUG_SIGNAL_INT) |
					    PLUG_SIGNAL_BIT(PLUG_SIGNAL_QUIT) |
					    PLUG_SIGNALS_END);
	/* fails only without a function to run */
	(void)uv_queue_work(&a.loop, &a.work, on_ask, on_answer);
	(void)uv_run(&a.loop, UV_RUN_DEFAULT);
	if (a.told) {
		if (a.answered && a.r == 0)
			terminate(s, HURRY_MS);
		plug_signals_die(a.signal);
		_exit(PLUG_STATUS_FAILED); /* the call still has our data */
	}
	plug_signals_free(signals);
	uv_close((uv_handle_t *)&a.hurry, NULL);
	for (i = 0; i < CLOSE_TURNS && uv_loop_alive(&a.loop); i++)
		(void)uv_run(&a.loop, UV_RUN_NOWAIT);
	(void)uv_loop_close(&a.loop); /* all were closed above */
	return a.r;
}

/* Region, endpoint and addresses, from options and environment. */
static int prepare(struct start *s, const char **document, struct sm_err *e)
{
	struct sm_str bind;
	int r;

	if ((r = plug_start_region(&s->line, &s->region, e)) < 0 ||
	    (r = plug_start_document(&s->line, document, &s->parameters, &bind,
				     e)) < 0)
		return r;
	/* an option is more than the environment, also for later calls */
	if (s->line.endpoint &&
	    sm_os_env_set("AWS_ENDPOINT_URL_SSM", s->line.endpoint) < 0)
		return sm_err_set(e, SM_EUSAGE, "'%s' is not an endpoint",
				  s->line.endpoint);
	if (bind.len) {
		memcpy(s->settings.local_host, bind.ptr, bind.len);
		s->settings.local_host[bind.len] = 0;
	}
	s->settings.status = PLUG_EXIT_ALWAYS;
	s->settings.quiet = s->settings.quiet || s->line.quiet;

	s->args.by_variable = true; /* nothing in argv is secret */
	s->args.region = sm_buf_z(&s->region);
	s->args.operation = "StartSession";
	s->args.profile = s->line.profile ? s->line.profile : "";
	s->args.endpoint = s->line.endpoint ? s->line.endpoint : "";
	s->api.region = s->args.region;
	s->api.profile = s->args.profile;
	s->api.endpoint = s->args.endpoint;
	s->api.timeout_ms = START_MS;
	s->api.log = &s->run.log;
	return 0;
}

static int run_one(struct start *s)
{
	struct plug_session_result result = { 0 };
	struct plug_session_config c = { &s->args, &s->settings, &s->request,
					 &s->run.log, NULL };
	struct sm_err e = SM_ERR_INIT;
	const char *document;
	int r;

	if ((r = prepare(s, &document, &e)) < 0)
		return fail(s, r, &e);
	plug_cmd_run_open(&s->run);
	c.logfile = s->run.logfile;
	if ((r = plug_cmd_run_network(&e)) < 0) {
		plug_cmd_run_release(&s->run);
		return fail(s, r, &e);
	}
	if ((r = ask_and_listen(s, document, &e)) < 0) {
		result.status = fail(s, r, &e);
		return plug_cmd_run_end(&s->run, &result, result.status);
	}
	plug_session_run(&c, &result);
	if (!result.over && !result.asked)
		terminate(s, TERMINATE_MS);
	return plug_cmd_run_end(&s->run, &result, result.status);
}

static int run_several(struct start *s)
{
	struct plug_siblings_result result = { 0 };
	struct sm_err e = SM_ERR_INIT;
	int r = plug_siblings_run(&s->line, &result, &e);

	if (r < 0)
		return fail(s, r, &e);
	if (result.by_signal)
		plug_signals_die(result.signal);
	return result.status;
}

int plug_cmd_start(int argc, char **argv)
{
	struct start s = { 0 };
	struct sm_err e = SM_ERR_INIT;
	int status;

	sm_out_init(&s.out, PROGRAM);
	sm_buf_init(&s.region, SM_AWS_ENDPOINT_REGION_MAX);
	sm_buf_init(&s.parameters, PLUG_START_PARAMETERS_MAX);
	plug_request_init(&s.request);
	if (plug_start_parse(&s.line, argc, argv, &e) < 0 ||
	    plug_settings_read(&s.settings, &e) < 0)
		status = fail_usage(&s, &e);
	else if (s.line.help)
		status = help(&s);
	else if (s.line.forwards.n > 1)
		status = run_several(&s);
	else
		status = run_one(&s);
	plug_request_release(&s.request);
	sm_buf_release(&s.region);
	sm_buf_release(&s.parameters);
	return status;
}
