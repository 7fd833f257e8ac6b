/*
 * smux version 1: many connections in one byte stream. Source: PROTOCOL.md
 * 10.6, vectors A6. Sans I/O: bytes in by plug_smux_input, frames out into a
 * buffer that the caller drains into the stream. Both ends.
 */
#ifndef PLUGIN_WIRE_SMUX_H
#define PLUGIN_WIRE_SMUX_H

#include "common/buf.h"
#include "common/err.h"
#include "plugin/wire/crypter.h"

#define PLUG_SMUX_HEADER 8u
#define PLUG_SMUX_FRAME_MAX 32768u         /* largest PSH we send */
#define PLUG_SMUX_BUDGET ((size_t)4 << 20) /* unread bytes, all streams */
#define PLUG_SMUX_STREAMS_MAX 65536u

/*
 * A callback may call every function below but plug_smux_input and
 * plug_smux_free. `opened` may be NULL at the client: a stream that the agent
 * opens is ignored there (PROTOCOL.md 10.6), and so is its data.
 */
struct plug_smux_ops {
	/* Agent end: the peer opened a stream. */
	void (*opened)(void *user, uint32_t id);
	/*
	 * Bytes for a stream, in order. The callee takes all of them (it
	 * reports how many it still holds through plug_smux_hold/release).
	 */
	void (*data)(void *user, uint32_t id, struct sm_str bytes);
	/* The peer closed the stream: no more data will come. */
	void (*fin)(void *user, uint32_t id);
};

struct plug_smux;

/* Client ids are odd and begin at 3. Owned by the caller. */
struct plug_smux *plug_smux_new(enum plug_role role,
				const struct plug_smux_ops *ops, void *user);
void plug_smux_free(struct plug_smux *m);

/*
 * Bytes from the peer, any boundaries. Errors: SM_EFORMAT on a wrong version
 * or command, or a length where none belongs; SM_ELIMIT above
 * PLUG_SMUX_STREAMS_MAX. Both are fatal for the session and stick.
 */
int plug_smux_input(struct plug_smux *m, struct sm_str bytes);

/*
 * Open a stream: a SYN frame is appended to `out`, *id set. Errors: SM_ELIMIT
 * of the buffer, at PLUG_SMUX_STREAMS_MAX, or when all ids were used.
 */
int plug_smux_open(struct plug_smux *m, struct sm_buf *out, uint32_t *id);

/* Append PSH frames. Unknown or closed ids: SM_ENOTFOUND; a stream that the
 * peer closed still sends. Errors: SM_ELIMIT of the buffer. */
int plug_smux_send(struct plug_smux *m, struct sm_buf *out, uint32_t id,
		   struct sm_str bytes);

/* Append FIN and forget the stream; later data for the id is discarded.
 * Unknown ids: SM_ENOTFOUND. */
int plug_smux_close(struct plug_smux *m, struct sm_buf *out, uint32_t id);

/* Append a NOP (keep-alive of old agents). */
int plug_smux_nop(struct plug_smux *m, struct sm_buf *out);

/* Account for bytes that the data callback handed to a slow sink. At
 * PLUG_SMUX_BUDGET plug_smux_full is true: stop reading the socket. */
void plug_smux_hold(struct plug_smux *m, size_t bytes);
void plug_smux_release(struct plug_smux *m, size_t bytes);
bool plug_smux_full(const struct plug_smux *m);

/* Streams open now, and frames received so far (for keep-alive checks). */
size_t plug_smux_count(const struct plug_smux *m);
uint64_t plug_smux_frames(const struct plug_smux *m);

#endif
