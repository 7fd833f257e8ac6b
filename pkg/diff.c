/*
 * Comparing artifacts.
 *
 * Rule: a difference is reported once, as deep inside as it can be found; the
 * containers around it, which differ because of it, are not mentioned. If all
 * that is in two containers is the same, the packing is the difference.
 */
#include "common/def.h"
#include "pkg/diff.h"

#include "common/buf.h"
#include "pkg/parts.h"
#include "pkg/progparts.h"

#define SHOWN_MAX 60 /* bytes of a value or line */
#define TEXT_LOOK ((size_t)4096)

struct diff {
	pkg_diff_fn *say;
	void *user;
	struct sm_buf path;
	size_t n;
	unsigned depth;
};

/* --- text for people -------------------------------------------------------- */

/* Append with everything replaced that is not printable. */
static void put_clean(struct sm_buf *out, struct sm_str s, size_t max)
{
	bool cut = s.len > max;
	bool utf8;

	s = sm_str_sub(s, 0, max);
	utf8 = sm_str_utf8(s);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			c = '?';
		sm_buf_put_u8(out, c);
	}
	if (cut)
		sm_buf_puts(out, "...");
}

static void say(struct diff *d, const char *fmt, ...) SM_PRINTF(2, 3);
static void say(struct diff *d, const char *fmt, ...)
{
	struct sm_buf what = SM_BUF_INIT(SM_BUF_SMALL);
	va_list ap;

	va_start(ap, fmt);
	sm_buf_vprintf(&what, fmt, ap);
	va_end(ap);
	d->n++;
	d->say(d->user, sm_buf_z(&d->path), sm_buf_z(&what));
	sm_buf_release(&what);
}

static void say_values(struct diff *d, const char *name, struct sm_str a,
		       struct sm_str b)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	put_clean(&text, a, SHOWN_MAX);
	sm_buf_puts(&text, "' and '");
	put_clean(&text, b, SHOWN_MAX);
	say(d, "%s: '%s'", name, sm_buf_z(&text));
	sm_buf_release(&text);
}

/* --- bytes ------------------------------------------------------------------ */

static size_t first_difference(struct sm_str a, struct sm_str b)
{
	size_t n = a.len < b.len ? a.len : b.len, i = 0;

	while (i < n && a.ptr[i] == b.ptr[i])
		i++;
	return i;
}

static bool is_text(struct sm_str s)
{
	struct sm_str head = sm_str_sub(s, 0, TEXT_LOOK);

	for (size_t i = 0; i < head.len; i++) {
		unsigned char c = (unsigned char)head.ptr[i];

		if (c < 0x20 && c != '\n' && c != '\t' && c != '\r')
			return false;
	}
	return true;
}

/* The line around a place, and which one that is; of a long one the end. */
static struct sm_str line_at(struct sm_str s, size_t at, size_t *number)
{
	size_t from = at, to = at;

	while (from > 0 && s.ptr[from - 1] != '\n')
		from--;
	while (to < s.len && s.ptr[to] != '\n')
		to++;
	*number = 1;
	for (size_t i = 0; i < from; i++)
		*number += s.ptr[i] == '\n';
	if (at - from > SHOWN_MAX / 2)
		from = at - SHOWN_MAX / 2;
	return sm_str_sub(s, from, to - from);
}

static void compare_bytes(struct diff *d, struct sm_str a, struct sm_str b)
{
	size_t at = first_difference(a, b), line = 0;
	struct sm_str la, lb;
	char name[48];

	if (!is_text(a) || !is_text(b)) {
		say(d, "byte %zu of %zu and %zu", at, a.len, b.len);
		return;
	}
	la = line_at(a, at, &line);
	lb = line_at(b, at, &line);
	(void)snprintf(name, sizeof(name), "byte %zu, line %zu", at, line);
	say_values(d, name, la, lb);
}

/* --- parts ------------------------------------------------------------------ */

static void compare(struct diff *d, struct sm_str a, struct sm_str b);

/* Go into a part; what is returned brings path_leave back out. */
static size_t path_enter(struct diff *d, const char *name)
{
	size_t before = d->path.len;

	if (*name && d->path.len)
		sm_buf_puts(&d->path, "/");
	put_clean(&d->path, sm_str(name), 1024);
	return before;
}

static void path_leave(struct diff *d, size_t before)
{
	sm_buf_truncate(&d->path, before);
	d->path.err = 0; /* a path that was too long is cut off */
}

