/*
 * Reading the state: every kind of thing that can be in DIR and at LINK.
 */
#include "common/def.h"
#include "installer/state.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

static struct scratch t;
static char dir[512], lnk[512];

static void begin(void)
{
	scratch_make(&t);
	(void)snprintf(dir, sizeof(dir), "%s/d", t.dir);
	(void)snprintf(lnk, sizeof(lnk), "%s/l", t.dir);
}

static int look(struct inst_state *s)
{
	struct sm_err e = SM_ERR_INIT;

	return inst_state_read(s, dir, lnk, &e);
}

static void nothing(void **state)
{
	struct inst_state s;

	SM_UNUSED(state);
	begin();
	(void)snprintf(dir, sizeof(dir), "%s/a/b", t.dir);
	assert_int_equal(look(&s), 0);
	assert_false(s.dir_exists || s.bin_exists || s.versions_exists);
	assert_null(s.current);
	assert_null(s.plain_version);
	assert_int_equal(s.link_kind, INST_LINK_ABSENT);
	assert_int_equal(s.missing_dir.n, 2);
	assert_string_equal(s.missing_dir.name[1], dir);
	assert_int_equal(s.missing_link.n, 0);
	assert_string_equal(s.link_parent, t.dir);
	inst_state_release(&s);
	scratch_remove(&t);
}

static void ours(void **state)
{
	struct inst_state s;

	SM_UNUSED(state);
	begin();
	scratch_file(&t, "d/versions/1.10/VERSION", "1.10");
	scratch_file(&t, "d/versions/1.9~2/VERSION", "1.9");
	scratch_file(&t, "d/versions/1.9/VERSION", "1.9");
	scratch_file(&t, "d/versions/2.0", "a file");
	scratch_file(&t, "d/versions/my 1.0/x", "");
	scratch_file(&t, "d/versions/.stage-3/x", "");
	scratch_link(&t, "d/versions/3.0", "/etc");
	scratch_link(&t, "d/current", "versions/1.9");
	scratch_link(&t, "d/VERSION", "current/VERSION");
	scratch_link(&t, "d/NOTICE", "/etc/passwd");
	scratch_link(&t, "d/.LICENSE.new", "current/LICENSE");
	assert_int_equal(
		sm_fs_mkdirs(scratch_path(&t, "d/README.md"), 0755, NULL), 0);
	assert_int_equal(look(&s), 0);
	assert_int_equal(s.versions.n, 3);
	assert_string_equal(s.versions.name[0], "1.9");
	assert_string_equal(s.versions.name[1], "1.9~2");
	assert_string_equal(s.versions.name[2], "1.10");
	assert_string_equal(s.current, "1.9");
	assert_int_equal(s.leftovers.n, 1);
	assert_int_equal(s.stale.n, 1);
	assert_int_equal(s.slot[3], INST_SLOT_OURS);    /* VERSION */
	assert_int_equal(s.slot[5], INST_SLOT_FOREIGN); /* NOTICE */
	assert_int_equal(s.slot[6], INST_SLOT_BLOCKED); /* README.md */
	assert_int_equal(s.slot[4], INST_SLOT_ABSENT);  /* LICENSE */
	inst_state_release(&s);
	assert_int_equal(sm_os_file_remove(scratch_path(&t, "d/current"), NULL),
			 0);
	scratch_link(&t, "d/current", "versions/gone");
	assert_int_equal(look(&s), 0);
	assert_null(s.current);
	assert_true(s.current_link);
	inst_state_release(&s);
	assert_int_equal(sm_os_file_remove(scratch_path(&t, "d/current"), NULL),
			 0);
	scratch_link(&t, "d/current", "/somewhere");
	assert_int_equal(look(&s), 0);
	assert_false(s.current_link);
	inst_state_release(&s);
	scratch_remove(&t);
}

static void make(const char *name)
{
	assert_int_equal(sm_fs_mkdirs(scratch_path(&t, name), 0755, NULL), 0);
}

/* Is DIR what a removal leaves? */
static void remains(bool folders, bool users)
{
	struct inst_state s;

	assert_int_equal(look(&s), 0);
	assert_int_equal(s.empty_folders, folders);
	assert_int_equal(s.users_files, users);
	inst_state_release(&s);
}

