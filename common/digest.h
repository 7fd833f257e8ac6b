/*
 * Digests of bytes and of parts of an open file: SHA-256 mostly, and what old
 * formats still ask for.
 */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include "common/err.h"
#include "common/str.h"

#define SM_DIGEST_MAX 64 /* bytes of the longest, SHA-512 */
#define SM_SHA256_SIZE 32
#define SM_SHA256_HEX (2 * SM_SHA256_SIZE + 1) /* text and its terminator */

enum sm_digest_alg {
	SM_DIGEST_SHA256,
	SM_DIGEST_SHA384,
	SM_DIGEST_SHA512,
	SM_DIGEST_SHA1, /* fingerprints and old table checksums, never trust */
	SM_DIGEST_MD5   /* rpm and deb bookkeeping only */
};

struct sm_digest {
	void *ctx; /* EVP_MD_CTX, NULL when released */
	size_t size;
};

#define SM_DIGEST_INIT  \
	{               \
		NULL, 0 \
	}

/* "sha256", and the length of the digest in bytes. */
const char *sm_digest_name(enum sm_digest_alg alg);
size_t sm_digest_size(enum sm_digest_alg alg);

/*
 * Streaming: start, add, finish. `finish` writes sm_digest_size() bytes and
 * releases. Errors: SM_ENOTSUP when the library refuses the algorithm (MD5
 * under FIPS); the others cannot fail after a good start.
 */
int sm_digest_start(struct sm_digest *d, enum sm_digest_alg alg,
		    struct sm_err *e);
void sm_digest_add(struct sm_digest *d, const void *p, size_t len);
void sm_digest_finish(struct sm_digest *d, uint8_t *out);
void sm_digest_release(struct sm_digest *d);

/* The same in one call. */
int sm_digest_bytes(enum sm_digest_alg alg, struct sm_str data, uint8_t *out,
		    struct sm_err *e);

/*
 * Digest of `len` bytes of an open file from `offset`; UINT64_MAX means to
 * the end. The file's position does not move. *seen (may be NULL) receives
 * the bytes read. Errors: SM_EIO, and SM_EFORMAT when the file ends early.
 */
int sm_digest_fd(enum sm_digest_alg alg, int fd, uint64_t offset, uint64_t len,
		 uint8_t *out, uint64_t *seen, struct sm_err *e);

/* Lower-case hexadecimal with terminator; `hex` has 2 * len + 1 bytes. */
void sm_digest_hex(const uint8_t *digest, size_t len, char *hex);

/* True if `hex` is exactly the hexadecimal text (either case) of the digest. */
bool sm_digest_hex_eq(const uint8_t *digest, size_t len, struct sm_str hex);

#endif
