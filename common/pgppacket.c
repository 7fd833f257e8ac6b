/*
 * Framing of OpenPGP packets. Every length is compared with what is left
 * before it is used. What the packets mean is not known here.
 */
#include "common/def.h"
#include "common/pgppacket.h"

static uint8_t byte_at(struct sm_str s, size_t i)
{
	return (uint8_t)s.ptr[i];
}

static uint32_t be(struct sm_str s, size_t from, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | byte_at(s, from++);
	return v;
}

/* Drop `n` bytes, which are there. */
static void skip(struct sm_str *s, size_t n)
{
	*s = sm_str_sub(*s, n, s->len);
}

/* New format length, RFC 9580 4.2.1; also that of subpackets. */
static int length_new(struct sm_str *rest, bool partial_ok, uint32_t *len)
{
	size_t used;

	if (rest->len < 1)
		return SM_EFORMAT;
	if (byte_at(*rest, 0) < 192) {
		*len = byte_at(*rest, 0);
		used = 1;
	} else if (byte_at(*rest, 0) == 255) {
		used = 5;
		if (rest->len < used)
			return SM_EFORMAT;
		*len = be(*rest, 1, 4);
	} else if (byte_at(*rest, 0) >= 224 && !partial_ok) {
		return SM_EFORMAT; /* partial body length */
	} else {
		used = 2;
		if (rest->len < used)
			return SM_EFORMAT;
		*len = ((uint32_t)(byte_at(*rest, 0) - 192) << 8) +
		       byte_at(*rest, 1) + 192;
	}
	skip(rest, used);
	return 0;
}

/* Old format length: one, two or four bytes by the type. */
static int length_old(struct sm_str *rest, unsigned type, uint32_t *len)
{
	size_t n = (size_t)1 << type;

	if (type == 3 || rest->len < n)
		return SM_EFORMAT; /* indeterminate, or cut */
	*len = be(*rest, 0, n);
	skip(rest, n);
	return 0;
}

int sm_pgppacket_next(struct sm_str *rest, unsigned *tag, struct sm_str *body,
		      struct sm_err *e)
{
	uint32_t len = 0;
	uint8_t head;
	int r;

	if (!rest->len)
		return 0;
	head = byte_at(*rest, 0);
	if (!(head & 0x80))
		return sm_err_set(e, SM_EFORMAT, "not an OpenPGP packet");
	skip(rest, 1);
	if (head & 0x40) {
		*tag = head & 0x3f;
		r = length_new(rest, false, &len);
	} else {
		*tag = head >> 2 & 0x0f;
		r = length_old(rest, head & 3, &len);
	}
	if (r < 0)
		return sm_err_set(e, r, "OpenPGP packet has no fixed length");
	if (len > rest->len)
		return sm_err_set(e, SM_EFORMAT, "OpenPGP packet is cut off");
	*body = sm_str_sub(*rest, 0, len);
	skip(rest, len);
	return 1;
}

int sm_pgppacket_mpi(struct sm_str *rest, struct sm_str *mpi)
{
	uint32_t bits;
	size_t len;
	uint8_t top;

	if (rest->len < 2)
		return SM_EFORMAT;
	bits = be(*rest, 0, 2);
	len = (bits + 7) / 8;
	if (rest->len - 2 < len)
		return SM_EFORMAT;
	if (len) {
		top = byte_at(*rest, 2);
		/* the top bit is set, and none above it */
		if (top >> ((bits - 1) % 8) != 1)
			return SM_EFORMAT;
	}
	*mpi = sm_str_sub(*rest, 2, len);
	skip(rest, 2 + len);
	return 0;
}

int sm_pgppacket_subpacket(struct sm_str *rest, unsigned *type, bool *critical,
			   struct sm_str *body)
{
	uint32_t len = 0;

	if (!rest->len)
		return 0;
	/* here 224 to 254 are lengths of two bytes, RFC 9580 5.2.3.7 */
	if (length_new(rest, true, &len) < 0)
		return SM_EFORMAT;
	if (len < 1 || len > rest->len)
		return SM_EFORMAT;
	*type = byte_at(*rest, 0) & 0x7f;
	*critical = (byte_at(*rest, 0) & 0x80) != 0;
	*body = sm_str_sub(*rest, 1, len - 1);
	skip(rest, len);
	return 1;
}

int sm_pgppacket_put(struct sm_buf *out, unsigned tag, struct sm_str body)
{
	unsigned head = 0x80 | tag << 2;

	if (tag > 15 || body.len > SM_PGPPACKET_MAX) {
		out->err = SM_ELIMIT;
	} else if (body.len < 256) {
		sm_buf_put_u8(out, (uint8_t)head);
		sm_buf_put_u8(out, (uint8_t)body.len);
	} else if (body.len < 65536) {
		sm_buf_put_u8(out, (uint8_t)(head | 1));
		sm_buf_put_u16be(out, (uint16_t)body.len);
	} else {
		sm_buf_put_u8(out, (uint8_t)(head | 2));
		sm_buf_put_u32be(out, (uint32_t)body.len);
	}
	if (out->err)
		return out->err;
	return sm_buf_put_str(out, body);
}

int sm_pgppacket_put_mpi(struct sm_buf *out, struct sm_str bytes)
{
	unsigned bits;
	uint8_t top;

	while (bytes.len && !bytes.ptr[0])
		skip(&bytes, 1);
	if (bytes.len > 8191) {
		out->err = SM_ELIMIT;
		return out->err;
	}
	bits = (unsigned)bytes.len * 8;
	if (bytes.len)
		for (top = byte_at(bytes, 0); !(top & 0x80); top <<= 1)
			bits--;
	sm_buf_put_u16be(out, (uint16_t)bits);
	return sm_buf_put_str(out, bytes);
}

int sm_pgppacket_put_sub(struct sm_buf *out, unsigned type, struct sm_str body)
{
	size_t len = body.len + 1;

	if (len < 192) {
		sm_buf_put_u8(out, (uint8_t)len);
	} else if (len < 8384) {
		sm_buf_put_u8(out, (uint8_t)((len - 192) / 256 + 192));
		sm_buf_put_u8(out, (uint8_t)((len - 192) % 256));
	} else {
		out->err = SM_ELIMIT;
		return out->err;
	}
	sm_buf_put_u8(out, (uint8_t)type);
	return sm_buf_put_str(out, body);
}
