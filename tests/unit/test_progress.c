/*
 * Progress on memory streams, with a clock of our own.
 */
#include "common/def.h"
#include "common/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/str.h"

#define MIB ((uint64_t)1 << 20)

struct rig {
	struct sm_out o;
	struct sm_progress p;
	char *text;
	size_t len;
};

static void set_up(struct rig *r, enum sm_progress_style style)
{
	memset(r, 0, sizeof(*r));
	r->o.err = open_memstream(&r->text, &r->len);
	assert_non_null(r->o.err);
	r->o.out = stdout;
	sm_progress_init(&r->p, &r->o);
	/* a memory stream is no terminal */
	assert_int_equal(r->p.style, SM_PROGRESS_LINES);
	r->p.style = style;
	r->p.cols = 80;
	r->p.utf8 = false;
}

/* What was printed until now. */
static const char *printed(struct rig *r)
{
	fflush(r->o.err);
	return r->text;
}

static void tear_down(struct rig *r)
{
	fclose(r->o.err);
	free(r->text);
}

static void bar(void **state)
{
	struct rig r;
	const char *last;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_BAR);
	sm_progress_start(&r.p, "get x", 10 * MIB, 1000);
	sm_progress_update(&r.p, MIB, 0, 1050); /* too soon */
	assert_string_equal(printed(&r),
			    "\rget x [                              "
			    "]   0% 0 B of 10.0 MiB");
	sm_progress_update(&r.p, 5 * MIB, 0, 2000);
	last = strrchr(printed(&r), '\r');
	assert_string_equal(last, "\rget x [############            ]  50% "
				  "5.0 MiB of 10.0 MiB, 5.0 MiB/s, 0:01 left");
	sm_progress_update(&r.p, 10 * MIB, 0, 3000);
	sm_progress_end(&r.p, true, 3000);
	last = strrchr(printed(&r), '\r');
	/* spaces wipe the longer line before */
	assert_non_null(strstr(last, "] 100% 10.0 MiB of 10.0 MiB, 5.0 MiB/s"));
	assert_int_equal(last[strlen(last) - 1], '\n');
	assert_null(strstr(last, "left"));
	tear_down(&r);
}

static void bar_never_wraps(void **state)
{
	static const char label[] =
		"downloading \xc3\xa4\xc3\xb6\xc3\xbc a-rather-long-name.rpm";
	struct sm_str rest, line;
	unsigned cols, n;
	struct rig r;
	size_t i;

	SM_UNUSED(state);
	for (cols = 20; cols < 140; cols++) {
		set_up(&r, SM_PROGRESS_BAR);
		r.p.cols = cols;
		r.p.utf8 = cols % 2;
		sm_progress_start(&r.p, label, 123 * MIB, 0);
		sm_progress_update(&r.p, 45 * MIB, 0, 90000);
		fflush(r.o.err);
		rest = sm_str_n(r.text, r.len);
		while (sm_str_split(&rest, '\r', &line)) {
			assert_true(sm_str_utf8(line));
			for (n = 0, i = 0; i < line.len; i++)
				n += ((unsigned char)line.ptr[i] & 0xc0) !=
				     0x80;
			assert_true(n < cols);
		}
		tear_down(&r);
	}
}

static void bar_of_a_failure_is_wiped(void **state)
{
	const char *text;
	struct rig r;
	size_t i;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_BAR);
	sm_progress_start(&r.p, "x", 100, 0);
	sm_progress_end(&r.p, false, 10);
	text = printed(&r);
	i = strlen(text) - 1;
	assert_int_equal(text[i], '\r');
	while (i && text[i - 1] == ' ')
		i--;
	assert_int_equal(text[i - 1], '\r');
	assert_int_equal(strlen(text) - 1 - i, i - 2);
	tear_down(&r);
}

static void bar_without_total(void **state)
{
	const char *last;
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_BAR);
	sm_progress_start(&r.p, "x", 0, 0);
	sm_progress_update(&r.p, 1536, 0, 200);
	last = strrchr(printed(&r), '\r');
	assert_string_equal(last, "\rx 1.5 KiB");
	/* the server tells the size later */
	sm_progress_update(&r.p, 2048, 4096, 400);
	last = strrchr(printed(&r), '\r');
	assert_non_null(strstr(last, "]  50% 2.0 KiB of 4.0 KiB"));
	tear_down(&r);
}

static void lines(void **state)
{
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_LINES);
	sm_progress_start(&r.p, "get x", 100 * MIB, 0);
	assert_string_equal(printed(&r), "");
	sm_progress_update(&r.p, 10 * MIB, 0, 4999);
	assert_string_equal(printed(&r), "");
	sm_progress_update(&r.p, 10 * MIB, 0, 5000);
	sm_progress_update(&r.p, 11 * MIB, 0, 9999);
	sm_progress_update(&r.p, 20 * MIB, 0, 10000);
	sm_progress_end(&r.p, true, 11000);
	assert_string_equal(
		printed(&r),
		"get x: 10% 10.0 MiB of 100.0 MiB, 2.0 MiB/s, 0:45 left\n"
		"get x: 20% 20.0 MiB of 100.0 MiB, 2.0 MiB/s, 0:40 left\n"
		"get x: 20% 20.0 MiB of 100.0 MiB, 1.8 MiB/s, 0:44 left\n");
	tear_down(&r);
}

