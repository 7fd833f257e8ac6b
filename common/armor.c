/*
 * ASCII armor. The decoder is stricter than the format: one block, nothing
 * around it, no skipped characters. It does not know what is inside.
 */
#include "common/def.h"
#include "common/armor.h"

#include "common/hex.h"

#define LINE_BYTES 48 /* 64 characters, as gpg writes */

/* CRC-24 of RFC 9580 6.1.1. */
static uint32_t crc24(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xb704ce;
	int i;

	while (len--) {
		crc ^= (uint32_t)*p++ << 16;
		for (i = 0; i < 8; i++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

bool sm_armor_is(struct sm_str text)
{
	return sm_str_starts(sm_str_trim(text), "-----BEGIN PGP ");
}

int sm_armor_encode(struct sm_buf *out, const char *label, struct sm_str data)
{
	uint32_t crc = crc24((const uint8_t *)data.ptr, data.len);
	uint8_t sum[3] = { (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
			   (uint8_t)crc };
	size_t i;

	sm_buf_printf(out, "-----BEGIN %s-----\n\n", label);
	for (i = 0; i < data.len; i += LINE_BYTES) {
		struct sm_str line = sm_str_sub(data, i, LINE_BYTES);

		sm_base64_put(out, line.ptr, line.len);
		sm_buf_put_u8(out, '\n');
	}
	sm_buf_put_u8(out, '=');
	sm_base64_put(out, sum, sizeof(sum));
	return sm_buf_printf(out, "\n-----END %s-----\n", label);
}

/* The next line without its end, CR LF allowed; false behind the last. */
static bool next_line(struct sm_str *rest, struct sm_str *line)
{
	if (!rest->len)
		return false;
	if (!sm_str_split(rest, '\n', line))
		return false;
	/* blanks at the end are none of the text's */
	while (line->len && (line->ptr[line->len - 1] == '\r' ||
			     line->ptr[line->len - 1] == ' ' ||
			     line->ptr[line->len - 1] == '\t'))
		line->len--;
	return true;
}

static bool is_fence(struct sm_str line, const char *word, const char *label)
{
	char want[64];

	snprintf(want, sizeof(want), "-----%s %s-----", word, label);
	return sm_str_eqz(line, want);
}

/* "Key: value" in printable ASCII. */
static bool is_header(struct sm_str line)
{
	struct sm_str sep = SM_STR_LIT(": ");
	size_t i;

	for (i = 0; i < line.len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] > 0x7e)
			return false;
	return sm_str_find(line, sep) > 0;
}

static int skip_headers(struct sm_str *rest, struct sm_err *e)
{
	struct sm_str line;

	while (next_line(rest, &line)) {
		if (!line.len)
			return 0;
		if (!is_header(line))
			return sm_err_set(e, SM_EFORMAT,
					  "armor has a bad header line");
	}
	return sm_err_set(e, SM_EFORMAT, "armor ends in its header");
}

static int check_crc(struct sm_str text, const struct sm_buf *out, size_t from,
		     struct sm_err *e)
{
	struct sm_buf sum = SM_BUF_INIT(8);
	uint32_t crc, have;
	int r = 0;

	if (text.len != 4 || sm_base64_get(&sum, text) < 0 || sum.len != 3) {
		r = sm_err_set(e, SM_EFORMAT, "armor has a bad checksum line");
		goto out;
	}
	have = (uint32_t)(uint8_t)sum.ptr[0] << 16 |
	       (uint32_t)(uint8_t)sum.ptr[1] << 8 | (uint8_t)sum.ptr[2];
	crc = crc24((const uint8_t *)out->ptr + from, out->len - from);
	if (crc != have)
		r = sm_err_set(e, SM_EFORMAT, "armor checksum does not match");
out:
	sm_buf_release(&sum);
	return r;
}

/*
 * Body lines up to the end line, collected before they are decoded, so that
 * a quantum may run over a line's end.
 */
static int decode_body(struct sm_buf *out, const char *label,
		       struct sm_str *rest, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(rest->len);
	struct sm_str line, crc = { NULL, 0 };
	size_t from = out->len;
	bool ended = false;
	int r;

	while (!ended && next_line(rest, &line)) {
		if (is_fence(line, "END", label)) {
			ended = true;
		} else if (crc.ptr) {
			break; /* only the end may follow the checksum */
		} else if (line.len && line.ptr[0] == '=') {
			crc = sm_str_sub(line, 1, line.len);
		} else {
			sm_buf_put_str(&text, line);
		}
	}
	if (!ended) {
		r = sm_err_set(e, SM_EFORMAT, "armor has no end line");
		goto out;
	}
	if ((r = sm_base64_get(out, sm_buf_str(&text))) < 0) {
		sm_err_set(e, r, "armor is not base64");
		goto out;
	}
	if (out->len == from)
		r = sm_err_set(e, SM_EFORMAT, "armor is empty");
	else if (crc.ptr)
		r = check_crc(crc, out, from, e);
out:
	sm_buf_release(&text);
	return r;
}

int sm_armor_decode(struct sm_buf *out, const char *label, struct sm_str text,
		    struct sm_err *e)
{
	struct sm_str line = { NULL, 0 };
	int r;

	text = sm_str_trim(text);
	if (!next_line(&text, &line) || !is_fence(line, "BEGIN", label))
		return sm_err_set(e, SM_EFORMAT,
				  "armor does not begin with BEGIN %s", label);
	if ((r = skip_headers(&text, e)) < 0)
		return r;
	if ((r = decode_body(out, label, &text, e)) < 0)
		return r;
	if (sm_str_trim(text).len)
		return sm_err_set(e, SM_EFORMAT, "armor has text behind it");
	return 0;
}
