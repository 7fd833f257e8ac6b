/*
 * A yum repository.
 *
 * Rule: as for apt, the index follows from the pool alone. Index files have
 * their digest in their name, so an older repomd.xml stays good; they are
 * gzip, which every yum reads.
 */
#include "common/def.h"
#include "pkg/repoyum.h"

#include "common/digest.h"
#include "common/mem.h"
#include "pkg/arc.h"
#include "pkg/repo.h"
#include "pkg/rpmread.h"
#include "pkg/yumxml.h"

#define POOL "packages"

enum part {
	PRIMARY,
	FILELISTS,
	OTHER,
	N_PARTS
};

/* Name, root element and its name space. */
static const struct {
	const char *name;
	const char *root;
	const char *space;
} parts[N_PARTS] = {
	{ "primary", "metadata",
	  " xmlns=\"http://linux.duke.edu/metadata/common\""
	  " xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\"" },
	{ "filelists", "filelists",
	  " xmlns=\"http://linux.duke.edu/metadata/filelists\"" },
	{ "other", "otherdata",
	  " xmlns=\"http://linux.duke.edu/metadata/other\"" },
};

static const char declaration[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

struct yum {
	const struct pkg_repo *repo;
	struct sm_buf packages[N_PARTS];
	struct sm_buf repomd;
	size_t n;
};

static int add_rpm(const struct pkg_repo *repo, const char *from,
		   struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_rpmread p;
	int r;

	if ((r = pkg_rpmread_load(&p, from, e)) < 0)
		goto out;
	if (!pkg_repo_is_word(p.rpm.name, "") ||
	    !pkg_repo_is_word(p.rpm.version, "^") ||
	    !pkg_repo_is_word(p.rpm.release, "^") ||
	    !pkg_repo_is_word(p.rpm.arch, "")) {
		r = sm_err_set(e, SM_EFORMAT,
			       "cannot publish '%s': its name, version or "
			       "architecture cannot be part of a file name",
			       from);
		goto out;
	}
	sm_buf_printf(&path, POOL "/%s-%s-%s.%s.rpm", p.rpm.name, p.rpm.version,
		      p.rpm.release, p.rpm.arch);
	r = pkg_repo_add(repo, from, sm_buf_z(&path), e);
out:
	pkg_rpmread_release(&p);
	sm_buf_release(&path);
	return r;
}

static int on_pool(void *user, const char *rel, const struct sm_file_info *st,
		   struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf href = SM_BUF_INIT(SM_BUF_SMALL);
	struct yum *y = user;
	struct pkg_rpmread p;
	int r;

	if (st->type != SM_FILE_REGULAR || !sm_str_ends(sm_str(rel), ".rpm"))
		return 0;
	sm_buf_printf(&href, POOL "/%s", rel);
	sm_buf_printf(&path, "%s/%s", y->repo->dir, sm_buf_z(&href));
	if ((r = pkg_rpmread_load(&p, sm_buf_z(&path), e)) < 0)
		goto out;
	pkg_yumxml_put_primary(&p, sm_buf_z(&href), (uint64_t)y->repo->now_sec,
			       &y->packages[PRIMARY]);
	pkg_yumxml_put_filelists(&p, &y->packages[FILELISTS]);
	pkg_yumxml_put_other(&p, &y->packages[OTHER]);
	y->n++;
	for (size_t i = 0; i < N_PARTS; i++)
		if (y->packages[i].err)
			r = sm_err_set(e, SM_ELIMIT, "too many packages");
out:
	pkg_rpmread_release(&p);
	sm_buf_release(&path);
	sm_buf_release(&href);
	return r;
}

static int hex_digest(struct sm_str data, char *hex, struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	int r = sm_digest_bytes(SM_DIGEST_SHA256, data, digest, e);

	if (r == 0)
		sm_digest_hex(digest, sizeof(digest), hex);
	return r;
}

/* Write one part, and what repomd.xml says of it. */
static int put_part(struct yum *y, enum part i, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_REPO_INDEX_MAX);
	struct sm_buf data = SM_BUF_INIT(PKG_REPO_INDEX_MAX);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	char open[SM_SHA256_HEX], packed[SM_SHA256_HEX];
	int r;

	sm_buf_printf(&text, "%s<%s%s packages=\"%zu\">\n", declaration,
		      parts[i].root, parts[i].space, y->n);
	sm_buf_put_str(&text, sm_buf_str(&y->packages[i]));
	sm_buf_printf(&text, "</%s>\n", parts[i].root);
	if ((r = text.err) < 0)
		goto out;
	r = pkg_arc_compress(sm_buf_str(&text), PKG_ARC_GZIP, &data, e);
	if (r < 0)
		goto out;
	if ((r = hex_digest(sm_buf_str(&text), open, e)) < 0 ||
	    (r = hex_digest(sm_buf_str(&data), packed, e)) < 0)
		goto out;
	sm_buf_printf(&path, "repodata/%s-%s.xml.gz", packed, parts[i].name);
	r = pkg_repo_put(y->repo, sm_buf_z(&path), sm_buf_str(&data), e);
	sm_buf_printf(&y->repomd,
		      "  <data type=\"%s\">\n"
		      "    <checksum type=\"sha256\">%s</checksum>\n"
		      "    <open-checksum type=\"sha256\">%s</open-checksum>\n"
		      "    <location href=\"%s\"/>\n"
		      "    <timestamp>%lld</timestamp>\n"
		      "    <size>%zu</size>\n"
		      "    <open-size>%zu</open-size>\n"
		      "  </data>\n",
		      parts[i].name, packed, open, sm_buf_z(&path),
		      (long long)y->repo->now_sec, data.len, text.len);
out:
	sm_buf_release(&text);
	sm_buf_release(&data);
	sm_buf_release(&path);
	if (r < 0 && (!e || !e->code))
		sm_err_set(e, r, "too many packages");
	return r;
}

