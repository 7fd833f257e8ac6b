/*
 * The handshake's messages and the version gates. Source: PROTOCOL.md 7, 8.
 * Parsing keeps copies in an arena; nothing here decides or sends.
 */
#ifndef PLUGIN_WIRE_HANDSHAKE_H
#define PLUGIN_WIRE_HANDSHAKE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

#define PLUG_HANDSHAKE_ACTIONS_MAX 16

enum plug_action_kind {
	PLUG_ACTION_SESSION_TYPE,
	PLUG_ACTION_KMS,
	PLUG_ACTION_UNKNOWN
};

/* Properties of a Port session, strings only (PROTOCOL.md 10.1); a member of
 * another JSON type is skipped. Absent ones are empty. */
struct plug_port_properties {
	struct sm_str port_number;
	struct sm_str local_port_number;
	struct sm_str local_connection_type; /* "unix" or else */
	struct sm_str local_unix_socket;
	struct sm_str type; /* "LocalPortForwarding" or else stdio */
	struct sm_str host;
};

struct plug_action {
	enum plug_action_kind kind;
	struct sm_str name;         /* ActionType as sent */
	struct sm_str session_type; /* SESSION_TYPE */
	struct plug_port_properties port;
	struct sm_str kms_key_id; /* KMS */
	struct sm_str challenge;  /* KMS: the random challenge, may be empty */
};

struct plug_handshake_request {
	struct sm_str agent_version;
	size_t n_actions;
	struct plug_action action[PLUG_HANDSHAKE_ACTIONS_MAX];
};

/*
 * Owns:   views point into the arena.
 * Errors: SM_EFORMAT, SM_ELIMIT above 16 actions.
 */
int plug_handshake_request_get(struct plug_handshake_request *q,
			       struct sm_arena *arena, struct sm_str json,
			       struct sm_err *e);

enum plug_action_status {
	PLUG_ACTION_SUCCESS = 1,
	PLUG_ACTION_FAILED = 2,
	PLUG_ACTION_UNSUPPORTED = 3
};

struct plug_action_result {
	struct sm_str name; /* ActionType, as asked */
	enum plug_action_status status;
	struct sm_str error;       /* cause; goes into Errors as it is and into
				      Error behind "Failed to process action
				      NAME: " */
	struct sm_str cipher_blob; /* KMS success: bytes of CiphertextBlob */
	bool challenge_acknowledged;
};

/* HandshakeResponse exactly as PROTOCOL.md 7.2. */
int plug_handshake_response_put(struct sm_buf *out, struct sm_str version,
				const struct plug_action_result *result,
				size_t n);

/* The agent's reading of it: the first entry that is not a success makes
 * *ok false and leaves "type: error" in why. */
struct plug_handshake_response {
	struct sm_str client_version;
	struct sm_str cipher_blob; /* decoded; empty without KMS */
	bool challenge_acknowledged;
	bool ok;
	struct sm_str why;
};
int plug_handshake_response_get(struct plug_handshake_response *p,
				struct sm_arena *arena, struct sm_str json,
				struct sm_err *e);

struct plug_handshake_complete {
	int64_t duration_ns;
	struct sm_str customer_message;
};
int plug_handshake_complete_get(struct plug_handshake_complete *c,
				struct sm_arena *arena, struct sm_str json,
				struct sm_err *e);
int plug_handshake_complete_put(struct sm_buf *out, int64_t duration_ns,
				struct sm_str message);

/* {"Challenge":"<base64>"}: the decoded bytes. */
int plug_handshake_challenge_get(struct sm_buf *out, struct sm_str json);
int plug_handshake_challenge_put(struct sm_buf *out, struct sm_str bytes);

/*
 * Version gates of PROTOCOL.md 7.7: true iff `version` has exactly four
 * numeric parts and is strictly greater than the threshold.
 */
enum plug_gate {
	PLUG_GATE_TERMINATE_FLAG, /* agent > 2.3.722.0 */
	PLUG_GATE_MUX,            /* agent > 3.0.196.0 */
	PLUG_GATE_NO_KEEPALIVE    /* agent > 3.1.1511.0 */
};
bool plug_handshake_gate(enum plug_gate gate, struct sm_str version);

#endif
