/*
 * Brings artifacts. Three kinds of place share the layout of
 * installer/artifact.h, or have a release channel that says what is where; a
 * file stands for itself.
 */
#include "common/def.h"
#include "installer/fetch.h"

#include "common/digest.h"
#include "common/fs.h"
#include "common/http.h"
#include "common/os/clock.h"
#include "common/path.h"
#include "common/progress.h"
#include "common/version.h"
#include "installer/layout.h"
#include "installer/place.h"
#include "installer/support.h"

#define COPY_CHUNK ((size_t)64 << 10)
#define SMALL_TOTAL_MS 60000 /* of a document, with all its tries */
#define SMALL_TRIES 3

void inst_fetch_init(struct inst_fetch *f)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
	sm_buf_init(&f->signature, INST_SIG_MAX);
}

void inst_fetch_release(struct inst_fetch *f)
{
	sm_os_file_close(f->fd);
	f->fd = -1;
	sm_buf_release(&f->signature);
	inst_feed_release(&f->feed);
	sm_arena_release(&f->arena);
}

bool inst_fetch_is_url(const char *from)
{
	return sm_str_starts(sm_str(from), "http://") ||
	       sm_str_starts(sm_str(from), "https://");
}

/* --- from the network --------------------------------------------------- */

struct watch {
	struct sm_progress *progress;
};

static int on_progress(void *user, uint64_t done, uint64_t total)
{
	struct watch *w = user;

	sm_progress_update(w->progress, done, total, sm_os_clock_mono_ms());
	return 0;
}

/* Absent objects of the official location answer 403 (PACKAGING.md 1.1). */
static int explain(int r, const char *url, struct sm_err *e)
{
	if (r == SM_EPERM)
		return sm_err_set(e, SM_ENOTFOUND,
				  "cannot download '%s': it is not there, or "
				  "not for everybody",
				  url);
	return r;
}

static int append(int fd, size_t len, struct sm_buf *out, struct sm_err *e)
{
	int64_t n;
	int r;

	if ((r = sm_buf_reserve(out, len)) < 0)
		return sm_err_set(e, r, "cannot keep %zu bytes", len);
	n = sm_os_file_read_at(fd, out->ptr + out->len, len, 0, e);
	if (n > 0)
		sm_buf_added(out, (size_t)n);
	return n < 0 ? (int)n : 0;
}

int inst_fetch_small(const char *url, size_t max, struct sm_buf *out,
		     struct sm_err *e)
{
	struct sm_http_download d = { 0 };
	struct sm_http_got got = { 0 };
	int r;

	if ((d.fd = sm_os_file_temp(NULL, e)) < 0)
		return d.fd;
	d.url = url;
	d.max_bytes = max;
	d.validator = "";
	d.total_timeout_ms = SMALL_TOTAL_MS;
	d.tries = SMALL_TRIES;
	d.cancel = inst_support_stop_flag();
	r = sm_http_download(&d, &got, e);
	if (r < 0 && (got.status == 403 || got.status == 404))
		r = sm_err_set(e, SM_ENOTFOUND,
			       "cannot download '%s': it is not there", url);
	if (r >= 0)
		r = append(d.fd, (size_t)got.bytes, out, e);
	sm_os_file_close(d.fd);
	return r;
}

/* `size` 0: not known before. */
static int get_artifact(struct inst_fetch *f, const char *url, uint64_t size,
			struct sm_err *e)
{
	struct sm_http_download d = { 0 };
	struct sm_http_got got = { 0 };
	struct sm_progress bar;
	struct watch w = { &bar };
	int r;

	sm_os_file_close(f->fd); /* of the place before */
	if ((f->fd = sm_os_file_temp(NULL, e)) < 0)
		return f->fd;
	sm_progress_init(&bar, f->out);
	sm_progress_start(&bar, f->artifact->file, size, sm_os_clock_mono_ms());
	d.url = url;
	d.fd = f->fd;
	d.max_bytes = size ? size : INST_ARTIFACT_MAX;
	d.expect_bytes = size;
	d.validator = "";
	d.cancel = inst_support_stop_flag();
	d.progress = on_progress;
	d.user = &w;
	r = sm_http_download(&d, &got, e);
	sm_progress_end(&bar, r >= 0, sm_os_clock_mono_ms());
	return explain(r, url, e);
}