static int write_index(struct yum *y, struct sm_err *e)
{
	int r;

	sm_buf_printf(&y->repomd,
		      "%s<repomd xmlns=\"http://linux.duke.edu/metadata/repo\""
		      " xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n"
		      "  <revision>%lld</revision>\n",
		      declaration, (long long)y->repo->now_sec);
	for (size_t i = 0; i < N_PARTS; i++)
		if ((r = put_part(y, (enum part)i, e)) < 0)
			return r;
	sm_buf_puts(&y->repomd, "</repomd>\n");
	r = pkg_repo_put_signature(y->repo, "repodata/repomd.xml.asc",
				   sm_buf_str(&y->repomd), e);
	if (r < 0)
		return r;
	return pkg_repo_put(y->repo, "repodata/repomd.xml",
			    sm_buf_str(&y->repomd), e);
}

int pkg_repoyum_write(const struct pkg_repo *r, struct sm_err *e)
{
	struct yum y = { .repo = r };
	int ret = 0;

	for (size_t i = 0; i < N_PARTS; i++)
		sm_buf_init(&y.packages[i], PKG_REPO_INDEX_MAX);
	sm_buf_init(&y.repomd, SM_BUF_SMALL);
	for (size_t i = 0; i < r->n_packages; i++)
		if ((ret = add_rpm(r, r->package[i], e)) < 0)
			goto out;
	if ((ret = pkg_repo_walk(r, POOL, on_pool, &y, e)) < 0)
		goto out;
	if (!y.n) {
		ret = sm_err_set(e, SM_EUSAGE, "there is no package in '%s'",
				 r->dir);
		goto out;
	}
	if ((ret = pkg_repo_put_keys(r, e)) == 0)
		ret = write_index(&y, e);
out:
	for (size_t i = 0; i < N_PARTS; i++)
		sm_buf_release(&y.packages[i]);
	sm_buf_release(&y.repomd);
	return ret;
}
