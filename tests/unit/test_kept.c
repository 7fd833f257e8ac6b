/*
 * Kept versions: which one rollback takes, and what was changed.
 */
#include "common/def.h"
#include "installer/kept.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

#define SUM "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

static void choose(void **state)
{
	struct inst_state s = { 0 };
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_err e = SM_ERR_INIT;
	const char *folder;
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	s.dir = t.dir;
	assert_int_equal(inst_kept_choose(&s, NULL, &a, &folder, &e),
			 SM_ENOTFOUND);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.0"), 0);
	s.current = "1.0";
	assert_int_equal(inst_kept_choose(&s, NULL, &a, &folder, &e),
			 SM_ENOTFOUND);
	assert_int_equal(inst_kept_choose(&s, "1.0", &a, &folder, &e),
			 SM_ESTATE);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.1"), 0);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.1~2"), 0);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.10"), 0);
	/* without a receipt: the newest other one */
	assert_int_equal(inst_kept_choose(&s, NULL, &a, &folder, &e), 0);
	assert_string_equal(folder, "1.10");
	assert_int_equal(inst_kept_choose(&s, "1.1", &a, &folder, &e), 0);
	assert_string_equal(folder, "1.1~2");
	assert_int_equal(inst_kept_choose(&s, "1", &a, &folder, &e),
			 SM_ENOTFOUND);
	inst_state_release(&s);
	sm_arena_release(&a);
	scratch_remove(&t);
}

static void compare(void **state)
{
	struct inst_state s = { 0 };
	struct sm_receipt_file f = { "x", SM_FILE_REGULAR, 0644, 1, SUM, "" };
	enum inst_kept_change change;
	struct sm_receipt rec;
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	s.dir = t.dir;
	assert_int_equal(inst_kept_receipt(&s, "1.0", &rec, &e), SM_ENOTFOUND);
	assert_int_equal(inst_kept_compare(&s, "1.0", &f, &change, &e), 0);
	assert_int_equal(change, INST_KEPT_MISSING);
	scratch_file(&t, "versions/1.0/x", "x");
	assert_int_equal(inst_kept_compare(&s, "1.0", &f, &change, &e), 0);
	assert_int_equal(change, INST_KEPT_SAME);
	scratch_file(&t, "versions/1.0/x", "y");
	assert_int_equal(inst_kept_compare(&s, "1.0", &f, &change, &e), 0);
	assert_int_equal(change, INST_KEPT_CHANGED);
	scratch_file(&t, "versions/1.0/receipt.json", "{}");
	assert_int_equal(inst_kept_receipt(&s, "1.0", &rec, &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, "receipt.json"));
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choose),
		cmocka_unit_test(compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
