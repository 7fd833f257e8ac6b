/*
 * seelog.xml: the default configuration, what each attribute changes, and
 * everything that must be refused.
 */
#include "common/def.h"
#include "plugin/seelog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/os/clock.h"
#include "common/os/env.h"

#define BIT(name) PLUG_SEELOG_BIT(SM_LOG_##name)
#define SEVERE (BIT(ERROR) | BIT(CRITICAL))

/* PROTOCOL.md 12.2, with another minimum level. */
static const char official[] =
	"<!-- comment -->\n"
	"<seelog type=\"adaptive\" mininterval=\"2000000\" "
	"maxinterval=\"100000000\" critmsgcount=\"500\" minlevel=\"%s\">\n"
	"  <exceptions>\n"
	"    <exception filepattern=\"test*\" minlevel=\"error\"/>\n"
	"  </exceptions>\n"
	"  <outputs formatid=\"fmtinfo\">\n"
	"    <rollingfile type=\"size\" filename=\"/x/a.log\" "
	"maxsize=\"30000000\" maxrolls=\"5\"/>\n"
	"    <filter levels=\"error,critical\" formatid=\"fmterror\">\n"
	"      <rollingfile type=\"size\" filename=\"/x/errors.log\" "
	"maxsize=\"10000000\" maxrolls=\"3\"/>\n"
	"    </filter>\n"
	"  </outputs>\n"
	"  <formats>\n"
	"    <format id=\"fmterror\" format=\"%%Date %%Time %%LEVEL "
	"[%%FuncShort @ %%File.%%Line] %%Msg%%n\"/>\n"
	"    <format id=\"fmtdebug\" format=\"%%Date %%Time %%LEVEL "
	"[%%FuncShort @ %%File.%%Line] %%Msg%%n\"/>\n"
	"    <format id=\"fmtinfo\" format=\"%%Date %%Time %%LEVEL %%Msg%%n\"/>\n"
	"  </formats>\n"
	"</seelog>\n";

static struct plug_seelog s;
static struct sm_err e;

static int begin(void **state)
{
	SM_UNUSED(state);
	plug_seelog_init(&s);
	sm_err_clear(&e);
	return 0;
}

static int end(void **state)
{
	SM_UNUSED(state);
	plug_seelog_release(&s);
	return 0;
}

static void parse(const char *xml)
{
	plug_seelog_release(&s);
	if (plug_seelog_parse(&s, sm_str(xml), &e) < 0)
		fail_msg("%s", e.msg);
}

static void parse_official(const char *level)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), official, level);
	parse(text);
}

static void test_official(void **state)
{
	SM_UNUSED(state);
	parse_official("off");
	assert_int_equal(plug_seelog_levels(&s, "a.c", "f"), 0);
	assert_int_equal(s.n_outputs, 2);
	assert_int_equal(s.output[0].kind, PLUG_SEELOG_ROLLING);
	assert_string_equal(s.output[0].path, "/x/a.log");
	assert_int_equal(s.output[0].max_size, 30000000);
	assert_int_equal(s.output[0].max_rolls, 5);
	assert_int_equal(s.output[0].levels, PLUG_SEELOG_ALL);
	assert_string_equal(s.output[0].format, "%Date %Time %LEVEL %Msg%n");
	assert_string_equal(s.output[1].path, "/x/errors.log");
	assert_int_equal(s.output[1].max_size, 10000000);
	assert_int_equal(s.output[1].max_rolls, 3);
	assert_int_equal(s.output[1].levels, SEVERE);
	assert_string_equal(
		s.output[1].format,
		"%Date %Time %LEVEL [%FuncShort @ %File.%Line] %Msg%n");
	/* the exception: errors of test files even when off */
	assert_int_equal(plug_seelog_levels(&s, "test_x.c", "f"), SEVERE);
	assert_int_equal(plug_seelog_min(&s), SM_LOG_ERROR);
	parse_official("info");
	assert_int_equal(plug_seelog_min(&s), SM_LOG_INFO);
	assert_int_equal(plug_seelog_levels(&s, "a.c", "f"),
			 BIT(INFO) | BIT(WARN) | SEVERE);
	assert_int_equal(plug_seelog_levels(&s, "atest.c", "f"),
			 BIT(INFO) | BIT(WARN) | SEVERE);
	parse_official("trace");
	assert_int_equal(plug_seelog_levels(&s, "a.c", "f"), PLUG_SEELOG_ALL);
	parse_official("critical");
	assert_int_equal(plug_seelog_levels(&s, "a.c", "f"), BIT(CRITICAL));
}

