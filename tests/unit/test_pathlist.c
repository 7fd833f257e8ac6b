/*
 * The Path as text: spellings of one folder, quotes, limits, and that nothing
 * of the user's is spelled anew.
 */
#include "common/def.h"
#include "installer/pathlist.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/mem.h"

#define BIN "C:\\P\\bin\\"

static void expand(struct sm_buf *out, struct sm_str element)
{
	if (sm_str_starts(element, "%P%")) {
		(void)sm_buf_puts(out, "C:\\P");
		element = sm_str_sub(element, 3, element.len);
	}
	(void)sm_buf_put_str(out, element);
}

static void has(void **state)
{
	static const struct {
		const char *list;
		bool is;
	} cases[] = {
		{ "", false },
		{ ";", false },
		{ BIN, true },
		{ "C:\\P\\bin", true },
		{ "c:/p/BIN/", true },
		{ "C:\\P\\bin\\\\", true },
		{ "\"C:\\P\\bin\"", true },
		{ " C:\\P\\bin ;x", true },
		{ "a;b;C:\\P\\bin", true },
		{ "\"a;C:\\P\\bin\"", false },
		{ "\"a;C:\\P\\bin", false },
		{ "%P%\\bin", true },
		{ "%Q%\\bin", false },
		{ "C:\\P\\bin2", false },
		{ "C:\\P", false },
		{ "XC:\\P\\bin", false },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		if (inst_pathlist_has(sm_str(cases[i].list), sm_str(BIN),
				      expand) != cases[i].is)
			fail_msg("'%s'", cases[i].list);
	}
	assert_false(inst_pathlist_has(sm_str("%P%\\bin"), sm_str(BIN), NULL));
}

static void check(int want, const char *text, int r, struct sm_buf *b)
{
	assert_int_equal(r, want);
	assert_string_equal(sm_buf_z(b), text);
	sm_buf_release(b);
}

static void add(void **state)
{
	struct sm_buf b = SM_BUF_INIT((size_t)INST_PATHLIST_MAX + 1);

	SM_UNUSED(state);
	check(1, BIN, inst_pathlist_add(&b, sm_str(""), sm_str(BIN), NULL), &b);
	check(1, "%a%;B;" BIN,
	      inst_pathlist_add(&b, sm_str("%a%;B"), sm_str(BIN), NULL), &b);
	check(1, "a;" BIN,
	      inst_pathlist_add(&b, sm_str("a;"), sm_str(BIN), NULL), &b);
	check(0, "a;c:/p/bin;b",
	      inst_pathlist_add(&b, sm_str("a;c:/p/bin;b"), sm_str(BIN), NULL),
	      &b);
	check(SM_EFORMAT, "",
	      inst_pathlist_add(&b, sm_str("a"), sm_str("C:\\a;b"), NULL), &b);
	check(SM_EFORMAT, "",
	      inst_pathlist_add(&b, sm_str("a"), sm_str("C:\\a\"b"), NULL), &b);
}

static void limit(void **state)
{
	struct sm_buf b = SM_BUF_INIT((size_t)INST_PATHLIST_MAX + 1);
	struct sm_str bin = sm_str(BIN);
	size_t n = INST_PATHLIST_MAX - bin.len - 1;
	char *list = sm_mem_alloc(n + 2);

	SM_UNUSED(state);
	memset(list, 'x', n + 1);
	assert_int_equal(inst_pathlist_add(&b, sm_str_n(list, n), bin, NULL),
			 1);
	assert_int_equal(b.len, INST_PATHLIST_MAX);
	sm_buf_clear(&b);
	assert_int_equal(inst_pathlist_add(&b, sm_str_n(list, n + 1), bin,
					   NULL),
			 SM_ELIMIT);
	sm_mem_free(list);
	sm_buf_release(&b);
}

static void take_out(void **state)
{
	static const struct {
		const char *list;
		int r;
		const char *left;
	} cases[] = {
		{ "", 0, "" },
		{ BIN, 1, "" },
		{ "a;" BIN, 1, "a" },
		{ BIN ";a", 1, "a" },
		{ "a;c:\\P\\BIN;%b%", 1, "a;%b%" },
		{ BIN ";a;" BIN, 1, "a" },
		{ "a;;b", 0, "a;;b" },
		{ "a;;" BIN ";b;", 1, "a;;b;" },
		{ ";a", 0, ";a" },
		{ "\"x;y\";" BIN, 1, "\"x;y\"" },
		{ "%P%\\bin;a", 1, "a" },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf b = SM_BUF_INIT((size_t)1024);

		check(cases[i].r, cases[i].left,
		      inst_pathlist_remove(&b, sm_str(cases[i].list),
					   sm_str(BIN), expand),
		      &b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has),
		cmocka_unit_test(add),
		cmocka_unit_test(limit),
		cmocka_unit_test(take_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
