/*
 * Small payloads. What is written is byte for byte what the official ends
 * write; what is read is bounded and may hold members nobody knows.
 *
 * Acknowledgements are read once per message that is sent, so their document
 * lives in memory on the stack instead of the heap.
 */
#include "common/def.h"
#include "plugin/wire/payload.h"

#include <limits.h>
#include <yyjson.h>

#include "common/err.h"
#include "plugin/wire/message.h"

#define JSON_MAX ((size_t)256 << 10) /* longest document a reader looks at */
#define ACK_MAX 1024                 /* an acknowledgement has about 180 */

/* The length of the UTF-8 character at the start of `s`, 0 if invalid. */
static size_t character(struct sm_str s)
{
	size_t n;

	if ((unsigned char)s.ptr[0] < 0x80)
		return 1;
	for (n = 2; n <= 4 && n <= s.len; n++) {
		if (sm_str_utf8(sm_str_sub(s, 0, n)))
			return n;
	}
	return 0;
}

/*
 * The escapes of the official encoder: the HTML characters and the two line
 * separators of Unicode are escaped as well (PROTOCOL.md appendix C).
 */
static void put_escaped(struct sm_buf *out, struct sm_str c)
{
	switch (c.ptr[0]) {
	case '"':
		(void)sm_buf_puts(out, "\\\"");
		return;
	case '\\':
		(void)sm_buf_puts(out, "\\\\");
		return;
	case '\n':
		(void)sm_buf_puts(out, "\\n");
		return;
	case '\r':
		(void)sm_buf_puts(out, "\\r");
		return;
	case '\t':
		(void)sm_buf_puts(out, "\\t");
		return;
	case '<':
	case '>':
	case '&':
		(void)sm_buf_printf(out, "\\u%04x", (unsigned)c.ptr[0]);
		return;
	default:
		break;
	}
	if ((unsigned char)c.ptr[0] < 0x20)
		(void)sm_buf_printf(out, "\\u%04x", (unsigned)c.ptr[0]);
	else if (sm_str_eqz(c, "\xe2\x80\xa8"))
		(void)sm_buf_puts(out, "\\u2028");
	else if (sm_str_eqz(c, "\xe2\x80\xa9"))
		(void)sm_buf_puts(out, "\\u2029");
	else
		(void)sm_buf_put_str(out, c);
}

/* Bytes at the start of `s` that stand for themselves. */
static size_t plain_run(struct sm_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= ' ' && s.ptr[n] < 0x7f &&
	       !strchr("\"\\<>&", s.ptr[n]))
		n++;
	return n;
}

int plug_payload_json_string(struct sm_buf *out, struct sm_str s)
{
	size_t n;

	(void)sm_buf_put_u8(out, '"'); /* errors stick in out->err */
	for (; s.len && !out->err; s = sm_str_sub(s, n, s.len)) {
		n = plain_run(s);
		if (n) {
			(void)sm_buf_put(out, s.ptr, n);
			continue;
		}
		n = character(s);
		if (n) {
			put_escaped(out, sm_str_sub(s, 0, n));
		} else {
			(void)sm_buf_puts(out, "\\ufffd");
			n = 1;
		}
	}
	return sm_buf_put_u8(out, '"');
}

/* prefix"value"; the prefix holds the member's name and colon. */
static void member(struct sm_buf *out, const char *prefix, struct sm_str value)
{
	(void)sm_buf_puts(out, prefix);
	(void)plug_payload_json_string(out, value);
}

int plug_payload_open_put(struct sm_buf *out, const struct plug_open *o)
{
	(void)sm_buf_puts(out, "{\"MessageSchemaVersion\":\"1.0\"");
	member(out, ",\"RequestId\":", o->request_id);
	member(out, ",\"TokenValue\":", o->token);
	member(out, ",\"ClientId\":", o->client_id);
	member(out, ",\"ClientVersion\":", o->client_version);
	return sm_buf_put_u8(out, '}');
}

/* The root object, or NULL. The document is the caller's to free. */
static yyjson_val *root_object(yyjson_doc *doc)
{
	yyjson_val *root = yyjson_doc_get_root(doc);

	return yyjson_is_obj(root) ? root : NULL;
}

static yyjson_doc *read_document(struct sm_str json)
{
	if (!json.len || json.len > JSON_MAX)
		return NULL;
	return yyjson_read(json.ptr, json.len, 0);
}

/*
 * Copy a string member with its terminator. Absent or of another type: empty.
 * Errors: SM_ELIMIT if it does not fit; what fits is kept, cut at a character.
 */
static int copy_member(yyjson_val *root, const char *name, char *to, size_t cap)
{
	yyjson_val *v = yyjson_obj_get(root, name);
	const char *p = yyjson_get_str(v);
	size_t len = yyjson_get_len(v);
	int r = 0;

	to[0] = '\0';
	if (!p)
		return 0;
	if (len >= cap) {
		len = cap - 1;
		while (len && ((unsigned char)p[len] & 0xc0) == 0x80)
			len--;
		r = SM_ELIMIT;
	}
	memcpy(to, p, len);
	to[len] = '\0';
	return r;
}

int plug_payload_open_get(struct plug_open_text *o, struct sm_str json)
{
	yyjson_doc *doc;
	yyjson_val *root;
	int r = SM_EFORMAT;

	memset(o, 0, sizeof(*o));
	if (json.len > JSON_MAX)
		return SM_ELIMIT;
	doc = read_document(json);
	root = root_object(doc);
	if (!yyjson_is_str(yyjson_obj_get(root, "TokenValue")))
		goto out;
	if ((r = copy_member(root, "RequestId", o->request_id,
			     sizeof(o->request_id))) < 0)
		goto out;
	if ((r = copy_member(root, "TokenValue", o->token, sizeof(o->token))) <
	    0)
		goto out;
	if ((r = copy_member(root, "ClientId", o->client_id,
			     sizeof(o->client_id))) < 0)
		goto out;
	r = copy_member(root, "ClientVersion", o->client_version,
			sizeof(o->client_version));
out:
	yyjson_doc_free(doc);
	return r;
}