static void test_levels(void **state)
{
	SM_UNUSED(state);
	parse("<seelog/>");
	assert_int_equal(s.levels, PLUG_SEELOG_ALL);
	assert_int_equal(plug_seelog_min(&s), SM_LOG_OFF); /* no outputs */
	parse("<seelog minlevel='debug' maxlevel='warn'/>");
	assert_int_equal(s.levels, BIT(DEBUG) | BIT(INFO) | BIT(WARN));
	parse("<seelog levels=' error , TRACE '/>");
	assert_int_equal(s.levels, BIT(ERROR) | BIT(TRACE));
	parse("<seelog levels='off'/>");
	assert_int_equal(s.levels, 0);
	parse("<seelog maxlevel='off'/>");
	assert_int_equal(s.levels, 0);
	parse("<seelog minlevel='error' maxlevel='info'/>");
	assert_int_equal(s.levels, 0);
}

static void test_outputs(void **state)
{
	SM_UNUSED(state);
	parse("<seelog><outputs formatid='a'>"
	      "<console formatid='b'/><file path='f'/>"
	      "<buffered size='1' formatid='b'><file path='g'/></buffered>"
	      "<splitter><filter levels='warn,error'>"
	      "<filter levels='error,info'><console/></filter></filter>"
	      "</splitter><smtp senderaddress='x'><recipient/></smtp>"
	      "<rollingfile type='date' filename='h' datepattern='x'/>"
	      "<rollingfile type='size' filename='i'/>"
	      "</outputs><formats><format id='a' format='A'/>"
	      "<format id='b' format='B'/></formats></seelog>");
	assert_int_equal(s.n_outputs, 6);
	assert_int_equal(s.output[0].kind, PLUG_SEELOG_CONSOLE);
	assert_string_equal(s.output[0].format, "B");
	assert_int_equal(s.output[1].kind, PLUG_SEELOG_FILE);
	assert_string_equal(s.output[1].format, "A");
	assert_string_equal(s.output[2].format, "B");
	assert_int_equal(s.output[3].levels, BIT(ERROR));
	assert_string_equal(s.output[3].format, "A");
	assert_int_equal(s.output[4].kind, PLUG_SEELOG_FILE);
	assert_int_equal(s.output[5].max_size, PLUG_SEELOG_SIZE);
	assert_int_equal(s.output[5].max_rolls, PLUG_SEELOG_ROLLS);
}

static void test_exceptions(void **state)
{
	SM_UNUSED(state);
	parse("<seelog minlevel='off'><exceptions>"
	      "<exception filepattern='a?c*.c' funcpattern='*get' levels='info'/>"
	      "<exception funcpattern='*' levels='warn'/>"
	      "</exceptions></seelog>");
	assert_int_equal(plug_seelog_levels(&s, "abcd.c", "x_get"), BIT(INFO));
	assert_int_equal(plug_seelog_levels(&s, "abc.c", "get"), BIT(INFO));
	assert_int_equal(plug_seelog_levels(&s, "abc.c", "gets"), BIT(WARN));
	assert_int_equal(plug_seelog_levels(&s, "ac.c", "get"), BIT(WARN));
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"text",
		"<seelog>",
		"<seelog></other>",
		"<log/>",
		"<seelog minlevel='loud'/>",
		"<seelog levels='info,loud'/>",
		"<seelog levels=''/>",
		"<seelog><outputs><file/></outputs></seelog>",
		"<seelog><outputs><file path=''/></outputs></seelog>",
		"<seelog><outputs><rollingfile/></outputs></seelog>",
		"<seelog><outputs><rollingfile filename='a' maxsize='1k'/></outputs></seelog>",
		"<seelog><outputs><rollingfile filename='a' maxsize='0'/></outputs></seelog>",
		"<seelog><outputs><rollingfile filename='a' maxsize='-1'/></outputs></seelog>",
		"<seelog><outputs><rollingfile filename='a' maxrolls='x'/></outputs></seelog>",
		"<seelog><outputs formatid='none'><console/></outputs></seelog>",
		"<seelog><formats><format id='a'/></formats></seelog>",
		"<seelog><outputs><filter levels='no'/></outputs></seelog>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><seelog/>",
		"<!DOCTYPE a><seelog/>",
		"<seelog a='1' a='2'/>",
		"<seelog/><seelog/>",
		"<?xml version='1.0' encoding='nonsense'?><seelog/>",
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		sm_err_clear(&e);
		if (plug_seelog_parse(&s, sm_str(bad[i]), &e) != SM_EFORMAT)
			fail_msg("taken: %s", bad[i]);
		assert_true(e.msg[0] != '\0');
		assert_int_equal(s.n_outputs, 0);
		assert_int_equal(s.levels, 0);
	}
	assert_int_equal(plug_seelog_parse(&s,
					   sm_str("<seelog>\n<outputs>\n"
						  "<file/>"),
					   &e),
			 SM_EFORMAT);
	assert_string_equal(e.msg, "line 3: file without path");
}

