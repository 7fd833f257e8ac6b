/*
 * The DER cursor. What is not the one encoding that DER allows is refused, so
 * that no two readers can see different things in the same bytes.
 */
#include "common/def.h"
#include "common/der.h"

#include "common/err.h"

#define LENGTH_BYTES_MAX 4

int sm_der_next(struct sm_str *in, struct sm_der *out)
{
	const uint8_t *p = (const uint8_t *)in->ptr;
	size_t head = 2, len, k, i;

	if (in->len < 2 || (p[0] & 0x1f) == 0x1f)
		return SM_EFORMAT;
	len = p[1];
	if (len >= 0x80) {
		k = len & 0x7f;
		if (k < 1 || k > LENGTH_BYTES_MAX || in->len < 2 + k || !p[2])
			return SM_EFORMAT;
		for (len = 0, i = 0; i < k; i++)
			len = len << 8 | p[2 + i];
		if (len < 0x80)
			return SM_EFORMAT;
		head += k;
	}
	if (len > in->len - head)
		return SM_EFORMAT;
	out->tag = p[0];
	out->whole = sm_str_sub(*in, 0, head + len);
	out->body = sm_str_sub(*in, head, len);
	*in = sm_str_sub(*in, head + len, in->len);
	return 0;
}

int sm_der_take(struct sm_str *in, unsigned tag, struct sm_der *out)
{
	if (!sm_der_peek(*in, tag))
		return SM_EFORMAT;
	return sm_der_next(in, out);
}

int sm_der_only(struct sm_str in, unsigned tag, struct sm_der *out)
{
	int r = sm_der_take(&in, tag, out);

	return r == 0 && in.len ? SM_EFORMAT : r;
}

bool sm_der_peek(struct sm_str in, unsigned tag)
{
	return in.len && (uint8_t)in.ptr[0] == tag;
}

int sm_der_u32(struct sm_str *in, uint32_t *out)
{
	struct sm_der n;
	const uint8_t *p;
	size_t i;

	if (sm_der_take(in, SM_DER_INTEGER, &n) < 0 || !n.body.len)
		return SM_EFORMAT;
	p = (const uint8_t *)n.body.ptr;
	/* negative, or with a zero in front that is not needed for the sign */
	if (p[0] & 0x80 || (n.body.len > 1 && !p[0] && !(p[1] & 0x80)) ||
	    n.body.len > 5 || (n.body.len == 5 && p[0]))
		return SM_EFORMAT;
	for (*out = 0, i = 0; i < n.body.len; i++)
		*out = *out << 8 | p[i];
	return 0;
}
