/*
 * Places: defaults, relative paths, and what is refused.
 */
#include "common/def.h"
#include "installer/place.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/os/env.h"
#include "installer/layout.h"

static int resolve(struct inst_place *p, struct sm_arena *a, const char *dir,
		   const char *link, bool user)
{
	struct sm_err e = SM_ERR_INIT;

	return inst_place_resolve(p, a, dir, link, user, &e);
}

static void places(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct inst_place p;

	SM_UNUSED(state);
	assert_int_equal(resolve(&p, &a, NULL, NULL, false), 0);
	assert_string_equal(p.dir, INST_DEFAULT_DIR);
	assert_string_equal(p.link, INST_DEFAULT_LINK);
	assert_int_equal(resolve(&p, &a, "/a//b/../c/", "/x/./y", false), 0);
	assert_string_equal(p.dir, "/a/c");
	assert_string_equal(p.link, "/x/y");
	assert_int_equal(resolve(&p, &a, "rel", "l", false), 0);
	assert_true(p.dir[0] == '/' && p.link[0] == '/');
	assert_true(sm_str_ends(sm_str(p.dir), "/rel"));
	assert_int_equal(sm_os_env_set("HOME", "/home/u"), 0);
	assert_int_equal(resolve(&p, &a, NULL, NULL, true), 0);
	assert_string_equal(p.dir, "/home/u/.local/share/sessionmanagerplugin");
	assert_string_equal(p.link,
			    "/home/u/.local/bin/session-manager-plugin");
	assert_int_equal(resolve(&p, &a, "/d", NULL, true), 0);
	assert_string_equal(p.dir, "/d");
	assert_int_equal(resolve(&p, &a, "", NULL, false), SM_EUSAGE);
	assert_int_equal(resolve(&p, &a, NULL, "", false), SM_EUSAGE);
	assert_int_equal(resolve(&p, &a, "/", NULL, false), SM_EUSAGE);
	assert_int_equal(resolve(&p, &a, "/a/..", NULL, false), SM_EUSAGE);
	assert_int_equal(resolve(&p, &a, NULL, "//", false), SM_EUSAGE);
	sm_arena_release(&a);
}

static void off_path(void **state)
{
	struct inst_place p = { "/d", "/home/u/.local/bin/x", true };
	struct sm_buf line = SM_BUF_INIT((size_t)256);

	SM_UNUSED(state);
	assert_int_equal(inst_place_off_path(&p, "/bin:/home/u/.local/bin:/x",
					     &line),
			 0);
	assert_int_equal(inst_place_off_path(&p, "/home/u/.local/bin/", &line),
			 0);
	assert_int_equal(line.len, 0);
	assert_int_equal(inst_place_off_path(&p, "/bin:/home/u/.local", &line),
			 1);
	assert_string_equal(sm_buf_z(&line),
			    "export PATH=\"/home/u/.local/bin:$PATH\"");
	sm_buf_clear(&line);
	p.link = "/a$b \"c`/x";
	assert_int_equal(inst_place_off_path(&p, "", &line), 1);
	assert_string_equal(sm_buf_z(&line),
			    "export PATH=\"/a\\$b \\\"c\\`:$PATH\"");
	sm_buf_clear(&line);
	p.user = false;
	assert_int_equal(inst_place_off_path(&p, "", &line), 0);
	p.user = true;
	p.link = "";
	assert_int_equal(inst_place_off_path(&p, "", &line), 0);
	sm_buf_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(places),
					    cmocka_unit_test(off_path) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
