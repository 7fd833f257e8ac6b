/*
 * The command line of setup.exe, its exit codes, and when it asks for rights.
 */
#include "common/def.h"
#include "installer/setupargs.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define WORDS_MAX 8

static int parse(struct inst_setupargs *s, struct sm_err *e, const char *line)
{
	static char text[256];
	char *argv[WORDS_MAX] = { text }, *c = text;
	int argc = 1;

	(void)snprintf(text, sizeof(text), "setup.exe %s", line);
	while ((c = strchr(c, ' ')) && c[1]) {
		*c++ = '\0';
		argv[argc++] = c;
	}
	return inst_setupargs_parse(s, argc, argv, e);
}

static struct inst_setupargs good(const char *line)
{
	struct sm_err e = SM_ERR_INIT;
	struct inst_setupargs s;

	if (parse(&s, &e, line) < 0)
		fail_msg("'%s': %s", line, sm_err_msg(&e));
	return s;
}

static void nothing(void **state)
{
	struct inst_setupargs s = good("");

	SM_UNUSED(state);
	assert_int_equal(s.act, INST_SETUP_INSTALL);
	assert_int_equal(s.show, INST_SETUP_FULL);
	assert_null(s.dir);
	assert_null(s.log);
	assert_false(s.force);
	assert_false(s.user);
}

/* As packagers and images write it: PACKAGING.md 1.7. */
static void as_in_the_field(void **state)
{
	static const struct {
		const char *line;
		int act, show;
	} cases[] = {
		{ "/quiet", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "/quiet /norestart", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "/silent /install", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "-Q", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "/S", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "--quiet", INST_SETUP_INSTALL, INST_SETUP_QUIET },
		{ "/passive /REPAIR", INST_SETUP_REPAIR, INST_SETUP_PASSIVE },
		{ "/uninstall /q /forcerestart", INST_SETUP_UNINSTALL,
		  INST_SETUP_QUIET },
		{ "/x /promptrestart", INST_SETUP_UNINSTALL, INST_SETUP_FULL },
		{ "/?", INST_SETUP_HELP, INST_SETUP_FULL },
		{ "/layout /q", INST_SETUP_LAYOUT, INST_SETUP_QUIET },
	};
	struct inst_setupargs s;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		s = good(cases[i].line);
		if ((int)s.act != cases[i].act || (int)s.show != cases[i].show)
			fail_msg("'%s': %d, %d", cases[i].line, (int)s.act,
				 (int)s.show);
		assert_null(s.layout);
	}
}

static void values(void **state)
{
	struct inst_setupargs s;

	SM_UNUSED(state);
	s = good("/log C:\\a.log installfolder=C:\\x Force=1 SCOPE=User");
	assert_string_equal(s.log, "C:\\a.log");
	assert_string_equal(s.dir, "C:\\x");
	assert_true(s.force);
	assert_true(s.user);
	s = good("/D=C:\\y /l b");
	assert_string_equal(s.dir, "C:\\y");
	assert_string_equal(s.log, "b");
	s = good("InstallFolder=");
	assert_null(s.dir);
	s = good("Force=2 Scope=machine Whatever=1");
	assert_false(s.force);
	assert_false(s.user);
	s = good("/layout C:\\share /quiet");
	assert_string_equal(s.layout, "C:\\share");
	assert_int_equal(s.show, INST_SETUP_QUIET);
}

static void refused(void **state)
{
	static const char *const lines[] = { "/nonsense", "word", "/log", "/",
					     "-" };
	struct inst_setupargs s;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(lines); i++) {
		struct sm_err e = SM_ERR_INIT;

		if (parse(&s, &e, lines[i]) != SM_EUSAGE)
			fail_msg("'%s'", lines[i]);
	}
}

static void exit_codes(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(inst_setupargs_status(0), 0);
	assert_int_equal(inst_setupargs_status(1), 0);
	assert_int_equal(inst_setupargs_status(SM_ECANCEL), 1602);
	assert_int_equal(inst_setupargs_status(SM_EIO), 1603);
	assert_int_equal(inst_setupargs_status(SM_EBUSY), 1618);
	assert_int_equal(inst_setupargs_status(SM_EUSAGE), 1639);
}

static enum inst_setupargs_rise rise(const char *line, bool elevated, bool own)
{
	struct inst_setupargs s = good(line);

	return inst_setupargs_rise(&s, elevated, own);
}

static void rights(void **state)
{
	SM_UNUSED(state);
	/* an administrator, and whoever stays in their own folder */
	assert_int_equal(rise("", true, false), INST_SETUP_STAY);
	assert_int_equal(rise("/quiet", true, false), INST_SETUP_STAY);
	assert_int_equal(rise("/quiet", false, true), INST_SETUP_STAY);
	assert_int_equal(rise("/passive", false, true), INST_SETUP_STAY);
	assert_int_equal(rise("Scope=user", false, true), INST_SETUP_STAY);
	assert_int_equal(rise("/x", false, true), INST_SETUP_STAY);
	/* a person who may still choose is asked first */
	assert_int_equal(rise("", false, true), INST_SETUP_RISE);
	assert_int_equal(rise("", false, false), INST_SETUP_RISE);
	assert_int_equal(rise("/passive", false, false), INST_SETUP_RISE);
	assert_int_equal(rise("/x", false, false), INST_SETUP_RISE);
	/* nobody is there to be asked */
	assert_int_equal(rise("/quiet", false, false), INST_SETUP_REFUSE);
	assert_int_equal(rise("/x /quiet", false, false), INST_SETUP_REFUSE);
	assert_int_equal(rise("/layout /quiet", false, false), INST_SETUP_STAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),    cmocka_unit_test(as_in_the_field),
		cmocka_unit_test(values),     cmocka_unit_test(refused),
		cmocka_unit_test(exit_codes), cmocka_unit_test(rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
