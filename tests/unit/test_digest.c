/*
 * Digests: published vectors (FIPS 180-4, RFC 1321 for "abc"), parts of files.
 */
#include "common/def.h"
#include "common/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/file.h"

static void vectors(void **state)
{
	static const struct {
		enum sm_digest_alg alg;
		const char *name, *hex;
	} cases[] = {
		{ SM_DIGEST_SHA256, "sha256",
		  "ba7816bf8f01cfea414140de5dae2223"
		  "b00361a396177a9cb410ff61f20015ad" },
		{ SM_DIGEST_SHA1, "sha1",
		  "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ SM_DIGEST_MD5, "md5", "900150983cd24fb0d6963f7d28e17f72" },
	};
	uint8_t out[SM_DIGEST_MAX];
	char hex[2 * SM_DIGEST_MAX + 1];
	size_t i, n;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		n = sm_digest_size(cases[i].alg);
		assert_int_equal(sm_digest_bytes(cases[i].alg, sm_str("abc"),
						 out, NULL),
				 0);
		sm_digest_hex(out, n, hex);
		assert_string_equal(hex, cases[i].hex);
		assert_string_equal(sm_digest_name(cases[i].alg),
				    cases[i].name);
		assert_true(sm_digest_hex_eq(out, n, sm_str(hex)));
		assert_false(
			sm_digest_hex_eq(out, n, sm_str_n(hex, 2 * n - 1)));
		assert_false(
			sm_digest_hex_eq(out, n, sm_str_n(hex, 2 * n - 2)));
		hex[0] = 'x';
		assert_false(sm_digest_hex_eq(out, n, sm_str(hex)));
	}
	assert_int_equal(sm_digest_size(SM_DIGEST_SHA384), 48);
	assert_int_equal(sm_digest_size(SM_DIGEST_SHA512), 64);
}

static void of_files(void **state)
{
	uint8_t a[SM_DIGEST_MAX], b[SM_DIGEST_MAX];
	uint64_t seen = 0;
	int fd = sm_os_file_temp(NULL, NULL);

	SM_UNUSED(state);
	assert_int_equal(sm_os_file_write_all(fd, sm_str("xxabcyy"), NULL), 0);
	assert_int_equal(
		sm_digest_bytes(SM_DIGEST_SHA256, sm_str("abc"), a, NULL), 0);
	assert_int_equal(
		sm_digest_fd(SM_DIGEST_SHA256, fd, 2, 3, b, &seen, NULL), 0);
	assert_int_equal(seen, 3);
	assert_memory_equal(a, b, 32);
	assert_int_equal(sm_digest_fd(SM_DIGEST_SHA256, fd, 2, UINT64_MAX, b,
				      NULL, NULL),
			 0);
	assert_int_equal(
		sm_digest_bytes(SM_DIGEST_SHA256, sm_str("abcyy"), a, NULL), 0);
	assert_memory_equal(a, b, 32);
	assert_int_equal(sm_digest_fd(SM_DIGEST_SHA256, fd, 2, 6, b, NULL,
				      NULL),
			 SM_EFORMAT);
	sm_os_file_close(fd);
	assert_int_equal(sm_digest_fd(SM_DIGEST_SHA256, -1, 0, 1, b, NULL,
				      NULL),
			 SM_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
