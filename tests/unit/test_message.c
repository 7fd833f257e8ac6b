/*
 * The binary message: vectors A1-A5 of PROTOCOL.md byte for byte, and every
 * way a message can be wrong.
 */
#include "common/def.h"
#include "plugin/wire/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "common/hex.h"
#include "common/mem.h"
#include "plugin/wire/payload.h"

static const unsigned char id[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
				      0x4c, 0xde, 0x8f, 0x01, 0x23, 0x45,
				      0x67, 0x89, 0xab, 0xcd };

static struct plug_message base(const char *type, const char *payload)
{
	struct plug_message m = { 0 };

	m.type = sm_str(type);
	m.schema = 1;
	m.created_ms = 1700000000000;
	memcpy(m.id, id, sizeof(id));
	m.payload = sm_str(payload);
	return m;
}

/* Encode and compare with hex; decode and compare the fields. */
static void check_vector(const struct plug_message *m, const char *hex)
{
	struct plug_message_hasher *h = plug_message_hasher_new();
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_message back;

	assert_int_equal(plug_message_encode(&out, m), 0);
	assert_int_equal(sm_hex_put(&text, out.ptr, out.len), 0);
	assert_string_equal(sm_buf_z(&text), hex);
	sm_buf_clear(&out);
	assert_int_equal(plug_message_encode_with(&out, m, h), 0);
	sm_buf_clear(&text);
	assert_int_equal(sm_hex_put(&text, out.ptr, out.len), 0);
	assert_string_equal(sm_buf_z(&text), hex);

	assert_int_equal(plug_message_decode(&back, sm_buf_str(&out)), 0);
	assert_true(sm_str_eq(back.type, m->type));
	assert_int_equal(back.schema, 1);
	assert_int_equal(back.created_ms, m->created_ms);
	assert_int_equal(back.seq, m->seq);
	assert_int_equal(back.flags, m->flags);
	assert_memory_equal(back.id, m->id, 16);
	assert_int_equal(back.payload_type, m->payload_type);
	assert_true(sm_str_eq(back.payload, m->payload));
	sm_buf_release(&out);
	sm_buf_release(&text);
	plug_message_hasher_free(h);
}

static void test_input(void **state)
{
	struct plug_message m = base(PLUG_MESSAGE_INPUT, "hello");

	SM_UNUSED(state);
	m.payload_type = PLUG_PAYLOAD_OUTPUT;
	check_vector(
		&m,
		"00000074696e7075745f73747265616d5f646174612020202020202020202020"
		"20202020000000010000018bcfe5680000000000000000000000000000000000"
		"8f0123456789abcd0123456789ab4cde2cf24dba5fb0a30e26e83b2ac5b9e29e"
		"1b161e5c1fa7425e73043362938b9824000000010000000568656c6c6f");
}

static void test_ack(void **state)
{
	static const unsigned char own[16] = { 0xfe, 0xdc, 0xba, 0x98,
					       0x76, 0x54, 0x43, 0x21,
					       0x8f, 0xed, 0xcb, 0xa9,
					       0x87, 0x65, 0x43, 0x21 };
	struct sm_buf payload = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_message m = base(PLUG_MESSAGE_ACK, "");

	SM_UNUSED(state);
	assert_int_equal(plug_payload_ack_put(
				 &payload, sm_str(PLUG_MESSAGE_OUTPUT), id, 7),
			 0);
	assert_int_equal(payload.len, 176);
	memcpy(m.id, own, 16);
	m.flags = PLUG_MESSAGE_SYN | PLUG_MESSAGE_FIN;
	m.payload = sm_buf_str(&payload);
	check_vector(
		&m,
		"0000007461636b6e6f776c656467652020202020202020202020202020202020"
		"20202020000000010000018bcfe5680000000000000000000000000000000003"
		"8fedcba987654321fedcba9876544321d12503350ce3332a3dbd5208ab8278ec"
		"a43a8248cca61224fd1fa76cfd7a2f5100000000000000b07b2241636b6e6f77"
		"6c65646765644d65737361676554797065223a226f75747075745f7374726561"
		"6d5f64617461222c2241636b6e6f776c65646765644d6573736167654964223a"
		"2230313233343536372d383961622d346364652d386630312d32333435363738"
		"3961626364222c2241636b6e6f776c65646765644d6573736167655365717565"
		"6e63654e756d626572223a372c22497353657175656e7469616c4d6573736167"
		"65223a747275657d");
	sm_buf_release(&payload);
}

