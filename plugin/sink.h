/*
 * Where bytes go that leave this process by a descriptor: stdout, stderr, the
 * event descriptor. A terminal, pipe, socket, file or device; writes never
 * block the loop and never lose order.
 */
#ifndef PLUGIN_SINK_H
#define PLUGIN_SINK_H

#include "common/err.h"
#include "common/str.h"

#include <uv.h>

/* Bytes waiting above which the source of them should stop, and below which
 * it may go on. */
#define PLUG_SINK_HIGH ((size_t)512 << 10)
#define PLUG_SINK_LOW ((size_t)128 << 10)

struct plug_sink_ops {
	/* Fell below PLUG_SINK_LOW after having been above PLUG_SINK_HIGH, or
	 * became empty. */
	void (*drained)(void *user);
	/* A write failed; `uv` is libuv's code (UV_EPIPE: nobody reads any
	 * more). Said once; what is written later is dropped. */
	void (*failed)(void *user, int uv);
};

struct plug_sink;

/*
 * Open descriptor `fd`; it is not closed when it is 0, 1 or 2. `ops` may be
 * NULL. Errors: SM_EIO naming `name`.
 */
struct plug_sink *plug_sink_new(uv_loop_t *loop, int fd, const char *name,
				const struct plug_sink_ops *ops, void *user,
				struct sm_err *e);

/* Give up what is queued; memory goes with the loop's next turns. */
void plug_sink_free(struct plug_sink *s);

/* Queue behind everything before; tried at once when nothing waits. */
void plug_sink_write(struct plug_sink *s, struct sm_str bytes);

/* Bytes not yet taken by the system. */
size_t plug_sink_queued(const struct plug_sink *s);

#endif
