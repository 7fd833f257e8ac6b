/*
 * The manifest: overrides, defaults, placeholders, places of mistakes; then
 * every truncation and many changed bytes of a good one.
 */
#include "common/def.h"
#include "pkg/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"

#define HEAD                                                          \
	"{\"schema\":1,\"name\":\"thing\",\"version\":\"@VERSION@\"," \
	"\n\"summary\":\"Thing\",\"description\":\"It.\","            \
	"\n\"license\":\"MIT\",\"url\":\"https://a/\","               \
	"\n\"maintainer\":\"A <a@b>\",\"architectures\":[\"i386\"],"
#define FILES \
	"\n\"files\":[{\"source\":\"x-@ARCH@@EXE@\",\"destination\":\"/x\"}]"

static const struct pkg_manifest_want deb = { "deb", "i386", "1.2.3.4", "" };
static const struct pkg_manifest_want rpm = { "rpm", "i386", "1.2.3.4",
					      ".exe" };

static int parse(struct pkg_manifest *m, const char *text,
		 const struct pkg_manifest_want *want, struct sm_err *e)
{
	pkg_manifest_init(m);
	sm_err_clear(e);
	return pkg_manifest_parse(m, sm_str(text), "m", ".", want, e);
}

static void good(struct pkg_manifest *m, const char *text,
		 const struct pkg_manifest_want *want)
{
	struct sm_err e = SM_ERR_INIT;

	if (parse(m, text, want, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
}

static void refused(const char *text, const char *message)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	assert_int_equal(parse(&m, text, &deb, &e), SM_EFORMAT);
	assert_string_equal(sm_err_msg(&e), message);
	pkg_manifest_release(&m);
}

static void defaults(void **state)
{
	struct pkg_manifest m;

	SM_UNUSED(state);
	good(&m, HEAD FILES "}", &deb);
	assert_string_equal(m.version, "1.2.3.4");
	assert_string_equal(m.release, "1");
	assert_string_equal(m.vendor, "");
	assert_string_equal(m.section, "admin");
	assert_string_equal(m.group, "Applications/System");
	assert_string_equal(m.identifier, "thing");
	assert_int_equal(m.n_files, 1);
	assert_string_equal(m.files[0].source, "x-i386");
	assert_string_equal(m.files[0].owner, "root");
	assert_int_equal(m.files[0].mode, 0644);
	assert_int_equal(m.n_links, 0);
	assert_null(m.script[PKG_MANIFEST_POSTINSTALL]);
	pkg_manifest_release(&m);
}

static void overriding(void **state)
{
	static const char text[] = HEAD FILES
		",\"overrides\":{\"deb\":{\"section\":\"net\"},"
		"\"rpm\":{\"summary\":\"Other\",\"release\":\"7\","
		"\"files\":[{\"source\":\"y@EXE@\",\"destination\":\"/y\","
		"\"mode\":\"0755\"},"
		"{\"destination\":\"/z\",\"type\":\"dir\"}]}}}";
	struct pkg_manifest m;

	SM_UNUSED(state);
	good(&m, text, &deb);
	assert_string_equal(m.section, "net");
	assert_string_equal(m.summary, "Thing");
	assert_string_equal(m.files[0].destination, "/x");
	pkg_manifest_release(&m);
	good(&m, text, &rpm);
	assert_string_equal(m.section, "admin");
	assert_string_equal(m.summary, "Other");
	assert_string_equal(m.release, "7");
	assert_int_equal(m.n_files, 2);
	assert_string_equal(m.files[0].source, "y.exe");
	assert_int_equal(m.files[0].mode, 0755);
	assert_int_equal(m.files[1].mode, 0755);
	assert_int_equal(m.files[1].type, PKG_SOURCE_DIR);
	pkg_manifest_release(&m);
}

/* Overrides come last wherever they stand. */
static void order_of_members(void **state)
{
	struct pkg_manifest m;

	SM_UNUSED(state);
	good(&m,
	     "{\"overrides\":{\"deb\":{\"summary\":\"Other\"}},"
	     "\"schema\":1,\"name\":\"thing\",\"version\":\"1.0.0.0\","
	     "\"summary\":\"Thing\",\"description\":\"It.\","
	     "\"license\":\"MIT\",\"url\":\"https://a/\","
	     "\"maintainer\":\"A <a@b>\",\"architectures\":[\"i386\"]," FILES
	     "}",
	     &deb);
	assert_string_equal(m.summary, "Other");
	pkg_manifest_release(&m);
}

static void formats(void **state)
{
	static const char text[] = HEAD
		"\"files\":[{\"source\":\"a\",\"destination\":\"/a\","
		"\"formats\":[\"rpm\",\"zip\"]},"
		"{\"source\":\"b\",\"destination\":\"/b\"}]}";
	struct pkg_manifest m;

	SM_UNUSED(state);
	good(&m, text, &deb);
	assert_int_equal(m.n_files, 1);
	assert_string_equal(m.files[0].destination, "/b");
	assert_int_equal(m.files[0].index, 1);
	pkg_manifest_release(&m);
	good(&m, text, &rpm);
	assert_int_equal(m.n_files, 2);
	pkg_manifest_release(&m);
}

static void places(void **state)
{
	SM_UNUSED(state);
	refused("{", "m:1: not JSON: unexpected end of data");
	refused("[]", "m:1: not a JSON object");
	refused("{}", "m:1: schema: missing");
	refused(HEAD FILES ",\n\n\"nmae\":\"x\"}", "m:7: nmae: unknown member");
	refused(HEAD FILES ",\"name\":\"x\"}", "m:5: name: given twice");
	refused(HEAD "\n\"files\":[{\"source\":\"a\"}]}",
		"m:5: files[0]: no destination");
	refused(HEAD "\n\"files\":[\n{\"source\":\"a\",\n"
		     "\"destination\":\"a\"}]}",
		"m:7: files[0].destination: not an absolute path");
	refused(HEAD "\"files\":{}}", "m:4: files: object instead of an array");
	refused(HEAD "\"files\":[7]}",
		"m:4: files[0]: number instead of an object");
	refused(HEAD FILES ",\"overrides\":{\"rpm\":\n{\"schema\":1}}}",
		"m:6: overrides.rpm.schema: cannot be overridden");
	refused(HEAD FILES ",\"overrides\":[]}",
		"m:1: overrides: array instead of an object");
	refused(HEAD FILES ",\"links\":[{\"path\":\"/y\"}]}",
		"m:5: links[0]: no path or no target");
	refused(HEAD FILES ",\"scripts\":{\"postinstall\":\"absent.sh\"}}",
		"m:5: scripts.postinstall: cannot open './absent.sh': "
		"No such file or directory");
}

/* A mistake in the part for another format is one all the same. */
static void other_formats_are_read(void **state)
{
	SM_UNUSED(state);
	refused(HEAD FILES ",\"overrides\":{\"pkg\":{\"url\":\"x\"}}}",
		"m:5: overrides.pkg.url: does not begin with https://");
	refused(HEAD "\"files\":[{\"source\":\"/a\",\"destination\":\"/a\","
		     "\"formats\":[\"rpm\"]}]}",
		"m:4: files[0].source: not a relative path");
}

static void too_many(void **state)
{
	struct sm_buf text = SM_BUF_INIT(PKG_MANIFEST_FILE_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	SM_UNUSED(state);
	for (unsigned n = PKG_MANIFEST_FILES_MAX;
	     n <= PKG_MANIFEST_FILES_MAX + 1; n++) {
		sm_buf_clear(&text);
		sm_buf_puts(&text, HEAD "\"files\":[");
		for (unsigned i = 0; i < n; i++)
			sm_buf_printf(&text,
				      "%s{\"source\":\"a\","
				      "\"destination\":\"/%u\"}",
				      i ? "," : "", i);
		sm_buf_puts(&text, "]}");
		assert_int_equal(parse(&m, sm_buf_z(&text), &deb, &e),
				 n > PKG_MANIFEST_FILES_MAX ? SM_EFORMAT : 0);
		pkg_manifest_release(&m);
	}
	sm_buf_release(&text);
}

/* Nothing that is almost a manifest crashes; most of it is refused. */
static void damage(void **state)
{
	static const char text[] = HEAD FILES
		",\"links\":[{\"path\":\"/y\",\"target\":\"/x\"}],"
		"\"overrides\":{\"rpm\":{\"section\":\"net\"}}}";
	char *copy = sm_mem_dup(sm_str(text));
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	SM_UNUSED(state);
	for (size_t n = 0; n + 1 < sizeof(text); n++) {
		pkg_manifest_init(&m);
		assert_int_not_equal(pkg_manifest_parse(&m, sm_str_n(text, n),
							"m", ".", &deb, &e),
				     0);
		pkg_manifest_release(&m);
	}
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			copy[i] = (char)(text[i] ^ (1 << bit));
			pkg_manifest_init(&m);
			(void)pkg_manifest_parse(
				&m, sm_str_n(copy, sizeof(text) - 1), "m", ".",
				&deb, &e);
			pkg_manifest_release(&m);
		}
		copy[i] = text[i];
	}
	sm_mem_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(overriding),
		cmocka_unit_test(order_of_members),
		cmocka_unit_test(formats),
		cmocka_unit_test(places),
		cmocka_unit_test(other_formats_are_read),
		cmocka_unit_test(too_many),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
