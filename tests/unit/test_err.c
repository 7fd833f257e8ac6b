/*
 * The error record: codes, context, cuts at character boundaries.
 */
#include "common/def.h"
#include "common/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/str.h"

static void codes(void **state)
{
	SM_UNUSED(state);
#define CHECK(name, value, text)                        \
	assert_true((value) < 0);                       \
	assert_string_equal(sm_err_text(name), (text)); \
	assert_string_equal(sm_err_name(name), #name);
	SM_ERRORS(CHECK)
#undef CHECK
	assert_string_equal(sm_err_text(-999), "unknown error");
	assert_string_equal(sm_err_text(0), "unknown error");
	assert_string_equal(sm_err_name(-999), "SM_E?");
}

static void set_and_wrap(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_string_equal(sm_err_msg(&e), "");
	assert_int_equal(sm_err_set(&e, SM_EFORMAT, "bad magic in '%s'", "x"),
			 SM_EFORMAT);
	assert_int_equal(e.code, SM_EFORMAT);
	assert_int_equal(e.os, 0);
	assert_string_equal(sm_err_msg(&e), "bad magic in 'x'");
	assert_int_equal(sm_err_wrap(&e, SM_EVERIFY, "cannot use %d", 7),
			 SM_EVERIFY);
	assert_int_equal(e.code, SM_EVERIFY);
	assert_string_equal(e.msg, "cannot use 7: bad magic in 'x'");
	sm_err_clear(&e);
	assert_int_equal(e.code, 0);
	assert_string_equal(sm_err_msg(&e), "");
}

static void os_number_survives_wrapping(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	(void)sm_err_set_os(&e, SM_ENOSPC, 28, "cannot write");
	(void)sm_err_wrap(&e, SM_ENOSPC, "cannot save '%s'", "y");
	assert_int_equal(e.os, 28);
	assert_string_equal(e.msg, "cannot save 'y': cannot write");
	(void)sm_err_set(&e, SM_EIO, "other");
	assert_int_equal(e.os, 0);
}

static void wrapping_nothing(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	(void)sm_err_wrap(&e, SM_ENOSPC, "cannot save");
	assert_string_equal(e.msg, "cannot save: no space left");
	/* a code without a message still speaks */
	e.msg[0] = '\0';
	assert_string_equal(sm_err_msg(&e), "no space left");
}

static void null_is_allowed(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(sm_err_set(NULL, SM_EIO, "x"), SM_EIO);
	assert_int_equal(sm_err_set_os(NULL, SM_EIO, 5, "x"), SM_EIO);
	assert_int_equal(sm_err_wrap(NULL, SM_EIO, "x"), SM_EIO);
	assert_string_equal(sm_err_msg(NULL), "");
	sm_err_clear(NULL);
}

static void long_messages_are_cut(void **state)
{
	char text[2 * SM_ERR_MSG_MAX];
	struct sm_err e = SM_ERR_INIT;
	size_t i, shift;

	SM_UNUSED(state);
	/* three bytes a character, at each offset of the cut */
	for (shift = 0; shift < 4; shift++) {
		memset(text, '\0', sizeof(text));
		memset(text, 'x', shift);
		for (i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		(void)sm_err_set(&e, SM_EIO, "%s", text);
		assert_true(strlen(e.msg) < SM_ERR_MSG_MAX);
		assert_true(strlen(e.msg) > SM_ERR_MSG_MAX - 8);
		assert_true(sm_str_utf8(sm_str(e.msg)));
		(void)sm_err_wrap(&e, SM_EIO, "in front");
		assert_true(sm_str_utf8(sm_str(e.msg)));
		assert_true(sm_str_starts(sm_str(e.msg), "in front: "));
	}
	/* a context that fills everything */
	(void)sm_err_wrap(&e, SM_EIO, "%s", text);
	assert_true(sm_str_utf8(sm_str(e.msg)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(set_and_wrap),
		cmocka_unit_test(os_number_survives_wrapping),
		cmocka_unit_test(wrapping_nothing),
		cmocka_unit_test(null_is_allowed),
		cmocka_unit_test(long_messages_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
