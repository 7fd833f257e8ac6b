/*
 * A release.
 *
 * Rule: the channel is what publishes. A version is made in OUT/.new-VERSION
 * and gets its name whole; a run that fails or is stopped removes it, and what
 * a killed one left the next run removes. The one step that two files need
 * (the channel and its signature) is two renames: who reads between them
 * refuses the channel and asks again.
 */
#include "common/def.h"
#include "pkg/release.h"

#include "common/fs.h"
#include "common/path.h"
#include "pkg/guard.h"
#include "pkg/issue.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/sbom.h"
#include "pkg/sign.h"

#define CHANNEL "channel.json"
#define SUMS "SHA256SUMS"

struct work {
	const struct pkg_release *r;
	struct pkg_issue issue;
	struct sm_buf dir;   /* OUT/.new-VERSION */
	struct sm_buf final; /* OUT/VERSION */
	struct sm_buf sums;
	const char *version;
};

static void tell(const struct work *w, const char *dir, const char *name,
		 size_t bytes)
{
	const struct pkg_layout *l = &w->r->layout;
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);

	sm_path_join(&path, sm_str(dir), sm_str(name));
	if (l->done)
		l->done(l->user, sm_buf_z(&path), bytes);
	sm_buf_release(&path);
}

/* A file of the version; who is told hears of its final place. */
static int put_file(const struct work *w, const char *name, struct sm_str data,
		    struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_path_join(&path, sm_buf_str(&w->dir), sm_str(name));
	r = sm_fs_write_atomic(sm_buf_z(&path), data, 0644, e);
	if (r == 0)
		tell(w, sm_buf_z(&w->final), name, data.len);
	sm_buf_release(&path);
	return r;
}

/* Append OUT/NAME, if it is there. */
static int read_out(const struct work *w, const char *name, struct sm_buf *out,
		    struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int r = SM_ENOTFOUND;

	sm_path_join(&path, sm_str(w->r->layout.out), sm_str(name));
	if (sm_os_file_stat(sm_buf_z(&path), true, &st, NULL) == 0)
		r = sm_fs_read(sm_buf_z(&path), SM_CHANNEL_MAX, out, e);
	sm_buf_release(&path);
	return r;
}

/* --- what was published before --------------------------------------------- */

static int load_history(struct work *w, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_HISTORY_MAX);
	struct sm_str json = sm_history_builtin();
	int r = 0;

	if (w->r->history) {
		r = sm_fs_read(w->r->history, SM_HISTORY_MAX, &text, e);
		json = sm_buf_str(&text);
	}
	if (r == 0)
		r = sm_history_parse(&w->issue.history, json, e);
	sm_buf_release(&text);
	return r;
}

static int load_channel(struct work *w, struct sm_err *e)
{
	struct sm_buf json = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	r = read_out(w, CHANNEL, &json, e);
	if (r == SM_ENOTFOUND) {
		r = w->r->refresh ? sm_err_set(e, SM_ENOTFOUND,
					       "there is no channel in '%s'",
					       w->r->layout.out) :
				    0;
		goto out;
	}
	if (r < 0)
		goto out;
	r = read_out(w, CHANNEL ".sig", &sig, e);
	if (r == SM_ENOTFOUND)
		sm_err_set(e, r, "there is no '%s/" CHANNEL ".sig'",
			   w->r->layout.out);
	if (r == 0)
		r = pkg_issue_last(&w->issue, w->r->layout.key,
				   sm_buf_str(&json), sm_buf_str(&sig), e);
out:
	sm_buf_release(&json);
	sm_buf_release(&sig);
	return r;
}

/* --- the files of the version ---------------------------------------------- */

