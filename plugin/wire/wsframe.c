/*
 * RFC 6455 frames. The encoder appends header and masked payload to a buffer
 * in one pass, eight bytes at a time; the decoder unmasks in place and never
 * touches a frame that is not complete.
 */
#include "common/def.h"
#include "plugin/wire/wsframe.h"

#include <limits.h>
#include <openssl/evp.h>

#include "common/err.h"
#include "common/hex.h"

#define CONTROL_MAX 125 /* RFC 6455 section 5.5 */
#define HEADER_MAX 14
#define BIT_FIN 0x80u
#define BITS_RSV 0x70u
#define BIT_MASK 0x80u

static bool is_control(unsigned op)
{
	return op & 8;
}

/*
 * Copy with the mask applied; `to` may be `from`. The key is repeated over
 * eight bytes and applied in memory order, so the byte order does not matter.
 */
static void mask_copy(unsigned char *to, const unsigned char *from, size_t len,
		      const unsigned char mask[4])
{
	unsigned char twice[8];
	uint64_t key, w;
	size_t i;

	memcpy(twice, mask, 4);
	memcpy(twice + 4, mask, 4);
	memcpy(&key, twice, sizeof(key));
	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&w, from + i, sizeof(w));
		w ^= key;
		memcpy(to + i, &w, sizeof(w));
	}
	for (; i < len; i++)
		to[i] = from[i] ^ mask[i & 3];
}

/* Bytes of header written, the mask included. */
static size_t put_header(unsigned char *h, unsigned first, size_t len,
			 const unsigned char *mask)
{
	uint64_t wide = len;
	size_t n = 2;
	int shift;

	h[0] = (unsigned char)first;
	if (len <= CONTROL_MAX) {
		h[1] = (unsigned char)len;
	} else if (len <= 0xffff) {
		h[1] = 126;
		h[n++] = (unsigned char)(len >> 8);
		h[n++] = (unsigned char)len;
	} else {
		h[1] = 127;
		for (shift = 56; shift >= 0; shift -= 8)
			h[n++] = (unsigned char)(wide >> shift);
	}
	if (mask) {
		h[1] |= BIT_MASK;
		memcpy(h + n, mask, 4);
		n += 4;
	}
	return n;
}

int plug_wsframe_put_part(struct sm_buf *out, enum plug_ws_opcode op, bool fin,
			  struct sm_str payload, const unsigned char mask[4])
{
	unsigned char head[HEADER_MAX];
	size_t n;
	int r;

	if (is_control(op) && (payload.len > CONTROL_MAX || !fin))
		return SM_ELIMIT;
	n = put_header(head, (fin ? BIT_FIN : 0u) | (unsigned)op, payload.len,
		       mask);
	if (payload.len > SIZE_MAX / 2)
		return SM_ELIMIT;
	if ((r = sm_buf_reserve(out, n + payload.len)) < 0)
		return r;
	(void)sm_buf_put(out, head, n); /* reserved above */
	if (!mask)
		return sm_buf_put_str(out, payload);
	if (payload.len)
		mask_copy((unsigned char *)out->ptr + out->len,
			  (const unsigned char *)payload.ptr, payload.len,
			  mask);
	sm_buf_added(out, payload.len);
	return 0;
}

int plug_wsframe_put(struct sm_buf *out, enum plug_ws_opcode op,
		     struct sm_str payload, const unsigned char mask[4])
{
	return plug_wsframe_put_part(out, op, true, payload, mask);
}

/* What the first two bytes may not say: RFC 6455 section 5.2, 5.5. */
static int check_start(const unsigned char *p, bool must_mask)
{
	unsigned op = p[0] & 15u;

	if (p[0] & BITS_RSV)
		return SM_EFORMAT;
	if ((op > PLUG_WS_BINARY && op < PLUG_WS_CLOSE) || op > PLUG_WS_PONG)
		return SM_EFORMAT;
	if (is_control(op) &&
	    (!(p[0] & BIT_FIN) || (p[1] & 127u) > CONTROL_MAX))
		return SM_EFORMAT;
	return must_mask && !(p[1] & BIT_MASK) ? SM_EFORMAT : 0;
}

/*
 * The payload length, and in *head the bytes in front of the payload. Errors:
 * SM_EAGAIN; SM_EFORMAT if a shorter form would have done.
 */
static int get_length(const unsigned char *p, size_t len, size_t *head,
		      uint64_t *out)
{
	size_t wide = (p[1] & 127) == 126 ? 2 : (p[1] & 127) == 127 ? 8 : 0;
	size_t i;

	*head = 2 + wide + (p[1] & BIT_MASK ? 4u : 0u);
	*out = p[1] & 127u;
	if (len < *head)
		return SM_EAGAIN;
	if (!wide)
		return 0;
	*out = 0;
	for (i = 0; i < wide; i++)
		*out = *out << 8 | p[2 + i];
	if (*out > INT64_MAX || *out <= (wide == 2 ? CONTROL_MAX : 0xffffu))
		return SM_EFORMAT;
	return 0;
}

long plug_wsframe_get(struct plug_wsframe *f, char *in, size_t len,
		      bool must_mask, size_t max)
{
	unsigned char *p = (unsigned char *)in;
	uint64_t size;
	size_t head;
	int r;

	if (len < 2)
		return SM_EAGAIN;
	if ((r = check_start(p, must_mask)) < 0)
		return r;
	if ((r = get_length(p, len, &head, &size)) < 0)
		return r;
	if (size > max || size > LONG_MAX - HEADER_MAX)
		return SM_ELIMIT;
	if (size > len - head)
		return SM_EAGAIN;
	f->op = (enum plug_ws_opcode)(p[0] & 15);
	f->fin = p[0] & BIT_FIN;
	f->payload = sm_str_n(in + head, (size_t)size);
	if (p[1] & BIT_MASK)
		mask_copy(p + head, p + head, (size_t)size, p + head - 4);
	return (long)(head + (size_t)size);
}

int plug_wsframe_accept(struct sm_buf *out, struct sm_str key)
{
	/* RFC 6455 section 1.3 */
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	struct sm_buf text = SM_BUF_INIT(1024);
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r;

	(void)sm_buf_put_str(&text, key); /* sticks in text.err */
	if ((r = sm_buf_puts(&text, guid)) < 0)
		goto out;
	r = SM_EIO;
	if (EVP_Digest(text.ptr, text.len, sum, &n, EVP_sha1(), NULL) != 1)
		goto out;
	r = sm_base64_put(out, sum, n);
out:
	sm_buf_release(&text);
	return r;
}
