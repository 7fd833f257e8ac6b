/*
 * DER writing. The buffer's own error is checked once, by whoever uses what
 * was written.
 */
#include "common/def.h"
#include "pkg/der.h"

#include "common/err.h"
#include "common/oid.h"

#define HEAD_MAX 5

const struct sm_str pkg_der_oid_sha256 = SM_OID_SHA256;

int pkg_der_wrap(struct sm_buf *b, size_t from, unsigned tag)
{
	uint8_t head[HEAD_MAX + 1] = { (uint8_t)tag };
	size_t len = b->len - from, n = 2, shift;

	if (b->err || len > 0xffffff)
		return b->err = SM_ELIMIT;
	if (len < 0x80) {
		head[1] = (uint8_t)len;
	} else {
		for (shift = len > 0xffff ? 16 :
			     len > 0xff   ? 8 :
					    0;
		     ; shift -= 8) {
			head[n++] = (uint8_t)(len >> shift);
			if (!shift)
				break;
		}
		head[1] = (uint8_t)(0x80 | (n - 2));
	}
	if (sm_buf_put_fill(b, 0, n) < 0)
		return b->err;
	memmove(b->ptr + from + n, b->ptr + from, len);
	memcpy(b->ptr + from, head, n);
	return 0;
}

int pkg_der_put(struct sm_buf *b, unsigned tag, struct sm_str body)
{
	size_t from = b->len;

	(void)sm_buf_put_str(b, body); /* the error stays in b */
	return pkg_der_wrap(b, from, tag);
}

int pkg_der_put_bytes(struct sm_buf *b, const uint8_t *p, size_t len)
{
	size_t from = b->len;

	while (len > 1 && !*p) {
		p++;
		len--;
	}
	if (!len || *p & 0x80)
		(void)sm_buf_put_u8(b, 0); /* the error stays in b */
	(void)sm_buf_put(b, p, len);
	return pkg_der_wrap(b, from, SM_DER_INTEGER);
}

int pkg_der_put_u32(struct sm_buf *b, uint32_t v)
{
	const uint8_t raw[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
				(uint8_t)(v >> 8), (uint8_t)v };

	return pkg_der_put_bytes(b, raw, sizeof(raw));
}

int pkg_der_put_algorithm(struct sm_buf *b, struct sm_str oid, bool null)
{
	size_t from = b->len;

	(void)pkg_der_put(b, SM_DER_OID, oid); /* the error stays in b */
	if (null)
		(void)pkg_der_put(b, SM_DER_NULL, sm_str(""));
	return pkg_der_wrap(b, from, SM_DER_SEQUENCE);
}
