/*
 * sm_buf: an owned, growing run of bytes with a maximum.
 *
 * Invariants: ptr[len] is always '\0' once anything was put (so text can be
 * handed to C functions), len <= max. The first failure sticks in `err`, so
 * that a long sequence of puts is checked once, at its end; after a failure
 * nothing more is added.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/def.h"
#include "common/str.h"

#include <stdarg.h>

struct sm_buf {
	char *ptr;   /* NULL while nothing was put */
	size_t len;  /* bytes in use, without the terminator */
	size_t cap;  /* bytes allocated */
	size_t max;  /* len never grows above this */
	int err;     /* SM_ELIMIT once a put did not fit */
	bool secret; /* wiped when moved, shrunk and released */
};

#define SM_BUF_INIT(max_bytes)                    \
	{                                         \
		NULL, 0, 0, (max_bytes), 0, false \
	}
#define SM_BUF_SECRET(max_bytes)                 \
	{                                        \
		NULL, 0, 0, (max_bytes), 0, true \
	}

/* A common upper bound for messages, names and small documents: 64 KiB. */
#define SM_BUF_SMALL ((size_t)64 << 10)

void sm_buf_init(struct sm_buf *b, size_t max);

/* Frees; the buffer is empty and usable afterwards. */
void sm_buf_release(struct sm_buf *b);

/* Forget contents and error, keep the memory. */
void sm_buf_clear(struct sm_buf *b);

/* Errors of all puts: SM_ELIMIT above max; also kept in b->err. */
int sm_buf_put(struct sm_buf *b, const void *p, size_t len);
int sm_buf_puts(struct sm_buf *b, const char *z);
int sm_buf_put_str(struct sm_buf *b, struct sm_str s);
int sm_buf_put_u8(struct sm_buf *b, uint8_t v);
int sm_buf_put_u16be(struct sm_buf *b, uint16_t v);
int sm_buf_put_u32be(struct sm_buf *b, uint32_t v);
int sm_buf_put_u64be(struct sm_buf *b, uint64_t v);
int sm_buf_put_fill(struct sm_buf *b, char c, size_t n);
int sm_buf_printf(struct sm_buf *b, const char *fmt, ...) SM_PRINTF(2, 3);
int sm_buf_vprintf(struct sm_buf *b, const char *fmt, va_list ap)
	SM_PRINTF(2, 0);

/*
 * Text for people that may hold anything: what could steer a terminal or
 * change the order of what is read is written out, "\\x1b" or "\\u202e"; so is
 * what is not UTF-8. The control characters in `keep` stay as they are.
 */
int sm_buf_put_visible(struct sm_buf *b, struct sm_str s, const char *keep);

/* Room for `n` more bytes at b->ptr + b->len; they count after sm_buf_added. */
int sm_buf_reserve(struct sm_buf *b, size_t n);
void sm_buf_added(struct sm_buf *b, size_t n);

/* Drop `n` bytes at the front (clipped), or keep only the first `len`. */
void sm_buf_consume(struct sm_buf *b, size_t n);
void sm_buf_truncate(struct sm_buf *b, size_t len);

/* Views; valid until the next change. sm_buf_z is "" while empty. */
struct sm_str sm_buf_str(const struct sm_buf *b);
const char *sm_buf_z(const struct sm_buf *b);

/* Hand over the terminated memory; the buffer is empty afterwards. */
char *sm_buf_detach_new(struct sm_buf *b);

#endif
