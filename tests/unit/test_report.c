/*
 * What is said of plans and of their outcome, as text and as JSON.
 */
#include "common/def.h"
#include "installer/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

struct said {
	struct sm_out out;
	char *text, *errors;
	size_t n_text, n_errors;
};

static void begin(struct said *s)
{
	memset(s, 0, sizeof(*s));
	s->out.out = open_memstream(&s->text, &s->n_text);
	s->out.err = open_memstream(&s->errors, &s->n_errors);
	assert_non_null(s->out.out);
	assert_non_null(s->out.err);
	s->out.prog = "install";
}

static void end(struct said *s)
{
	assert_int_equal(fclose(s->out.out), 0);
	assert_int_equal(fclose(s->out.err), 0);
}

static void drop(struct said *s)
{
	free(s->text);
	free(s->errors);
}

static void plans(void **state)
{
	struct inst_step step[] = {
		{ .kind = INST_STEP_LINK,
		  .path = "/d/current",
		  .from = "versions/1",
		  .commit = true },
		{ .kind = INST_STEP_SYNC, .path = "/d" },
	};
	struct inst_plan p = { 0 };
	struct said s;

	SM_UNUSED(state);
	p.step = step;
	p.n = SM_ARRAY_LEN(step);
	begin(&s);
	assert_int_equal(inst_report_plan(&s.out, &p), 0);
	end(&s);
	assert_string_equal(s.text, "link '/d/current' -> 'versions/1'   <- "
				    "switch\n");
	drop(&s);
	begin(&s);
	s.out.json = true;
	assert_int_equal(inst_report_plan(&s.out, &p), 0);
	end(&s);
	assert_string_equal(
		s.text,
		"{\"type\": \"step\", \"act\": \"link\", \"path\": "
		"\"/d/current\", \"from\": \"versions/1\", \"switch\": true}\n"
		"{\"type\": \"step\", \"act\": \"sync\", \"path\": \"/d\", "
		"\"switch\": false}\n");
	drop(&s);
	begin(&s); /* nothing to do */
	p.n = 0;
	assert_int_equal(inst_report_plan(&s.out, &p), 0);
	end(&s);
	assert_int_equal(s.n_text, 0);
	drop(&s);
}

static void running(void **state)
{
	struct inst_step step = { .kind = INST_STEP_MKDIR, .mode = 0755 };
	struct inst_plan p = { 0 };
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;
	struct said s;
	int verbosity;

	SM_UNUSED(state);
	scratch_make(&t);
	step.path = scratch_path(&t, "d");
	p.step = &step;
	p.n = 1;
	for (verbosity = -1; verbosity <= 1; verbosity++) {
		begin(&s);
		s.out.verbosity = verbosity;
		assert_int_equal(inst_report_run(&s.out, &p, &e), 0);
		end(&s);
		assert_int_equal(s.n_text, 0);
		assert_int_equal(!!strstr(s.errors, "make directory '"),
				 verbosity > 0);
		drop(&s);
	}
	scratch_remove(&t);
}

static void outcomes(void **state)
{
	struct inst_place place = { 0 };
	struct said s;

	SM_UNUSED(state);
	place.dir = "/nonexistent/d";
	place.link = "/l";
	begin(&s);
	inst_report_installed(&s.out, &place, "2", "1", true);
	inst_report_removed(&s.out, &place);
	end(&s);
	assert_int_equal(s.n_text, 0); /* text is the command's */
	drop(&s);
	begin(&s);
	s.out.json = true;
	inst_report_installed(&s.out, &place, "2", "", false);
	inst_report_removed(&s.out, &place);
	end(&s);
	assert_string_equal(
		s.text,
		"{\"type\": \"installed\", \"version\": \"2\", \"directory\": "
		"\"/nonexistent/d\", \"link\": \"/l\", \"changed\": false}\n"
		"{\"type\": \"removed\", \"directory\": \"/nonexistent/d\", "
		"\"link\": \"/l\", \"directory_stays\": false}\n");
	drop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(running),
		cmocka_unit_test(outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
