/*
 * Detached signatures of files.
 *
 * Rule: nothing is left of a failed run: a signature file is complete or not
 * there (an old one stays as it was, and no longer matches).
 */
#include "common/def.h"
#include "pkg/sign.h"

#include <openssl/evp.h>

#include "common/fs.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/signer.h"

#define SIGN_CHUNK ((size_t)64 << 10)

/* Of a command the program, of a URI all before the PIN can stand. */
void pkg_sign_put_name(struct sm_buf *out, const char *name)
{
	static const char *const ends[] = { " ", "\t", "?", ";pin" };
	size_t len = strlen(name);
	const char *end;

	for (size_t i = 0; pkg_signer_is(name) && i < SM_ARRAY_LEN(ends); i++)
		if ((end = strstr(name, ends[i])) && (size_t)(end - name) < len)
			len = (size_t)(end - name);
	sm_buf_put(out, name, len);
}

static int load(struct pkg_key *k, const char *name, const char *public_key,
		struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	bool elsewhere = pkg_signer_is(name);
	int r;

	if (elsewhere && !public_key)
		return sm_err_set(e, SM_EUSAGE,
				  "--public-key is needed, as made by smpkg "
				  "key certify");
	if (!elsewhere && public_key)
		return sm_err_set(e, SM_EUSAGE,
				  "--public-key is for keys in a token or "
				  "behind a program");
	r = sm_fs_read(elsewhere ? public_key : name, PKG_KEY_FILE_MAX, &text,
		       e);
	if (r == 0)
		r = elsewhere ? pkg_key_attach(k, name, sm_buf_str(&text), e) :
				pkg_key_parse(k, sm_buf_str(&text), e);
	sm_buf_release(&text);
	return r;
}

int pkg_sign_load_key(struct pkg_key *k, const char *name,
		      const char *public_key, struct sm_err *e)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if ((r = load(k, name, public_key, e)) < 0) {
		pkg_sign_put_name(&shown, name);
		sm_err_wrap(e, r, "cannot use the key '%s'", sm_buf_z(&shown));
	}
	sm_buf_release(&shown);
	return r;
}

static int digest_file(const char *path, EVP_MD_CTX *md, struct sm_err *e)
{
	struct sm_buf chunk = SM_BUF_INIT(SIGN_CHUNK);
	int64_t got = 0;
	int fd;

	fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	if (EVP_DigestInit_ex(md, EVP_sha256(), NULL) <= 0)
		got = sm_err_set(e, SM_EIO, "cannot start a digest");
	sm_buf_reserve(&chunk, SIGN_CHUNK);
	while (got >= 0) {
		got = sm_os_file_read(fd, chunk.ptr, SIGN_CHUNK, e);
		if (got <= 0)
			break;
		EVP_DigestUpdate(md, chunk.ptr, (size_t)got);
	}
	sm_os_file_close(fd);
	sm_buf_release(&chunk);
	return got < 0 ? (int)got : 0;
}

int pkg_sign_file(const struct pkg_key *k, const char *path, uint32_t when_sec,
		  struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r;

	if (!md) {
		r = sm_err_set(e, SM_EIO, "cannot start a digest");
		goto out;
	}
	if ((r = digest_file(path, md, e)) < 0)
		goto out;
	r = pkg_pgpsign_put(k, PKG_PGPSIGN_BINARY, md, when_sec, &sig, e);
	if (r < 0)
		goto out;
	sm_buf_printf(&name, "%s.sig", path);
	r = sm_fs_write_atomic(sm_buf_z(&name), sm_buf_str(&sig), 0644, e);
out:
	EVP_MD_CTX_free(md);
	sm_buf_release(&sig);
	sm_buf_release(&name);
	return r;
}
