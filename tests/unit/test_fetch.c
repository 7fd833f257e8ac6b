/*
 * Fetching from this machine: what is refused before anything is read.
 */
#include "common/def.h"
#include "installer/fetch.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/httpd.h"

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

/* The first answer says "later", the second time the document comes. */
static void answer(void *user, const struct httpd_req *q, int fd)
{
	const char *const *reply = user, *body = *reply;

	httpd_reply(fd,
		    q->n == 1 ? 503 :
		    body      ? 200 :
				403,
		    NULL, body ? body : "no");
}

static void small(void **state)
{
	struct sm_buf text = SM_BUF_INIT((size_t)64);
	struct sm_err e = SM_ERR_INIT;
	const char *version = "1.2.3.4", *nothing = NULL;
	struct httpd server;

	SM_UNUSED(state);
	httpd_start(&server, answer, &version);
	(void)sm_buf_puts(&text, "v");
	assert_int_equal(inst_fetch_small(server.url, 7, &text, &e), 0);
	assert_string_equal(sm_buf_z(&text), "v1.2.3.4");
	assert_int_equal(inst_fetch_small(server.url, 6, &text, &e), SM_ELIMIT);
	assert_string_equal(sm_buf_z(&text), "v1.2.3.4");
	httpd_stop(&server);
	httpd_start(&server, answer, &nothing);
	assert_int_equal(inst_fetch_small(server.url, 7, &text, &e),
			 SM_ENOTFOUND);
	assert_non_null(strstr(e.msg, "it is not there"));
	httpd_stop(&server);
	sm_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),   cmocka_unit_test(base),
		cmocka_unit_test(absent), cmocka_unit_test(resolving),
		cmocka_unit_test(small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
