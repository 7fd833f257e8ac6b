/*
 * Views of bytes. Nothing here allocates, and nothing reads behind `len`.
 */
#include "common/def.h"
#include "common/str.h"
#include "common/err.h"

struct sm_str sm_str(const char *z)
{
	return sm_str_n(z, z ? strlen(z) : 0);
}

struct sm_str sm_str_n(const void *ptr, size_t len)
{
	struct sm_str s = { ptr, len };

	return s;
}

bool sm_str_eq(struct sm_str a, struct sm_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool sm_str_eq_nocase(struct sm_str a, struct sm_str b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

bool sm_str_eqz(struct sm_str a, const char *z)
{
	return sm_str_eq(a, sm_str(z));
}

int sm_str_cmp(struct sm_str a, struct sm_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (r)
		return r;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool sm_str_starts(struct sm_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && (!n || !memcmp(s.ptr, prefix, n));
}

bool sm_str_ends(struct sm_str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && (!n || !memcmp(s.ptr + s.len - n, suffix, n));
}

long sm_str_chr(struct sm_str s, char c, size_t from)
{
	const char *p;

	if (from >= s.len)
		return -1;
	p = memchr(s.ptr + from, c, s.len - from);
	return p ? (long)(p - s.ptr) : -1;
}

long sm_str_rchr(struct sm_str s, char c)
{
	size_t i;

	for (i = s.len; i-- > 0;) {
		if (s.ptr[i] == c)
			return (long)i;
	}
	return -1;
}

long sm_str_find(struct sm_str s, struct sm_str needle)
{
	size_t i;

	if (!needle.len || needle.len > s.len)
		return -1;
	for (i = 0; i + needle.len <= s.len; i++) {
		if (!memcmp(s.ptr + i, needle.ptr, needle.len))
			return (long)i;
	}
	return -1;
}

struct sm_str sm_str_sub(struct sm_str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return sm_str_n(s.ptr ? s.ptr + from : NULL, len);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sm_str sm_str_trim(struct sm_str s)
{
	while (s.len && is_space(s.ptr[0]))
		s = sm_str_sub(s, 1, s.len);
	while (s.len && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool sm_str_split(struct sm_str *rest, char sep, struct sm_str *piece)
{
	long at;

	if (!rest->ptr)
		return false;
	at = sm_str_chr(*rest, sep, 0);
	if (at < 0) {
		*piece = *rest;
		*rest = sm_str_n(NULL, 0);
		return true;
	}
	*piece = sm_str_sub(*rest, 0, (size_t)at);
	*rest = sm_str_sub(*rest, (size_t)at + 1, rest->len);
	return true;
}

int sm_str_u64(struct sm_str s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (!s.len)
		return SM_EFORMAT;
	for (i = 0; i < s.len; i++) {
		unsigned d = (unsigned char)s.ptr[i] - '0';

		if (d > 9)
			return SM_EFORMAT;
		if (v > (UINT64_MAX - d) / 10)
			return SM_ELIMIT;
		v = v * 10 + d;
	}
	if (v > max)
		return SM_ELIMIT;
	*out = v;
	return 0;
}

/* Length of the sequence that starts with byte `b`, 0 if none can. */
static size_t utf8_length(unsigned char b)
{
	if (b < 0x80)
		return 1;
	if (b >= 0xc2 && b <= 0xdf)
		return 2;
	if (b >= 0xe0 && b <= 0xef)
		return 3;
	if (b >= 0xf0 && b <= 0xf4)
		return 4;
	return 0;
}

/* The second byte rules out overlong forms, surrogates and > U+10FFFF. */
static bool utf8_second_ok(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

bool sm_str_utf8(struct sm_str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, k, n;

	while (i < s.len) {
		n = utf8_length(p[i]);
		if (!n || n > s.len - i)
			return false;
		for (k = 1; k < n; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		}
		if (n > 1 && !utf8_second_ok(p[i], p[i + 1]))
			return false;
		i += n;
	}
	return true;
}
