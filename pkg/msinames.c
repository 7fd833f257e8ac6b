/*
 * Names in a Windows Installer package: GUIDs that follow from names, and the
 * 8.3 name that each long one needs.
 */
#include "common/def.h"
#include "pkg/msinames.h"

#include "common/digest.h"
#include "pkg/filelist.h"

int pkg_msinames_uuid(const uint8_t space[16], const char *name,
		      uint8_t out[16], struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint8_t digest[SM_DIGEST_MAX];
	int r = sm_digest_start(&d, SM_DIGEST_SHA1, e);

	if (r < 0)
		return r;
	sm_digest_add(&d, space, 16);
	sm_digest_add(&d, name, strlen(name));
	sm_digest_finish(&d, digest);
	memcpy(out, digest, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x50);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return 0;
}

void pkg_msinames_guid(const uint8_t u[16], char out[PKG_MSINAMES_GUID])
{
	(void)snprintf(out, PKG_MSINAMES_GUID,
		       "{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-"
		       "%02X%02X%02X%02X%02X%02X}",
		       u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8],
		       u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

struct sm_str pkg_msinames_parent(struct sm_str path)
{
	long slash = sm_str_rchr(path, '/');

	return sm_str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
}

const char *pkg_msinames_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_short_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Up to `max` of the characters that an 8.3 name may have, in capitals. */
static size_t short_part(struct sm_str from, size_t max, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < from.len && n < max; i++) {
		char c = from.ptr[i];

		if (!is_short_char(c))
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		out[n++] = c;
	}
	out[n] = '\0';
	return n;
}

static bool is_short(const char *name)
{
	size_t dot = strcspn(name, "."), len = strlen(name);

	if (!dot || dot > 8 || len > dot + 4 || len == dot + 1)
		return false;
	for (size_t i = 0; i < len; i++)
		if (i != dot && name[i] != '~' && !is_short_char(name[i]))
			return false;
	return true;
}

static bool brief_taken(const struct pkg_msinames *s, size_t at,
			const char *want)
{
	struct sm_str dir = pkg_msinames_parent(sm_str(s->list->file[at].path));

	for (size_t i = 0; i < s->list->n; i++) {
		const char *path = s->list->file[i].path;

		if (i == at ||
		    !sm_str_eq(pkg_msinames_parent(sm_str(path)), dir))
			continue;
		if (sm_str_eq_nocase(sm_str(pkg_msinames_base(path)),
				     sm_str(want)) ||
		    (i < at && !strcmp(s->brief[i], want)))
			return true;
	}
	return false;
}

/* What Windows would call it: six characters, a number, three behind a dot. */
static void make_brief(struct pkg_msinames *s, size_t at)
{
	struct sm_str name = sm_str(pkg_msinames_base(s->list->file[at].path));
	long dot = sm_str_rchr(name, '.');
	char stem[PKG_MSINAMES_STEM] = "", ext[4], number_text[8];
	struct sm_str dir = pkg_msinames_parent(sm_str(s->list->file[at].path));
	size_t digits, n;
	unsigned i = 1;

	if (is_short(name.ptr))
		return; /* needs none */
	n = dot > 0 ? (size_t)dot : name.len;
	if (!short_part(sm_str_sub(name, 0, n), 6, stem))
		(void)short_part(sm_str("FILE"), 6, stem);
	if (!short_part(sm_str_sub(name, n, name.len), 3, ext))
		ext[0] = '\0';
	/* neighbours are alike: go on where the last one was given out */
	if (sm_str_eq(dir, s->last_dir) && !strcmp(stem, s->last_stem))
		i = s->last_number + 1;
	s->last_dir = dir;
	memcpy(s->last_stem, stem, sizeof(stem));
	for (; i < 10000; i++) {
		digits = (size_t)snprintf(number_text, sizeof(number_text),
					  "~%u", i);
		(void)snprintf(s->brief[at], PKG_MSINAMES_SHORT, "%.*s%s%s%s",
			       (int)(8 - digits), stem, number_text,
			       *ext ? "." : "", ext);
		s->last_number = i;
		if (!brief_taken(s, at, s->brief[at]))
			return;
	}
}

void pkg_msinames_make(struct pkg_msinames *s, const struct pkg_filelist *l,
		       struct sm_arena *arena)
{
	memset(s, 0, sizeof(*s));
	s->list = l;
	s->brief = sm_arena_alloc(arena, l->n, PKG_MSINAMES_SHORT);
	for (size_t i = 0; i < l->n; i++)
		make_brief(s, i);
}