static void after_removal(void **state)
{
	SM_UNUSED(state);
	begin();
	remains(false, false);
	make("d");
	remains(false, false);
	make("d/versions");
	remains(true, false);
	make("d/bin");
	remains(true, false);
	scratch_file(&t, "d/seelog.xml", "x");
	make("d/logs/old");
	remains(true, true);
	make("d/share");
	remains(false, false);
	assert_int_equal(sm_os_dir_remove(scratch_path(&t, "d/share"), NULL),
			 0);
	scratch_file(&t, "d/bin/x", "x");
	remains(false, false);
	assert_int_equal(sm_fs_remove_tree(scratch_path(&t, "d/bin"), NULL), 0);
	scratch_link(&t, "d/bin", "logs/old");
	remains(false, false);
	scratch_remove(&t);
}

static void plain(void **state)
{
	struct inst_state s;

	SM_UNUSED(state);
	begin();
	scratch_file(&t, "d/bin/session-manager-plugin", "x");
	assert_int_equal(look(&s), 0);
	assert_string_equal(s.plain_version, "unknown");
	inst_state_release(&s);
	scratch_file(&t, "d/VERSION", "1.2.3.4\n");
	assert_int_equal(look(&s), 0);
	assert_string_equal(s.plain_version, "1.2.3.4");
	inst_state_release(&s);
	scratch_file(&t, "d/VERSION", "../../etc");
	assert_int_equal(look(&s), 0);
	assert_string_equal(s.plain_version, "unknown");
	inst_state_release(&s);
	scratch_remove(&t);
}

static void links(void **state)
{
	static const struct {
		const char *target;
		enum inst_link want;
	} all[] = {
		{ "/etc/passwd", INST_LINK_OTHER },
		{ "/nonexistent", INST_LINK_BROKEN },
		{ dir, INST_LINK_OTHER },
	};
	struct inst_state s;
	char text[1024];
	size_t i;

	SM_UNUSED(state);
	begin();
	assert_int_equal(sm_fs_mkdirs(dir, 0755, NULL), 0);
	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		scratch_link(&t, "l", all[i].target);
		assert_int_equal(look(&s), 0);
		assert_int_equal(s.link_kind, all[i].want);
		inst_state_release(&s);
		assert_int_equal(sm_os_file_remove(lnk, NULL), 0);
	}
	(void)snprintf(text, sizeof(text), "%s/" INST_PLUGIN, dir);
	scratch_link(&t, "l", text); /* ours even while it dangles */
	assert_int_equal(look(&s), 0);
	assert_int_equal(s.link_kind, INST_LINK_OURS);
	inst_state_release(&s);
	assert_int_equal(sm_os_file_remove(lnk, NULL), 0);
	scratch_file(&t, "l", "x");
	assert_int_equal(look(&s), 0);
	assert_int_equal(s.link_kind, INST_LINK_FILE);
	inst_state_release(&s);
	scratch_remove(&t);
}

static void refused(void **state)
{
	struct inst_state s;

	SM_UNUSED(state);
	begin();
	scratch_file(&t, "d", "a file");
	assert_int_equal(look(&s), SM_ESTATE);
	inst_state_release(&s);
	assert_int_equal(sm_os_file_remove(dir, NULL), 0);
	scratch_file(&t, "d/bin", "a file");
	assert_int_equal(look(&s), SM_ESTATE);
	inst_state_release(&s);
	assert_int_equal(sm_fs_remove_tree(dir, NULL), 0);
	scratch_file(&t, "d/versions", "a file");
	assert_int_equal(look(&s), SM_ESTATE);
	inst_state_release(&s);
	scratch_remove(&t);
}

static void many(void **state)
{
	struct inst_state s = { 0 };
	struct inst_names list = { 0 };
	char name[32];
	unsigned i;

	SM_UNUSED(state);
	for (i = 0; i < INST_VERSIONS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "1.%u", i);
		assert_int_equal(inst_state_add(&s, &list, name), 0);
	}
	assert_int_equal(inst_state_add(&s, &list, "2.0"), SM_ELIMIT);
	assert_string_equal(list.name[0], "1.0");
	assert_string_equal(list.name[INST_VERSIONS_MAX - 1], "1.4095");
	inst_state_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),       cmocka_unit_test(ours),
		cmocka_unit_test(plain),         cmocka_unit_test(links),
		cmocka_unit_test(refused),       cmocka_unit_test(many),
		cmocka_unit_test(after_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
