/*
 * One WebSocket at a time, over libcurl and the loop: connect, whole messages
 * in, frames out, pings, close. It knows nothing of sessions; when the
 * connection ends, it says why and can connect again.
 *
 * Source: RFC 6455; PROTOCOL.md 3; BUILDING.md 9.2 for how libcurl is used.
 */
#ifndef PLUGIN_TRANSPORT_H
#define PLUGIN_TRANSPORT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/log.h"

#include <uv.h>

/* Bytes waiting for the socket above which nothing more should be made. */
#define PLUG_TRANSPORT_OUT ((size_t)512 << 10)

/* Dial, TLS and upgrade together: PROTOCOL.md 3.2. */
#define PLUG_TRANSPORT_DIAL_MS 45000

/* After this time without a pong the connection is given up, if the peer has
 * answered a ping on it before. */
#define PLUG_TRANSPORT_PONG_MS 20000

struct plug_transport_end {
	bool was_open;     /* after the upgrade */
	int code;          /* SM_ENET, SM_ETIMEOUT, SM_EAUTH, SM_EVERIFY, ... */
	int status;        /* HTTP status of a refused upgrade, else 0 */
	int close;         /* code of the peer's close frame, else 0 */
	struct sm_err err; /* act, object, cause */
};

struct plug_transport_ops {
	/* The upgrade is done: the first frame may be written. */
	void (*opened)(void *user);
	/* One whole message, reassembled. */
	void (*message)(void *user, struct sm_str message);
	/* The attempt failed or the connection ended. `end` lives during the
	 * call only. plug_transport_connect may be called again. */
	void (*down)(void *user, const struct plug_transport_end *end);
};

struct plug_transport;

/* `ping_ms`: interval of pings. `log` may be NULL. Errors: SM_ENET. */
struct plug_transport *plug_transport_new(uv_loop_t *loop,
					  const struct plug_transport_ops *ops,
					  void *user, int64_t ping_ms,
					  struct sm_log *log, struct sm_err *e);

/* Drops the connection; memory goes with the loop's next turns. */
void plug_transport_free(struct plug_transport *t);

/*
 * Begin an attempt of at most `limit_ms`, and never more than
 * PLUG_TRANSPORT_DIAL_MS. `headers` are lines "Name: value" for the upgrade,
 * `n` of them. The result comes through `opened` or `down`, later.
 * Errors: those of roots and proxy settings, SM_ESTATE while connected.
 */
int plug_transport_connect(struct plug_transport *t, const char *url,
			   const char *const *headers, size_t n,
			   int64_t limit_ms, struct sm_err *e);

/* Append one frame; it goes with the next flush. Ignored while not open. */
void plug_transport_text(struct plug_transport *t, struct sm_str text);
void plug_transport_binary(struct plug_transport *t, struct sm_str message);

/* Bytes of frames that may still be appended now; 0: wait. */
size_t plug_transport_room(const struct plug_transport *t);

/* Bytes appended but not yet taken by the system. */
size_t plug_transport_queued(const struct plug_transport *t);

/* Send what is queued, as one. Once per turn of the loop. */
void plug_transport_flush(struct plug_transport *t);

/* Stop or go on reading the socket. */
void plug_transport_hold(struct plug_transport *t, bool hold);

/* Ask the peer for a sign of life now, unless a question is open. */
void plug_transport_probe(struct plug_transport *t);

/* Queue a close frame with code 1000; nothing is written behind it. */
void plug_transport_close(struct plug_transport *t);

/* Drop the connection without a word; no `down` follows. */
void plug_transport_drop(struct plug_transport *t);

#endif
