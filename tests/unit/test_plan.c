/*
 * Plans: pure, so that the order that the promise rests on can be read off.
 */
#include "common/def.h"
#include "installer/plan.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void fresh(struct inst_state *s)
{
	memset(s, 0, sizeof(*s));
	s->dir = "/d";
	s->link = "/l/x";
	s->link_parent = "/l";
	s->dir_exists = true;
}

static struct inst_wanted wanted(void)
{
	struct inst_wanted w = { 0 };
	size_t i;

	w.source = "/src";
	w.version = "2.0";
	w.receipt = sm_str("{}");
	w.keep = 3;
	for (i = 0; i < INST_FILES; i++)
		w.present[i] = true;
	return w;
}

/* Index of the first step of a kind with this path, or -1. */
static long find(const struct inst_plan *p, enum inst_step_kind kind,
		 const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->step[i].kind == kind && !strcmp(p->step[i].path, path))
			return (long)i;
	}
	return -1;
}

static long commit_of(const struct inst_plan *p)
{
	long at = -1;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (!p->step[i].commit)
			continue;
		assert_int_equal(at, -1);
		at = (long)i;
	}
	assert_true(at >= 0);
	return at;
}

static void test_order_of_a_fresh_install(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;
	long commit, rename;
	size_t i;

	SM_UNUSED(state);
	fresh(&s);
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	commit = commit_of(&p);
	assert_string_equal(p.step[commit].path, "/d/current");
	assert_string_equal(p.step[commit].from, "versions/2.0");
	rename = find(&p, INST_STEP_RENAME, "/d/versions/2.0");
	assert_true(rename > 0 && rename < commit);
	for (i = 0; i < p.n; i++) {
		/* everything is written before the folder gets its name */
		if (p.step[i].kind == INST_STEP_COPY ||
		    p.step[i].kind == INST_STEP_WRITE ||
		    p.step[i].kind == INST_STEP_PROBE)
			assert_true((long)i < rename);
		/* nothing that a user sees changes before the commit */
		if (p.step[i].kind == INST_STEP_LINK)
			assert_true((long)i >= commit);
	}
	/* and the folders are on the medium first */
	assert_true(find(&p, INST_STEP_SYNC, "/d/versions/.stage-2.0/bin") <
		    rename);
	assert_true(find(&p, INST_STEP_SYNC, "/d/versions/.stage-2.0") <
		    rename);
	assert_true(find(&p, INST_STEP_SYNC, "/d/versions") > rename);
	assert_true(find(&p, INST_STEP_LINK, "/l/x") > commit);
	inst_plan_release(&p);
}

static void test_plain_tree_is_adopted_first(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;
	long commit, link;
	size_t i;

	SM_UNUSED(state);
	fresh(&s);
	s.plain_version = "1.0";
	for (i = 0; i < INST_FILES; i++)
		s.slot[i] = i == 1 ? INST_SLOT_ABSENT : INST_SLOT_FILE;
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	commit = commit_of(&p);
	link = find(&p, INST_STEP_LINK, "/d/VERSION");
	assert_true(link > find(&p, INST_STEP_LINK, "/d/current"));
	assert_true(link < commit);
	assert_true(p.step[link].keep);
	assert_true(find(&p, INST_STEP_HARDLINK,
			 "/d/versions/.stage-adopt/VERSION") < link);
	/* the adopted version is what a rollback needs: not trimmed */
	assert_int_equal(find(&p, INST_STEP_RENAME, "/d/versions/.trash-1.0"),
			 -1);
	inst_plan_release(&p);
}

static void test_same_version_gets_a_new_folder(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	fresh(&s);
	assert_int_equal(inst_state_add(&s, &s.versions, "2.0"), 0);
	s.current = "2.0";
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	assert_string_equal(p.step[commit_of(&p)].from, "versions/2.0~2");
	assert_true(find(&p, INST_STEP_RENAME, "/d/versions/.trash-2.0") >
		    commit_of(&p));
	inst_plan_release(&p);
	inst_state_release(&s);
}

static void test_trim_keeps_the_previous_one(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	fresh(&s);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.0"), 0);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.1"), 0);
	assert_int_equal(inst_state_add(&s, &s.versions, "1.2"), 0);
	s.current = "1.0"; /* after a rollback */
	w.keep = 2;
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	assert_int_equal(find(&p, INST_STEP_RENAME, "/d/versions/.trash-1.0"),
			 -1);
	assert_true(find(&p, INST_STEP_RENAME, "/d/versions/.trash-1.1") > 0);
	assert_true(find(&p, INST_STEP_RENAME, "/d/versions/.trash-1.2") > 0);
	inst_plan_release(&p);
	inst_state_release(&s);
}

