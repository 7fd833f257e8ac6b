/*
 * sm_str: a borrowed view of bytes, passed by value, never freed and not
 * terminated. UTF-8 where it holds text. A view lives as long as its owner.
 */
#ifndef COMMON_STR_H
#define COMMON_STR_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

struct sm_str {
	const char *ptr; /* may be NULL only when len is 0 */
	size_t len;      /* bytes */
};

/* For "%.*s". Lengths above INT_MAX do not occur: every buffer is bounded. */
#define SM_STR_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

/* A view of a string literal; for static initialisers. */
#define SM_STR_LIT(lit)                 \
	{                               \
		"" lit, sizeof(lit) - 1 \
	}

/* The view of a terminated string; NULL gives the empty view. */
struct sm_str sm_str(const char *z);

/* The view of `len` bytes at `ptr`. */
struct sm_str sm_str_n(const void *ptr, size_t len);

/* Bytes equal; the _nocase form folds ASCII letters only. */
bool sm_str_eq(struct sm_str a, struct sm_str b);
bool sm_str_eq_nocase(struct sm_str a, struct sm_str b);
bool sm_str_eqz(struct sm_str a, const char *z);

/* strcmp order of bytes, shorter first: <0, 0, >0. */
int sm_str_cmp(struct sm_str a, struct sm_str b);

bool sm_str_starts(struct sm_str s, const char *prefix);
bool sm_str_ends(struct sm_str s, const char *suffix);

/* Offset of the first `c` at or after `from`, or -1. */
long sm_str_chr(struct sm_str s, char c, size_t from);

/* Offset of the last `c`, or -1. */
long sm_str_rchr(struct sm_str s, char c);

/* Offset of the first `needle` (not empty), or -1. */
long sm_str_find(struct sm_str s, struct sm_str needle);

/* Sub-view; both arguments are clipped to the view. */
struct sm_str sm_str_sub(struct sm_str s, size_t from, size_t len);

/* Without leading and trailing ASCII white space. */
struct sm_str sm_str_trim(struct sm_str s);

/*
 * Take the next piece of *rest up to `sep` (which is dropped). Returns false
 * when nothing is left; an empty piece between two separators counts.
 */
bool sm_str_split(struct sm_str *rest, char sep, struct sm_str *piece);

/*
 * Decimal digits only, whole view. Errors: SM_EFORMAT if empty or another
 * character, SM_ELIMIT above `max`.
 */
int sm_str_u64(struct sm_str s, uint64_t max, uint64_t *out);

/* True if the bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong). */
bool sm_str_utf8(struct sm_str s);

#endif
