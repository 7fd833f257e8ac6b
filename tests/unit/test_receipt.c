/*
 * Receipts: what is written is read back the same; every way to be wrong has
 * a message that names the member.
 */
#include "common/def.h"
#include "common/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Parts of a good document, joined by text(). */
static const char head[] =
	"{\"format\":\"session-manager-receipt\",\"schema\":1,"
	"\"version\":\"1.3.0.0\",\"installed\":\"2026-11-21T08:00:00Z\","
	"\"installer\":\"1.3.0.0\",";
static const char origin[] =
	"\"source\":{\"kind\":\"directory\",\"from\":\"/x\"},"
	"\"verified\":{\"method\":\"none\",\"reason\":\"local\"},"
	"\"dir\":\"/d\",";

static void fill(struct sm_receipt *r)
{
	struct sm_receipt_file f = {
		"bin/session-manager-plugin", SM_FILE_REGULAR, 0755, 12, SHA, ""
	};
	struct sm_receipt_file d = { "bin", SM_FILE_DIR, 0755, 0, "", "" };
	struct sm_receipt_file l = { "z", SM_FILE_LINK, 0777, 0, "", "bin" };

	sm_receipt_init(r);
	r->version = "1.3.0.0";
	r->installed = 1795248000;
	r->installer = "1.3.0.0";
	r->source_kind = "url";
	r->source_from = "https://example.com/plugin";
	r->artifact_name = "session-manager-plugin.deb";
	r->artifact_format = "deb";
	r->artifact_sha256 = SHA;
	r->artifact_size = 1234;
	r->verified_method = "openpgp";
	r->verified_alg = "ecdsa-p256 sha256";
	r->verified_fpr = "7959637124CE093AD501D47A2C4D4AFF6F6757EE";
	r->verified_key = "built in";
	r->verified_created = 1795000000;
	r->dir = "/usr/local/sessionmanagerplugin";
	r->link = "/usr/local/bin/session-manager-plugin";
	r->previous = "1.2.896.0";
	assert_int_equal(sm_receipt_add_file(r, &f, NULL), 0);
	assert_int_equal(sm_receipt_add_file(r, &l, NULL), 0);
	assert_int_equal(sm_receipt_add_file(r, &d, NULL), 0);
}

static void round_trip(void **state)
{
	struct sm_receipt r, back;
	struct sm_buf one = SM_BUF_INIT(SM_RECEIPT_MAX);
	struct sm_buf two = SM_BUF_INIT(SM_RECEIPT_MAX);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	fill(&r);
	if (sm_receipt_put(&r, &one, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sm_receipt_parse(&back, sm_buf_str(&one), &e), 0);
	assert_string_equal(back.version, r.version);
	assert_int_equal(back.installed, r.installed);
	assert_string_equal(back.artifact_sha256, SHA);
	assert_int_equal(back.artifact_size, 1234);
	assert_int_equal(back.verified_created, 1795000000);
	assert_string_equal(back.link, r.link);
	assert_string_equal(back.previous, "1.2.896.0");
	assert_int_equal(back.n_files, 3);
	assert_string_equal(back.file[0].path, "bin"); /* sorted */
	assert_int_equal(back.file[1].mode, 0755);
	assert_int_equal(back.file[1].size, 12);
	assert_string_equal(back.file[2].target, "bin");
	assert_non_null(sm_receipt_find(&back, "z"));
	assert_null(sm_receipt_find(&back, "y"));
	assert_int_equal(sm_receipt_put(&back, &two, &e), 0);
	assert_true(sm_str_eq(sm_buf_str(&one), sm_buf_str(&two)));
	sm_receipt_release(&r);
	sm_receipt_release(&back);
	sm_buf_release(&one);
	sm_buf_release(&two);
}

/* Each word for where files came from, and no other. */
static void kinds(void **state)
{
	static const char *const good[] = { "directory", "file", "url",
					    "bundled", "adopted" };
	struct sm_buf out = SM_BUF_INIT(SM_RECEIPT_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct sm_receipt r, back;

	SM_UNUSED(state);
	fill(&r);
	for (size_t i = 0; i < SM_ARRAY_LEN(good); i++) {
		r.source_kind = good[i];
		sm_buf_clear(&out);
		assert_int_equal(sm_receipt_put(&r, &out, &e), 0);
		assert_int_equal(sm_receipt_parse(&back, sm_buf_str(&out), &e),
				 0);
		assert_string_equal(back.source_kind, good[i]);
		sm_receipt_release(&back);
	}
	r.source_kind = "bundle";
	assert_int_equal(sm_receipt_put(&r, &out, &e), SM_EFORMAT);
	sm_receipt_release(&r);
	sm_buf_release(&out);
}

static int parse(const char *text, struct sm_err *e)
{
	struct sm_receipt r;
	int ret;

	sm_err_clear(e);
	ret = sm_receipt_parse(&r, sm_str(text), e);
	if (ret == 0)
		sm_receipt_release(&r);
	return ret;
}

/* head, origin and a file list around `files`. */
static int with_files(const char *files, struct sm_err *e)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s\"files\":[%s]}", head, origin,
		 files);
	return parse(text, e);
}

