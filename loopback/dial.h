/*
 * One TCP connection to a destination: resolve, connect, write with a queue,
 * read as long as the user has room.
 */
#ifndef LOOPBACK_DIAL_H
#define LOOPBACK_DIAL_H

#include "common/err.h"
#include "common/str.h"

#include <uv.h>

struct loop_dial;

struct loop_dial_ops {
	/* Connected (e is NULL) or not; in the latter case the user closes. */
	void (*connected)(void *user, const struct sm_err *e);
	/* Bytes that data() takes now; 0 stops the reading. */
	size_t (*room)(void *user);
	void (*data)(void *user, struct sm_str bytes);
	/* The destination closed or broke; the user closes. */
	void (*eof)(void *user);
	/* Bytes of loop_dial_write that left or will never leave. */
	void (*written)(void *user, size_t bytes);
};

struct loop_dial_where {
	const char *host;
	uint16_t port;
	bool remote; /* other machines are allowed */
};

/*
 * Start to connect. Addresses are tried in the resolver's order; those
 * outside this machine are refused unless where->remote.
 * `ops` outlives the object; `where` need not.
 */
struct loop_dial *loop_dial_new(uv_loop_t *loop,
				const struct loop_dial_where *where,
				const struct loop_dial_ops *ops, void *user);

/* Queue a copy; before the connection stands too. */
void loop_dial_write(struct loop_dial *d, struct sm_str bytes);

/* There may be room again: go on reading. */
void loop_dial_pump(struct loop_dial *d);

/* No callbacks any more; what is queued is still written, then closed. */
void loop_dial_finish(struct loop_dial *d);

/* No callbacks any more; closed now. */
void loop_dial_close(struct loop_dial *d);

#endif