static void compare_fields(struct diff *d, const struct pkg_part *a,
			   const struct pkg_part *b)
{
	for (int i = 0; i < PKG_PARTS_FIELDS; i++) {
		const char *za = a->field[i] ? a->field[i] : "";
		const char *zb = b->field[i] ? b->field[i] : "";

		if (strcmp(za, zb) != 0)
			say_values(
				d,
				pkg_parts_field_name((enum pkg_parts_field)i),
				sm_str(za), sm_str(zb));
	}
}

static void say_lacks(struct diff *d, const char *name, const char *which)
{
	size_t before = path_enter(d, name);

	say(d, "only in the %s", which);
	path_leave(d, before);
}

/* The next part of this name that has no counterpart yet. */
static size_t find(const struct pkg_parts *p, const bool *used, size_t from,
		   const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		size_t at = (from + i) % p->n;

		if (!used[at] && !strcmp(p->part[at].name, name))
			return at;
	}
	return p->n;
}

static void compare_parts(struct diff *d, const struct pkg_parts *a,
			  const struct pkg_parts *b)
{
	bool *used = sm_mem_zalloc(b->n + 1, sizeof(*used));
	bool order = true;
	size_t at, next = 0, last = 0, before;

	for (size_t i = 0; i < a->n; i++) {
		at = b->n ? find(b, used, next, a->part[i].name) : b->n;
		if (at == b->n) {
			say_lacks(d, a->part[i].name, "first");
			continue;
		}
		order = order && at >= last;
		last = at;
		next = at + 1 < b->n ? at + 1 : 0;
		used[at] = true;
		before = path_enter(d, a->part[i].name);
		compare_fields(d, &a->part[i], &b->part[at]);
		compare(d, a->part[i].data, b->part[at].data);
		path_leave(d, before);
	}
	for (size_t i = 0; i < b->n; i++)
		if (!used[i])
			say_lacks(d, b->part[i].name, "second");
	if (!order && a->n == b->n)
		say(d, "the entries are in another order");
	sm_mem_free(used);
}

static void compare_containers(struct diff *d, struct sm_str a, struct sm_str b)
{
	struct sm_buf cause = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_parts pa, pb;
	size_t before = d->n;
	int ra, rb = 0;

	memset(&pb, 0, sizeof(pb));
	d->depth++;
	ra = pkg_parts_read(&pa, a, &e);
	if (ra == 0)
		rb = pkg_parts_read(&pb, b, &e);
	if (ra < 0 || rb < 0) {
		put_clean(&cause, sm_str(sm_err_msg(&e)), SM_ERR_MSG_MAX);
		say(d, "the %s cannot be taken apart: %s",
		    ra < 0 ? "first" : "second", sm_buf_z(&cause));
		compare_bytes(d, a, b);
	} else {
		compare_parts(d, &pa, &pb);
	}
	if (d->n == before)
		say(d,
		    "packed in another way, the same contents: byte %zu of "
		    "%zu and %zu",
		    first_difference(a, b), a.len, b.len);
	d->depth--;
	sm_buf_release(&cause);
	pkg_parts_release(&pa);
	pkg_parts_release(&pb);
}

/* One program with a signature or an archive, and one without. */
static bool is_added(const char *ka, const char *kb, struct sm_str b)
{
	return ka && !kb && !strcmp(ka, PKG_PARTS_PROGRAM) &&
	       pkg_progparts_may(b);
}

static void compare(struct diff *d, struct sm_str a, struct sm_str b)
{
	const char *ka, *kb;

	if (sm_str_eq(a, b))
		return;
	ka = pkg_parts_kind(a);
	kb = pkg_parts_kind(b);
	if (ka && kb && strcmp(ka, kb) != 0)
		say(d, "one is %s, the other %s", ka, kb);
	else if (((ka && kb) || is_added(ka, kb, b) || is_added(kb, ka, a)) &&
		 d->depth < PKG_DIFF_DEPTH_MAX)
		compare_containers(d, a, b);
	else
		compare_bytes(d, a, b);
}

size_t pkg_diff_run(struct sm_str a, struct sm_str b, pkg_diff_fn *fn,
		    void *user)
{
	struct diff d = { fn, user, SM_BUF_INIT(SM_BUF_SMALL), 0, 0 };

	compare(&d, a, b);
	sm_buf_release(&d.path);
	return d.n;
}
