/*
 * The 120-byte header and its payload.
 *
 * Every field is at a fixed offset, except that the payload begins where
 * HeaderLength says: both official ends read it so, and so do we. Nothing is
 * copied while decoding.
 */
#include "common/def.h"
#include "plugin/wire/message.h"

#include <openssl/evp.h>

#include "common/err.h"
#include "common/mem.h"

/* Offsets of the fields: PROTOCOL.md section 4. */
enum {
	AT_TYPE = 4,
	AT_SCHEMA = 36,
	AT_CREATED = 40,
	AT_SEQ = 48,
	AT_FLAGS = 56,
	AT_ID = 64,
	AT_DIGEST = 80,
	AT_PAYLOAD_TYPE = 112,
	AT_PAYLOAD_LENGTH = 116
};

struct plug_message_hasher {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

struct plug_message_hasher *plug_message_hasher_new(void)
{
	struct plug_message_hasher *h = sm_mem_zalloc(1, sizeof(*h));

	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->ctx = EVP_MD_CTX_new();
	return h;
}

void plug_message_hasher_free(struct plug_message_hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	sm_mem_free(h);
}

static int digest(struct plug_message_hasher *h, struct sm_str s,
		  unsigned char out[PLUG_MESSAGE_DIGEST])
{
	if (!h) {
		if (EVP_Digest(s.ptr, s.len, out, NULL, EVP_sha256(), NULL) !=
		    1)
			return SM_EIO;
		return 0;
	}
	if (!h->md || !h->ctx || EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1 ||
	    EVP_DigestUpdate(h->ctx, s.ptr, s.len) != 1 ||
	    EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		return SM_EIO;
	return 0;
}

static void put_u32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static void put_u64(unsigned char *p, uint64_t v)
{
	put_u32(p, (uint32_t)(v >> 32));
	put_u32(p + 4, (uint32_t)v);
}

static uint32_t get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get_u64(const unsigned char *p)
{
	return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

/* On the wire the two halves of a UUID change places. */
static void swap_halves(unsigned char *to, const unsigned char *from)
{
	memcpy(to, from + 8, 8);
	memcpy(to + 8, from, 8);
}

int plug_message_encode_with(struct sm_buf *out, const struct plug_message *m,
			     struct plug_message_hasher *h)
{
	unsigned char head[PLUG_MESSAGE_HEADER];
	int r;

	if (m->type.len > PLUG_MESSAGE_TYPE_MAX)
		return SM_EFORMAT;
	if (m->payload.len > PLUG_MESSAGE_MAX - PLUG_MESSAGE_HEADER)
		return SM_ELIMIT;
	put_u32(head, PLUG_MESSAGE_HEADER_LENGTH);
	memset(head + AT_TYPE, ' ', PLUG_MESSAGE_TYPE_MAX);
	if (m->type.len)
		memcpy(head + AT_TYPE, m->type.ptr, m->type.len);
	put_u32(head + AT_SCHEMA, m->schema);
	put_u64(head + AT_CREATED, m->created_ms);
	put_u64(head + AT_SEQ, (uint64_t)m->seq);
	put_u64(head + AT_FLAGS, m->flags);
	swap_halves(head + AT_ID, m->id);
	if ((r = digest(h, m->payload, head + AT_DIGEST)) < 0)
		return r;
	put_u32(head + AT_PAYLOAD_TYPE, m->payload_type);
	put_u32(head + AT_PAYLOAD_LENGTH, (uint32_t)m->payload.len);
	if ((r = sm_buf_reserve(out, sizeof(head) + m->payload.len)) < 0)
		return r;
	(void)sm_buf_put(out, head, sizeof(head)); /* reserved above */
	return sm_buf_put_str(out, m->payload);
}

int plug_message_encode(struct sm_buf *out, const struct plug_message *m)
{
	return plug_message_encode_with(out, m, NULL);
}

/* NULs off both ends first, white space after: PROTOCOL.md section 4. */
static struct sm_str trimmed_type(const unsigned char *p)
{
	struct sm_str s = sm_str_n(p, PLUG_MESSAGE_TYPE_MAX);

	while (s.len && !s.ptr[0])
		s = sm_str_sub(s, 1, s.len);
	while (s.len && !s.ptr[s.len - 1])
		s.len--;
	return sm_str_trim(s);
}

static bool is_control(struct sm_str type)
{
	return sm_str_eqz(type, PLUG_MESSAGE_START) ||
	       sm_str_eqz(type, PLUG_MESSAGE_PAUSE);
}

int plug_message_decode_with(struct plug_message *m, struct sm_str in,
			     struct plug_message_hasher *h)
{
	const unsigned char *p = (const unsigned char *)in.ptr;
	unsigned char sum[PLUG_MESSAGE_DIGEST];
	uint32_t header;
	int r;

	memset(m, 0, sizeof(*m));
	if (in.len < PLUG_MESSAGE_HEADER)
		return SM_EFORMAT;
	if (in.len > PLUG_MESSAGE_MAX)
		return SM_ELIMIT;
	header = get_u32(p);
	m->type = trimmed_type(p + AT_TYPE);
	m->schema = get_u32(p + AT_SCHEMA);
	m->created_ms = get_u64(p + AT_CREATED);
	m->seq = (int64_t)get_u64(p + AT_SEQ);
	m->flags = get_u64(p + AT_FLAGS);
	swap_halves(m->id, p + AT_ID);
	m->payload_type = get_u32(p + AT_PAYLOAD_TYPE);
	if (header && header <= in.len - 4)
		m->payload = sm_str_sub(in, (size_t)header + 4, in.len);
	if (is_control(m->type))
		return 0;
	if (!header || header > in.len - 4 || !m->type.len || !m->created_ms)
		return SM_EFORMAT;
	if (!get_u32(p + AT_PAYLOAD_LENGTH))
		return 0;
	if ((r = digest(h, m->payload, sum)) < 0)
		return r;
	return memcmp(sum, p + AT_DIGEST, sizeof(sum)) ? SM_EFORMAT : 0;
}

int plug_message_decode(struct plug_message *m, struct sm_str in)
{
	return plug_message_decode_with(m, in, NULL);
}

int plug_message_id_put(struct sm_buf *out, const unsigned char id[16])
{
	/* by hand: it is written once per message that is received */
	static const char digit[] = "0123456789abcdef";
	char text[36];
	size_t i, n = 0;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = digit[id[i] >> 4];
		text[n++] = digit[id[i] & 15];
	}
	return sm_buf_put(out, text, sizeof(text));
}

void plug_message_id_stamp(unsigned char id[16])
{
	id[6] = (unsigned char)((id[6] & 0x0f) | 0x40);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
}
