/*
 * The command line of "start": forwards, what goes together, documents.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/env.h"
#include "plugin/start.h"

#define ARGS_MAX 16

/* Parse the words of a line; none has a blank. */
static int parse(struct plug_start *s, const char *line, struct sm_err *e)
{
	static char text[512]; /* argv points into it */
	struct sm_str rest = sm_str(line), word;
	char *argv[ARGS_MAX + 1] = { NULL };
	size_t at = 0;
	int argc = 0;

	while (argc < ARGS_MAX && sm_str_split(&rest, ' ', &word)) {
		assert_true(at + word.len + 1 < sizeof(text));
		argv[argc++] = text + at;
		memcpy(text + at, word.ptr, word.len);
		text[at + word.len] = 0;
		at += word.len + 1;
	}
	return plug_start_parse(s, argc, argv, e);
}

static void forwards(void **state)
{
	static const struct {
		const char *text, *bind, *host;
		unsigned local, remote;
	} good[] = {
		{ "80:host:90", "", "host", 80, 90 },
		{ "0:10.0.0.1:65535", "", "10.0.0.1", 0, 65535 },
		{ "127.0.0.2:80:h:1", "127.0.0.2", "h", 80, 1 },
		{ "[::1]:80:h:1", "::1", "h", 80, 1 },
		{ "80:[fd00::1]:22", "", "fd00::1", 80, 22 },
		{ "[::]:80:[fd00::1]:22", "::", "fd00::1", 80, 22 },
	};
	static const char *const bad[] = {
		"",
		"80",
		"80:h",
		"80:h:",
		":80:h:80",
		"80::80",
		"80:h:0",
		"65536:h:1",
		"80:h:65536",
		"-1:h:1",
		"80:h:+1",
		"a:b:c:d:e",
		"[::1:80:h:80",
		"[::1]80:h:80",
		"80:[]:80",
		"80:a b:80",
		"::1:80:h:80",
		"80:h:80:",
		"80:h\n:80",
		"[::1]:",
		"[",
		"]",
		"80:h:[80",
		"7:1]:7",
		"a[b:7:h:7",
		"h:80:h",
	};
	struct plug_start_forward f;
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf big = SM_BUF_INIT(1024);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(good); i++) {
		assert_int_equal(
			plug_start_forward(&f, sm_str(good[i].text), &e), 0);
		assert_true(sm_str_eqz(f.bind, good[i].bind));
		assert_true(sm_str_eqz(f.host, good[i].host));
		assert_int_equal(f.local, good[i].local);
		assert_int_equal(f.remote, good[i].remote);
	}
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		if (plug_start_forward(&f, sm_str(bad[i]), &e) != SM_EUSAGE)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(sm_buf_puts(&big, "1:"), 0);
	assert_int_equal(sm_buf_put_fill(&big, 'h', PLUG_START_HOST_MAX), 0);
	assert_int_equal(sm_buf_puts(&big, ":1"), 0);
	assert_int_equal(plug_start_forward(&f, sm_buf_str(&big), &e), 0);
	sm_buf_truncate(&big, big.len - 2);
	assert_int_equal(sm_buf_puts(&big, "h:1"), 0);
	assert_int_equal(plug_start_forward(&f, sm_buf_str(&big), &e),
			 SM_EUSAGE);
	sm_buf_release(&big);
}

static void lines(void **state)
{
	static const char *const bad[] = {
		"start",
		"start --region r",
		"start -t",
		"start -t i x",
		"start -t i --nonsense",
		"start -t i -L 1:h",
		"start -t i -L 1:h:1 -L 1:h",
		"start -t i -L 1:h:1 -c ls",
		"start -t i -L 1:h:1 --document-name d",
		"start -t i -L 1:h:1 --parameters {}",
		"start -t i -c ls --parameters {}",
		"start --target= -c ls",
		"start -t i --command=",
	};
	struct sm_err e = SM_ERR_INIT;
	struct plug_start s;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		if (parse(&s, bad[i], &e) != SM_EUSAGE)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(parse(&s, "start -h", &e), 0);
	assert_true(s.help);
	assert_int_equal(parse(&s,
			       "start --target i-1 -L 1:h:1 -L 2:h:2 -q "
			       "--profile p",
			       &e),
			 0);
	assert_string_equal(s.target, "i-1");
	assert_string_equal(s.profile, "p");
	assert_int_equal(s.forwards.n, 2);
	assert_true(s.quiet);
	assert_null(s.region);
}

