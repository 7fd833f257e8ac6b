/*
 * One accepted TCP connection: HTTP requests first, then, after an upgrade,
 * bytes for the gateway. Output is collected and written once per turn of the
 * loop.
 */
#ifndef LOOPBACK_CONN_H
#define LOOPBACK_CONN_H

#include "common/buf.h"
#include "loopback/http.h"

#include <uv.h>

struct loop_conn;
struct loop_server;

/* Output that a peer may leave unread before it is disconnected. */
#define LOOP_CONN_OUT_MAX ((size_t)64 << 20)

/* The owner of an upgraded connection. */
struct loop_conn_ops {
	/*
	 * Bytes as they came (may be changed in place). Returns how many were
	 * used; the rest is shown again with more behind it. Negative: close.
	 */
	long (*data)(void *user, char *bytes, size_t len);
	/* The connection is gone; forget it. Not called after loop_conn_drop. */
	void (*gone)(void *user);
};

/* Take a waiting connection of the server's listener. Owned by the server. */
void loop_conn_accept(struct loop_server *s, uv_stream_t *listener);

/* Close every connection of the server. */
void loop_conn_close_all(struct loop_server *s);

/* Write what was collected; called once per turn for every connection.
 * Returns when it wants to be called again (mono_ms), or INT64_MAX. */
int64_t loop_conn_flush_all(struct loop_server *s, int64_t now_ms);

/* From now on bytes go to `ops`. */
void loop_conn_upgrade(struct loop_conn *c, const struct loop_conn_ops *ops,
		       void *user);

/* Where to append output. */
struct sm_buf *loop_conn_out(struct loop_conn *c);

/* Bytes appended and not yet given to the system. */
size_t loop_conn_backlog(const struct loop_conn *c);

/* Stop or go on reading. */
void loop_conn_read(struct loop_conn *c, bool on);

/*
 * End in order, without calling gone: the output is written, then the peer has
 * a moment to close first. What it still sends is read and dropped; closing
 * over unread bytes would reset the connection and could take the last
 * message with it.
 */
void loop_conn_finish(struct loop_conn *c);

/* Close as soon as the system has taken the output, without calling gone. */
void loop_conn_cut(struct loop_conn *c);

/* Close now, without calling gone. */
void loop_conn_drop(struct loop_conn *c);

#endif
