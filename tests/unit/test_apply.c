/*
 * Performing plans: each kind of step, and taking steps back.
 */
#include "common/def.h"
#include "installer/apply.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

static void warn(void *user, const char *message)
{
	unsigned *n = user;

	assert_true(message[0] != '\0');
	(*n)++;
}

/* Two paths at a time are enough. */
static const char *at(struct sm_arena *a, struct scratch *t, const char *name)
{
	return inst_layout_text(a, "%s/%s", t->dir, name);
}

static int run(struct inst_step *step, size_t n, unsigned *warned)
{
	struct inst_plan p = { 0 };
	struct sm_err e = SM_ERR_INIT;

	p.step = step;
	p.n = n;
	*warned = 0;
	return inst_apply_run(&p, warn, warned, &e);
}

static void all_kinds(void **state)
{
	struct scratch t;
	struct sm_arena a = SM_ARENA_INIT;
	unsigned warned;

	SM_UNUSED(state);
	scratch_make(&t);
	scratch_file(&t, "from", "from");
	scratch_file(&t, "old/deep/x", "");
	scratch_file(&t, "full/x", "");
	{
		struct inst_step s[] = {
			{ .kind = INST_STEP_MKDIR,
			  .path = at(&a, &t, "d"),
			  .mode = 0755 },
			{ .kind = INST_STEP_COPY,
			  .path = at(&a, &t, "d/copy"),
			  .from = at(&a, &t, "from"),
			  .mode = 0755 },
			{ .kind = INST_STEP_WRITE,
			  .path = at(&a, &t, "d/text"),
			  .data = SM_STR_LIT("text"),
			  .mode = 0644 },
			{ .kind = INST_STEP_HARDLINK,
			  .path = at(&a, &t, "d/hard"),
			  .from = at(&a, &t, "from"),
			  .mode = 0644 },
			{ .kind = INST_STEP_SYNC, .path = at(&a, &t, "d") },
			{ .kind = INST_STEP_RENAME,
			  .path = at(&a, &t, "e"),
			  .from = at(&a, &t, "d") },
			{ .kind = INST_STEP_LINK,
			  .path = at(&a, &t, "link"),
			  .from = "e/copy" },
			{ .kind = INST_STEP_LINK,
			  .path = at(&a, &t, "link"),
			  .from = "e/text" },
			{ .kind = INST_STEP_REMOVE,
			  .path = at(&a, &t, "from") },
			{ .kind = INST_STEP_REMOVE,
			  .path = at(&a, &t, "never there") },
			{ .kind = INST_STEP_REMOVE_TREE,
			  .path = at(&a, &t, "old") },
			{ .kind = INST_STEP_RMDIR, .path = at(&a, &t, "full") },
			{ .kind = INST_STEP_RMDIR, .path = at(&a, &t, "gone") },
			{ .kind = INST_STEP_COPY, /* fails: only a warning */
			  .path = at(&a, &t, "x"),
			  .from = at(&a, &t, "nowhere"),
			  .tidy = true },
		};

		assert_int_equal(run(s, SM_ARRAY_LEN(s), &warned), 0);
	}
	assert_int_equal(warned, 1);
	scratch_expect(&t, "e/copy", "from");
	scratch_expect(&t, "e/hard", "from");
	scratch_expect(&t, "link", "text");
	assert_false(scratch_has(&t, "from"));
	assert_false(scratch_has(&t, "old"));
	assert_false(scratch_has(&t, ".link.new"));
	assert_true(scratch_has(&t, "full/x"));
	sm_arena_release(&a);
	scratch_remove(&t);
}

/* More new files than are held open at a time; none is lost or left open. */
static void many_files(void **state)
{
	struct inst_step s[40] = { 0 };
	struct scratch t;
	struct sm_arena a = SM_ARENA_INIT;
	unsigned warned;
	size_t i;
	int before, after;

	SM_UNUSED(state);
	scratch_make(&t);
	before = sm_os_file_open("/dev/null", SM_FILE_READ, 0, NULL);
	sm_os_file_close(before);
	for (i = 0; i < SM_ARRAY_LEN(s); i++) {
		s[i].kind = INST_STEP_WRITE;
		s[i].path = inst_layout_text(&a, "%s/%zu", t.dir, i);
		s[i].data = sm_str("text");
		s[i].mode = 0644;
	}
	assert_int_equal(run(s, SM_ARRAY_LEN(s), &warned), 0);
	scratch_expect(&t, "0", "text");
	scratch_expect(&t, "39", "text");
	/* and of a run that fails */
	assert_int_equal(run(s + 39, 1, &warned), SM_EEXIST);
	s[38].path = inst_layout_text(&a, "%s/new", t.dir);
	assert_int_equal(run(s + 38, 2, &warned), SM_EEXIST);
	assert_false(scratch_has(&t, "new"));
	after = sm_os_file_open("/dev/null", SM_FILE_READ, 0, NULL);
	sm_os_file_close(after);
	assert_int_equal(after, before);
	sm_arena_release(&a);
	scratch_remove(&t);
}

