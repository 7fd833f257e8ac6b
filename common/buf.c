/*
 * The growing buffer. Growth doubles; a secret buffer is copied and wiped
 * instead of being handed to realloc.
 */
#include "common/def.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

void sm_buf_init(struct sm_buf *b, size_t max)
{
	struct sm_buf fresh = SM_BUF_INIT(max);

	*b = fresh;
}

void sm_buf_release(struct sm_buf *b)
{
	if (b->secret && b->ptr)
		sm_mem_wipe(b->ptr, b->cap);
	sm_mem_free(b->ptr);
	b->ptr = NULL;
	b->len = b->cap = 0;
	b->err = 0;
}

void sm_buf_clear(struct sm_buf *b)
{
	if (b->secret && b->ptr)
		sm_mem_wipe(b->ptr, b->cap);
	b->len = 0;
	b->err = 0;
	if (b->ptr)
		b->ptr[0] = '\0';
}

static void move(struct sm_buf *b, size_t cap)
{
	char *p;

	if (!b->secret) {
		b->ptr = sm_mem_realloc(b->ptr, cap, 1);
		b->cap = cap;
		return;
	}
	p = sm_mem_alloc(cap);
	if (b->ptr) {
		memcpy(p, b->ptr, b->len);
		sm_mem_wipe(b->ptr, b->cap);
		sm_mem_free(b->ptr);
	}
	b->ptr = p;
	b->cap = cap;
}

int sm_buf_reserve(struct sm_buf *b, size_t n)
{
	size_t want, cap;

	if (b->err)
		return b->err;
	if (n > b->max || b->len > b->max - n)
		return b->err = SM_ELIMIT;
	want = b->len + n + 1;
	if (want > b->cap) {
		cap = b->cap ? b->cap : 64;
		while (cap < want)
			cap *= 2;
		move(b, cap);
		b->ptr[b->len] = '\0';
	}
	return 0;
}

void sm_buf_added(struct sm_buf *b, size_t n)
{
	b->len += n;
	b->ptr[b->len] = '\0';
}

int sm_buf_put(struct sm_buf *b, const void *p, size_t len)
{
	int r = sm_buf_reserve(b, len);

	if (r < 0)
		return r;
	if (len)
		memcpy(b->ptr + b->len, p, len);
	sm_buf_added(b, len);
	return 0;
}

int sm_buf_puts(struct sm_buf *b, const char *z)
{
	return sm_buf_put(b, z, strlen(z));
}

int sm_buf_put_str(struct sm_buf *b, struct sm_str s)
{
	return sm_buf_put(b, s.ptr, s.len);
}

int sm_buf_put_u8(struct sm_buf *b, uint8_t v)
{
	return sm_buf_put(b, &v, 1);
}

static int put_be(struct sm_buf *b, uint64_t v, size_t n)
{
	unsigned char w[8];
	size_t i;

	for (i = 0; i < n; i++)
		w[i] = (unsigned char)(v >> (8 * (n - 1 - i)));
	return sm_buf_put(b, w, n);
}

int sm_buf_put_u16be(struct sm_buf *b, uint16_t v)
{
	return put_be(b, v, 2);
}

int sm_buf_put_u32be(struct sm_buf *b, uint32_t v)
{
	return put_be(b, v, 4);
}

int sm_buf_put_u64be(struct sm_buf *b, uint64_t v)
{
	return put_be(b, v, 8);
}

int sm_buf_put_fill(struct sm_buf *b, char c, size_t n)
{
	int r = sm_buf_reserve(b, n);

	if (r < 0)
		return r;
	memset(b->ptr + b->len, c, n);
	sm_buf_added(b, n);
	return 0;
}

int sm_buf_vprintf(struct sm_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n, r;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return b->err = SM_EFORMAT;
	if ((r = sm_buf_reserve(b, (size_t)n)) < 0)
		return r;
	(void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
	sm_buf_added(b, (size_t)n);
	return 0;
}

int sm_buf_printf(struct sm_buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = sm_buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

/* Bytes of the valid UTF-8 sequence at `from`, with its value; 0 for none. */
static size_t sequence(struct sm_str s, size_t from, uint32_t *value)
{
	const unsigned char *p = (const unsigned char *)s.ptr + from;
	size_t n, i;

	for (n = 1; n <= 4 && n <= s.len - from; n++)
		if (sm_str_utf8(sm_str_sub(s, from, n)))
			break;
	if (n > 4 || n > s.len - from)
		return 0;
	*value = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++)
		*value = *value << 6 | (p[i] & 0x3fu);
	return n;
}

/* Controls, and those of Unicode that turn the direction or end a line. */
static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c ||
	       (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

int sm_buf_put_visible(struct sm_buf *b, struct sm_str s, const char *keep)
{
	uint32_t c = 0;
	size_t i, n;

	/* errors stick */
	for (i = 0; i < s.len; i += n ? n : 1) {
		n = sequence(s, i, &c);
		if (!n)
			(void)sm_buf_printf(b, "\\x%02x",
					    (unsigned char)s.ptr[i]);
		else if (!steers(c) || (n == 1 && c && strchr(keep, (int)c)))
			(void)sm_buf_put(b, s.ptr + i, n);
		else
			(void)sm_buf_printf(b,
					    c < 0x100 ? "\\x%02x" : "\\u%04x",
					    (unsigned)c);
	}
	return b->err;
}

void sm_buf_consume(struct sm_buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (!n)
		return;
	memmove(b->ptr, b->ptr + n, b->len - n);
	sm_buf_truncate(b, b->len - n);
}

void sm_buf_truncate(struct sm_buf *b, size_t len)
{
	if (len >= b->len)
		return;
	if (b->secret)
		sm_mem_wipe(b->ptr + len, b->len - len);
	b->len = len;
	b->ptr[len] = '\0';
}

struct sm_str sm_buf_str(const struct sm_buf *b)
{
	return sm_str_n(b->ptr, b->len);
}

const char *sm_buf_z(const struct sm_buf *b)
{
	return b->ptr ? b->ptr : "";
}

char *sm_buf_detach_new(struct sm_buf *b)
{
	char *p = b->ptr ? b->ptr : sm_mem_dup(sm_str_n(NULL, 0));

	b->ptr = NULL;
	b->len = b->cap = 0;
	b->err = 0;
	return p;
}