static int put_notes(struct work *w, struct sm_err *e)
{
	const struct sm_history *h = &w->issue.history;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	const struct sm_history_release *one;
	int r;

	sm_buf_puts(&text, "# Release notes\n");
	for (size_t i = h->n; i-- > 0;) {
		one = &h->release[i];
		if (strcmp(one->publisher, "project") != 0)
			continue;
		sm_buf_printf(&text, "\n## %s (%s, %s)%s%s\n\n%s\n",
			      one->version, one->date, one->kind,
			      *one->state ? ", " : "", one->state, one->change);
	}
	r = text.err ? sm_err_set(e, text.err, "the notes are too long") :
		       put_file(w, "RELEASENOTES.md", sm_buf_str(&text), e);
	sm_buf_release(&text);
	return r;
}

static int put_sbom(struct work *w, struct sm_err *e)
{
	struct sm_buf sources = SM_BUF_INIT(PKG_SBOM_SOURCES_MAX);
	struct sm_buf text = SM_BUF_INIT(PKG_SBOM_SOURCES_MAX * 8);
	struct pkg_build b = w->r->layout.build;
	struct pkg_manifest m;
	int r;

	pkg_manifest_init(&m);
	b.want.format = "bundle"; /* any: only the common members count */
	b.want.arch = "x86_64";
	r = sm_fs_read(w->r->sources, PKG_SBOM_SOURCES_MAX, &sources, e);
	if (r < 0)
		goto out;
	if ((r = pkg_manifest_load(&m, b.manifest, &b.want, e)) < 0)
		goto out;
	m.epoch_sec =
		(uint32_t)(b.epoch_sec >= 0 ? b.epoch_sec : w->r->issued_sec);
	if ((r = pkg_sbom_put(&m, sm_buf_str(&sources), &text, e)) < 0)
		goto out;
	r = put_file(w, "session-manager-plugin.spdx.json", sm_buf_str(&text),
		     e);
out:
	pkg_manifest_release(&m);
	sm_buf_release(&sources);
	sm_buf_release(&text);
	return r;
}

static int digest_file(const char *dir, const char *name, char *hex,
		       uint64_t *size, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[SM_SHA256_SIZE];
	int fd, r;

	sm_path_join(&path, sm_str(dir), sm_str(name));
	r = fd = sm_os_file_open(sm_buf_z(&path), SM_FILE_READ, 0, e);
	if (fd >= 0) {
		r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, digest,
				 size, e);
		sm_os_file_close(fd);
	}
	if (r >= 0)
		sm_digest_hex(digest, sizeof(digest), hex);
	sm_buf_release(&path);
	return r < 0 ? r : 0;
}

static int on_file(void *user, const char *rel, const struct sm_file_info *st,
		   struct sm_err *e)
{
	struct work *w = user;
	char hex[SM_SHA256_HEX];
	uint64_t size;
	int r;

	if (st->type != SM_FILE_REGULAR || !strcmp(rel, SUMS) ||
	    !strcmp(rel, SUMS ".sig"))
		return 0;
	r = digest_file(sm_buf_z(&w->dir), rel, hex, &size, e);
	if (r == 0 && sm_buf_printf(&w->sums, "%s  %s\n", hex, rel) < 0)
		r = sm_err_set(e, SM_ELIMIT, "too many files");
	return r;
}

static int put_sums(struct work *w, struct sm_err *e)
{
	const char *dir = sm_buf_z(&w->dir);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int64_t sec = w->r->layout.build.epoch_sec;
	int r;

	if (sec < 0)
		sec = w->r->issued_sec;
	if ((r = sm_fs_walk(dir, on_file, w, e)) < 0)
		goto out;
	if ((r = put_file(w, SUMS, sm_buf_str(&w->sums), e)) < 0)
		goto out;
	sm_path_join(&path, sm_str(dir), sm_str(SUMS));
	r = pkg_sign_file(w->r->layout.key, sm_buf_z(&path),
			  pkg_pgpsign_time(w->r->layout.key, (uint32_t)sec), e);
out:
	sm_buf_release(&path);
	return r;
}

