/*
 * Listing artifacts.
 *
 * Rule: nothing is left out: a container is listed with its own line and then
 * taken apart. Paths and texts may be anybody's: what is not printable is
 * replaced.
 */
#include "common/def.h"
#include "pkg/listing.h"

#include "common/buf.h"
#include "common/digest.h"
#include "pkg/parts.h"

#define TEXT_MAX ((size_t)8 << 10) /* of a text that is shown */
#define LINE_MAX ((size_t)160)     /* of one that stands behind its name */
#define PATH_MAX_SHOWN ((size_t)2048)
#define DIGITS 16

struct listing {
	pkg_listing_fn *fn;
	void *user;
	const char *wanted; /* only look for this file name, or NULL */
	bool found;
	struct sm_buf path;
	unsigned depth;
	int code; /* the first mistake */
	struct sm_err *e;
};

static void put_clean(struct sm_buf *out, struct sm_str s)
{
	bool utf8 = sm_str_utf8(s);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f ||
		    (c >= 0x80 && !utf8))
			c = '?';
		sm_buf_put_u8(out, c);
	}
}

static void say(struct listing *l, struct sm_buf *line)
{
	if (line->err && !sm_str_utf8(sm_buf_str(line)))
		for (size_t i = 0; i < line->len; i++)
			if ((unsigned char)line->ptr[i] >= 0x80)
				line->ptr[i] = '?'; /* one may be half */
	line->err = 0; /* what is too long is cut off */
	if (!l->wanted)
		l->fn(l->user, sm_buf_z(line));
}

static bool is_text(struct sm_str s)
{
	if (!s.len || s.len > TEXT_MAX || !sm_str_utf8(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') ||
		    c == 0x7f)
			return false;
	}
	return true;
}

static struct sm_str base_of(struct sm_str path)
{
	long at = sm_str_rchr(path, '/');

	return at < 0 ? path : sm_str_sub(path, (size_t)at + 1, path.len);
}

/* Texts by which a format says what the package is and does. */
static bool is_about(const struct listing *l, const struct pkg_part *p)
{
	static const char *const names[] = {
		"control",      "conffiles",       "preinst",
		"postinst",     "prerm",           "postrm",
		".PKGINFO",     ".pre-install",    ".post-install",
		".pre-upgrade", ".post-upgrade",   ".pre-deinstall",
		"PackageInfo",  "Distribution",    "preinstall",
		"postinstall",  ".post-deinstall", "triggers",
	};
	struct sm_str base = base_of(sm_buf_str(&l->path));

	if (!p->field[PKG_PARTS_TYPE])
		return true;
	for (size_t i = 0; i < SM_ARRAY_LEN(names); i++)
		if (sm_str_eqz(base, names[i]))
			return true;
	return false;
}

static void say_text(struct listing *l, struct sm_str text)
{
	struct sm_buf line = SM_BUF_INIT(TEXT_MAX + 64);
	struct sm_str one;

	while (sm_str_split(&text, '\n', &one)) {
		if (!one.len && !text.len)
			break; /* behind the last line feed */
		sm_buf_clear(&line);
		sm_buf_puts(&line, "        | ");
		put_clean(&line, one);
		say(l, &line);
	}
	sm_buf_release(&line);
}

static const char *field(const struct pkg_part *p, enum pkg_parts_field f)
{
	return p->field[f] && *p->field[f] ? p->field[f] : "-";
}

/* "0:0 root:root" as one word, without names that are not said. */
static void put_owner(struct sm_buf *line, const struct pkg_part *p)
{
	struct sm_str names = sm_str(field(p, PKG_PARTS_OWNER)), numbers;

	(void)sm_str_split(&names, ' ', &numbers);
	put_clean(line, numbers);
	if (names.len > 1)
		sm_buf_puts(line, "/");
	if (names.len > 1)
		put_clean(line, names);
}

static void put_line(struct listing *l, const struct pkg_part *p,
		     struct sm_buf *line)
{
	uint8_t digest[SM_SHA256_SIZE];
	char hex[SM_SHA256_HEX] = "-";

