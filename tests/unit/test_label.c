/*
 * Looking for SELinux and its tool, below a root and a PATH of our own.
 */
#include "common/def.h"
#include "installer/label.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

static int find(struct scratch *t, char *program, size_t size)
{
	struct sm_buf b = SM_BUF_INIT((size_t)1024);
	int r = inst_label_find(t->dir, &b);

	(void)snprintf(program, size, "%s", sm_buf_z(&b));
	sm_buf_release(&b);
	return r;
}

static void both_are_needed(void **state)
{
	struct scratch t;
	char program[1024];
	const char *tool;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(setenv("PATH", t.dir, 1), 0);
	assert_int_equal(find(&t, program, sizeof(program)), 0);
	scratch_file(&t, "sys/fs/selinux/enforce", "0");
	assert_int_equal(find(&t, program, sizeof(program)), 0);
	scratch_file(&t, "restorecon", "#!/bin/sh\n");
	assert_int_equal(find(&t, program, sizeof(program)), 0);
	tool = scratch_path(&t, "restorecon");
	assert_int_equal(sm_os_file_chmod(tool, 0755, NULL), 0);
	assert_int_equal(find(&t, program, sizeof(program)), 1);
	assert_string_equal(program, tool);
	assert_int_equal(sm_fs_remove_tree(scratch_path(&t, "sys"), NULL), 0);
	assert_int_equal(find(&t, program, sizeof(program)), 0);
	assert_string_equal(program, "");
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