/* A document with `n` times `item` between two texts. */
static int parse_many(const char *before, const char *item, unsigned n,
		      const char *after)
{
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	unsigned i;
	int r;

	(void)sm_buf_puts(&b, before);
	for (i = 0; i < n; i++)
		(void)sm_buf_puts(&b, item);
	(void)sm_buf_puts(&b, after);
	plug_seelog_release(&s);
	r = plug_seelog_parse(&s, sm_buf_str(&b), &e);
	sm_buf_release(&b);
	return r;
}

#define AT_LIMIT(before, item, n, after)                                   \
	do {                                                               \
		assert_int_equal(parse_many(before, item, n, after), 0);   \
		assert_int_equal(parse_many(before, item, (n) + 1, after), \
				 SM_ELIMIT);                               \
	} while (0)

static void test_limits(void **state)
{
	unsigned room = PLUG_SEELOG_MAX - (unsigned)strlen("<seelog/>");

	SM_UNUSED(state);
	AT_LIMIT("<seelog><outputs>", "<console/>", PLUG_SEELOG_OUTPUTS,
		 "</outputs></seelog>");
	AT_LIMIT("<seelog><formats>", "<format id='a' format='b'/>",
		 PLUG_SEELOG_FORMATS, "</formats></seelog>");
	AT_LIMIT("<seelog><exceptions>", "<exception levels='off'/>",
		 PLUG_SEELOG_EXCEPTIONS, "</exceptions></seelog>");
	AT_LIMIT("<seelog/>", " ", room, "");
	assert_int_equal(parse_many("<seelog><outputs>", "<splitter>",
				    PLUG_SEELOG_DEPTH - 1, ""),
			 SM_ELIMIT);
	assert_int_equal(parse_many("<seelog><outputs>", "<splitter>",
				    PLUG_SEELOG_DEPTH - 2, ""),
			 SM_EFORMAT); /* deep enough, but not closed */
}

static void test_truncations(void **state)
{
	char text[4096];
	size_t i, n;

	SM_UNUSED(state);
	n = (size_t)snprintf(text, sizeof(text), official, "info");
	while (text[n - 1] == '\n')
		n--;
	for (i = 0; i < n; i++)
		assert_int_equal(plug_seelog_parse(&s, sm_str_n(text, i), NULL),
				 SM_EFORMAT);
}

static void check_format(const char *format, const char *want)
{
	struct sm_log_record r = { .level = SM_LOG_WARN,
				   .file = "conn.c",
				   .func = "pkg.conn.open",
				   .line = 7,
				   .wall_ms = 1704164645123,
				   .msg = sm_str("a\nb\tc\x1b") };
	struct sm_buf b = SM_BUF_INIT(256);

	assert_int_equal(plug_seelog_format(&b, format, &r), 0);
	assert_string_equal(sm_buf_z(&b), want);
	sm_buf_release(&b);
}

static void test_format(void **state)
{
	SM_UNUSED(state);
	(void)sm_os_env_set("TZ", "UTC-2"); /* two hours east */
	check_format("%Date %Time %LEVEL [%FuncShort @ %File.%Line] %Msg%n",
		     "2024-01-02 05:04:05 WARN [open @ conn.c.7] a?b\tc?\n");
	check_format("%UTCDate(2006)T%UTCTime(x)y", "2024-01-02T03:04:05y");
	check_format("%Level|%LEV|%Lev|%l|%Func|%RelFile|%FullPath",
		     "Warn|WRN|Wrn|w|pkg.conn.open|conn.c|conn.c");
	check_format("%Ns%t%%%", "1704164645123000000\t%%");
	check_format("%Nothing %(x) %Date(", "%Nothing %(x) 2024-01-02(");
	check_format("", "");
}

static void test_format_limit(void **state)
{
	struct sm_log_record r = { .file = "f",
				   .func = "f",
				   .msg = sm_str("0123456789") };
	struct sm_buf b = SM_BUF_INIT(9);

	SM_UNUSED(state);
	assert_int_equal(plug_seelog_format(&b, "%Msg", &r), SM_ELIMIT);
	sm_buf_release(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_official),     TEST(test_levels),
		TEST(test_outputs),      TEST(test_exceptions),
		TEST(test_refused),      TEST(test_limits),
		TEST(test_truncations),  TEST(test_format),
		TEST(test_format_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
