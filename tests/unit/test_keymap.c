/*
 * Keys of a Windows console, each as PROTOCOL.md 9.7 has it.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "plugin/keymap.h"

static void expect(struct sm_str in, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(1024);

	assert_int_equal(plug_keymap_put(&b, in), 0);
	assert_string_equal(sm_buf_z(&b), want);
	assert_true(b.len <= in.len + PLUG_KEYMAP_GROWTH(in.len));
	sm_buf_release(&b);
}

static void every_key(void **state)
{
	/* clang-format off */
	static const struct {
		const char *uv, *want;
	} keys[] = {
		{ "\033[A", "\033OA" }, { "\033[B", "\033OB" },
		{ "\033[C", "\033OC" }, { "\033[D", "\033OD" },
		{ "\033[1~", "\033[H" }, { "\033[4~", "\033[F" },
		{ "\033[2~", "\033[2~" }, { "\033[3~", "\033[3~" },
		{ "\033[5~", "\033[5~" }, { "\033[6~", "\033[6~" },
		{ "\033[[A", "\033OP" }, { "\033[[B", "\033OQ" },
		{ "\033[[C", "\033OR" }, { "\033[[D", "\033OS" },
		{ "\033[[E", "\033[15~" }, { "\033[17~", "\033[17~" },
		{ "\033[18~", "\033[18~" }, { "\033[19~", "\033[19~" },
		{ "\033[20~", "\033[20~" }, { "\033[21~", "\033[21~" },
		{ "\033[23~", "\033[23~" }, { "\033[24~", "\033[24~" },
		{ "\b", "\b" }, { "\177", "\177" }, { "\t", "\t" },
		{ "\r", "\r" }, { "\033", "\033" }, { "\003", "\003" },
		/* with Shift, Ctrl, Alt they are other keys */
		{ "\033[1;2A", "\033[1;2A" }, { "\033[11^", "\033[11^" },
		{ "\033\033[A", "\033\033OA" },
		/* letters of the world */
		{ "\303\251\342\202\254", "\303\251\342\202\254" },
		{ "\360\237\230\200", "\360\237\230\200" },
		{ "", "" },
	};
	/* clang-format on */
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(keys); i++)
		expect(sm_str(keys[i].uv), keys[i].want);
}

static void several_and_cut(void **state)
{
	SM_UNUSED(state);
	expect(sm_str("ab\033[Acd\033[[Ee\033[4~"),
	       "ab\033OAcd\033[15~e\033[F");
	expect(sm_str("\033[A\033[A\033[["), "\033OA\033OA\033[[");
	expect(sm_str_n("\033[Axx", 2), "\033[");
}

static void growth_and_limit(void **state)
{
	struct sm_buf small = SM_BUF_INIT(4);
	struct sm_buf in = SM_BUF_INIT(512);
	struct sm_buf out = SM_BUF_INIT(400 + PLUG_KEYMAP_GROWTH(400));
	int i;

	SM_UNUSED(state);
	for (i = 0; i < 100; i++)
		(void)sm_buf_puts(&in, "\033[[E");
	assert_int_equal(plug_keymap_put(&out, sm_buf_str(&in)), 0);
	assert_int_equal(out.len, 500);
	assert_int_equal(plug_keymap_put(&small, sm_str("\033[[E")), SM_ELIMIT);
	sm_buf_release(&small);
	sm_buf_release(&in);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key),
		cmocka_unit_test(several_and_cut),
		cmocka_unit_test(growth_and_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
