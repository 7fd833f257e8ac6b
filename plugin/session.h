/*
 * One session from its first line of text to its exit status: owns the loop
 * and everything on it, and connects channel, handshake and kind.
 */
#ifndef PLUGIN_SESSION_H
#define PLUGIN_SESSION_H

#include "common/err.h"
#include "common/log.h"
#include "plugin/args.h"
#include "plugin/channel.h"
#include "plugin/events.h"
#include "plugin/kind.h"
#include "plugin/request.h"
#include "plugin/settings.h"
#include "plugin/sink.h"
#include "plugin/source.h"

struct plug_logfile;

/* What a caller asked for; all outlives the session. */
struct plug_session_config {
	const struct plug_args *args;
	const struct plug_settings *settings;
	const struct plug_request *request;
	struct sm_log *log;           /* may be NULL */
	struct plug_logfile *logfile; /* its files; may be NULL */
};

struct plug_session_result {
	int status;     /* to exit with, if statuses are wanted */
	bool by_signal; /* end as `signal` does */
	enum plug_signal signal;
	bool over;  /* the service knows that it has ended */
	bool asked; /* ...or was asked to end it, for as long as we may */
	bool threads_busy; /* a thread hangs in a call: end without cleaning */
};

/* Exit statuses, when they are asked for; else always 0. */
enum plug_session_status {
	PLUG_STATUS_DONE = 0,
	PLUG_STATUS_FAILED = 1,  /* locally: port in use, handshake, ... */
	PLUG_STATUS_USAGE = 2,   /* arguments or settings */
	PLUG_STATUS_REFUSED = 3, /* credentials or certificate */
	PLUG_STATUS_LOST = 4     /* no connection, or lost or timed out */
};

/* The status for an error of this code: SM_EUSAGE is USAGE, and so on. */
int plug_session_status_of(int code);

/*
 * Run a session to its end. Everything a user reads was written when it
 * returns, and the terminal is as it was. Errors: none; what fails is said
 * and counted in the result.
 */
void plug_session_run(const struct plug_session_config *c,
		      struct plug_session_result *result);

/* ---- for the kinds ---- */

struct plug_session {
	uv_loop_t loop;
	struct plug_session_config c;
	struct plug_channel *channel;
	struct plug_sink *out, *err;
	struct plug_source *in; /* NULL until plug_session_input */
	struct plug_signals *signals;
	struct plug_events *events; /* may be NULL */
	struct plug_remote *remote;
	struct plug_kind_query query; /* of the handshake; empty without */
	bool separate;     /* stderr and exit code of commands are told apart */
	int remote_status; /* exit code of the command, or -1 */
	/* private */
	struct plug_parent *parent;
	struct plug_logwatch *logwatch;
	struct plug_negotiation *negotiation;
	const struct plug_kind *kind;
	void *state;
	uv_timer_t linger;
	unsigned holds;
	bool ending, finished, lingered, hurried, stopped;
	struct plug_session_result result;
};

/* Text for people; nothing with SSM_PLUGIN_QUIET. */
void plug_session_say(struct plug_session *s, const char *fmt, ...)
	SM_PRINTF(2, 3);

/* Bytes from the other side to stdout, or stderr; a slow reader stops the
 * socket. */
void plug_session_output(struct plug_session *s, struct plug_sink *to,
			 struct sm_str bytes);

/* Stop reading the socket for the kind's own reasons, or go on. */
void plug_session_hold(struct plug_session *s, bool hold);

/* Open standard input for the kind's `input`; start with plug_source_start. */
int plug_session_input(struct plug_session *s, struct sm_err *e);

/* "Cannot perform start session: ..." and the end. */
void plug_session_fail(struct plug_session *s, int code,
		       const struct sm_err *e);

/*
 * The end, from our side. `terminate` tells the agent (flag 2) and waits a
 * moment for it to have heard that.
 */
void plug_session_end(struct plug_session *s, int status, bool terminate);

/* "Exiting session with sessionId: ..." */
void plug_session_say_exit(struct plug_session *s);

/* The negotiation is complete: start this kind. Used by plugin/negotiate. */
int plug_session_start_kind(struct plug_session *s,
			    const struct plug_kind *kind);

#endif
