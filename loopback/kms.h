/*
 * The part of KMS that sessions need: data keys, sealed so that only this
 * process can open them again.
 *
 * A ciphertext blob is nonce(12) || AES-256-GCM(data key) || tag(16) with the
 * key id and the encryption context as additional data, so that another
 * context or key does not open it. The master key lives as long as the object.
 * Source: AWS KMS Developer Guide, "Encryption context"; PROTOCOL.md 8.
 */
#ifndef LOOPBACK_KMS_H
#define LOOPBACK_KMS_H

#include "common/buf.h"
#include "common/err.h"

#define LOOP_KMS_KEY_MAX 1024u   /* NumberOfBytes: 1 to 1024 */
#define LOOP_KMS_CONTEXT_MAX 16u /* pairs */

struct loop_kms_pair {
	struct sm_str name, value;
};

struct loop_kms_context {
	struct loop_kms_pair pair[LOOP_KMS_CONTEXT_MAX];
	size_t n;
};

struct loop_kms {
	unsigned char master[32];
};

/* A fresh random master key. */
void loop_kms_init(struct loop_kms *k);
void loop_kms_release(struct loop_kms *k);

/* Add a pair; kept in order of name. Errors: SM_ELIMIT, SM_EEXIST. */
int loop_kms_context_add(struct loop_kms_context *c, struct sm_str name,
			 struct sm_str value);

/*
 * Make a data key of `len` bytes: appended to `plain` (a secret buffer) and,
 * sealed, to `blob`. Errors: SM_ELIMIT for a length outside 1..1024, SM_EIO.
 */
int loop_kms_generate(const struct loop_kms *k, struct sm_str key_id,
		      const struct loop_kms_context *c, size_t len,
		      struct sm_buf *plain, struct sm_buf *blob);

/*
 * Open a blob. Errors: SM_EFORMAT if it is too short or too long, SM_EVERIFY
 * for another key id, another context or changed bytes.
 */
int loop_kms_open(const struct loop_kms *k, struct sm_str key_id,
		  const struct loop_kms_context *c, struct sm_str blob,
		  struct sm_buf *plain);

#endif
