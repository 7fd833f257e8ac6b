/*
 * What is printed where, and that a lost result is noticed.
 */
#include "common/def.h"
#include "common/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct pair {
	struct sm_out o;
	char *out, *err; /* what was printed, after flushing */
	size_t out_len, err_len;
};

static void open_pair(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	p->o.out = open_memstream(&p->out, &p->out_len);
	p->o.err = open_memstream(&p->err, &p->err_len);
	assert_non_null(p->o.out);
	assert_non_null(p->o.err);
	p->o.prog = "prog";
}

static void close_pair(struct pair *p)
{
	fclose(p->o.out);
	fclose(p->o.err);
	free(p->out);
	free(p->err);
}

static void say_everything(struct sm_out *o)
{
	sm_out_say(o, "result %d", 1);
	sm_out_detail(o, "detail %s", "x");
	sm_out_warn(o, "careful: %s", "y");
	sm_out_error(o, "cannot open '%s'", "z");
	assert_int_equal(sm_out_flush(o, NULL), 0);
}

static void normal(void **state)
{
	struct pair p;

	SM_UNUSED(state);
	open_pair(&p);
	say_everything(&p.o);
	assert_string_equal(p.out, "result 1\n");
	assert_string_equal(p.err, "prog: warning: careful: y\n"
				   "prog: error: cannot open 'z'\n");
	close_pair(&p);
}

static void quiet(void **state)
{
	struct pair p;

	SM_UNUSED(state);
	open_pair(&p);
	p.o.verbosity = -1;
	p.o.prog = NULL;
	say_everything(&p.o);
	assert_string_equal(p.out, "");
	assert_string_equal(p.err, "warning: careful: y\n"
				   "error: cannot open 'z'\n");
	close_pair(&p);
}

static void verbose_and_colour(void **state)
{
	struct pair p;

	SM_UNUSED(state);
	open_pair(&p);
	p.o.verbosity = 1;
	p.o.colour = true;
	say_everything(&p.o);
	assert_string_equal(p.out, "result 1\n");
	assert_string_equal(p.err,
			    "detail x\n"
			    "prog: \033[33mwarning:\033[0m careful: y\n"
			    "prog: \033[31merror:\033[0m cannot open 'z'\n");
	close_pair(&p);
}

static void json_has_no_lines_for_people(void **state)
{
	struct pair p;

	SM_UNUSED(state);
	open_pair(&p);
	p.o.json = true;
	say_everything(&p.o);
	assert_string_equal(p.out, "");
	assert_non_null(strstr(p.err, "error: cannot open 'z'"));
	close_pair(&p);
}

static void names_cannot_steer_the_terminal(void **state)
{
	struct pair p;

	SM_UNUSED(state);
	open_pair(&p);
	sm_out_error(&p.o, "cannot open '%s'",
		     "a\033]0;x\007\x7f\r\tb\xc2\x9b"
		     "c\xc3\xa4");
	(void)sm_out_flush(&p.o, NULL);
	assert_string_equal(p.err,
			    "prog: error: cannot open 'a\\x1b]0;x\\x07\\x7f"
			    "\\x0d\tb\\x9bc\xc3\xa4'\n");
	close_pair(&p);
	/* nor do results, details, single bytes, and a turn of direction */
	open_pair(&p);
	p.o.verbosity = 1;
	sm_out_say(&p.o, "has %s", "\033[2J\x9b\xe2\x80\xae");
	sm_out_detail(&p.o, "has %s", "\033[2J\x9b\xe2\x80\xae");
	(void)sm_out_flush(&p.o, NULL);
	assert_string_equal(p.out, "has \\x1b[2J\\x9b\\u202e\n");
	assert_string_equal(p.err, p.out);
	close_pair(&p);
}

static void huge_message(void **state)
{
	size_t len = (size_t)1 << 20;
	char *text = malloc(len);
	struct pair p;

	SM_UNUSED(state);
	assert_non_null(text);
	memset(text, 'x', len - 1);
	text[len - 1] = '\0';
	open_pair(&p);
	sm_out_error(&p.o, "%s", text);
	(void)sm_out_flush(&p.o, NULL);
	assert_string_equal(p.err, "prog: error: (message too long)\n");
	close_pair(&p);
	free(text);
}

static void exit_codes(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(sm_out_exit_code(0), 0);
	assert_int_equal(sm_out_exit_code(5), 0);
	assert_int_equal(sm_out_exit_code(SM_EUSAGE), 2);
	assert_int_equal(sm_out_exit_code(SM_EVERIFY), 3);
	assert_int_equal(sm_out_exit_code(SM_EIO), 1);
	assert_int_equal(sm_out_exit_code(SM_EBUSY), 1);
}

static void full_disk(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_out o;

	SM_UNUSED(state);
	memset(&o, 0, sizeof(o));
	o.out = fopen("/dev/full", "w");
	if (!o.out)
		skip();
	o.err = stderr;
	sm_out_say(&o, "lost");
	assert_int_equal(sm_out_flush(&o, &e), SM_EIO);
	assert_int_equal(e.code, SM_EIO);
	assert_string_equal(e.msg, "cannot write the output: "
				   "No space left on device");
	/* the first failure is not forgotten by a later flush */
	assert_int_equal(sm_out_flush(&o, NULL), SM_EIO);
	fclose(o.out);
}

static void of_this_process(void **state)
{
	struct sm_out o;

	SM_UNUSED(state);
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	sm_out_init(&o, "p");
	assert_ptr_equal(o.out, stdout);
	assert_ptr_equal(o.err, stderr);
	assert_false(o.colour);
	assert_false(o.json);
	assert_int_equal(o.verbosity, 0);
	assert_string_equal(o.prog, "p");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal),
		cmocka_unit_test(quiet),
		cmocka_unit_test(verbose_and_colour),
		cmocka_unit_test(json_has_no_lines_for_people),
		cmocka_unit_test(names_cannot_steer_the_terminal),
		cmocka_unit_test(huge_message),
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(of_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