#define FILE_ROW(path)                                                \
	"{\"path\":\"" path "\",\"type\":\"file\",\"mode\":\"0644\"," \
	"\"size\":0,\"sha256\":\"" SHA "\"}"

static void bad_files(void **state)
{
	static const struct {
		const char *files, *why;
	} cases[] = {
		{ FILE_ROW("/etc/passwd"), "files[0].path: is not a safe" },
		{ FILE_ROW("../x"), "files[0].path: is not a safe" },
		{ FILE_ROW("a/../../x"), "files[0].path: is not a safe" },
		{ FILE_ROW(""), "files[0].path: is not a safe" },
		{ FILE_ROW("b") "," FILE_ROW("a"), "files[1].path: not in" },
		{ FILE_ROW("a") "," FILE_ROW("a"), "files[1].path: not in" },
		{ "1", "files[0] is not an object" },
		{ "{\"path\":\"a\"}", "files[0].type: is missing" },
		{ "{\"path\":\"a\",\"type\":\"pipe\",\"mode\":\"0644\"}",
		  "files[0].type: unknown word" },
		{ "{\"path\":\"a\",\"type\":\"dir\",\"mode\":\"4755\"}",
		  "files[0].mode: is not" },
		{ "{\"path\":\"a\",\"type\":\"dir\",\"mode\":\"0789\"}",
		  "files[0].mode: is not" },
		{ "{\"path\":\"a\",\"type\":\"dir\",\"mode\":\"755\"}",
		  "files[0].mode: is not" },
		{ "{\"path\":\"a\",\"type\":\"file\",\"mode\":\"0755\"}",
		  "files[0].sha256: belongs" },
		{ "{\"path\":\"a\",\"type\":\"link\",\"mode\":\"0777\"}",
		  "files[0].target: belongs" },
		{ "{\"path\":\"a\",\"type\":\"file\",\"mode\":\"0755\","
		  "\"sha256\":\""
		  "E"
		  "\"}",
		  "files[0].sha256: is not a SHA-256" },
		{ "{\"path\":\"a\",\"type\":\"dir\",\"mode\":\"0755\","
		  "\"x\":1}",
		  "files[0].x: unknown member" },
	};
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(with_files("", &e), 0);
	assert_int_equal(with_files(FILE_ROW("a") "," FILE_ROW("b"), &e), 0);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(with_files(cases[i].files, &e), SM_EFORMAT);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("'%s' does not say '%s'", e.msg, cases[i].why);
	}
}

