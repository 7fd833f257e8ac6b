/*
 * The facts of a release.
 *
 * Rule: nothing is taken from a release that its signed SHA256SUMS does not
 * name, and no file whose bytes it does not fit.
 */
#include "common/def.h"
#include "pkg/facts.h"

#include "common/fs.h"
#include "common/openpgp.h"
#include "common/os/clock.h"
#include "pkg/format.h"
#include "pkg/key.h"

#define SUMS_MAX ((size_t)1 << 20)
#define HEX (SM_SHA256_HEX - 1)

static int read_part(const struct pkg_facts *f, const char *name, size_t max,
		     struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_buf_printf(&path, "%s/%s", f->dir, name);
	r = sm_fs_read(sm_buf_z(&path), max, out, e);
	sm_buf_release(&path);
	return r;
}

static int check_sums(const struct pkg_facts *f, const struct pkg_key *key,
		      struct sm_err *e)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_openpgp_result res;
	int r;

	r = read_part(f, "SHA256SUMS.sig", SM_BUF_SMALL, &sig, e);
	if (r < 0)
		goto out;
	if ((r = pkg_key_put_public(key, &text, e)) < 0)
		goto out;
	if ((r = sm_openpgp_ring_add(&ring, sm_buf_str(&text), e)) < 0)
		goto out;
	r = sm_openpgp_verify_bytes(&ring, sm_buf_str(&f->sums),
				    sm_buf_str(&sig),
				    sm_os_clock_wall_ms() / 1000, &res, e);
	if (r < 0)
		sm_err_wrap(e, r, "'%s/SHA256SUMS'", f->dir);
out:
	sm_openpgp_ring_release(&ring);
	sm_buf_release(&text);
	sm_buf_release(&sig);
	return r;
}

int pkg_facts_load(struct pkg_facts *f, const char *manifest, const char *out,
		   const char *version, const struct pkg_key *key,
		   struct sm_err *e)
{
	const struct pkg_manifest_want want = { "bundle", "x86_64", version,
						"" };
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	memset(f, 0, sizeof(*f));
	pkg_manifest_init(&f->manifest);
	sm_buf_init(&f->sums, SUMS_MAX);
	f->version = version;
	sm_buf_printf(&dir, "%s/%s", out, version);
	f->dir = sm_buf_detach_new(&dir);
	if ((r = pkg_manifest_load(&f->manifest, manifest, &want, e)) < 0)
		return r;
	if ((r = read_part(f, "SHA256SUMS", SUMS_MAX, &f->sums, e)) < 0)
		return r;
	return check_sums(f, key, e);
}

void pkg_facts_release(struct pkg_facts *f)
{
	pkg_manifest_release(&f->manifest);
	sm_buf_release(&f->sums);
	sm_mem_free(f->dir);
	f->dir = NULL;
}

/* "DIGEST  PATH": the digest, or an empty view. */
static struct sm_str find_digest(const struct pkg_facts *f, const char *path)
{
	struct sm_str rest = sm_buf_str(&f->sums), line;

	while (sm_str_split(&rest, '\n', &line))
		if (line.len > HEX + 2 &&
		    sm_str_eqz(sm_str_sub(line, HEX + 2, line.len), path))
			return sm_str_sub(line, 0, HEX);
	return sm_str(NULL);
}

bool pkg_facts_has(const struct pkg_facts *f, const char *path)
{
	return find_digest(f, path).len != 0;
}

int pkg_facts_read(const struct pkg_facts *f, const char *path,
		   struct pkg_facts_file *file, struct sm_err *e)
{
	struct sm_str want = find_digest(f, path);
	uint8_t digest[SM_SHA256_SIZE];
	int r;

	sm_buf_init(&file->data, PKG_FORMAT_ARTIFACT_MAX);
	if (!want.len)
		return sm_err_set(e, SM_ENOTFOUND, "'%s' has no '%s'", f->dir,
				  path);
	r = read_part(f, path, PKG_FORMAT_ARTIFACT_MAX, &file->data, e);
	if (r < 0)
		return r;
	r = sm_digest_bytes(SM_DIGEST_SHA256, sm_buf_str(&file->data), digest,
			    e);
	if (r < 0)
		return r;
	if (!sm_digest_hex_eq(digest, sizeof(digest), want))
		return sm_err_set(e, SM_EVERIFY,
				  "'%s/%s' is not the file that was released",
				  f->dir, path);
	sm_digest_hex(digest, sizeof(digest), file->sha256);
	return 0;
}
