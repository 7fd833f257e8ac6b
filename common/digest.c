/*
 * Digests over OpenSSL's EVP interface. Nothing is decided here: what a
 * digest is good for says the caller.
 */
#include "common/def.h"
#include "common/digest.h"

#include <openssl/evp.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/mem.h"
#include "common/os/file.h"

#define CHUNK ((size_t)64 << 10)

static const struct {
	const char *name;
	size_t size;
	const EVP_MD *(*md)(void);
} algs[] = {
	[SM_DIGEST_SHA256] = { "sha256", 32, EVP_sha256 },
	[SM_DIGEST_SHA384] = { "sha384", 48, EVP_sha384 },
	[SM_DIGEST_SHA512] = { "sha512", 64, EVP_sha512 },
	[SM_DIGEST_SHA1] = { "sha1", 20, EVP_sha1 },
	[SM_DIGEST_MD5] = { "md5", 16, EVP_md5 },
};

const char *sm_digest_name(enum sm_digest_alg alg)
{
	return algs[alg].name;
}

size_t sm_digest_size(enum sm_digest_alg alg)
{
	return algs[alg].size;
}

int sm_digest_start(struct sm_digest *d, enum sm_digest_alg alg,
		    struct sm_err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx)
		sm_mem_exhausted();
	if (EVP_DigestInit_ex(ctx, algs[alg].md(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		d->ctx = NULL;
		return sm_err_set(e, SM_ENOTSUP, "cannot compute %s here",
				  algs[alg].name);
	}
	d->ctx = ctx;
	d->size = algs[alg].size;
	return 0;
}

void sm_digest_add(struct sm_digest *d, const void *p, size_t len)
{
	/* cannot fail after a good start */
	(void)EVP_DigestUpdate(d->ctx, p, len);
}

void sm_digest_finish(struct sm_digest *d, uint8_t *out)
{
	unsigned len = 0;

	if (EVP_DigestFinal_ex(d->ctx, out, &len) != 1)
		memset(out, 0, d->size);
	sm_digest_release(d);
}

void sm_digest_release(struct sm_digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

int sm_digest_bytes(enum sm_digest_alg alg, struct sm_str data, uint8_t *out,
		    struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	int r;

	if ((r = sm_digest_start(&d, alg, e)) < 0)
		return r;
	sm_digest_add(&d, data.ptr, data.len);
	sm_digest_finish(&d, out);
	return 0;
}

int sm_digest_fd(enum sm_digest_alg alg, int fd, uint64_t offset, uint64_t len,
		 uint8_t *out, uint64_t *seen, struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint64_t done = 0;
	char *chunk = NULL;
	int64_t n;
	int r;

	if ((r = sm_digest_start(&d, alg, e)) < 0)
		return r;
	chunk = sm_mem_alloc(CHUNK);
	while (done < len) {
		size_t want = len - done < CHUNK ? (size_t)(len - done) : CHUNK;

		n = sm_os_file_read_at(fd, chunk, want, offset + done, e);
		if (n < 0) {
			r = (int)n;
			goto out;
		}
		if (n == 0)
			break;
		sm_digest_add(&d, chunk, (size_t)n);
		done += (uint64_t)n;
	}
	if (len != UINT64_MAX && done < len) {
		r = sm_err_set(e, SM_EFORMAT, "file ends too early");
		goto out;
	}
	sm_digest_finish(&d, out);
	if (seen)
		*seen = done;
out:
	sm_digest_release(&d);
	sm_mem_free(chunk);
	return r;
}

void sm_digest_hex(const uint8_t *digest, size_t len, char *hex)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * len] = '\0';
}

bool sm_digest_hex_eq(const uint8_t *digest, size_t len, struct sm_str hex)
{
	struct sm_buf raw = SM_BUF_INIT(SM_DIGEST_MAX);
	bool eq;

	if (hex.len != 2 * len || sm_hex_get(&raw, hex) < 0)
		eq = false;
	else
		eq = raw.len == len && memcmp(raw.ptr, digest, len) == 0;
	sm_buf_release(&raw);
	return eq;
}