static void documents(void **state)
{
	static const struct {
		const char *line, *document, *parameters;
	} cases[] = {
		{ "start -t i", NULL, "" },
		{ "start -t i --document-name D", "D", "" },
		{ "start -t i --document-name D --parameters {\"a\":[\"b\"]}",
		  "D", "{\"a\":[\"b\"]}" },
		{ "start -t i -c say\"x\"", "AWS-StartNonInteractiveCommand",
		  "{\"command\":[\"say\\\"x\\\"\"],"
		  "\"separateOutputStream\":[\"true\"]}" },
		{ "start -t i -c ls --document-name D", "D",
		  "{\"command\":[\"ls\"]}" },
		{ "start -t i -L 1:localhost:2",
		  "AWS-StartPortForwardingSession",
		  "{\"portNumber\":[\"2\"],\"localPortNumber\":[\"1\"]}" },
		{ "start -t i -L 0:127.0.0.1:2",
		  "AWS-StartPortForwardingSession",
		  "{\"portNumber\":[\"2\"],\"localPortNumber\":[\"0\"]}" },
		{ "start -t i -L 1:db:2",
		  "AWS-StartPortForwardingSessionToRemoteHost",
		  "{\"portNumber\":[\"2\"],\"localPortNumber\":[\"1\"],"
		  "\"host\":[\"db\"]}" },
	};
	struct sm_buf p = SM_BUF_INIT(PLUG_START_PARAMETERS_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct plug_start s;
	const char *document;
	struct sm_str bind;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(&s, cases[i].line, &e), 0);
		sm_buf_clear(&p);
		assert_int_equal(
			plug_start_document(&s, &document, &p, &bind, &e), 0);
		assert_string_equal(document ? document : "",
				    cases[i].document ? cases[i].document : "");
		assert_string_equal(sm_buf_z(&p), cases[i].parameters);
		assert_int_equal(bind.len, 0);
	}
	assert_int_equal(parse(&s, "start -t i -L [::1]:1:db:2", &e), 0);
	sm_buf_clear(&p);
	assert_int_equal(plug_start_document(&s, &document, &p, &bind, &e), 0);
	assert_true(sm_str_eqz(bind, "::1"));
	sm_buf_release(&p);
}

static void parameters_are_bounded(void **state)
{
	struct sm_buf p = SM_BUF_INIT(16);
	struct sm_err e = SM_ERR_INIT;
	struct plug_start s;
	const char *document;
	struct sm_str bind;

	SM_UNUSED(state);
	assert_int_equal(parse(&s, "start -t i -c ls", &e), 0);
	assert_int_equal(plug_start_document(&s, &document, &p, &bind, &e),
			 SM_ELIMIT);
	sm_buf_release(&p);
}

static void regions(void **state)
{
	struct sm_buf r = SM_BUF_INIT(64);
	struct sm_err e = SM_ERR_INIT;
	struct plug_start s;

	SM_UNUSED(state);
	assert_int_equal(sm_os_env_set("AWS_CONFIG_FILE", "/nowhere"), 0);
	assert_int_equal(
		sm_os_env_set("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"), 0);
	assert_int_equal(sm_os_env_set("AWS_REGION", NULL), 0);
	assert_int_equal(sm_os_env_set("AWS_DEFAULT_REGION", NULL), 0);
	assert_int_equal(parse(&s, "start -t i", &e), 0);
	assert_int_equal(plug_start_region(&s, &r, &e), SM_EUSAGE);
	assert_int_equal(sm_os_env_set("AWS_REGION", "eu-west-1"), 0);
	assert_int_equal(plug_start_region(&s, &r, &e), 0);
	assert_string_equal(sm_buf_z(&r), "eu-west-1");
	sm_buf_clear(&r);
	assert_int_equal(parse(&s, "start -t i --region us-east-2", &e), 0);
	assert_int_equal(plug_start_region(&s, &r, &e), 0);
	assert_string_equal(sm_buf_z(&r), "us-east-2");
	sm_buf_release(&r);
}

static void help_fits_the_screen(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str rest, line;

	SM_UNUSED(state);
	assert_int_equal(plug_start_help(&b), 0);
	rest = sm_buf_str(&b);
	while (sm_str_split(&rest, '\n', &line))
		assert_true(line.len <= 80);
	assert_non_null(strstr(sm_buf_z(&b), "--endpoint-url"));
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwards),
		cmocka_unit_test(lines),
		cmocka_unit_test(documents),
		cmocka_unit_test(parameters_are_bounded),
		cmocka_unit_test(regions),
		cmocka_unit_test(help_fits_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