/* --- the channel ----------------------------------------------------------- */

/* One artifact, read back from where it was written. */
static int add_artifact(struct work *w, const struct pkg_layout_row *row,
			struct sm_channel_artifact *a, struct sm_err *e)
{
	struct sm_arena *arena = &w->issue.history.arena;
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str platform;
	char hex[SM_SHA256_HEX];
	int r;

	platform = sm_str_n(row->target, strcspn(row->target, "-"));
	sm_buf_printf(&path, "%s/%s/%s", w->version, row->folder, row->file);
	sm_buf_printf(&name, "%s/%s", row->folder, row->file);
	a->platform = sm_arena_dup(arena, platform);
	a->arch = row->arch;
	a->format = strcmp(row->format, "winzip") ? row->format : "zip";
	a->path = sm_arena_dup(arena, sm_buf_str(&path));
	r = digest_file(sm_buf_z(&w->dir), sm_buf_z(&name), hex, &a->size, e);
	if (r == 0)
		a->sha256 = sm_arena_dup(arena, sm_str(hex));
	sm_buf_release(&path);
	sm_buf_release(&name);
	return r;
}

static int add_release(struct work *w, struct sm_err *e)
{
	struct sm_channel_version *v = &w->issue.release;
	const struct pkg_layout_row *row;
	size_t n = 0;
	int r;

	row = pkg_layout_rows(&n);
	v->version = w->version;
	v->artifact = sm_arena_alloc(&w->issue.history.arena, n,
				     sizeof(*v->artifact));
	for (size_t i = 0; i < n; i++) {
		/* readers of the channel refuse a format that is new to them,
		 * and nobody asks the channel for an msi */
		if (!pkg_layout_has(&w->r->layout, &row[i]) ||
		    !strcmp(row[i].format, "msi"))
			continue;
		r = add_artifact(w, &row[i], &v->artifact[v->n_artifacts], e);
		if (r < 0)
			return r;
		v->n_artifacts++;
	}
	return 0;
}

/* Both are on the disk before the first gets its name. */
static int put_pair(const struct work *w, struct sm_str json, struct sm_str sig,
		    struct sm_err *e)
{
	const char *out = w->r->layout.out;
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_fs_tmp a = SM_FS_TMP_INIT, b = SM_FS_TMP_INIT;
	int r;

	sm_path_join(&path, sm_str(out), sm_str(CHANNEL));
	if ((r = sm_fs_tmp_open(&a, sm_buf_z(&path), 0644, e)) < 0 ||
	    (r = sm_os_file_write_all(a.fd, json, e)) < 0)
		goto out;
	sm_buf_puts(&path, ".sig");
	if ((r = sm_fs_tmp_open(&b, sm_buf_z(&path), 0644, e)) < 0 ||
	    (r = sm_os_file_write_all(b.fd, sig, e)) < 0 ||
	    (r = sm_os_file_sync(a.fd, e)) < 0 ||
	    (r = sm_fs_tmp_commit(&b, e)) < 0 ||
	    (r = sm_fs_tmp_commit(&a, e)) < 0)
		goto out;
	tell(w, out, CHANNEL ".sig", sig.len);
	tell(w, out, CHANNEL, json.len);
out:
	if (r < 0)
		sm_err_wrap(e, r, "cannot write the channel in '%s'", out);
	sm_fs_tmp_release(&a);
	sm_fs_tmp_release(&b);
	sm_buf_release(&path);
	return r;
}

static int put_channel(struct work *w, const char **current, struct sm_err *e)
{
	const struct pkg_key *key = w->r->layout.key;
	struct sm_buf json = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if ((r = pkg_issue_put(&w->issue, current, &json, e)) < 0)
		goto out;
	r = pkg_pgpsign_put_data(
		key, sm_buf_str(&json),
		pkg_pgpsign_time(key, (uint32_t)w->r->issued_sec), &sig, e);
	if (r < 0)
		goto out;
	r = put_pair(w, sm_buf_str(&json), sm_buf_str(&sig), e);
out:
	sm_buf_release(&json);
	sm_buf_release(&sig);
	return r;
}

