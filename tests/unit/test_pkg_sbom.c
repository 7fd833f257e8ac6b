/*
 * The bill of materials: lists that are refused, with their line.
 */
#include "common/def.h"
#include "pkg/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/json.h"
#include "pkg/manifest.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int put(const char *list, struct sm_buf *out, struct sm_err *e)
{
	struct pkg_manifest m;

	pkg_manifest_init(&m);
	m.name = "thing";
	m.version = "1.2.3.4";
	m.license = "Apache-2.0";
	m.vendor = "Some \"one\"";
	sm_buf_clear(out);
	return pkg_sbom_put(&m, sm_str(list), out, e);
}

static void lists(void **state)
{
	static const char *const bad[] = {
		"zlib\n",
		"zlib zlib zlib_1.orig.tar.gz " SHA "\n",
		"zlib zlib zlib_1.orig.tar.gz " SHA " - more\n",
		"zlib zlib zlib_1.orig.tar.gz 0123 -\n",
		"zlib zlib zlib-1.tar.gz " SHA " -\n",
		"zlib zlib zlib_.orig.tar.gz " SHA " -\n",
		"zlib  zlib_1.orig.tar.gz " SHA " -\n",
	};
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_json j = SM_JSON_INIT;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(bad); i++) {
		assert_int_equal(put(bad[i], &out, &e), SM_EFORMAT);
		assert_non_null(strstr(sm_err_msg(&e), "line 1: not"));
	}
	assert_int_equal(put("# text\n\nx_y lib lib_1+2.orig.tar.xz " SHA
			     " https://example.org/l\n",
			     &out, &e),
			 0);
	assert_int_equal(
		sm_json_parse(&j, sm_buf_str(&out), out.len, "sbom", &e), 0);
	assert_non_null(strstr(sm_buf_z(&out), "\"SPDXRef-Source-x-y\""));
	assert_non_null(strstr(sm_buf_z(&out),
			       "\"pkg:deb/debian/lib@1%2B2?arch=source\""));
	sm_json_release(&j);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
