/*
 * The cleartext signature framework.
 *
 * Rule: what is hashed has CRLF between lines and none behind the last; what
 * is written has LF, and "- " before lines that begin with a dash.
 */
#include "common/def.h"
#include "pkg/clearsign.h"

#include <openssl/evp.h>

#include "common/armor.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"

static struct sm_str without_blanks(struct sm_str line)
{
	while (line.len && (line.ptr[line.len - 1] == ' ' ||
			    line.ptr[line.len - 1] == '\t' ||
			    line.ptr[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* Write and hash all lines. */
static void put_lines(struct sm_str text, EVP_MD_CTX *md, struct sm_buf *out)
{
	struct sm_str line;
	bool first = true;

	if (sm_str_ends(text, "\n"))
		text.len--;
	while (sm_str_split(&text, '\n', &line)) {
		line = without_blanks(line);
		if (!first)
			EVP_DigestUpdate(md, "\r\n", 2);
		first = false;
		if (line.len)
			EVP_DigestUpdate(md, line.ptr, line.len);
		sm_buf_puts(out, sm_str_starts(line, "-") ? "- " : "");
		sm_buf_put_str(out, line);
		sm_buf_puts(out, "\n");
	}
}

int pkg_clearsign_put(const struct pkg_key *k, struct sm_str text,
		      uint32_t when_sec, struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r;

	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) <= 0) {
		r = sm_err_set(e, SM_EIO, "cannot start a digest");
		goto out;
	}
	sm_buf_puts(out, "-----BEGIN PGP SIGNED MESSAGE-----\n"
			 "Hash: SHA256\n\n");
	put_lines(text, md, out);
	r = pkg_pgpsign_put(k, PKG_PGPSIGN_TEXT, md, when_sec, &sig, e);
	if (r < 0)
		goto out;
	r = sm_armor_encode(out, SM_ARMOR_SIGNATURE, sm_buf_str(&sig));
	if (r == 0)
		r = out->err;
	if (r < 0)
		sm_err_set(e, r, "the signed text is too large");
out:
	EVP_MD_CTX_free(md);
	sm_buf_release(&sig);
	return r;
}