static void short_work_has_no_line(void **state)
{
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_LINES);
	sm_progress_start(&r.p, "x", 10, 0);
	sm_progress_update(&r.p, 10, 0, 100);
	sm_progress_end(&r.p, true, 100);
	assert_string_equal(printed(&r), "");
	tear_down(&r);
}

static void json_lines(void **state)
{
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_JSON);
	sm_progress_start(&r.p, "a\"b\\\n", 0, 0);
	sm_progress_update(&r.p, 5, 10, 999);
	sm_progress_update(&r.p, 6, 0, 1000);
	sm_progress_end(&r.p, false, 1001);
	assert_string_equal(
		printed(&r),
		"{\"progress\":\"a\\\"b\\\\\\u000a\",\"state\":\"started\","
		"\"done\":0}\n"
		"{\"progress\":\"a\\\"b\\\\\\u000a\",\"state\":\"running\","
		"\"done\":6,\"total\":10}\n"
		"{\"progress\":\"a\\\"b\\\\\\u000a\",\"state\":\"failed\","
		"\"done\":6,\"total\":10}\n");
	tear_down(&r);
}

static void styles(void **state)
{
	struct sm_progress p;
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_NONE);
	sm_progress_start(&r.p, "x", 10, 0);
	sm_progress_update(&r.p, 5, 0, 60000);
	sm_progress_end(&r.p, true, 70000);
	assert_string_equal(printed(&r), "");
	r.o.json = true;
	sm_progress_init(&p, &r.o);
	assert_int_equal(p.style, SM_PROGRESS_JSON);
	r.o.verbosity = -1;
	sm_progress_init(&p, &r.o);
	assert_int_equal(p.style, SM_PROGRESS_NONE);
	tear_down(&r);
}

static void locale_decides_characters(void **state)
{
	static const struct {
		const char *all, *lang;
		bool utf8;
	} rows[] = {
		{ "", "en_US.UTF-8", true },
		{ "", "C.utf8", true },
		{ "C", "en_US.UTF-8", false },
		{ "", "C", false },
		{ "", "", false },
	};
	struct sm_progress p;
	struct sm_out o;
	size_t i;

	SM_UNUSED(state);
	memset(&o, 0, sizeof(o));
	o.err = stderr;
	assert_int_equal(unsetenv("LC_CTYPE"), 0);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		assert_int_equal(setenv("LC_ALL", rows[i].all, 1), 0);
		assert_int_equal(setenv("LANG", rows[i].lang, 1), 0);
		sm_progress_init(&p, &o);
		assert_int_equal(p.utf8, rows[i].utf8);
	}
}

/* More done than announced, clocks that stand still, the largest numbers. */
static void odd_numbers(void **state)
{
	const char *last;
	struct rig r;

	SM_UNUSED(state);
	set_up(&r, SM_PROGRESS_BAR);
	sm_progress_start(&r.p, "x", 100, 0);
	sm_progress_update(&r.p, 200, 0, 1000);
	last = strrchr(printed(&r), '\r');
	assert_non_null(strstr(last, "100%"));
	sm_progress_update(&r.p, UINT64_MAX, UINT64_MAX, 2000);
	last = strrchr(printed(&r), '\r');
	assert_non_null(strstr(last, "100% 16777215.9 TiB"));
	sm_progress_update(&r.p, UINT64_MAX / 2, 0, 3000);
	last = strrchr(printed(&r), '\r');
	assert_non_null(strstr(last, " 50% "));
	sm_progress_start(&r.p, "x", UINT64_MAX, 0);
	sm_progress_update(&r.p, 1024, 0, 10000);
	assert_null(strstr(strrchr(printed(&r), '\r'), "left"));
	sm_progress_start(&r.p, "x", 720000, 0);
	sm_progress_update(&r.p, 10000, 0, 100000);
	last = strrchr(printed(&r), '\r');
	assert_non_null(strstr(last, "1:58:20 left"));
	tear_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bar),
		cmocka_unit_test(bar_never_wraps),
		cmocka_unit_test(bar_of_a_failure_is_wiped),
		cmocka_unit_test(bar_without_total),
		cmocka_unit_test(lines),
		cmocka_unit_test(short_work_has_no_line),
		cmocka_unit_test(json_lines),
		cmocka_unit_test(styles),
		cmocka_unit_test(locale_decides_characters),
		cmocka_unit_test(odd_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
