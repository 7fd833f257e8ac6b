/*
 * WebSocket frames: vector A9 of PROTOCOL.md, the examples of RFC 6455
 * section 5.7, the borders of the three lengths, and bad frames.
 */
#include "common/def.h"
#include "plugin/wire/wsframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "common/hex.h"
#include "common/mem.h"

static const unsigned char key[4] = { 1, 2, 3, 4 };

static void check_hex(const struct sm_buf *b, const char *want)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(sm_hex_put(&text, b->ptr, b->len), 0);
	assert_string_equal(sm_buf_z(&text), want);
	sm_buf_release(&text);
}

static void test_vectors(void **state)
{
	static const unsigned char rfc_key[4] = { 0x37, 0xfa, 0x21, 0x3d };
	struct sm_buf b = SM_BUF_INIT(1024);

	SM_UNUSED(state);
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_PING, sm_str("keepalive"),
					  key),
			 0);
	check_hex(&b, "8989010203046a676674606e6a7264");
	sm_buf_clear(&b);
	assert_int_equal(
		plug_wsframe_put(&b, PLUG_WS_TEXT, sm_str("Hello"), NULL), 0);
	check_hex(&b, "810548656c6c6f");
	sm_buf_clear(&b);
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_TEXT, sm_str("Hello"),
					  rfc_key),
			 0);
	check_hex(&b, "818537fa213d7f9f4d5158");
	sm_buf_clear(&b);
	assert_int_equal(plug_wsframe_put_part(&b, PLUG_WS_TEXT, false,
					       sm_str("Hel"), NULL),
			 0);
	assert_int_equal(plug_wsframe_put_part(&b, PLUG_WS_CONT, true,
					       sm_str("lo"), NULL),
			 0);
	check_hex(&b, "010348656c80026c6f");
	sm_buf_clear(&b);
	assert_int_equal(
		plug_wsframe_accept(&b, sm_str("AAECAwQFBgcICQoLDA0ODw==")), 0);
	assert_string_equal(sm_buf_z(&b), "Bz3qJYTGdOe8gUSpLosEdiLKDrk=");
	sm_buf_release(&b);
}

/* Encode, and decode an exactly sized copy; every shorter one wants more. */
static void round_trip(size_t len, const unsigned char *mask)
{
	char *data = sm_mem_alloc(len + 1), *copy;
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	struct plug_wsframe f;
	size_t i;
	long n;

	for (i = 0; i < len; i++)
		data[i] = (char)(i * 7 + (i >> 8));
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_BINARY,
					  sm_str_n(data, len), mask),
			 0);
	copy = sm_mem_alloc(b.len);
	memcpy(copy, b.ptr, b.len);
	for (i = 0; i < b.len; i += i < 20 || i + 2 > b.len ? 1 : b.len / 3)
		assert_int_equal(plug_wsframe_get(&f, copy, i, false, 1 << 20),
				 SM_EAGAIN);
	assert_memory_equal(copy, b.ptr, b.len); /* not touched until whole */
	n = plug_wsframe_get(&f, copy, b.len, mask != NULL, 1 << 20);
	assert_int_equal(n, b.len);
	assert_int_equal(f.op, PLUG_WS_BINARY);
	assert_true(f.fin);
	assert_int_equal(f.payload.len, len);
	assert_memory_equal(f.payload.ptr, data, len);
	sm_mem_free(copy);
	sm_mem_free(data);
	sm_buf_release(&b);
}

static void test_lengths(void **state)
{
	static const size_t len[] = { 0,   1,     2,     3,     4,   5,   7,
				      8,   9,     15,    16,    17,  125, 126,
				      127, 65535, 65536, 65537, 200, 1144 };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(len); i++) {
		round_trip(len[i], NULL);
		round_trip(len[i], key);
	}
}

static long get_hex(const char *hex, bool must_mask, size_t max)
{
	struct sm_buf b = SM_BUF_INIT(1024);
	struct plug_wsframe f;
	long n;

	assert_int_equal(sm_hex_get(&b, sm_str(hex)), 0);
	n = plug_wsframe_get(&f, b.ptr, b.len, must_mask, max);
	sm_buf_release(&b);
	return n;
}

static void test_bad(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(get_hex("810161", false, 100), 3);
	assert_int_equal(get_hex("c10161", false, 100), SM_EFORMAT); /* RSV1 */
	assert_int_equal(get_hex("a10161", false, 100), SM_EFORMAT);
	assert_int_equal(get_hex("910161", false, 100), SM_EFORMAT);
	assert_int_equal(get_hex("830161", false, 100), SM_EFORMAT); /* op 3 */
	assert_int_equal(get_hex("8b0161", false, 100), SM_EFORMAT); /* op 11 */
	assert_int_equal(get_hex("8f0161", false, 100), SM_EFORMAT);
	assert_int_equal(get_hex("090161", false, 100),
			 SM_EFORMAT); /* no FIN */
	assert_int_equal(get_hex("897e0080", false, 100), SM_EFORMAT);
	assert_int_equal(get_hex("810161", true, 100),
			 SM_EFORMAT); /* no mask */
	/* a length in more bytes than it needs */
	assert_int_equal(get_hex("817e007d", false, 1000), SM_EFORMAT);
	assert_int_equal(get_hex("817e007e", false, 1000), SM_EAGAIN);
	assert_int_equal(get_hex("817f000000000000ffff", false, 100000),
			 SM_EFORMAT);
	assert_int_equal(get_hex("817f0000000000010000", false, 100000),
			 SM_EAGAIN);
	assert_int_equal(get_hex("817f8000000000000000", false, 100),
			 SM_EFORMAT);
	/* refused before waiting for the bytes */
	assert_int_equal(get_hex("817e03e9", false, 1000), SM_ELIMIT);
	assert_int_equal(get_hex("817e03e8", false, 1000), SM_EAGAIN);
	assert_int_equal(get_hex("817f7fffffffffffffff", false, SIZE_MAX),
			 SM_ELIMIT);
}

static void test_control_limits(void **state)
{
	struct sm_buf b = SM_BUF_INIT(1024);
	char text[126] = { 0 };

	SM_UNUSED(state);
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_PONG, sm_str_n(text, 125),
					  key),
			 0);
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_PONG, sm_str_n(text, 126),
					  key),
			 SM_ELIMIT);
	assert_int_equal(plug_wsframe_put_part(&b, PLUG_WS_CLOSE, false,
					       sm_str_n(text, 2), key),
			 SM_ELIMIT);
	sm_buf_release(&b);
	sm_buf_init(&b, 10);
	assert_int_equal(plug_wsframe_put(&b, PLUG_WS_TEXT, sm_str("12345"),
					  key),
			 SM_ELIMIT);
	assert_int_equal(b.len, 0);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_control_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