/* printf is too slow for what is written once per message received. */
static void put_decimal(struct sm_buf *out, int64_t v)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		(void)sm_buf_put_u8(out, '-');
	(void)sm_buf_put(out, text + at, sizeof(text) - at);
}

int plug_payload_ack_put(struct sm_buf *out, struct sm_str type,
			 const unsigned char id[16], int64_t seq)
{
	member(out, "{\"AcknowledgedMessageType\":", type);
	(void)sm_buf_puts(out, ",\"AcknowledgedMessageId\":\"");
	(void)plug_message_id_put(out, id);
	(void)sm_buf_puts(out, "\",\"AcknowledgedMessageSequenceNumber\":");
	put_decimal(out, seq);
	return sm_buf_puts(out, ",\"IsSequentialMessage\":true}");
}

/* Not negative and fits, or SM_EFORMAT. */
static int sequence_number(yyjson_val *root, int64_t *seq)
{
	yyjson_val *v =
		yyjson_obj_get(root, "AcknowledgedMessageSequenceNumber");

	if (!yyjson_is_uint(v) || yyjson_get_uint(v) > INT64_MAX)
		return SM_EFORMAT;
	*seq = (int64_t)yyjson_get_uint(v);
	return 0;
}

int plug_payload_ack_get(int64_t *seq, struct sm_str json)
{
	char copy[ACK_MAX + YYJSON_PADDING_SIZE];
	union {
		char bytes[16384];
		void *align;
	} pool;
	yyjson_alc alc;
	yyjson_doc *doc;
	int r;

	if (!json.len || json.len > ACK_MAX) {
		doc = read_document(json);
	} else {
		memcpy(copy, json.ptr, json.len);
		memset(copy + json.len, 0, YYJSON_PADDING_SIZE);
		if (!yyjson_alc_pool_init(&alc, pool.bytes, sizeof(pool.bytes)))
			return SM_EFORMAT;
		doc = yyjson_read_opts(copy, json.len, YYJSON_READ_INSITU, &alc,
				       NULL);
	}
	r = sequence_number(root_object(doc), seq);
	yyjson_doc_free(doc);
	return r;
}

void plug_payload_closed_get(struct plug_closed *c, struct sm_str json)
{
	yyjson_doc *doc = read_document(json);
	yyjson_val *root = root_object(doc);

	(void)copy_member(root, "SessionId", c->session_id,
			  sizeof(c->session_id)); /* cut when longer */
	(void)copy_member(root, "Output", c->output, sizeof(c->output));
	yyjson_doc_free(doc);
}

int plug_payload_closed_put(struct sm_buf *out, struct sm_str session_id,
			    struct sm_str output)
{
	(void)sm_buf_puts(out, "{\"MessageType\":\"channel_closed\"");
	member(out, ",\"SessionId\":", session_id);
	(void)sm_buf_puts(out, ",\"SchemaVersion\":1");
	member(out, ",\"Output\":", output);
	return sm_buf_put_u8(out, '}');
}

int plug_payload_size_put(struct sm_buf *out, unsigned cols, unsigned rows)
{
	return sm_buf_printf(out, "{\"cols\":%u,\"rows\":%u}", cols, rows);
}

static int get_unsigned(yyjson_val *root, const char *name, unsigned *out)
{
	yyjson_val *v = yyjson_obj_get(root, name);

	if (!yyjson_is_uint(v) || yyjson_get_uint(v) > UINT_MAX)
		return SM_EFORMAT;
	*out = (unsigned)yyjson_get_uint(v);
	return 0;
}

int plug_payload_size_get(unsigned *cols, unsigned *rows, struct sm_str json)
{
	yyjson_doc *doc = read_document(json);
	yyjson_val *root = root_object(doc);
	int r = get_unsigned(root, "cols", cols);

	if (!r)
		r = get_unsigned(root, "rows", rows);
	yyjson_doc_free(doc);
	return r;
}

int plug_payload_flag_put(struct sm_buf *out, enum plug_flag flag)
{
	return sm_buf_put_u32be(out, (uint32_t)flag);
}

int plug_payload_flag_get(uint32_t *flag, struct sm_str payload)
{
	const unsigned char *p = (const unsigned char *)payload.ptr;

	if (payload.len < 4)
		return SM_EFORMAT;
	*flag = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
	return 0;
}

int plug_payload_exit_code_get(int *code, struct sm_str payload)
{
	static const char prefix[] = "EXIT_CODE:";
	struct sm_str s = sm_str_trim(payload);
	bool minus;
	uint64_t v;

	if (!sm_str_starts(s, prefix))
		return SM_EFORMAT;
	s = sm_str_trim(sm_str_sub(s, sizeof(prefix) - 1, s.len));
	minus = sm_str_starts(s, "-");
	if (minus)
		s = sm_str_sub(s, 1, s.len);
	if (sm_str_u64(s, minus ? (uint64_t)INT_MAX + 1 : UINT32_MAX, &v) < 0)
		return SM_EFORMAT;
	/* Windows statuses above INT_MAX are their negative counterparts. */
	if (minus)
		*code = (int)-(int64_t)v;
	else
		*code = v > INT_MAX ? (int)((int64_t)v - 4294967296) : (int)v;
	return 0;
}
