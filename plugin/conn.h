/*
 * One local connection of a forwarded port, TCP or unix. Reading is switched
 * by the owner; writes are queued; each direction ends on its own.
 */
#ifndef PLUGIN_CONN_H
#define PLUGIN_CONN_H

#include "common/err.h"
#include "common/str.h"

#include <stdbool.h>
#include <uv.h>

struct plug_conn;

struct plug_conn_ops {
	/* Bytes from the local side. */
	void (*data)(void *user, struct plug_conn *c, struct sm_str bytes);
	/* It will send no more, but may still read. */
	void (*end)(void *user, struct plug_conn *c);
	/* It is gone, by an error or after plug_conn_finish; the connection
	 * closes itself behind this call and must be forgotten. */
	void (*gone)(void *user, struct plug_conn *c);
	/* `bytes` of what plug_conn_write took have left. */
	void (*written)(void *user, struct plug_conn *c, size_t bytes);
};

/*
 * Accept what `server` announced. Does not read yet. `tag` is the owner's.
 * Errors: SM_EIO.
 */
struct plug_conn *plug_conn_accept(uv_stream_t *server,
				   const struct plug_conn_ops *ops, void *user,
				   uint32_t tag);
uint32_t plug_conn_tag(const struct plug_conn *c);

/* Read or stop reading; nothing after the end. */
void plug_conn_read(struct plug_conn *c, bool on);

/* Queue bytes; those not taken at once count until `written`. Returns how
 * many wait. */
size_t plug_conn_write(struct plug_conn *c, struct sm_str bytes);
size_t plug_conn_queued(const struct plug_conn *c);

/* Write what is queued, then end: what still comes is read and dropped for a
 * moment, so that nothing sent is lost. `gone` follows. */
void plug_conn_finish(struct plug_conn *c);

/* End now; `gone` is not called. */
void plug_conn_close(struct plug_conn *c);

/* True when the local side sent its end. */
bool plug_conn_ended(const struct plug_conn *c);

#endif
