/*
 * Channels as sources. The document is verified before a byte of it is parsed
 * (common/channel.h); this module brings it and keeps the memory.
 */
#include "common/def.h"
#include "installer/feed.h"

#include "common/fs.h"
#include "common/version.h"
#include "installer/artifact.h"
#include "installer/fetch.h"
#include "installer/layout.h"

static const char *memory_path(struct sm_arena *a,
			       const struct inst_feed_source *src)
{
	return inst_layout_text(a, "%s/" INST_VERSIONS "/" INST_SEEN, src->dir);
}

/* "SERIAL SHA256 SOURCE"; the source may hold blanks. */
static int parse_line(struct sm_str line, struct sm_channel_seen *seen,
		      struct sm_str *base)
{
	struct sm_str serial, sum;
	uint8_t raw[SM_SHA256_SIZE] = { 0 };
	size_t i;

	if (!sm_str_split(&line, ' ', &serial) ||
	    !sm_str_split(&line, ' ', &sum) || !line.len)
		return SM_EFORMAT;
	*base = line;
	if (sm_str_u64(serial, (uint64_t)1 << 53, &seen->serial) < 0 ||
	    !seen->serial || sum.len != 2 * sizeof(raw))
		return SM_EFORMAT;
	for (i = 0; i < sum.len; i++) {
		if (!memchr("0123456789abcdef", sum.ptr[i], 16))
			return SM_EFORMAT;
	}
	memcpy(seen->sha256, sum.ptr, sum.len);
	seen->sha256[sum.len] = '\0';
	return 0;
}

/* Its source, also of a line whose numbers are damaged. */
static bool is_about(struct sm_str line, const char *base)
{
	struct sm_str skip; /* serial and digest */
	int i;

	for (i = 0; i < 2; i++) {
		if (!sm_str_split(&line, ' ', &skip))
			return false;
	}
	return sm_str_eqz(line, base);
}

int inst_feed_recall(struct sm_str text, const char *base,
		     struct sm_channel_seen *seen)
{
	struct sm_str line, about;
	int r;

	memset(seen, 0, sizeof(*seen));
	while (sm_str_split(&text, '\n', &line)) {
		if (!is_about(line, base))
			continue;
		r = parse_line(line, seen, &about);
		if (r < 0)
			memset(seen, 0, sizeof(*seen));
		return r;
	}
	return 0;
}

static int read_memory(const struct inst_feed_source *src, struct sm_buf *text,
		       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	int r = 0;

	if (src->dir)
		r = sm_fs_read(memory_path(&a, src), INST_FEED_SEEN_MAX, text,
			       e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		r = 0;
	}
	sm_arena_release(&a);
	return r;
}

static int recall(const struct inst_feed_source *src,
		  struct sm_channel_seen *seen, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(INST_FEED_SEEN_MAX);
	int r;

	memset(seen, 0, sizeof(*seen));
	if ((r = read_memory(src, &text, e)) >= 0 &&
	    (r = inst_feed_recall(sm_buf_str(&text), src->base, seen)) < 0)
		r = sm_err_set(e, r,
			       "cannot use '%s/" INST_VERSIONS "/" INST_SEEN
			       "': its line about '%s' is damaged; remove it "
			       "if you know why",
			       src->dir, src->base);
	sm_buf_release(&text);
	return r;
}

static int bring(const struct inst_feed_source *src, const char *name,
		 size_t max, struct sm_buf *out, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	const char *where = inst_layout_text(&a, "%s/%s", src->base, name);
	int r;

	if (inst_fetch_is_url(src->base))
		r = inst_fetch_small(where, max, out, e);
	else
		r = sm_fs_read(where, max, out, e);
	sm_arena_release(&a);
	return r;
}

static int check(struct inst_feed *f, const struct inst_feed_source *src,
		 struct sm_str json, struct sm_str sig, struct sm_err *e)
{
	const struct sm_openpgp_ring *ring = &src->trust->ring;
	int r;

	/* once more than needed: to know who signed, for the receipt */
	r = sm_openpgp_verify_bytes(ring, json, sig, src->now, &f->verified, e);
	if (r < 0)
		return r;
	r = sm_channel_open(&f->channel, ring, json, sig, src->now, e);
	if (r < 0)
		return r;
	f->found = true;
	return sm_channel_advance(&f->channel, &f->seen, e);
}