static void refused(struct inst_state *s, struct inst_wanted *w, int code,
		    const char *part)
{
	struct inst_plan p;
	struct sm_err e = SM_ERR_INIT;

	assert_int_equal(inst_plan_install(&p, s, w, &e), code);
	assert_non_null(strstr(e.msg, part));
	assert_int_equal(p.n, 0);
	inst_plan_release(&p);
}

static void test_what_is_in_the_way(void **state)
{
	struct inst_state s;
	struct inst_wanted w = wanted();

	SM_UNUSED(state);
	fresh(&s);
	s.link_kind = INST_LINK_BLOCKED;
	refused(&s, &w, SM_ESTATE, "it is a directory");
	s.link_kind = INST_LINK_FILE;
	refused(&s, &w, SM_ESTATE, "regular file");
	fresh(&s);
	s.slot[4] = INST_SLOT_FOREIGN;
	refused(&s, &w, SM_ESTATE, "'/d/LICENSE': it is a link");
	s.slot[4] = INST_SLOT_BLOCKED;
	w.force = true;
	refused(&s, &w, SM_ESTATE, "'/d/LICENSE': it is not a regular file");
	w.force = false;
	fresh(&s);
	s.link = "/d/bin/session-manager-plugin";
	refused(&s, &w, SM_ESTATE, "lies inside");
	s.link = "/d";
	refused(&s, &w, SM_ESTATE, "lies inside");
	s.link = "/dx";
	w.present[0] = false;
	refused(&s, &w, SM_ENOTFOUND, "no file 'bin/session-manager-plugin'");
}

static void test_uninstall_removes_only_ours(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	fresh(&s);
	assert_int_equal(inst_plan_uninstall(&p, &s, true, &e), SM_ENOTFOUND);
	inst_plan_release(&p);
	s.slot[0] = INST_SLOT_OURS;
	s.slot[4] = INST_SLOT_FOREIGN;
	s.link_kind = INST_LINK_OTHER;
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), 0);
	assert_true(find(&p, INST_STEP_REMOVE,
			 "/d/bin/session-manager-plugin") >= 0);
	assert_int_equal(find(&p, INST_STEP_REMOVE, "/d/LICENSE"), -1);
	assert_int_equal(find(&p, INST_STEP_REMOVE, "/l/x"), -1);
	assert_int_equal(find(&p, INST_STEP_REMOVE, "/d/seelog.xml"), -1);
	inst_plan_release(&p);
}

static void test_uninstall_goes_on(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	fresh(&s); /* an empty DIR */
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), SM_ENOTFOUND);
	inst_plan_release(&p);
	s.bin_exists = true; /* with something in it */
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), SM_ENOTFOUND);
	inst_plan_release(&p);
	s.empty_folders = true;
	s.versions_exists = true;
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), 0);
	assert_true(find(&p, INST_STEP_RMDIR, "/d/bin") >= 0);
	assert_true(find(&p, INST_STEP_RMDIR, "/d/versions") >= 0);
	assert_int_equal(find(&p, INST_STEP_RMDIR, "/d"), (long)p.n - 1);
	inst_plan_release(&p);
	fresh(&s);
	s.current_link = true; /* leads nowhere */
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), 0);
	assert_true(find(&p, INST_STEP_REMOVE, "/d/current") >= 0);
	inst_plan_release(&p);
	fresh(&s);
	s.users_files = true;
	assert_int_equal(inst_plan_uninstall(&p, &s, false, &e), SM_ENOTFOUND);
	inst_plan_release(&p);
	assert_int_equal(inst_plan_uninstall(&p, &s, true, &e), 0);
	assert_true(find(&p, INST_STEP_REMOVE, "/d/seelog.xml") >= 0);
	inst_plan_release(&p);
}

static void test_labels(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;
	long commit, at;

	SM_UNUSED(state);
	fresh(&s);
	w.label = "/sbin/restorecon";
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	commit = commit_of(&p);
	/* the version before it is switched to, all the rest at the end */
	at = find(&p, INST_STEP_LABEL, "/d/versions/2.0");
	assert_true(at > 0 && at < commit);
	assert_true(p.step[at].tidy);
	assert_string_equal(p.step[at].from, "/sbin/restorecon");
	assert_true(find(&p, INST_STEP_LABEL, "/d") > commit);
	assert_true(find(&p, INST_STEP_LABEL, "/l/x") >
		    find(&p, INST_STEP_LINK, "/l/x"));
	inst_plan_release(&p);
}

static void test_print(void **state)
{
	struct inst_state s;
	struct inst_plan p;
	struct inst_wanted w = wanted();
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	fresh(&s);
	assert_int_equal(inst_plan_install(&p, &s, &w, &e), 0);
	assert_int_equal(inst_plan_print(&p, &out), 0);
	assert_non_null(strstr(sm_buf_z(&out),
			       "link '/d/current' -> 'versions/2.0'   <- "
			       "switch\n"));
	assert_non_null(strstr(sm_buf_z(&out), "and expect version 2.0\n"));
	sm_buf_release(&out);
	inst_plan_release(&p);
}

