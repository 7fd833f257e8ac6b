/*
 * The option table: every way to write an option, every error text of
 * optparse (PACKAGING.md 6.2), and the two columns of the help.
 */
#include "common/def.h"
#include "common/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WORDS_MAX 80

struct result {
	bool help, json, verbose;
	const char *dir, *inspect;
	uint32_t jobs;
	struct sm_option_list keys;
	const char *args[WORDS_MAX];
	size_t n_args;
	struct sm_err e;
};

/* Parse the words of `line`; the texts stay in `space`. */
static int parse(struct result *r, char *space, const char *line)
{
	const struct sm_option table[] = {
		{ 'h', "help", NULL, "show this", SM_OPTION_HELP, &r->help },
		{ 'i', "install-dir", "DIR", "where", SM_OPTION_STR, &r->dir },
		{ 0, "inspect", "FILE", "what", SM_OPTION_STR, &r->inspect },
		{ 'j', "jobs", "N", "how many", SM_OPTION_U32, &r->jobs },
		{ 0, "json", NULL, "machine readable", SM_OPTION_FLAG,
		  &r->json },
		{ 'v', NULL, NULL, "tell more", SM_OPTION_FLAG, &r->verbose },
		{ 'k', "key", "FILE", "a key", SM_OPTION_LIST, &r->keys },
	};
	char *argv[WORDS_MAX] = { NULL }, *p;
	int argc = 1;

	memset(r, 0, sizeof(*r));
	memcpy(space, line, strlen(line) + 1);
	argv[0] = space;
	for (p = space; *p; p++) {
		if (*p == ' ') {
			*p = '\0';
			assert_true(argc < WORDS_MAX);
			argv[argc++] = p + 1;
		}
	}
	return sm_options_parse(table, SM_ARRAY_LEN(table), argc, argv, r->args,
				&r->n_args, &r->e);
}

static void accepted(void **state)
{
	char space[500];
	struct result r;

	SM_UNUSED(state);
	assert_int_equal(parse(&r, space, "p"), 0);
	assert_int_equal(r.n_args, 0);

	assert_int_equal(parse(&r, space, "p -i /a -j 7 --json -v"), 0);
	assert_string_equal(r.dir, "/a");
	assert_int_equal(r.jobs, 7);
	assert_true(r.json && r.verbose && !r.help);

	assert_int_equal(parse(&r, space, "p -i/a -j7"), 0);
	assert_string_equal(r.dir, "/a");
	assert_int_equal(r.jobs, 7);

	assert_int_equal(parse(&r, space, "p --install-dir /a --jobs=8"), 0);
	assert_string_equal(r.dir, "/a");
	assert_int_equal(r.jobs, 8);

	/* unambiguous prefixes, with and without value in the word */
	assert_int_equal(parse(&r, space, "p --install=/a --jo 9 --js"), 0);
	assert_string_equal(r.dir, "/a");
	assert_int_equal(r.jobs, 9);
	assert_true(r.json);

	/* flags in one word, the last with its value */
	assert_int_equal(parse(&r, space, "p -vi/x"), 0);
	assert_true(r.verbose);
	assert_string_equal(r.dir, "/x");
	assert_int_equal(parse(&r, space, "p -vi /y"), 0);
	assert_string_equal(r.dir, "/y");
}

static void values_are_taken_as_they_are(void **state)
{
	char space[500];
	struct result r;

	SM_UNUSED(state);
	assert_int_equal(parse(&r, space, "p -i --json"), 0);
	assert_string_equal(r.dir, "--json");
	assert_false(r.json);
	assert_int_equal(parse(&r, space, "p --install-dir=a=b"), 0);
	assert_string_equal(r.dir, "a=b");
	assert_int_equal(parse(&r, space, "p --install-dir="), 0);
	assert_string_equal(r.dir, "");
	assert_int_equal(parse(&r, space, "p -i=x"), 0);
	assert_string_equal(r.dir, "=x");
	assert_int_equal(parse(&r, space, "p -i --"), 0);
	assert_string_equal(r.dir, "--");
}

static void last_wins_and_lists_keep(void **state)
{
	char space[500];
	struct result r;

	SM_UNUSED(state);
	assert_int_equal(parse(&r, space, "p -i a -i b -k x --key=y -kz"), 0);
	assert_string_equal(r.dir, "b");
	assert_int_equal(r.keys.n, 3);
	assert_string_equal(r.keys.value[0], "x");
	assert_string_equal(r.keys.value[1], "y");
	assert_string_equal(r.keys.value[2], "z");
}

static void arguments(void **state)
{
	char space[500];
	struct result r;

	SM_UNUSED(state);
	assert_int_equal(parse(&r, space, "p a -v b - --json -- -x --help c"),
			 0);
	assert_true(r.verbose && r.json && !r.help);
	assert_int_equal(r.n_args, 6);
	assert_string_equal(r.args[0], "a");
	assert_string_equal(r.args[1], "b");
	assert_string_equal(r.args[2], "-");
	assert_string_equal(r.args[3], "-x");
	assert_string_equal(r.args[4], "--help");
	assert_string_equal(r.args[5], "c");
}

