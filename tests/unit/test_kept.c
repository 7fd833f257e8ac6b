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

static void new_receipt(void **state)
{
	struct inst_state s = { 0 };
	struct sm_receipt rec;
	struct sm_err e = SM_ERR_INIT;
	struct sm_arena a = SM_ARENA_INIT;
	const char *other[INST_FILES] = { NULL };
	bool present[INST_FILES] = { false };
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	sm_receipt_init(&rec);
	s.dir = "/d";
	s.link = "/l";
	scratch_file(&t, "VERSION", "x");
	present[3] = true; /* VERSION */
	assert_int_equal(inst_kept_list(&rec, t.dir, other, present, &e), 0);
	assert_int_equal(rec.n_files, 1);
	assert_string_equal(rec.file[0].path, "VERSION");
	assert_string_equal(rec.file[0].sha256, SUM);
	present[4] = true; /* LICENSE is elsewhere */
	other[4] = sm_arena_dup(&a, sm_str(scratch_path(&t, "VERSION")));
	assert_int_equal(inst_kept_list(&rec, t.dir, other, present, &e), 0);
	other[4] = "/nonexistent";
	assert_int_equal(inst_kept_list(&rec, t.dir, other, present, &e),
			 SM_ENOTFOUND);
	inst_kept_fill(&rec, &s, "2.0");
	assert_string_equal(rec.dir, "/d");
	assert_string_equal(rec.link, "/l");
	assert_string_equal(rec.version, "2.0");
	assert_string_equal(rec.previous, ""); /* nothing was there */
	s.current = "1.0~2";
	inst_kept_fill(&rec, &s, "2.0");
	assert_string_equal(rec.previous, "1.0");
	s.plain_version = "unknown"; /* cannot be gone back to by number */
	inst_kept_fill(&rec, &s, "2.0");
	assert_string_equal(rec.previous, "");
	sm_receipt_release(&rec);
	sm_arena_release(&a);
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choose),
		cmocka_unit_test(compare),
		cmocka_unit_test(new_receipt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