/* "latest" is resolved first, so that artifact and signature are of one
 * version even while a release is being published. */
static int resolve_latest(struct inst_fetch *f, const char *base,
			  struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(INST_VERSION_FILE_MAX);
	const char *url =
		inst_layout_text(&f->arena, "%s/latest/VERSION", base);
	struct sm_version v;
	struct sm_str t;
	int r;

	if ((r = inst_fetch_small(url, INST_VERSION_FILE_MAX, &text, e)) < 0)
		goto out;
	t = sm_str_trim(sm_buf_str(&text));
	if (sm_version_parse(&v, t) < 0)
		r = sm_err_set(e, SM_EFORMAT,
			       "cannot use '%s': it holds no version", url);
	else
		f->version = sm_arena_dup(&f->arena, t);
out:
	sm_buf_release(&text);
	return r;
}

/* Then the one inside decides, if there can be one. */
static int no_signature(struct inst_fetch *f, const char *name,
			struct sm_err *e)
{
	if (f->sig || !inst_trust_takes_inside(f->trust))
		return sm_err_set(e, SM_EVERIFY,
				  "cannot trust '%s': it has no signature '%s'",
				  f->where, name);
	f->no_sig = name;
	sm_err_clear(e);
	return 0;
}

static int get_from(struct inst_fetch *f, const char *folder, struct sm_err *e)
{
	f->where = inst_layout_text(&f->arena, "%s/%s/%s/%s", f->base,
				    f->version, folder, f->artifact->file);
	sm_out_detail(f->out, "downloading %s", f->where);
	return get_artifact(f, f->where, 0, e);
}

static int from_url(struct inst_fetch *f, struct sm_err *e)
{
	const struct inst_artifact *a = f->artifact;
	int r;

	f->kind = "url";
	f->name = a->file;
	r = get_from(f, a->folder, e);
	if (r == SM_ENOTFOUND && a->or_in) {
		sm_err_clear(e);
		r = get_from(f, a->or_in, e);
	}
	if (r < 0)
		return r;
	r = inst_fetch_small(inst_layout_text(&f->arena, "%s.sig", f->where),
			     INST_SIG_MAX, &f->signature, e);
	return r == SM_ENOTFOUND ?
		       no_signature(f,
				    inst_layout_text(&f->arena, "%s.sig",
						     f->name),
				    e) :
		       r;
}

/* --- from this machine --------------------------------------------------- */

static int copy_private(struct inst_fetch *f, const char *path,
			struct sm_err *e)
{
	char *chunk = sm_mem_alloc(COPY_CHUNK);
	uint64_t total = 0;
	int64_t n;
	int from, r = 0;

	from = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (from < 0) {
		r = from;
		goto out;
	}
	if ((f->fd = sm_os_file_temp(NULL, e)) < 0) {
		r = f->fd;
		goto out;
	}
	while ((n = sm_os_file_read(from, chunk, COPY_CHUNK, e)) > 0) {
		total += (uint64_t)n;
		if (inst_support_stopped()) {
			r = sm_err_set(e, SM_ECANCEL, "stopped by a signal");
			goto out;
		}
		if (total > INST_ARTIFACT_MAX) {
			r = sm_err_set(e, SM_ELIMIT,
				       "cannot use '%s': it is larger than any "
				       "package of the plugin",
				       path);
			goto out;
		}
		r = sm_os_file_write_all(f->fd, sm_str_n(chunk, (size_t)n), e);
		if (r < 0)
			goto out;
	}
	r = n < 0 ? (int)n : 0;
out:
	sm_os_file_close(from);
	sm_mem_free(chunk);
	return r;
}

static int use_file(struct inst_fetch *f, const char *path, struct sm_err *e)
{
	const char *sig = f->sig ? f->sig :
				   inst_layout_text(&f->arena, "%s.sig", path);
	struct sm_str base = sm_path_basename(sm_str(path));
	int r;

	f->where = sm_arena_dup(&f->arena, sm_str(path));
	f->name = sm_arena_dup(&f->arena, base);
	if ((r = copy_private(f, path, e)) < 0)
		return r;
	r = sm_fs_read(sig, INST_SIG_MAX, &f->signature, e);
	if (r == SM_ENOTFOUND)
		return no_signature(f, sig, e);
	if (r == SM_ELIMIT)
		return sm_err_set(e, SM_EVERIFY,
				  "cannot trust '%s': '%s' is too long to be a "
				  "signature",
				  path, sig);
	return r;
}

