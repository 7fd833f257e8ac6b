/*
 * Session encryption: AES-256-GCM with a key per direction, no additional
 * data; a sealed payload is nonce(12) || ciphertext || tag(16).
 * Source: PROTOCOL.md 8; vectors A7, A8. Pure but for OpenSSL.
 */
#ifndef PLUGIN_WIRE_CRYPTER_H
#define PLUGIN_WIRE_CRYPTER_H

#include "common/buf.h"
#include "common/err.h"

#define PLUG_CRYPTER_KEY 32u
#define PLUG_CRYPTER_NONCE 12u
#define PLUG_CRYPTER_TAG 16u
#define PLUG_CRYPTER_OVERHEAD 28u
#define PLUG_CRYPTER_DATA_KEY 64u /* bytes asked from GenerateDataKey */

enum plug_role {
	PLUG_ROLE_CLIENT,
	PLUG_ROLE_AGENT
};

struct plug_crypter;

/*
 * `data_key` is the 64-byte plaintext of GenerateDataKey: the first half
 * encrypts agent to client, the second client to agent. `nonce_start` seeds
 * this side's counter (12 random bytes). Owned by the caller.
 * Errors: SM_EFORMAT if data_key is not 64 bytes (NULL returned, *r set).
 */
struct plug_crypter *plug_crypter_new(enum plug_role role,
				      struct sm_str data_key,
				      const unsigned char nonce_start[12],
				      int *r);
void plug_crypter_free(struct plug_crypter *c);

/* Append the sealed payload, with the next nonce. Errors: SM_ELIMIT. */
int plug_crypter_seal(struct plug_crypter *c, struct sm_buf *out,
		      struct sm_str plain);

/*
 * Append the opened payload. Errors: SM_EFORMAT under 28 bytes, SM_EVERIFY
 * when the tag does not match (nothing is appended), SM_ELIMIT.
 */
int plug_crypter_open(struct plug_crypter *c, struct sm_buf *out,
		      struct sm_str sealed);

#endif
