/*
 * Scratch folders: private, removed; what killed runs left goes with the next
 * one, and nothing else does.
 */
#include "common/def.h"
#include "installer/scratch.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "installer/support.h"
#include "tests/lib/scratch.h"

#define NAME "session-manager-installer."

static void make_dir(struct scratch *t, const char *name, unsigned mode)
{
	assert_int_equal(sm_os_dir_make(scratch_path(t, name), 0700, NULL), 0);
	assert_int_equal(sm_os_file_chmod(t->path, mode, NULL), 0);
}

static void private_and_gone(void **state)
{
	struct inst_scratch s = INST_SCRATCH_INIT;
	struct sm_file_info st;
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(setenv("TMPDIR", t.dir, 1), 0);
	inst_scratch_remove(&s); /* none: nothing happens */
	assert_int_equal(inst_scratch_make(&s, NULL), 0);
	assert_true(sm_str_starts(sm_str(s.path), t.dir));
	assert_int_equal(sm_os_file_stat(s.path, false, &st, NULL), 0);
	assert_int_equal(st.type, SM_FILE_DIR);
	assert_int_equal(st.mode, 0700);
	assert_int_equal(inst_support_lock(s.path, NULL), SM_EBUSY);
	inst_scratch_remove(&s);
	assert_int_equal(s.path[0], '\0');
	inst_scratch_remove(&s);
	scratch_remove(&t);
}

static void sweeps(void **state)
{
	struct inst_scratch s = INST_SCRATCH_INIT, used = INST_SCRATCH_INIT;
	struct sm_file_info st;
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(setenv("TMPDIR", t.dir, 1), 0);
	assert_int_equal(inst_scratch_make(&used, NULL), 0);
	make_dir(&t, NAME "Stale1", 0700);
	scratch_file(&t, NAME "Stale1/bin/x", "x");
	make_dir(&t, NAME "open01", 0755); /* not made so */
	make_dir(&t, NAME "long012", 0700);
	make_dir(&t, NAME "od_d-1", 0700);
	make_dir(&t, "session-manager-logger", 0700);
	scratch_file(&t, NAME "file01", "a file");
	scratch_file(&t, "elsewhere/kept", "kept");
	scratch_link(&t, NAME "link01", "elsewhere");
	assert_int_equal(inst_scratch_make(&s, NULL), 0);
	assert_false(scratch_has(&t, NAME "Stale1"));
	assert_true(scratch_has(&t, NAME "open01"));
	assert_true(scratch_has(&t, NAME "long012"));
	assert_true(scratch_has(&t, NAME "od_d-1"));
	assert_true(scratch_has(&t, "session-manager-logger"));
	scratch_expect(&t, NAME "file01", "a file");
	scratch_expect(&t, NAME "link01/kept", "kept");
	/* in use by a run that goes on */
	assert_int_equal(sm_os_file_stat(used.path, false, &st, NULL), 0);
	inst_scratch_remove(&used);
	inst_scratch_remove(&s);
	scratch_remove(&t);
}

static void nowhere(void **state)
{
	struct inst_scratch s = INST_SCRATCH_INIT;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(inst_scratch_make(&s, &e), SM_ENOTFOUND);
	assert_non_null(strstr(e.msg, "/nonexistent/"));
	assert_int_equal(s.path[0], '\0');
	inst_scratch_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_and_gone),
		cmocka_unit_test(sweeps),
		cmocka_unit_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