/* FOLDER/VERSION/place/file, FOLDER/place/file (the same in the other place),
 * or FOLDER/file. */
static int from_folder(struct inst_fetch *f, struct sm_err *e)
{
	const struct inst_artifact *a = f->artifact;
	const char *folders[] = { a->folder, a->or_in };
	const char *tries[2 * SM_ARRAY_LEN(folders) + 1];
	struct sm_file_info st;
	size_t i, n = 0;

	f->kind = "directory";
	for (i = 0; i < SM_ARRAY_LEN(folders) && folders[i]; i++) {
		tries[n++] = inst_layout_text(&f->arena, "%s/%s/%s/%s", f->from,
					      f->version, folders[i], a->file);
		tries[n++] = inst_layout_text(&f->arena, "%s/%s/%s", f->from,
					      folders[i], a->file);
	}
	tries[n++] = inst_layout_text(&f->arena, "%s/%s", f->from, a->file);
	for (i = 0; i < n; i++) {
		if (sm_os_file_stat(tries[i], true, &st, NULL) == 0)
			return use_file(f, tries[i], e);
	}
	return sm_err_set(e, SM_ENOTFOUND,
			  "cannot find '%s' in '%s', nor in '%s' or '%s/%s' "
			  "below it",
			  a->file, f->from, a->folder, f->version, a->folder);
}

/* --- by a channel --------------------------------------------------------- */

static void find_base(struct inst_fetch *f)
{
	struct sm_str base;

	if (f->from && !inst_fetch_is_url(f->from))
		f->from = inst_place_given(&f->arena, f->from);
	base = sm_str(f->from ? f->from : INST_OFFICIAL_URL);
	while (base.len > 1 && base.ptr[base.len - 1] == '/')
		base.len--;
	f->base = sm_arena_dup(&f->arena, base);
}

struct inst_feed_source inst_fetch_source(struct inst_fetch *f)
{
	struct inst_feed_source src = { NULL, f->dir, f->trust,
					sm_os_clock_wall_ms() / 1000 };

	find_base(f);
	src.base = f->base;
	return src;
}

static const struct sm_channel_artifact *in_channel(
	const struct inst_fetch *f, const struct sm_channel_version *v)
{
	const struct inst_artifact *a = f->artifact;
	const char *platform = sm_os_platform_name(a->platform);
	const char *format = sm_package_format_name(a->format);
	const struct sm_channel_artifact *found;

	found = sm_channel_artifact(v, platform,
				    sm_os_platform_arch_name(a->arch), format);
	return found ? found :
		       sm_channel_artifact(v, platform, "universal", format);
}

/* Size and digest as the channel says: its signature vouches for them. */
static int check_listed(struct inst_fetch *f,
			const struct sm_channel_artifact *a, struct sm_err *e)
{
	uint8_t sum[SM_SHA256_SIZE];
	uint64_t size = 0;
	int r;

	r = sm_digest_fd(SM_DIGEST_SHA256, f->fd, 0, UINT64_MAX, sum, &size, e);
	if (r < 0)
		return r;
	if (size != a->size ||
	    !sm_digest_hex_eq(sum, sizeof(sum), sm_str(a->sha256)))
		return sm_err_set(e, SM_EVERIFY,
				  "cannot trust '%s': it is not the file that "
				  "the release channel lists",
				  f->where);
	f->verified = f->feed.verified;
	f->verified.size = size;
	memcpy(f->verified.sha256, a->sha256, SM_SHA256_HEX);
	return 0;
}

/* The artifact's own signature is not needed, but must hold if it is there. */
static int check_own(struct inst_fetch *f, struct sm_err *e)
{
	const char *name = inst_layout_text(&f->arena, "%s.sig", f->where);
	struct sm_openpgp_result own;
	int r;

	if (inst_fetch_is_url(f->base))
		r = inst_fetch_small(name, INST_SIG_MAX, &f->signature, e);
	else
		r = sm_fs_read(name, INST_SIG_MAX, &f->signature, e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		return 0;
	}
	if (r < 0)
		return r;
	return inst_trust_check(f->trust, f->fd, f->where,
				sm_buf_str(&f->signature), &own, e);
}