/* --- where contract files are copies (Windows) ---------------------------- */

static long nth(const struct inst_plan *p, enum inst_step_kind kind)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->step[i].kind == kind)
			return (long)i;
	}
	return -1;
}

static void copies_install(void **state)
{
	struct inst_wanted w = wanted();
	struct inst_plan p;
	struct inst_state s;
	long commit, plugin;

	SM_UNUSED(state);
	fresh(&s);
	s.copies = true;
	s.link = "";
	w.retire = "\"remove\" it";
	w.other[INST_FILE_SETUP] = "/elsewhere/setup";
	assert_int_equal(inst_plan_install(&p, &s, &w, NULL), 0);
	commit = commit_of(&p);
	plugin = find(&p, INST_STEP_REPLACE, "/d/" INST_PLUGIN);
	assert_true(plugin > commit);
	assert_string_equal(p.step[plugin].from,
			    "/d/versions/2.0/" INST_PLUGIN);
	assert_null(p.step[plugin].before);
	assert_non_null(p.step[plugin].aside);
	assert_true(nth(&p, INST_STEP_RETIRE) > commit);
	assert_true(nth(&p, INST_STEP_RETIRE) < plugin);
	assert_true(nth(&p, INST_STEP_REGISTER) > plugin);
	/* the only link is the one that `current` stands for */
	assert_int_equal(nth(&p, INST_STEP_LINK), commit);
	assert_string_equal(p.step[find(&p, INST_STEP_COPY,
					"/d/versions/.stage-2.0/" INST_SETUP)]
				    .from,
			    "/elsewhere/setup");
	inst_plan_release(&p);
}

/* Every file is looked at, so that a switch that was cut short is completed,
 * and each knows what it was for the way back. */
static void copies_update(void **state)
{
	const char *names[] = { "1.0" };
	struct inst_wanted w = wanted();
	struct inst_plan p;
	struct inst_state s;
	size_t i, n = 0;
	long plugin;

	SM_UNUSED(state);
	fresh(&s);
	s.copies = s.bin_exists = s.versions_exists = true;
	s.link = "";
	s.current = "1.0";
	s.versions.name = names;
	s.versions.n = 1;
	s.slot[0] = INST_SLOT_STALE;
	for (i = 1; i < INST_FILES; i++)
		s.slot[i] = INST_SLOT_OURS;
	assert_true(inst_state_is_torn(&s));
	assert_int_equal(inst_plan_install(&p, &s, &w, NULL), 0);
	for (i = 0; i < p.n; i++)
		n += p.step[i].kind == INST_STEP_REPLACE;
	assert_int_equal(n, INST_FILES);
	plugin = find(&p, INST_STEP_REPLACE, "/d/" INST_PLUGIN);
	assert_string_equal(p.step[plugin].before,
			    "/d/versions/1.0/" INST_PLUGIN);
	inst_plan_release(&p);
	s.slot[0] = INST_SLOT_OURS;
	assert_false(inst_state_is_torn(&s));
	s.slot[0] = INST_SLOT_ABSENT;
	assert_true(inst_state_is_torn(&s));
}

static void copies_uninstall(void **state)
{
	struct inst_plan p;
	struct inst_state s;

	SM_UNUSED(state);
	fresh(&s);
	s.copies = true;
	s.dir = "/p/Amazon/d";
	s.link = "";
	assert_int_equal(inst_plan_uninstall(&p, &s, false, NULL),
			 SM_ENOTFOUND);
	inst_plan_release(&p);
	s.registered = true; /* all that a removal that was killed left */
	s.slot[0] = INST_SLOT_STALE;
	assert_int_equal(inst_plan_uninstall(&p, &s, false, NULL), 0);
	assert_true(find(&p, INST_STEP_REMOVE, "/p/Amazon/d/" INST_PLUGIN) >=
		    0);
	assert_true(find(&p, INST_STEP_RMDIR, "/p/Amazon") >= 0);
	assert_int_equal(nth(&p, INST_STEP_UNREGISTER), (long)p.n - 1);
	inst_plan_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_install),
		cmocka_unit_test(copies_update),
		cmocka_unit_test(copies_uninstall),
		cmocka_unit_test(test_order_of_a_fresh_install),
		cmocka_unit_test(test_plain_tree_is_adopted_first),
		cmocka_unit_test(test_same_version_gets_a_new_folder),
		cmocka_unit_test(test_trim_keeps_the_previous_one),
		cmocka_unit_test(test_what_is_in_the_way),
		cmocka_unit_test(test_uninstall_removes_only_ours),
		cmocka_unit_test(test_uninstall_goes_on),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