int inst_feed_open(struct inst_feed *f, const struct inst_feed_source *src,
		   struct sm_err *e)
{
	struct sm_buf json = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf sig = SM_BUF_INIT(INST_SIG_MAX);
	int r;

	memset(f, 0, sizeof(*f));
	if ((r = recall(src, &f->seen, e)) < 0)
		goto out;
	r = bring(src, INST_FEED_DOCUMENT, SM_CHANNEL_MAX, &json, e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		r = 0;
		if (f->seen.serial)
			r = sm_err_set(e, SM_EVERIFY,
				       "cannot trust '%s': it had a release "
				       "channel and has none now",
				       src->base);
		goto out;
	}
	if (r < 0)
		goto out;
	r = bring(src, INST_FEED_DOCUMENT ".sig", INST_SIG_MAX, &sig, e);
	if (r == SM_ENOTFOUND)
		r = sm_err_set(e, SM_EVERIFY,
			       "cannot trust '%s/" INST_FEED_DOCUMENT
			       "': it has no signature",
			       src->base);
	else if (r >= 0 && (r = check(f, src, sm_buf_str(&json),
				      sm_buf_str(&sig), e)) < 0)
		sm_err_wrap(e, r, "cannot trust '%s/" INST_FEED_DOCUMENT "'",
			    src->base);
out:
	sm_buf_release(&json);
	sm_buf_release(&sig);
	return r;
}

void inst_feed_release(struct inst_feed *f)
{
	if (f->found)
		sm_channel_release(&f->channel);
	f->found = false;
}

int inst_feed_choose(const struct inst_feed *f, const char *version,
		     const struct sm_channel_version **v, struct sm_err *e)
{
	*v = sm_channel_find(&f->channel, version);
	if (!*v && !strcmp(version, "latest"))
		return sm_err_set(e, SM_ENOTFOUND,
				  "the release channel has no current version: "
				  "all were withdrawn");
	if (!*v)
		return sm_err_set(e, SM_ENOTFOUND,
				  "the release channel has no version '%s'",
				  version);
	if ((*v)->state == SM_CHANNEL_WITHDRAWN)
		return sm_err_set(e, SM_EVERIFY, "version %s was withdrawn: %s",
				  (*v)->version, (*v)->reason);
	return 0;
}

bool inst_feed_withdrawn(const struct inst_feed *f, const char *version)
{
	const struct sm_channel_version *v =
		f->found ? sm_channel_find(&f->channel, version) : NULL;

	return v && v->state == SM_CHANNEL_WITHDRAWN;
}

int inst_feed_remember(const struct inst_feed *f,
		       const struct inst_feed_source *src, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf old = SM_BUF_INIT(INST_FEED_SEEN_MAX);
	struct sm_buf text = SM_BUF_INIT(INST_FEED_SEEN_MAX);
	struct sm_channel_seen other;
	struct sm_file_info st;
	struct sm_str rest, line, base;
	int r = 0;

	if (sm_os_file_stat(inst_layout_text(&a, "%s/" INST_VERSIONS, src->dir),
			    false, &st, NULL) < 0)
		goto out;
	if ((r = read_memory(src, &old, e)) < 0)
		goto out;
	(void)sm_buf_printf(&text, "%llu %s %s\n", /* sticks */
			    (unsigned long long)f->seen.serial, f->seen.sha256,
			    src->base);
	rest = sm_buf_str(&old);
	while (sm_str_split(&rest, '\n', &line)) {
		if (parse_line(line, &other, &base) < 0 ||
		    sm_str_eqz(base, src->base) ||
		    text.len + line.len + 1 > text.max)
			continue;
		(void)sm_buf_put_str(&text, line); /* fits */
		(void)sm_buf_puts(&text, "\n");    /* fits */
	}
	if ((r = text.err) < 0)
		r = sm_err_set(e, r, "the source's name is too long");
	else if (!sm_str_eq(sm_buf_str(&old), sm_buf_str(&text)))
		r = sm_fs_write_atomic(memory_path(&a, src), sm_buf_str(&text),
				       0644, e);
out:
	sm_buf_release(&old);
	sm_buf_release(&text);
	sm_arena_release(&a);
	return r;
}
