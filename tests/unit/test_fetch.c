/*
 * Fetching from this machine: what is refused before anything is read.
 */
#include "common/def.h"
#include "installer/fetch.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void urls(void **state)
{
	SM_UNUSED(state);
	assert_true(inst_fetch_is_url("https://x"));
	assert_true(inst_fetch_is_url("http://x"));
	assert_false(inst_fetch_is_url("ftp://x"));
	assert_false(inst_fetch_is_url("/https://x"));
	assert_false(inst_fetch_is_url(""));
}

static void base(void **state)
{
	struct inst_fetch f;

	SM_UNUSED(state);
	inst_fetch_init(&f);
	f.from = "https://x/y//";
	assert_string_equal(inst_fetch_source(&f).base, "https://x/y");
	f.from = "/";
	assert_string_equal(inst_fetch_source(&f).base, "/");
	f.from = NULL;
	assert_string_equal(inst_fetch_source(&f).base, INST_OFFICIAL_URL);
	inst_fetch_release(&f);
}

static int run(const char *from, const struct inst_trust *trust,
	       const struct inst_artifact *artifact, struct sm_err *e)
{
	struct inst_fetch f;
	struct sm_out out = { 0 };
	int r;

	inst_fetch_init(&f);
	f.out = &out;
	f.trust = trust;
	f.version = "latest";
	f.from = from;
	f.artifact = artifact;
	r = inst_fetch_run(&f, e);
	inst_fetch_release(&f);
	return r;
}

static void absent(void **state)
{
	struct inst_trust trust = { 0 };
	struct sm_option_list keys = { { NULL }, 0 };
	const struct inst_artifact *a = NULL;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(inst_trust_open(&trust, &keys, &e), 0);
	assert_int_equal(run("/nonexistent/file.deb", &trust, NULL, &e),
			 SM_ENOTFOUND);
	assert_int_equal(inst_artifact_find(&a, SM_PLATFORM_LINUX,
					    SM_ARCH_X86_64, "deb", true, &e),
			 0);
	/* a folder without packages */
	assert_int_equal(run("/etc", &trust, a, &e), SM_ENOTFOUND);
	/* no signature: refused */
	assert_int_equal(run("/etc/passwd", &trust, a, &e), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "no signature"));
	inst_trust_release(&trust);
}

static void resolving(void **state)
{
	struct inst_trust trust = { 0 };
	struct sm_option_list keys = { { NULL }, 0 };
	struct sm_err e = SM_ERR_INIT;
	struct inst_fetch f;

	SM_UNUSED(state);
	assert_int_equal(inst_trust_open(&trust, &keys, &e), 0);
	inst_fetch_init(&f);
	f.trust = &trust;
	f.version = "latest";
	f.from = "/etc/passwd"; /* only the file itself could tell */
	assert_int_equal(inst_fetch_resolve(&f, &e), 0);
	assert_string_equal(f.version, "latest");
	assert_true(f.is_file);
	assert_int_equal(f.fd, -1); /* nothing was brought */
	inst_fetch_release(&f);
	f.from = "/nonexistent";
	assert_int_equal(inst_fetch_resolve(&f, &e), SM_ENOTFOUND);
	inst_fetch_release(&f);
	inst_trust_release(&trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(base),
		cmocka_unit_test(absent),
		cmocka_unit_test(resolving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