static void test_flag(void **state)
{
	struct sm_buf payload = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_message m = base(PLUG_MESSAGE_INPUT, "");

	SM_UNUSED(state);
	assert_int_equal(plug_payload_flag_put(&payload, PLUG_FLAG_TERMINATE),
			 0);
	m.seq = 5;
	m.payload_type = PLUG_PAYLOAD_FLAG;
	m.payload = sm_buf_str(&payload);
	check_vector(
		&m,
		"00000074696e7075745f73747265616d5f646174612020202020202020202020"
		"20202020000000010000018bcfe5680000000000000000050000000000000000"
		"8f0123456789abcd0123456789ab4cde433ebf5bc03dffa38536673207a21281"
		"612cef5faa9bc7a4d5b9be2fdb12cf1a0000000a0000000400000002");
	sm_buf_release(&payload);
}

static void test_size(void **state)
{
	struct sm_buf payload = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_message m = base(PLUG_MESSAGE_INPUT, "");

	SM_UNUSED(state);
	assert_int_equal(plug_payload_size_put(&payload, 80, 24), 0);
	m.seq = 1;
	m.payload_type = PLUG_PAYLOAD_SIZE;
	m.payload = sm_buf_str(&payload);
	check_vector(
		&m,
		"00000074696e7075745f73747265616d5f646174612020202020202020202020"
		"20202020000000010000018bcfe5680000000000000000010000000000000000"
		"8f0123456789abcd0123456789ab4cded53ca1ea7dce87c11432052a8550ed26"
		"15cf715ca843c89710ed83325b691cba00000003000000157b22636f6c73223a"
		"38302c22726f7773223a32347d");
	sm_buf_release(&payload);
}

static void test_output(void **state)
{
	struct plug_message m = base(PLUG_MESSAGE_OUTPUT, "sh-5.2$ ");

	SM_UNUSED(state);
	m.flags = PLUG_MESSAGE_SYN;
	m.payload_type = PLUG_PAYLOAD_OUTPUT;
	check_vector(
		&m,
		"000000746f75747075745f73747265616d5f6461746120202020202020202020"
		"20202020000000010000018bcfe5680000000000000000000000000000000001"
		"8f0123456789abcd0123456789ab4cde369982e72a1ac61f301aa9dc38e94eb9"
		"f017c9ee81e8c25478cfa0af7ddd6915000000010000000873682d352e322420");
}

static void test_type_length(void **state)
{
	char name[40];
	struct plug_message m = base("", "x");
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	memset(name, 'a', sizeof(name));
	m.type = sm_str_n(name, 32);
	assert_int_equal(plug_message_encode(&out, &m), 0);
	m.type = sm_str_n(name, 33);
	assert_int_equal(plug_message_encode(&out, &m), SM_EFORMAT);
	sm_buf_release(&out);
	sm_buf_init(&out, 120); /* no room for the payload's byte */
	m.type = sm_str("a");
	assert_int_equal(plug_message_encode(&out, &m), SM_ELIMIT);
	sm_buf_release(&out);
}

/* One good message of 125 bytes for the tests that break it. */
static void good(struct sm_buf *out)
{
	struct plug_message m = base(PLUG_MESSAGE_INPUT, "hello");

	sm_buf_init(out, SM_BUF_SMALL);
	assert_int_equal(plug_message_encode(out, &m), 0);
}

static int decode(struct sm_buf *b)
{
	struct plug_message m;

	return plug_message_decode(&m, sm_buf_str(b));
}

static void test_truncated(void **state)
{
	struct plug_message m;
	struct sm_buf b;
	size_t len;

	SM_UNUSED(state);
	good(&b);
	for (len = 0; len < b.len; len++) {
		/* exactly sized, so that a sanitizer sees a read behind it */
		char *copy = sm_mem_dup(sm_str_n(b.ptr, len));

		assert_int_equal(plug_message_decode(&m, sm_str_n(copy, len)),
				 SM_EFORMAT);
		sm_mem_free(copy);
	}
	sm_buf_release(&b);
}

/* Flip each byte: only what nobody checks may pass. */
static void test_flipped(void **state)
{
	struct sm_buf b;
	size_t i;
	int r;

	SM_UNUSED(state);
	good(&b);
	for (i = 0; i < b.len; i++) {
		b.ptr[i] ^= 0x55;
		r = decode(&b);
		if (i < 4 || i >= 120 || (i >= 80 && i < 112))
			assert_int_equal(r, SM_EFORMAT);
		else
			assert_int_equal(r, 0);
		b.ptr[i] ^= 0x55;
	}
	sm_buf_release(&b);
}

static void test_required_fields(void **state)
{
	struct sm_buf b;

	SM_UNUSED(state);
	good(&b);
	memset(b.ptr, 0, 4);
	assert_int_equal(decode(&b), SM_EFORMAT);
	sm_buf_release(&b);

	good(&b);
	memset(b.ptr + 40, 0, 8);
	assert_int_equal(decode(&b), SM_EFORMAT);
	sm_buf_release(&b);

	good(&b);
	memset(b.ptr + 4, ' ', 32);
	assert_int_equal(decode(&b), SM_EFORMAT);
	memset(b.ptr + 4, 0, 32);
	assert_int_equal(decode(&b), SM_EFORMAT);
	sm_buf_release(&b);
}

