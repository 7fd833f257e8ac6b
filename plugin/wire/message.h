/*
 * One binary message of the data channel: a 120-byte header and a payload.
 * Source: PROTOCOL.md 4. Pure; used by both ends.
 */
#ifndef PLUGIN_WIRE_MESSAGE_H
#define PLUGIN_WIRE_MESSAGE_H

#include "common/buf.h"
#include "common/str.h"

#define PLUG_MESSAGE_HEADER 120u        /* bytes in front of the payload */
#define PLUG_MESSAGE_HEADER_LENGTH 116u /* value of the HeaderLength field */
#define PLUG_MESSAGE_TYPE_MAX 32u       /* bytes of MessageType */
#define PLUG_MESSAGE_DIGEST 32u         /* SHA-256 */
/* Largest message accepted; the agent's own largest tested was 8,000,000
 * bytes (PROTOCOL.md 13.6). */
#define PLUG_MESSAGE_MAX ((size_t)16 << 20)

/* MessageType strings: PROTOCOL.md 5. */
#define PLUG_MESSAGE_INPUT "input_stream_data"
#define PLUG_MESSAGE_OUTPUT "output_stream_data"
#define PLUG_MESSAGE_ACK "acknowledge"
#define PLUG_MESSAGE_CLOSED "channel_closed"
#define PLUG_MESSAGE_START "start_publication"
#define PLUG_MESSAGE_PAUSE "pause_publication"

/* Flags: PROTOCOL.md 4.2. */
#define PLUG_MESSAGE_SYN 1u
#define PLUG_MESSAGE_FIN 2u

/* PayloadType: PROTOCOL.md 4.3. */
enum plug_payload_type {
	PLUG_PAYLOAD_NONE = 0,
	PLUG_PAYLOAD_OUTPUT = 1,
	PLUG_PAYLOAD_ERROR = 2,
	PLUG_PAYLOAD_SIZE = 3,
	PLUG_PAYLOAD_PARAMETER = 4,
	PLUG_PAYLOAD_HANDSHAKE_REQUEST = 5,
	PLUG_PAYLOAD_HANDSHAKE_RESPONSE = 6,
	PLUG_PAYLOAD_HANDSHAKE_COMPLETE = 7,
	PLUG_PAYLOAD_CHALLENGE_REQUEST = 8,
	PLUG_PAYLOAD_CHALLENGE_RESPONSE = 9,
	PLUG_PAYLOAD_FLAG = 10,
	PLUG_PAYLOAD_STDERR = 11,
	PLUG_PAYLOAD_EXIT_CODE = 12
};

struct plug_message {
	struct sm_str type;  /* MessageType, trimmed */
	uint32_t schema;     /* 1 */
	uint64_t created_ms; /* Unix time; 0 is invalid but for start/pause */
	int64_t seq;         /* per direction from 0; 0 in acks and control */
	uint64_t flags;
	unsigned char id[16]; /* UUID bytes in text order (not wire order) */
	uint32_t payload_type;
	struct sm_str payload;
};

/*
 * Append header and payload. m->type at most 32 bytes. The digest is computed
 * here.
 * Errors: SM_ELIMIT of the buffer, SM_EFORMAT for a type that is too long.
 */
int plug_message_encode(struct sm_buf *out, const struct plug_message *m);

/*
 * Decode one whole WebSocket message.
 *
 * Owns:   m->type and m->payload point into `in`; valid while `in` is.
 * Errors: SM_EFORMAT if shorter than 120 bytes, HeaderLength is 0 or its end
 *         lies outside, the type is empty, CreatedDate is 0, or (when
 *         PayloadLength is not 0) the digest disagrees; SM_ELIMIT above
 *         PLUG_MESSAGE_MAX. start_publication and pause_publication are not
 *         validated beyond the 120 bytes (PROTOCOL.md 4.1).
 */
int plug_message_decode(struct plug_message *m, struct sm_str in);

/*
 * A digest algorithm looked up once and a context that is used again: about
 * a third cheaper per message than without (BUILDING.md 9.2). NULL is allowed
 * in the _with functions and means a one-off. Owned by the caller; not for
 * two threads at once. Errors: SM_EIO when OpenSSL fails.
 */
struct plug_message_hasher;
struct plug_message_hasher *plug_message_hasher_new(void);
void plug_message_hasher_free(struct plug_message_hasher *h);
int plug_message_encode_with(struct sm_buf *out, const struct plug_message *m,
			     struct plug_message_hasher *h);
int plug_message_decode_with(struct plug_message *m, struct sm_str in,
			     struct plug_message_hasher *h);

/* Append the UUID as lower-case text, 36 bytes. */
int plug_message_id_put(struct sm_buf *out, const unsigned char id[16]);

/* Make 16 random bytes a version 4 UUID (RFC 4122 section 4.4). */
void plug_message_id_stamp(unsigned char id[16]);

#endif