	if (!l->wanted && p->data.len &&
	    sm_digest_bytes(SM_DIGEST_SHA256, p->data, digest, NULL) == 0) {
		sm_digest_hex(digest, sizeof(digest), hex);
		hex[DIGITS] = '\0';
	}
	sm_buf_printf(line, "%s ", field(p, PKG_PARTS_MODE));
	put_owner(line, p);
	sm_buf_printf(line, " %s %zu %s  ", field(p, PKG_PARTS_TIME),
		      p->data.len, hex);
	put_clean(line, sm_buf_str(&l->path));
	if (p->field[PKG_PARTS_LINK] && *p->field[PKG_PARTS_LINK]) {
		sm_buf_puts(line, " -> ");
		put_clean(line, sm_str(p->field[PKG_PARTS_LINK]));
	}
}

/* The line of a part, and its text if it is one about the package. */
static void say_part(struct listing *l, const struct pkg_part *p)
{
	struct sm_buf line = SM_BUF_INIT(PATH_MAX_SHOWN * 2);
	struct sm_str text = p->data;
	bool about = is_about(l, p) && is_text(text);

	if (about && sm_str_ends(text, "\n"))
		text.len--;
	if (about && !p->field[PKG_PARTS_TYPE] && text.len <= LINE_MAX &&
	    sm_str_chr(text, '\n', 0) < 0) {
		put_clean(&line, sm_buf_str(&l->path));
		sm_buf_puts(&line, ": ");
		put_clean(&line, text);
		say(l, &line);
	} else {
		put_line(l, p, &line);
		say(l, &line);
		if (about)
			say_text(l, text);
	}
	sm_buf_release(&line);
}

static void fail(struct listing *l, int code, const struct sm_err *e)
{
	if (l->code < 0)
		return;
	l->code = sm_err_set(l->e, code, "%s: %s",
			     l->path.len ? sm_buf_z(&l->path) : "it",
			     sm_err_msg(e));
}

static void list(struct listing *l, struct sm_str data, const char *in);

static void list_part(struct listing *l, const struct pkg_part *p,
		      const char *in)
{
	size_t before = l->path.len;

	if (*p->name && l->path.len)
		sm_buf_puts(&l->path, "/");
	put_clean(&l->path, sm_str(p->name));
	l->path.err = 0;
	if (l->wanted && sm_str_eqz(base_of(sm_str(p->name)), l->wanted))
		l->found = true;
	/* what is packed has no line of its own besides the packing's */
	if (*p->name)
		say_part(l, p);
	list(l, p->data, in);
	sm_buf_truncate(&l->path, before);
}

/* `in` is what it is in; an rpm in an rpm is only its lead. */
static void list(struct listing *l, struct sm_str data, const char *in)
{
	const char *kind = pkg_parts_kind(data);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_parts parts;
	int r;

	if (!kind || l->depth == PKG_LISTING_DEPTH_MAX ||
	    (!strcmp(kind, "rpm") && !strcmp(in, kind)))
		return;
	l->depth++;
	r = pkg_parts_read(&parts, data, &e);
	for (size_t i = 0; i < parts.n; i++)
		list_part(l, &parts.part[i], kind);
	if (r < 0)
		fail(l, r, &e);
	pkg_parts_release(&parts);
	l->depth--;
}

int pkg_listing_run(struct sm_str artifact, pkg_listing_fn *fn, void *user,
		    struct sm_err *e)
{
	struct listing l = { .fn = fn, .user = user, .e = e };

	sm_buf_init(&l.path, PATH_MAX_SHOWN);
	list(&l, artifact, "");
	sm_buf_release(&l.path);
	return l.code;
}

int pkg_listing_has(struct sm_str artifact, const char *name, struct sm_err *e)
{
	struct listing l = { .wanted = name, .e = e };

	sm_buf_init(&l.path, PATH_MAX_SHOWN);
	list(&l, artifact, "");
	sm_buf_release(&l.path);
	return l.code < 0 ? l.code : l.found;
}
