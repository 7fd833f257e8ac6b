/*
 * The memory of release channels, and the choice of a version.
 */
#include "common/def.h"
#include "installer/feed.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void recall(void **state)
{
	struct sm_channel_seen seen;
	const char *text = "7 " SUM " https://a/b\n12 " SUM " /a dir/x\n"
			   "x " SUM " /bad\n0 " SUM " /zero\n"
			   "5 " SUM "00 /long\n5 E3 /short\nrubbish\n\n";

	SM_UNUSED(state);
	assert_int_equal(inst_feed_recall(sm_str(text), "https://a/b", &seen),
			 0);
	assert_int_equal(seen.serial, 7);
	assert_string_equal(seen.sha256, SUM);
	assert_int_equal(inst_feed_recall(sm_str(text), "/a dir/x", &seen), 0);
	assert_int_equal(seen.serial, 12);
	/* another source knows nothing */
	assert_int_equal(inst_feed_recall(sm_str(text), "https://a", &seen), 0);
	assert_int_equal(seen.serial, 0);
	/* a damaged line is not the same as none: it would allow going back */
	assert_int_equal(inst_feed_recall(sm_str(text), "/bad", &seen),
			 SM_EFORMAT);
	assert_int_equal(seen.serial, 0);
	assert_int_equal(inst_feed_recall(sm_str(text), "/zero", &seen),
			 SM_EFORMAT);
	assert_int_equal(inst_feed_recall(sm_str(text), "/long", &seen),
			 SM_EFORMAT);
	assert_int_equal(inst_feed_recall(sm_str(text), "/short", &seen),
			 SM_EFORMAT);
	assert_int_equal(inst_feed_recall(sm_str(""), "/x", &seen), 0);
}

static void choose(void **state)
{
	struct sm_channel_version list[] = {
		{ "1.4", "2026-01-02", SM_CHANNEL_WITHDRAWN, "bad", "", NULL,
		  0 },
		{ "1.3", "2026-01-01", SM_CHANNEL_CURRENT, "", "", NULL, 0 },
	};
	struct inst_feed f = { 0 };
	const struct sm_channel_version *v;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	f.found = true;
	f.channel.version = list;
	f.channel.n_versions = 2;
	assert_int_equal(inst_feed_choose(&f, "latest", &v, &e), 0);
	assert_string_equal(v->version, "1.3");
	assert_int_equal(inst_feed_choose(&f, "1.4", &v, &e), SM_EVERIFY);
	assert_string_equal(e.msg, "version 1.4 was withdrawn: bad");
	assert_int_equal(inst_feed_choose(&f, "1.5", &v, &e), SM_ENOTFOUND);
	assert_true(inst_feed_withdrawn(&f, "1.4.0.0"));
	assert_false(inst_feed_withdrawn(&f, "1.3"));
	assert_false(inst_feed_withdrawn(&f, "1.5"));
	f.channel.version[1].state = SM_CHANNEL_WITHDRAWN;
	assert_int_equal(inst_feed_choose(&f, "latest", &v, &e), SM_ENOTFOUND);
	f.found = false;
	assert_false(inst_feed_withdrawn(&f, "1.4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recall),
		cmocka_unit_test(choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
