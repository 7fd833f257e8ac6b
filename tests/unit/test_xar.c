/*
 * Xar containers built byte by byte, right and wrong. Real ones are in
 * test_package.
 */
#include "common/def.h"
#include "common/xar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <zlib.h>

#include "common/os/file.h"

#define SUM(alg, at, n)                                               \
	"<checksum style=\"" alg "\"><offset>" at "</offset><size>" n \
	"</size></checksum>"
#define SUM256 SUM("sha256", "0", "32")
/* SHA-1 of "hello" */
#define HELLO "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
#define FILE_AT(name, at, sum)                                          \
	"<file id=\"1\"><name>" name "</name><type>file</type><data>"   \
	"<length>5</length><offset>" at "</offset><size>5</size>"       \
	"<encoding style=\"application/octet-stream\"/>"                \
	"<archived-checksum style=\"sha1\">" sum "</archived-checksum>" \
	"</data></file>"
#define CERT(text) "<X509Certificate>" text "</X509Certificate>"
#define SIGNATURE(element, style, certs)                                  \
	"<" element " style=\"" style "\"><offset>32</offset>"            \
	"<size>0</size><KeyInfo><X509Data>" certs "</X509Data></KeyInfo>" \
	"</" element ">"
#define TOC(inner) "<?xml version=\"1.0\"?><xar><toc>" inner "</toc></xar>"

/* A file with this table, a right digest at heap 0 and `heap` behind it. */
static int make(const char *toc, uint32_t alg, struct sm_str heap)
{
	static uint8_t packed[1 << 16];
	uLongf len = sizeof(packed);
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	uint8_t digest[SM_DIGEST_MAX];
	int fd = sm_os_file_temp(NULL, NULL);

	assert_int_equal(compress(packed, &len, (const Bytef *)toc,
				  (uLong)strlen(toc)),
			 Z_OK);
	sm_buf_puts(&b, "xar!");
	sm_buf_put_u16be(&b, 28);
	sm_buf_put_u16be(&b, 1);
	sm_buf_put_u64be(&b, len);
	sm_buf_put_u64be(&b, strlen(toc));
	sm_buf_put_u32be(&b, alg);
	sm_buf_put(&b, packed, len);
	assert_int_equal(sm_digest_bytes(SM_DIGEST_SHA256,
					 sm_str_n(packed, len), digest, NULL),
			 0);
	sm_buf_put(&b, digest, 32);
	sm_buf_put_str(&b, heap);
	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&b), NULL), 0);
	sm_buf_release(&b);
	return fd;
}

static void good(void **state)
{
	struct sm_buf out = SM_BUF_INIT(64);
	struct sm_err e = SM_ERR_INIT;
	struct sm_xar x;
	int fd =
		make(TOC(SUM256 FILE_AT("a", "32", HELLO)), 3, sm_str("hello"));

	SM_UNUSED(state);
	if (sm_xar_read(&x, fd, &e) < 0)
		fail_msg("%s", e.msg);
	assert_true(x.has_digest);
	assert_int_equal(x.n_files, 1);
	assert_int_equal(sm_xar_extract(&x, sm_xar_find(&x, "a"), fd, &out, &e),
			 0);
	assert_string_equal(out.ptr, "hello");
	assert_null(sm_xar_find(&x, "b"));
	out.max = 4;
	sm_buf_clear(&out);
	assert_int_equal(sm_xar_extract(&x, &x.file[0], fd, &out, &e),
			 SM_ELIMIT);
	sm_xar_release(&x);
	sm_os_file_close(fd);
	/* the contents changed */
	fd = make(TOC(SUM256 FILE_AT("a", "32", HELLO)), 3, sm_str("hallo"));
	assert_int_equal(sm_xar_read(&x, fd, &e), 0);
	assert_int_equal(sm_xar_check(&x.file[0], fd, &e), SM_EVERIFY);
	sm_xar_release(&x);
	sm_os_file_close(fd);
	sm_buf_release(&out);
}

static void ticket(void **state)
{
	static const char stapled[] = "hello"
				      "t8lr\1\0\1\0\0\0\0\0\0\0\0\0"
				      "TICKET"
				      "t8lr\1\0\2\0\6\0\0\0\0\0\0\0";
	struct sm_xar x;
	int fd = make(TOC(SUM256 FILE_AT("a", "32", HELLO)), 3,
		      sm_str_n(stapled, sizeof(stapled) - 1));

	SM_UNUSED(state);
	assert_int_equal(sm_xar_read(&x, fd, NULL), 0);
	sm_xar_release(&x);
	sm_os_file_close(fd);
}

