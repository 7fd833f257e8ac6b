/*
 * RFC 6455 frames: an encoder for both ends, and a decoder for the server end
 * (the client decodes with libcurl). Several frames are appended to one
 * buffer and sent with one call; that is why libcurl's own encoder does not
 * do (BUILDING.md 9.2). Pure.
 */
#ifndef PLUGIN_WIRE_WSFRAME_H
#define PLUGIN_WIRE_WSFRAME_H

#include "common/buf.h"
#include "common/str.h"

enum plug_ws_opcode { /* RFC 6455 section 5.2 */
	PLUG_WS_CONT = 0,
	PLUG_WS_TEXT = 1,
	PLUG_WS_BINARY = 2,
	PLUG_WS_CLOSE = 8,
	PLUG_WS_PING = 9,
	PLUG_WS_PONG = 10
};

/*
 * Append one final frame. `mask` is four random bytes (clients), or NULL
 * (servers). Control payloads are at most 125 bytes. Errors: SM_ELIMIT.
 */
int plug_wsframe_put(struct sm_buf *out, enum plug_ws_opcode op,
		     struct sm_str payload, const unsigned char mask[4]);

/* The same for one frame of a fragmented message. */
int plug_wsframe_put_part(struct sm_buf *out, enum plug_ws_opcode op, bool fin,
			  struct sm_str payload, const unsigned char mask[4]);

struct plug_wsframe {
	enum plug_ws_opcode op;
	bool fin;
	struct sm_str payload; /* unmasked in place */
};

/*
 * Decode the frame at the start of `in` (modified: unmasked). Returns the
 * bytes used, SM_EAGAIN if more are needed, SM_EFORMAT on reserved bits, an
 * unknown opcode, a control frame that is long or fragmented, or (when
 * `must_mask`) a missing mask; SM_ELIMIT above `max`.
 */
long plug_wsframe_get(struct plug_wsframe *f, char *in, size_t len,
		      bool must_mask, size_t max);

/* Append base64(SHA-1(key + GUID)): RFC 6455 section 4.2.2, vector A9. */
int plug_wsframe_accept(struct sm_buf *out, struct sm_str key);

#endif
