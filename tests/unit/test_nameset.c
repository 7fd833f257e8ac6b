/*
 * The names of an archive: once each, nothing below a file, however many.
 */
#include "common/def.h"
#include "common/nameset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/clock.h"

static void once(void **state)
{
	struct sm_nameset s = SM_NAMESET_INIT;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_null(sm_nameset_find(&s, "a", 1));
	assert_int_equal(sm_nameset_claim(&s, "a", SM_FILE_DIR, &e), 0);
	assert_int_equal(sm_nameset_claim(&s, "a", SM_FILE_DIR, &e), 0);
	assert_int_equal(sm_nameset_claim(&s, "a/b", SM_FILE_REGULAR, &e), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(sm_nameset_claim(&s, "a/b", SM_FILE_REGULAR, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "'a/b' comes twice"));
	assert_int_equal(sm_nameset_claim(&s, "a/b", SM_FILE_DIR, &e),
			 SM_EVERIFY);
	assert_int_equal(sm_nameset_claim(&s, "a", SM_FILE_LINK, &e),
			 SM_EVERIFY);
	assert_int_equal(sm_nameset_find(&s, "a/bc", 3)->type, SM_FILE_REGULAR);
	assert_null(sm_nameset_find(&s, "a/bc", 4));
	sm_nameset_release(&s);
}

static void below_a_file(void **state)
{
	struct sm_nameset s = SM_NAMESET_INIT;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_nameset_claim(&s, "x/l", SM_FILE_LINK, &e), 0);
	assert_int_equal(sm_nameset_claim(&s, "x/l/y", SM_FILE_REGULAR, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "below something"));
	assert_int_equal(sm_nameset_claim(&s, "x/l/y/z", SM_FILE_DIR, &e),
			 SM_EVERIFY);
	assert_int_equal(sm_nameset_claim(&s, "x/ll/y", SM_FILE_REGULAR, &e),
			 0);
	sm_nameset_release(&s);
}

/*
 * A quarter of a thousand folders above each name are looked for: with a walk
 * over all names for each of them this would take many minutes.
 */
static void many(void **state)
{
	struct sm_nameset s = SM_NAMESET_INIT;
	int64_t start = sm_os_clock_mono_ms();
	char name[512];
	unsigned i, k, n = 32768;

	SM_UNUSED(state);
	memset(name, '/', sizeof(name));
	for (i = 8; i < sizeof(name); i += 2)
		name[i - 1] = 'a';
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < n; i++) {
		for (k = 0; k < 5; k++)
			name[k] = (char)('a' + (i >> (4 * k) & 15));
		assert_int_equal(
			sm_nameset_claim(&s, name, SM_FILE_REGULAR, NULL), 0);
	}
	assert_int_equal(s.n, n);
	assert_string_equal(s.name[n - 1].text, name);
	assert_ptr_equal(sm_nameset_find(&s, name, strlen(name)),
			 &s.name[n - 1]);
	sm_nameset_release(&s);
	assert_true(sm_os_clock_mono_ms() - start < 120000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once),
		cmocka_unit_test(below_a_file),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
