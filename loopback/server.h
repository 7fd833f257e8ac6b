/*
 * The server: one libuv loop with a listener, the connections, the sessions
 * and one timer. Everything runs in one thread.
 *
 * Each turn of the loop ends with one step of every data channel and session
 * (bytes and time in, messages and the next deadline out), and one write per
 * connection.
 */
#ifndef LOOPBACK_SERVER_H
#define LOOPBACK_SERVER_H

#include "common/err.h"
#include "common/log.h"
#include "loopback/fault.h"
#include "loopback/kms.h"
#include "loopback/options.h"
#include "plugin/wire/stream.h"

#include <uv.h>

struct loop_conn;
struct loop_gateway;
struct loop_session;

#define LOOP_SERVER_CONNS_MAX 4096u
#define LOOP_SERVER_SESSIONS_MAX 1024u

struct loop_server_totals {
	uint64_t requests;   /* HTTP, all */
	uint64_t refused;    /* answered with an error */
	uint64_t starts;     /* StartSession that succeeded */
	uint64_t resumes;    /* ResumeSession that gave a token */
	uint64_t terminates; /* TerminateSession */
	uint64_t data_keys;  /* GenerateDataKey that succeeded */
	uint64_t upgrades;   /* answered with 101 */
	uint64_t signed_upgrades;
	uint64_t opens;       /* OpenDataChannel with the right token */
	uint64_t cuts;        /* connections closed on purpose */
	char user_agent[256]; /* of the last API request */
};

struct loop_server {
	uv_loop_t *loop; /* borrowed */
	const struct loop_options *options;
	struct sm_log *log; /* may be NULL */
	struct loop_fault fault;
	struct loop_kms kms;
	struct loop_conn *conns;
	unsigned n_conns;
	struct loop_gateway *gateways;
	struct loop_session *sessions; /* newest first */
	unsigned n_sessions;
	struct loop_server_totals totals;
	uint16_t port; /* the one that is served */
	bool stopping;
	uv_tcp_t listener;
	uv_timer_t timer;
	uv_prepare_t turn;
	uv_signal_t interrupt, terminate;
};

/*
 * Listen; s->port is set. `o` and `loop` must outlive the server; `log` may
 * be NULL.
 * Errors: SM_ENET, SM_EBUSY for a port in use.
 */
int loop_server_start(struct loop_server *s, uv_loop_t *loop,
		      const struct loop_options *o, struct sm_log *log,
		      struct sm_err *e);

/* Close everything; uv_run returns when all is closed. Also done on SIGINT
 * and SIGTERM, and with --once when the first session is over. */
void loop_server_stop(struct loop_server *s);

/* Free what is left after uv_run has returned. */
void loop_server_release(struct loop_server *s);

struct plug_now loop_server_now(void);

#endif