static void bad_top(void **state)
{
	static const struct {
		const char *head, *origin, *why;
	} cases[] = {
		{ "", NULL, "receipt" },
		{ "{", "\"files\":1", "receipt" },
		{ "{\"format\":\"x\",\"schema\":1,\"version\":\"1\","
		  "\"installed\":\"2026-11-21T08:00:00Z\","
		  "\"installer\":\"1\",",
		  NULL, "format: not" },
		{ "{\"format\":\"session-manager-receipt\",\"schema\":2,"
		  "\"version\":\"1\",\"installed\":\"2026-11-21T08:00:00Z\","
		  "\"installer\":\"1\",",
		  NULL, "schema: 2 is not" },
		{ "{\"format\":\"session-manager-receipt\",\"schema\":1,"
		  "\"version\":\"one\",",
		  NULL, "version: is not a version" },
		{ "{\"format\":\"session-manager-receipt\",\"schema\":1,"
		  "\"version\":1,",
		  NULL, "version: is not a string" },
		{ "{\"installed\":\"2026-02-29T08:00:00Z\",", NULL,
		  "installed: is not a time" },
		{ "{\"schema\":1,\"schema\":1,", NULL, "schema: comes twice" },
		{ "{\"schema\":-1,", NULL, "schema: is not a whole" },
		{ "{\"colour\":1,", NULL, "colour: unknown member" },
		{ NULL,
		  "\"source\":{\"kind\":\"dream\",\"from\":\"/x\"},"
		  "\"verified\":{\"method\":\"none\",\"reason\":\"x\"},"
		  "\"dir\":\"/d\",",
		  "source.kind: unknown" },
		{ NULL,
		  "\"source\":{\"kind\":\"file\",\"from\":\"/x\"},"
		  "\"verified\":{\"method\":\"none\"},\"dir\":\"/d\",",
		  "verified.reason: belongs" },
		{ NULL,
		  "\"source\":{\"kind\":\"file\",\"from\":\"/x\"},"
		  "\"verified\":{\"method\":\"openpgp\"},\"dir\":\"/d\",",
		  "verified.fingerprint: is missing" },
		{ NULL,
		  "\"source\":{\"kind\":\"file\",\"from\":\"/x\"},"
		  "\"verified\":{\"method\":\"x509\"},\"dir\":\"/d\",",
		  "verified.key: is missing" },
		{ NULL,
		  "\"source\":{\"kind\":\"file\",\"from\":\"/x\"},"
		  "\"verified\":{\"method\":\"none\",\"reason\":\"x\"},"
		  "\"dir\":\"d\",",
		  "must be absolute" },
		{ NULL,
		  "\"source\":{\"kind\":\"file\",\"from\":\"a\\u0007b\"},"
		  "\"verified\":{\"method\":\"none\",\"reason\":\"x\"},"
		  "\"dir\":\"/d\",",
		  "source.from: has control" },
	};
	struct sm_err e = SM_ERR_INIT;
	char text[4096];
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof(text), "%s%s\"files\":[]}",
			 cases[i].head ? cases[i].head : head,
			 cases[i].origin ? cases[i].origin : origin);
		assert_true(parse(text, &e) < 0);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("case %u: '%s' does not say '%s'", (unsigned)i,
				 e.msg, cases[i].why);
	}
}

/* Cut or changed anywhere: no crash, and a cut one is never taken. */
static void damaged(void **state)
{
	struct sm_receipt r, back;
	struct sm_buf text = SM_BUF_INIT(SM_RECEIPT_MAX);
	size_t i;

	SM_UNUSED(state);
	fill(&r);
	assert_int_equal(sm_receipt_put(&r, &text, NULL), 0);
	for (i = 0; i + 2 < text.len; i++)
		assert_true(sm_receipt_parse(&back, sm_str_n(text.ptr, i),
					     NULL) < 0);
	for (i = 0; i < text.len; i++) {
		text.ptr[i] ^= 4;
		if (sm_receipt_parse(&back, sm_buf_str(&text), NULL) == 0)
			sm_receipt_release(&back);
		text.ptr[i] ^= 4;
	}
	sm_receipt_release(&r);
	sm_buf_release(&text);
}

static void unwritable(void **state)
{
	struct sm_receipt r;
	struct sm_receipt_file f = { "../x", SM_FILE_DIR, 0755, 0, "", "" };
	struct sm_buf text = SM_BUF_INIT(SM_RECEIPT_MAX);
	struct sm_buf small = SM_BUF_INIT(100);
	struct sm_err e = SM_ERR_INIT;
	unsigned i;

	SM_UNUSED(state);
	fill(&r);
	assert_int_equal(sm_receipt_put(&r, &small, &e), SM_ELIMIT);
	assert_int_equal(sm_receipt_add_file(&r, &f, &e), 0);
	assert_int_equal(sm_receipt_put(&r, &text, &e), SM_EFORMAT);
	f.path = "x";
	for (i = 4; i < SM_RECEIPT_FILES_MAX; i++)
		assert_int_equal(sm_receipt_add_file(&r, &f, &e), 0);
	assert_int_equal(sm_receipt_add_file(&r, &f, &e), SM_ELIMIT);
	sm_receipt_release(&r);
	sm_buf_release(&text);
	sm_buf_release(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(kinds),
		cmocka_unit_test(bad_files),  cmocka_unit_test(bad_top),
		cmocka_unit_test(damaged),    cmocka_unit_test(unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