static void bad(void **state)
{
	static const struct {
		const char *toc;
		uint32_t alg;
		const char *heap, *why;
	} cases[] = {
		{ TOC(SUM256), 1, "", "name different digests" },
		{ TOC(SUM256), 4, "", "name different digests" },
		{ TOC(SUM256), 2, "", "name different digests" },
		{ TOC(SUM256), 0, "", "name different digests" },
		{ TOC(""), 3, "", "no checksum" },
		{ TOC("<signature style=\"RSA\"><offset>0</offset><size>9</size>"
		      "</signature>"),
		  0, "", "signed but has no digest" },
		{ TOC(SUM("sha256", "0", "20")), 3, "", "malformed" },
		{ TOC(SUM("sha256", "1", "32")), 3, "x", "not match its" },
		{ TOC(SUM("md5", "0", "16")), 2, "", "unknown checksum" },
		{ TOC(SUM256 SUM256), 3, "", "two checksums" },
		{ TOC(SUM256 "<signature style=\"DSA\"/>"), 3, "",
		  "unknown signature" },
		{ TOC(SUM256 "<x-signature style=\"RSA\"/>"), 3, "",
		  "unknown signature" },
		{ TOC(SUM256 SIGNATURE("signature", "RSA", "")
			      SIGNATURE("signature", "RSA", "")),
		  3, "", "two checksums or signatures" },
		{ TOC(SUM256 SIGNATURE("signature", "RSA", CERT("YQ=="))
			      SIGNATURE("x-signature", "CMS", CERT("Yg=="))),
		  3, "", "different certificates" },
		{ TOC(SUM256 SIGNATURE("signature", "RSA", CERT("YQ=="))
			      SIGNATURE("x-signature", "CMS",
					CERT("YQ==") CERT("YQ=="))),
		  3, "", "different certificates" },
		{ TOC(SUM256 SIGNATURE("signature", "RSA", CERT("?"))), 3, "",
		  "not base64" },
		{ TOC(SUM256 FILE_AT("a", "32", HELLO)
			      FILE_AT("a", "37", HELLO)),
		  3, "hellohello", "twice" },
		{ TOC(SUM256), 3, "x", "bytes behind it" },
		{ TOC(SUM256), 3, "0123456789012345678901234567890123456789",
		  "bytes behind it" },
		{ TOC(SUM256 FILE_AT("a", "32", HELLO)), 3, "hell", "cut off" },
		{ TOC(SUM256 FILE_AT("a", "31", HELLO)), 3, "hello",
		  "overlap" },
		{ TOC(SUM256 FILE_AT("a", "99999999999999", HELLO)), 3, "hello",
		  "cut off" },
		{ TOC(SUM256 FILE_AT("a", "-1", HELLO)), 3, "hello",
		  "number is malformed" },
		{ TOC(SUM256 FILE_AT("../a", "32", HELLO)), 3, "hello",
		  "unsafe name" },
		{ TOC(SUM256 FILE_AT("/a", "32", HELLO)), 3, "hello",
		  "unsafe name" },
		{ TOC(SUM256 FILE_AT("", "32", HELLO)), 3, "hello",
		  "unsafe name" },
		{ TOC(SUM256 FILE_AT("a", "32", "00")), 3, "hello",
		  "checksum is malformed" },
		{ "<!DOCTYPE x><xar><toc/></xar>", 3, "", "document type" },
		{ "<xar><toc>", 3, "", "not XML" },
	};
	struct sm_err e;
	struct sm_xar x;
	size_t i;
	int fd;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		fd = make(cases[i].toc, cases[i].alg, sm_str(cases[i].heap));
		sm_err_clear(&e);
		if (sm_xar_read(&x, fd, &e) >= 0 ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %u: '%s' does not say '%s'", (unsigned)i,
				 e.msg, cases[i].why);
		sm_os_file_close(fd);
	}
}

/* The other header: 64 bytes with the name of the algorithm. */
static int read_long(const char *name, struct sm_err *e)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	int fd = make(TOC(SUM256), 3, sm_str("")), other, r;
	char raw[4096], label[36] = { 0 };
	struct sm_xar x;
	int64_t n = sm_os_file_read_at(fd, raw, sizeof(raw), 0, NULL);

	memcpy(label, name, strlen(name));
	raw[5] = 64;
	sm_buf_put(&b, raw, 28);
	sm_buf_put(&b, label, sizeof(label));
	sm_buf_put(&b, raw + 28, (size_t)n - 28);
	other = sm_os_file_temp(NULL, NULL);
	assert_int_equal(sm_os_file_write_all(other, sm_buf_str(&b), NULL), 0);
	if ((r = sm_xar_read(&x, other, e)) == 0)
		sm_xar_release(&x);
	sm_os_file_close(fd);
	sm_os_file_close(other);
	sm_buf_release(&b);
	return r;
}

static void long_header(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (read_long("sha256", &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(read_long("sha512", &e), SM_EVERIFY);
	assert_int_equal(read_long("md5", &e), SM_EVERIFY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(ticket),
		cmocka_unit_test(bad),
		cmocka_unit_test(long_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
