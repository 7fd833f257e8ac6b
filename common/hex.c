/*
 * Hexadecimal and base64, strict in what they take.
 */
#include "common/def.h"
#include "common/hex.h"
#include "common/err.h"

static const char HEX[] = "0123456789abcdef";
static const char B64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "abcdefghijklmnopqrstuvwxyz0123456789+/";

int sm_hex_put(struct sm_buf *out, const void *p, size_t len)
{
	const unsigned char *b = p;
	size_t i;
	int r;

	if (len > SIZE_MAX / 2)
		return out->err = SM_ELIMIT;
	if ((r = sm_buf_reserve(out, len * 2)) < 0)
		return r;
	for (i = 0; i < len; i++) {
		char pair[2] = { HEX[b[i] >> 4], HEX[b[i] & 15] };

		(void)sm_buf_put(out, pair, 2); /* reserved above */
	}
	return 0;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int sm_hex_get(struct sm_buf *out, struct sm_str text)
{
	size_t i;
	int hi, lo, r;

	if (text.len % 2)
		return SM_EFORMAT;
	for (i = 0; i < text.len; i += 2) {
		hi = nibble(text.ptr[i]);
		lo = nibble(text.ptr[i + 1]);
		if (hi < 0 || lo < 0)
			return SM_EFORMAT;
		if ((r = sm_buf_put_u8(out, (uint8_t)(hi << 4 | lo))) < 0)
			return r;
	}
	return 0;
}

int sm_base64_put(struct sm_buf *out, const void *p, size_t len)
{
	const unsigned char *b = p;
	char q[4];
	size_t i, left;
	int r;

	for (i = 0; i < len; i += 3) {
		left = len - i;
		q[0] = B64[b[i] >> 2];
		q[1] = B64[(b[i] & 3) << 4 | (left > 1 ? b[i + 1] >> 4 : 0)];
		q[2] = left > 1 ? B64[(b[i + 1] & 15) << 2 |
				      (left > 2 ? b[i + 2] >> 6 : 0)] :
				  '=';
		q[3] = left > 2 ? B64[b[i + 2] & 63] : '=';
		if ((r = sm_buf_put(out, q, 4)) < 0)
			return r;
	}
	return 0;
}

static int sextet(char c)
{
	const char *p = c ? strchr(B64, c) : NULL;

	return p ? (int)(p - B64) : -1;
}

/* One group of four characters; returns bytes made or negative. */
static int group(const char q[4], unsigned char o[3])
{
	int v[4], i, pad = (q[3] == '=') + (q[2] == '=' && q[3] == '=');

	for (i = 0; i < 4; i++) {
		v[i] = i >= 4 - pad ? 0 : sextet(q[i]);
		if (v[i] < 0)
			return SM_EFORMAT;
	}
	o[0] = (unsigned char)(v[0] << 2 | v[1] >> 4);
	o[1] = (unsigned char)((v[1] & 15) << 4 | v[2] >> 2);
	o[2] = (unsigned char)((v[2] & 3) << 6 | v[3]);
	if ((pad == 1 && o[2]) || (pad == 2 && o[1]))
		return SM_EFORMAT;
	return 3 - pad;
}

int sm_base64_get(struct sm_buf *out, struct sm_str text)
{
	unsigned char o[3];
	char q[4];
	size_t i, n = 0;
	bool ended = false;
	int got, r;

	for (i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == ' ' || (c >= '\t' && c <= '\r'))
			continue;
		if (ended)
			return SM_EFORMAT;
		q[n++] = c;
		if (n < 4)
			continue;
		n = 0;
		if ((got = group(q, o)) < 0)
			return got;
		ended = got < 3;
		if ((r = sm_buf_put(out, o, (size_t)got)) < 0)
			return r;
	}
	return n ? SM_EFORMAT : 0;
}
