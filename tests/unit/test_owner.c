/*
 * Ownership by dpkg's lists, below a root of our own.
 */
#include "common/def.h"
#include "installer/owner.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

static int find(struct scratch *t, const char *dir, char *command, size_t size)
{
	struct sm_buf b = SM_BUF_INIT((size_t)1024);
	int r = inst_owner_find(dir, t->dir, &b);

	(void)snprintf(command, size, "%s", sm_buf_z(&b));
	sm_buf_release(&b);
	return r;
}

static void dpkg(void **state)
{
	static const char info[] = "var/lib/dpkg/info/";
	char dir[300], list[1024], name[256], text[256];
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	(void)snprintf(dir, sizeof(dir), "%s/d", t.dir);
	(void)snprintf(list, sizeof(list),
		       "/.\n%s\n%s/bin/session-manager-plugin\n", dir, dir);
	(void)snprintf(name, sizeof(name), "%ssession-manager-plugin.list",
		       info);
	assert_int_equal(find(&t, dir, text, sizeof(text)), 0);
	scratch_file(&t, name, list);
	/* listed, but the file is gone: nothing to protect */
	assert_int_equal(find(&t, dir, text, sizeof(text)), 0);
	scratch_file(&t, "d/bin/session-manager-plugin", "x");
	assert_int_equal(find(&t, dir, text, sizeof(text)), 1);
	assert_string_equal(text, "dpkg -r session-manager-plugin");
	/* another directory */
	scratch_file(&t, "e/bin/session-manager-plugin", "x");
	(void)snprintf(dir, sizeof(dir), "%s/e", t.dir);
	assert_int_equal(find(&t, dir, text, sizeof(text)), 0);
	/* a package with an architecture in its list's name */
	(void)snprintf(dir, sizeof(dir), "%s/d", t.dir);
	assert_int_equal(sm_os_file_remove(scratch_path(&t, name), NULL), 0);
	(void)snprintf(name, sizeof(name),
		       "%ssession-manager-plugin-x:amd64.list", info);
	scratch_file(&t, name, list);
	assert_int_equal(find(&t, dir, text, sizeof(text)), 1);
	assert_string_equal(text, "dpkg -r session-manager-plugin-x");
	/* a line that only begins so */
	list[strlen(list) - 2] = '\0';
	scratch_file(&t, name, list);
	assert_int_equal(find(&t, dir, text, sizeof(text)), 0);
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(dpkg) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