static void taken_back(void **state)
{
	struct scratch t;
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf text = SM_BUF_INIT((size_t)256);
	unsigned warned;

	SM_UNUSED(state);
	scratch_make(&t);
	scratch_file(&t, "from", "from");
	scratch_link(&t, "link", "before");
	{
		struct inst_step s[] = {
			{ .kind = INST_STEP_MKDIR,
			  .path = at(&a, &t, "kept"),
			  .mode = 0755,
			  .keep = true },
			{ .kind = INST_STEP_MKDIR,
			  .path = at(&a, &t, "d"),
			  .mode = 0755 },
			{ .kind = INST_STEP_COPY,
			  .path = at(&a, &t, "d/copy"),
			  .from = at(&a, &t, "from"),
			  .mode = 0644 },
			{ .kind = INST_STEP_RENAME,
			  .path = at(&a, &t, "e"),
			  .from = at(&a, &t, "d") },
			{ .kind = INST_STEP_LINK,
			  .path = at(&a, &t, "link"),
			  .from = "after" },
			{ .kind = INST_STEP_LINK,
			  .path = at(&a, &t, "new"),
			  .from = "after" },
			{ .kind = INST_STEP_WRITE, /* the name is taken */
			  .path = at(&a, &t, "from"),
			  .data = SM_STR_LIT("x"),
			  .mode = 0644 },
		};

		assert_int_equal(run(s, SM_ARRAY_LEN(s), &warned), SM_EEXIST);
	}
	assert_int_equal(sm_os_link_read(scratch_path(&t, "link"), &text, NULL),
			 0);
	assert_string_equal(sm_buf_z(&text), "before");
	assert_false(scratch_has(&t, "d"));
	assert_false(scratch_has(&t, "e"));
	assert_false(scratch_has(&t, "new"));
	assert_true(scratch_has(&t, "kept"));
	scratch_expect(&t, "from", "from");
	sm_buf_release(&text);
	sm_arena_release(&a);
	scratch_remove(&t);
}

static void probe(void **state)
{
	struct scratch t;
	unsigned warned;
	struct inst_step s = { .kind = INST_STEP_PROBE, .from = "1.2.3" };

	SM_UNUSED(state);
	scratch_make(&t);
	scratch_file(&t, "p", "#!/bin/sh\necho 1.2.3\n");
	s.path = scratch_path(&t, "p");
	assert_true(run(&s, 1, &warned) < 0); /* not executable */
	assert_int_equal(sm_os_file_chmod(s.path, 0755, NULL), 0);
	assert_int_equal(run(&s, 1, &warned), 0);
	s.from = "1.2.4";
	assert_int_equal(run(&s, 1, &warned), SM_ESTATE);
	scratch_remove(&t);
}

static void lock(void **state)
{
	struct inst_state s = { 0 };
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;
	char dir[512];
	int one, two;

	SM_UNUSED(state);
	scratch_make(&t);
	(void)snprintf(dir, sizeof(dir), "%s/a/b", t.dir);
	assert_int_equal(inst_state_read(&s, dir, "/nonexistent/x", &e), 0);
	one = inst_apply_lock(&s, &e);
	assert_true(one >= 0);
	two = inst_apply_lock(&s, &e);
	assert_int_equal(two, SM_EBUSY);
	assert_non_null(strstr(e.msg, "another installer"));
	sm_os_file_close(one);
	two = inst_apply_lock(&s, &e);
	assert_true(two >= 0);
	sm_os_file_close(two);
	inst_state_release(&s);
	scratch_remove(&t);
}

/* A program that fails is a warning, and what was installed stays. */
static void labels(void **state)
{
	struct scratch t;
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	unsigned warned;

	SM_UNUSED(state);
	scratch_make(&t);
	{
		struct inst_step s[] = {
			{ .kind = INST_STEP_MKDIR,
			  .path = at(&a, &t, "d"),
			  .mode = 0755 },
			{ .kind = INST_STEP_LABEL,
			  .path = at(&a, &t, "d"),
			  .from = at(&a, &t, "tool"),
			  .tidy = true },
		};

		/* no such program */
		assert_int_equal(run(s, 2, &warned), 0);
		assert_int_equal(warned, 1);
		scratch_file(&t, "tool",
			     "#!/bin/sh\necho \"$*\" >\"$2/args\"\n");
		assert_int_equal(sm_os_file_chmod(scratch_path(&t, "tool"),
						  0755, NULL),
				 0);
		assert_int_equal(run(s, 2, &warned), 0);
		assert_int_equal(warned, 0);
		assert_int_equal(sm_fs_read(scratch_path(&t, "d/args"), 1024,
					    &text, NULL),
				 0);
		assert_true(sm_str_starts(sm_buf_str(&text), "-R /"));
		scratch_file(&t, "tool", "#!/bin/sh\necho no >&2\nexit 255\n");
		assert_int_equal(sm_os_file_chmod(scratch_path(&t, "tool"),
						  0755, NULL),
				 0);
		assert_int_equal(run(s, 2, &warned), 0);
		assert_int_equal(warned, 1);
	}
	sm_buf_release(&text);
	sm_arena_release(&a);
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds),  cmocka_unit_test(many_files),
		cmocka_unit_test(taken_back), cmocka_unit_test(probe),
		cmocka_unit_test(lock),       cmocka_unit_test(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