/* HeaderLength moves the payload; its end may be the end, not behind it. */
static void test_header_length(void **state)
{
	struct plug_message m;
	struct sm_buf b;

	SM_UNUSED(state);
	good(&b);
	memset(b.ptr + 116, 0, 4); /* PayloadLength 0: no digest check */
	b.ptr[3] = 121;            /* payload from 125: empty */
	assert_int_equal(plug_message_decode(&m, sm_buf_str(&b)), 0);
	assert_int_equal(m.payload.len, 0);
	b.ptr[3] = 120;
	assert_int_equal(plug_message_decode(&m, sm_buf_str(&b)), 0);
	assert_int_equal(m.payload.len, 1);
	b.ptr[3] = 122;
	assert_int_equal(decode(&b), SM_EFORMAT);
	memset(b.ptr, 0xff, 4);
	assert_int_equal(decode(&b), SM_EFORMAT);
	sm_buf_release(&b);
}

/* PayloadLength does not cut, and only its being zero means anything. */
static void test_payload_length(void **state)
{
	struct plug_message m;
	struct sm_buf b;

	SM_UNUSED(state);
	good(&b);
	b.ptr[119] = 2;
	assert_int_equal(plug_message_decode(&m, sm_buf_str(&b)), 0);
	assert_true(sm_str_eqz(m.payload, "hello"));
	b.ptr[119] = 0;
	b.ptr[122] ^= 1;
	assert_int_equal(decode(&b), 0);
	sm_buf_release(&b);
}

static void test_empty_control(void **state)
{
	struct plug_message m;
	char raw[120] = { 0 };

	SM_UNUSED(state);
	memcpy(raw + 4, PLUG_MESSAGE_PAUSE, strlen(PLUG_MESSAGE_PAUSE));
	assert_int_equal(plug_message_decode(&m, sm_str_n(raw, 120)), 0);
	assert_true(sm_str_eqz(m.type, PLUG_MESSAGE_PAUSE));
	assert_int_equal(m.payload.len, 0);
	memset(raw, 0xff, 4); /* nonsense is tolerated here */
	assert_int_equal(plug_message_decode(&m, sm_str_n(raw, 120)), 0);
	assert_int_equal(m.payload.len, 0);
	assert_int_equal(plug_message_decode(&m, sm_str_n(raw, 119)),
			 SM_EFORMAT);
	memset(raw + 4, 0, 32);
	memcpy(raw + 4, PLUG_MESSAGE_CLOSED, strlen(PLUG_MESSAGE_CLOSED));
	assert_int_equal(plug_message_decode(&m, sm_str_n(raw, 120)),
			 SM_EFORMAT);
}

static void test_trimming(void **state)
{
	struct plug_message m;
	struct sm_buf b;

	SM_UNUSED(state);
	good(&b);
	memset(b.ptr + 4, 0, 32);
	memcpy(b.ptr + 6, " ack\t ", 6);
	assert_int_equal(plug_message_decode(&m, sm_buf_str(&b)), 0);
	assert_true(sm_str_eqz(m.type, "ack"));
	sm_buf_release(&b);
}

static void test_too_large(void **state)
{
	char *big = sm_mem_zalloc(PLUG_MESSAGE_MAX + 1, 1);
	struct plug_message m;

	SM_UNUSED(state);
	big[3] = 116;
	memset(big + 4, 'x', 32);
	big[47] = 1;
	assert_int_equal(
		plug_message_decode(&m, sm_str_n(big, PLUG_MESSAGE_MAX)), 0);
	assert_int_equal(
		plug_message_decode(&m, sm_str_n(big, PLUG_MESSAGE_MAX + 1)),
		SM_ELIMIT);
	sm_mem_free(big);
}

static void test_id(void **state)
{
	struct sm_buf out = SM_BUF_INIT(64);
	unsigned char u[16];

	SM_UNUSED(state);
	assert_int_equal(plug_message_id_put(&out, id), 0);
	assert_string_equal(sm_buf_z(&out),
			    "01234567-89ab-4cde-8f01-23456789abcd");
	memset(u, 0xff, sizeof(u));
	plug_message_id_stamp(u);
	assert_int_equal(u[6], 0x4f);
	assert_int_equal(u[8], 0xbf);
	memset(u, 0, sizeof(u));
	plug_message_id_stamp(u);
	assert_int_equal(u[6], 0x40);
	assert_int_equal(u[8], 0x80);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_flag),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_type_length),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_required_fields),
		cmocka_unit_test(test_header_length),
		cmocka_unit_test(test_payload_length),
		cmocka_unit_test(test_empty_control),
		cmocka_unit_test(test_trimming),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