/* --- in order -------------------------------------------------------------- */

static int fill_version(struct work *w, struct sm_err *e)
{
	struct pkg_layout l = w->r->layout;
	int r;

	l.dir = sm_buf_z(&w->dir);
	if ((r = pkg_layout_write(&l, e)) < 0)
		return r;
	if ((r = put_notes(w, e)) < 0)
		return r;
	if ((r = put_sbom(w, e)) < 0)
		return r;
	if ((r = put_sums(w, e)) < 0)
		return r;
	if ((r = add_release(w, e)) < 0)
		return r;
	return pkg_guard_check(e);
}

/* What is at OUT/VERSION is in no channel: pkg_issue_check has looked. */
static int put_version(struct work *w, struct sm_err *e)
{
	const struct pkg_key *key = w->r->layout.key;
	int r;

	if ((r = pkg_issue_check(&w->issue, w->version, e)) < 0)
		return r;
	if ((r = pkg_pgpsign_check(
		     key, pkg_pgpsign_time(key, (uint32_t)w->r->issued_sec),
		     e)) < 0)
		return r;
	if ((r = sm_fs_remove_tree(sm_buf_z(&w->dir), e)) < 0)
		return r;
	if ((r = fill_version(w, e)) < 0)
		return r;
	if ((r = sm_fs_remove_tree(sm_buf_z(&w->final), e)) < 0)
		return r;
	return sm_os_file_rename(sm_buf_z(&w->dir), sm_buf_z(&w->final), e);
}

/* After a failure: nothing of the version stays, for it is not published. */
static void clean_up(struct work *w, bool moved)
{
	struct sm_err ignored = SM_ERR_INIT;

	(void)sm_fs_remove_tree(sm_buf_z(&w->dir), &ignored);
	if (moved)
		(void)sm_fs_remove_tree(sm_buf_z(&w->final), &ignored);
}

static int point_latest(const struct work *w, const char *current,
			struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_path_join(&path, sm_str(w->r->layout.out), sm_str("latest"));
	r = current ? sm_os_link_swap(current, sm_buf_z(&path), e) :
		      sm_fs_remove_tree(sm_buf_z(&path), e);
	sm_buf_release(&path);
	return r;
}

int pkg_release_write(const struct pkg_release *r, struct sm_err *e)
{
	struct work w = { .r = r, .version = r->layout.build.want.version };
	const char *current = NULL;
	int ret;

	pkg_issue_init(&w.issue);
	w.issue.issued_sec = r->issued_sec;
	w.issue.days = r->days;
	sm_buf_init(&w.dir, SM_BUF_SMALL);
	sm_buf_init(&w.final, SM_BUF_SMALL);
	sm_buf_init(&w.sums, SM_BUF_SMALL);
	sm_path_join(&w.final, sm_str(r->layout.out), sm_str(w.version));
	sm_buf_printf(&w.dir, "%s/.new-%s", r->layout.out, w.version);
	if ((ret = load_history(&w, e)) < 0)
		goto out;
	if ((ret = load_channel(&w, e)) < 0)
		goto out;
	if ((ret = pkg_layout_check_latest(w.r->layout.out, e)) < 0)
		goto out;
	if (!r->refresh && (ret = put_version(&w, e)) < 0) {
		clean_up(&w, false);
		goto out;
	}
	if ((ret = put_channel(&w, &current, e)) < 0) {
		clean_up(&w, !r->refresh);
		goto out;
	}
	ret = point_latest(&w, current, e);
out:
	pkg_issue_release(&w.issue);
	sm_buf_release(&w.dir);
	sm_buf_release(&w.final);
	sm_buf_release(&w.sums);
	return ret;
}