static void help_stops(void **state)
{
	char space[500];
	struct result r;

	SM_UNUSED(state);
	assert_int_equal(parse(&r, space, "p -h --no-such"), 0);
	assert_true(r.help);
	assert_int_equal(parse(&r, space, "p --help -i"), 0);
	assert_true(r.help);
	assert_int_equal(parse(&r, space, "p -hq"), 0);
	assert_true(r.help);
	assert_int_equal(parse(&r, space, "p --no-such -h"), SM_EUSAGE);
}

/* Texts taken from Python 3.11's optparse with the same table. */
static void refused(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "p --x", "no such option: --x" },
		{ "p --x=1", "no such option: --x" },
		{ "p --Json", "no such option: --Json" },
		{ "p --jsonx", "no such option: --jsonx" },
		{ "p -x", "no such option: -x" },
		{ "p -vx", "no such option: -x" },
		{ "p -i", "-i option requires 1 argument" },
		{ "p -vi", "-i option requires 1 argument" },
		{ "p --install-dir",
		  "--install-dir option requires 1 argument" },
		{ "p --inst", "--install-dir option requires 1 argument" },
		{ "p --in", "ambiguous option: --in "
			    "(--inspect, --install-dir?)" },
		{ "p --in=x", "ambiguous option: --in "
			      "(--inspect, --install-dir?)" },
		{ "p --=x",
		  "ambiguous option: -- "
		  "(--help, --inspect, --install-dir, --jobs, --json, --key?)" },
		{ "p --json=1", "--json option does not take a value" },
		{ "p --js=", "--json option does not take a value" },
		{ "p --help=2", "--help option does not take a value" },
		{ "p -j x", "option -j: invalid integer value: 'x'" },
		{ "p --jo=-1", "option --jobs: invalid integer value: '-1'" },
		{ "p -j 4294967296",
		  "option -j: invalid integer value: '4294967296'" },
		{ "p --jobs=", "option --jobs: invalid integer value: ''" },
	};
	char space[500];
	struct result r;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(&r, space, cases[i].line), SM_EUSAGE);
		assert_int_equal(r.e.code, SM_EUSAGE);
		assert_string_equal(r.e.msg, cases[i].want);
	}
}

static void too_many_of_a_list(void **state)
{
	struct sm_buf line = SM_BUF_INIT(1000);
	char space[1000];
	struct result r;
	int i;

	SM_UNUSED(state);
	(void)sm_buf_puts(&line, "p");
	for (i = 0; i < SM_OPTION_LIST_MAX; i++)
		(void)sm_buf_puts(&line, " -kx");
	assert_int_equal(parse(&r, space, line.ptr), 0);
	assert_int_equal(r.keys.n, SM_OPTION_LIST_MAX);
	(void)sm_buf_puts(&line, " -ky");
	assert_int_equal(parse(&r, space, line.ptr), SM_EUSAGE);
	assert_string_equal(r.e.msg, "option -k: given more than 64 times");
	sm_buf_release(&line);
}

static const struct sm_option shown[] = {
	{ 'h', "help", NULL, "show this help message and exit", SM_OPTION_HELP,
	  NULL },
	{ 'i', "install-dir", "DIR",
	  "folder to install into; it is made if it is not there "
	  "(/usr/local/sessionmanagerplugin)",
	  SM_OPTION_STR, NULL },
	{ 0, "secret", "X", NULL, SM_OPTION_STR, NULL },
	{ 'v', NULL, NULL, "tell more", SM_OPTION_FLAG, NULL },
	{ 0, "json", NULL, "results as JSON", SM_OPTION_FLAG, NULL },
	/* exactly as wide as the first column, and one more */
	{ 0, "exactly-fits-in-it", NULL, "fits", SM_OPTION_FLAG, NULL },
	{ 0, "exactly-fits-in-it2", NULL, "does not", SM_OPTION_FLAG, NULL },
};

static void help_text(void **state)
{
	static const char want[] =
		"Options:\n"
		"  -h, --help            show this help message and exit\n"
		"  -i DIR, --install-dir=DIR\n"
		"                        folder to install into; it is made if "
		"it is not there\n"
		"                        (/usr/local/sessionmanagerplugin)\n"
		"  -v                    tell more\n"
		"  --json                results as JSON\n"
		"  --exactly-fits-in-it  fits\n"
		"  --exactly-fits-in-it2\n"
		"                        does not\n";
	struct sm_buf out = SM_BUF_INIT(10000), small = SM_BUF_INIT(30);
	struct sm_str rest, line;

	SM_UNUSED(state);
	assert_int_equal(sm_options_help(shown, SM_ARRAY_LEN(shown), &out), 0);
	assert_string_equal(out.ptr, want);
	rest = sm_buf_str(&out);
	while (sm_str_split(&rest, '\n', &line))
		assert_true(line.len < 80);
	assert_int_equal(sm_options_help(shown, SM_ARRAY_LEN(shown), &small),
			 SM_ELIMIT);
	sm_buf_release(&out);
	sm_buf_release(&small);
}

static void words(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1000);

	SM_UNUSED(state);
	assert_int_equal(sm_options_words(shown, 5, &out), 0);
	assert_string_equal(out.ptr,
			    "-h\n--help\n-i\n--install-dir\n-v\n--json\n");
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(values_are_taken_as_they_are),
		cmocka_unit_test(last_wins_and_lists_keep),
		cmocka_unit_test(arguments),
		cmocka_unit_test(help_stops),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_many_of_a_list),
		cmocka_unit_test(help_text),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
