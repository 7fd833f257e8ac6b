/*
 * Armor: round trips of every length, and text that is not taken.
 */
#include "common/def.h"
#include "common/armor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END "-----END PGP SIGNATURE-----\n"

static void round_trip(void **state)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf back = SM_BUF_INIT(SM_BUF_SMALL);
	char data[200];
	size_t n;

	SM_UNUSED(state);
	for (n = 0; n < sizeof(data); n++)
		data[n] = (char)(n * 7);
	for (n = 1; n <= sizeof(data); n++) {
		sm_buf_clear(&text);
		sm_buf_clear(&back);
		assert_int_equal(sm_armor_encode(&text, SM_ARMOR_SIGNATURE,
						 sm_str_n(data, n)),
				 0);
		assert_true(sm_armor_is(sm_buf_str(&text)));
		assert_int_equal(sm_armor_decode(&back, SM_ARMOR_SIGNATURE,
						 sm_buf_str(&text), NULL),
				 0);
		assert_true(back.len == n);
		assert_memory_equal(back.ptr, data, n);
	}
	sm_buf_release(&text);
	sm_buf_release(&back);
}

static int decode(const char *text, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(64);
	int r;

	sm_err_clear(e);
	r = sm_armor_decode(&out, SM_ARMOR_SIGNATURE, sm_str(text), e);
	sm_buf_release(&out);
	return r;
}

static void taken(void **state)
{
	static const char *const texts[] = {
		BEGIN "\nAAAA\n=Je8i\n" END,
		BEGIN "\nAAAA\n" END, /* no checksum */
		"\n \n" BEGIN "\r\nAAAA\r\n" END "\n\n",
		BEGIN "Version: x\nComment: y z\n\nAA\nAA\n" END,
		BEGIN " \t\nAAAA\n" END,
	};
	struct sm_err e;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(texts); i++)
		if (decode(texts[i], &e) < 0)
			fail_msg("text %u: %s", (unsigned)i, e.msg);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "does not begin" },
		{ "AAAA", "does not begin" },
		{ "x" BEGIN "\nAAAA\n" END, "does not begin" },
		{ "-----BEGIN PGP MESSAGE-----\n\nAAAA\n", "does not begin" },
		{ BEGIN, "ends in its header" },
		{ BEGIN "AAAA\n" END, "bad header line" },
		{ BEGIN "No value\n\nAAAA\n" END, "bad header line" },
		{ BEGIN "A: \001\n\nAAAA\n" END, "bad header line" },
		{ BEGIN "\nAAAA\n", "no end line" },
		{ BEGIN "\nAAAA\n-----END PGP MESSAGE-----\n", "no end line" },
		{ BEGIN "\n" END, "is empty" },
		{ BEGIN "\nA!AA\n" END, "not base64" },
		{ BEGIN "\nAAA\n" END, "not base64" },
		{ BEGIN "\nAAAA\n=twTP\n" END, "does not match" },
		{ BEGIN "\nAAAA\n=tw\n" END, "bad checksum line" },
		{ BEGIN "\nAAAA\n=Je8i\nAAAA\n" END, "no end line" },
		{ BEGIN "\nAAAA\n" END "x", "text behind it" },
		{ BEGIN "\nAAAA\n" END BEGIN "\nAAAA\n" END, "text behind it" },
	};
	struct sm_err e;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(decode(cases[i].text, &e), SM_EFORMAT);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("case %u: '%s' does not say '%s'", (unsigned)i,
				 e.msg, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
