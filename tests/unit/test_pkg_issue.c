/*
 * The next issue of the channel: what may be released, and the states.
 */
#include "common/def.h"
#include "pkg/issue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char history[] =
	"{\"format\":\"session-manager-history\",\"schema\":1,"
	"\"minimum\":\"1.2.0.0\",\"releases\":["
	"{\"version\":\"1.2.0.0\",\"date\":\"2026-01-01\",\"kind\":\"fix\","
	"\"change\":\"a\",\"publisher\":\"aws\"},"
	"{\"version\":\"1.3.0.0\",\"date\":\"2026-01-02\",\"kind\":\"fix\","
	"\"change\":\"b\",\"publisher\":\"project\"},"
	"{\"version\":\"1.4.0.0\",\"date\":\"2026-01-03\",\"kind\":\"fix\","
	"\"change\":\"c\",\"publisher\":\"project\",\"state\":\"withdrawn\","
	"\"state_date\":\"2026-01-04\"},"
	"{\"version\":\"1.5.0.0\",\"date\":\"2026-01-05\",\"kind\":\"fix\","
	"\"change\":\"d\",\"publisher\":\"project\"}]}";

static void start(struct pkg_issue *i)
{
	struct sm_err e = SM_ERR_INIT;

	pkg_issue_init(i);
	i->issued_sec = 1767225600;
	i->days = 10;
	assert_int_equal(sm_history_parse(&i->history, sm_str(history), &e), 0);
}

static void checks(void **state)
{
	static const struct {
		const char *version;
		int code;
	} rows[] = {
		{ "1.5.0.0", 0 },
		{ "1.4.0.0", SM_EUSAGE }, /* withdrawn */
		{ "1.3.0.0", SM_EUSAGE }, /* published */
		{ "1.2.0.0", SM_EUSAGE }, /* another publisher's */
		{ "1.6.0.0", SM_EUSAGE }, /* not described */
		{ "x", SM_EUSAGE },
	};
	struct sm_channel_version have = { .version = "1.3.0.0" };
	struct sm_err e = SM_ERR_INIT;
	struct pkg_issue i;

	SM_UNUSED(state);
	start(&i);
	i.last.version = &have;
	i.last.n_versions = 1;
	for (size_t k = 0; k < SM_ARRAY_LEN(rows); k++)
		assert_int_equal(pkg_issue_check(&i, rows[k].version, &e),
				 rows[k].code);
	pkg_issue_release(&i);
}

static void states(void **state)
{
	struct sm_channel_version have[] = { { .version = "1.4.0.0" },
					     { .version = "1.3.0.0" } };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	const char *current = NULL;
	struct sm_channel c;
	struct pkg_issue i;

	SM_UNUSED(state);
	start(&i);
	i.last.version = have;
	i.last.n_versions = 2;
	i.last.serial = 6;
	assert_int_equal(pkg_issue_put(&i, &current, &out, &e), 0);
	assert_string_equal(current, "1.3.0.0");
	i.release.version = "1.5.0.0";
	sm_buf_clear(&out);
	assert_int_equal(pkg_issue_put(&i, &current, &out, &e), 0);
	assert_string_equal(current, "1.5.0.0");
	assert_int_equal(sm_channel_parse(&c, sm_buf_str(&out), &e), 0);
	assert_int_equal(c.serial, 7);
	assert_int_equal(c.expires - c.issued, 10 * 86400);
	assert_int_equal(c.n_versions, 3);
	assert_int_equal(c.version[0].state, SM_CHANNEL_CURRENT);
	assert_int_equal(c.version[1].state, SM_CHANNEL_WITHDRAWN);
	assert_string_equal(c.version[1].reason, "withdrawn on 2026-01-04");
	assert_int_equal(c.version[2].state, SM_CHANNEL_SUPERSEDED);
	sm_channel_release(&c);

	/* a clock that goes back; a version that nobody describes */
	i.last.issued = i.issued_sec + 1;
	assert_int_equal(pkg_issue_put(&i, NULL, &out, &e), SM_EUSAGE);
	i.last.issued = 0;
	have[1].version = "1.1.0.0";
	assert_int_equal(pkg_issue_put(&i, NULL, &out, &e), SM_EFORMAT);
	sm_buf_release(&out);
	pkg_issue_release(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks),
		cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