static int from_channel(struct inst_fetch *f, struct sm_err *e)
{
	const struct sm_channel_version *v = f->listed;
	const struct sm_channel_artifact *a;
	int r;

	if (!(a = in_channel(f, v)))
		return sm_err_set(
			e, SM_ENOTFOUND,
			"version %s has no %s for %s on %s in the release "
			"channel",
			v->version, sm_package_format_name(f->artifact->format),
			sm_os_platform_arch_name(f->artifact->arch),
			sm_os_platform_name(f->artifact->platform));
	if (v->state == SM_CHANNEL_DEPRECATED)
		sm_out_warn(f->out, "version %s is deprecated: %s", v->version,
			    v->reason);
	f->by_channel = true;
	f->where = inst_layout_text(&f->arena, "%s/%s", f->base, a->path);
	f->name = sm_arena_dup(&f->arena, sm_path_basename(sm_str(a->path)));
	if (inst_fetch_is_url(f->base)) {
		f->kind = "url";
		r = get_artifact(f, f->where, a->size, e);
	} else {
		f->kind = "directory";
		r = copy_private(f, f->where, e);
	}
	if (r < 0 || (r = check_listed(f, a, e)) < 0)
		return r;
	return check_own(f, e);
}

/* The version that the source's channel calls so, if it has a channel. */
static int ask_channel(struct inst_fetch *f, struct sm_err *e)
{
	struct inst_feed_source src;
	int r;

	if (!f->from)
		return 0; /* the official location has none */
	src = inst_fetch_source(f);
	if ((r = inst_feed_open(&f->feed, &src, e)) < 0 || !f->feed.found)
		return r;
	if ((r = inst_feed_choose(&f->feed, f->version, &f->listed, e)) < 0)
		return r;
	f->version = f->listed->version;
	return 0;
}

int inst_fetch_resolve(struct inst_fetch *f, struct sm_err *e)
{
	struct sm_file_info st;
	bool url = !f->from || inst_fetch_is_url(f->from);
	int r;

	find_base(f);
	if (!url) {
		if ((r = sm_os_file_stat(f->from, true, &st, e)) < 0)
			return r;
		f->is_file = st.type != SM_FILE_DIR;
	}
	if (!f->is_file && (r = ask_channel(f, e)) < 0)
		return r;
	if (url && !f->listed && !strcmp(f->version, "latest") &&
	    (r = resolve_latest(f, f->base, e)) < 0)
		return r;
	f->resolved = true;
	return 0;
}

/* --- what was brought ---------------------------------------------------- */

static int check_package(struct inst_fetch *f, struct sm_err *e)
{
	struct sm_version want, got;
	int r;

	if (f->any_file &&
	    sm_package_detect(f->fd, &f->package.format, NULL) < 0)
		return 0;
	r = sm_package_read(&f->package, f->fd, e);
	if (r == SM_ENOTSUP && f->as_is) {
		sm_err_clear(e);
		return 0;
	}
	if (r < 0) {
		sm_err_wrap(e, r, "cannot use '%s'", f->where);
		return r;
	}
	if (strcmp(f->version, "latest") &&
	    (sm_version_parse(&want, sm_str(f->version)) < 0 ||
	     sm_version_parse(&got, sm_str(f->package.version)) < 0 ||
	     sm_version_cmp(&want, &got)))
		return sm_err_set(e, SM_EVERIFY,
				  "cannot use '%s': it is version '%s', not "
				  "'%s'",
				  f->where, f->package.version, f->version);
	return 0;
}

static int bring(struct inst_fetch *f, struct sm_err *e)
{
	if (f->listed)
		return from_channel(f, e);
	if (!f->from || inst_fetch_is_url(f->from))
		return from_url(f, e);
	if (!f->is_file)
		return from_folder(f, e);
	f->kind = "file";
	return use_file(f, f->from, e);
}

int inst_fetch_run(struct inst_fetch *f, struct sm_err *e)
{
	int r;

	if (!f->resolved && (r = inst_fetch_resolve(f, e)) < 0)
		return r;
	if ((r = bring(f, e)) < 0)
		return r;
	if (f->no_sig)
		r = inst_trust_check_inside(f->trust, f->fd, f->where,
					    f->no_sig, &f->verified, e);
	else if (!f->by_channel)
		r = inst_trust_check(f->trust, f->fd, f->where,
				     sm_buf_str(&f->signature), &f->verified,
				     e);
	return r < 0 ? r : check_package(f, e);
}
