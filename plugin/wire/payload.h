/*
 * The small JSON and binary payloads of the data channel, written and read.
 * Writers produce the bytes of PROTOCOL.md exactly (member order, no spaces);
 * readers ignore unknown members and are bounded. Pure.
 */
#ifndef PLUGIN_WIRE_PAYLOAD_H
#define PLUGIN_WIRE_PAYLOAD_H

#include "common/buf.h"
#include "common/str.h"

/* Append `s` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
int plug_payload_json_string(struct sm_buf *out, struct sm_str s);

/* OpenDataChannelInput, the first text frame: PROTOCOL.md 3.4. */
struct plug_open {
	struct sm_str request_id; /* UUID text */
	struct sm_str token;
	struct sm_str client_id; /* UUID text */
	struct sm_str client_version;
};
int plug_payload_open_put(struct sm_buf *out, const struct plug_open *o);

#define PLUG_PAYLOAD_TEXT_MAX 8192 /* longest member kept by the readers */

/* What a reader found; the strings are copies with a terminator. */
struct plug_open_text {
	char request_id[64];
	char token[PLUG_PAYLOAD_TEXT_MAX];
	char client_id[64];
	char client_version[64];
};
/* Errors: SM_EFORMAT if not an object or TokenValue is absent, SM_ELIMIT. */
int plug_payload_open_get(struct plug_open_text *o, struct sm_str json);

/* acknowledge: PROTOCOL.md 5.1. */
int plug_payload_ack_put(struct sm_buf *out, struct sm_str type,
			 const unsigned char id[16], int64_t seq);
/* Only the sequence number matters. Errors: SM_EFORMAT. */
int plug_payload_ack_get(int64_t *seq, struct sm_str json);

/* channel_closed: PROTOCOL.md 5.2. A malformed payload reads as empty. */
struct plug_closed {
	char session_id[256];
	char output[PLUG_PAYLOAD_TEXT_MAX]; /* cut when longer */
};
void plug_payload_closed_get(struct plug_closed *c, struct sm_str json);
int plug_payload_closed_put(struct sm_buf *out, struct sm_str session_id,
			    struct sm_str output);

/* Size: {"cols":132,"rows":40}. */
int plug_payload_size_put(struct sm_buf *out, unsigned cols, unsigned rows);
int plug_payload_size_get(unsigned *cols, unsigned *rows, struct sm_str json);

/* Flag: u32 big-endian, PROTOCOL.md 4.3. */
enum plug_flag {
	PLUG_FLAG_DISCONNECT = 1,
	PLUG_FLAG_TERMINATE = 2,
	PLUG_FLAG_CONNECT_ERROR = 3
};
int plug_payload_flag_put(struct sm_buf *out, enum plug_flag flag);
int plug_payload_flag_get(uint32_t *flag, struct sm_str payload);

/* "EXIT_CODE: 7": 0 and the code, or SM_EFORMAT. PROTOCOL.md 11. */
int plug_payload_exit_code_get(int *code, struct sm_str payload);

#endif
