/*
 * Signed texts: what is written, and that blanks and line ends do not change
 * what is signed. gpgv reads the result in tests/e2e/pkg-apt.sh.
 */
#include "common/def.h"
#include "pkg/clearsign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "pkg/key.h"

#define BODY "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"

static void sign(const struct pkg_key *k, const char *text, struct sm_buf *out)
{
	struct sm_err e = SM_ERR_INIT;

	sm_buf_clear(out);
	assert_int_equal(
		pkg_clearsign_put(k, sm_str(text), 1767225600, out, &e), 0);
}

static void texts(void **state)
{
	static const char *const rows[][2] = {
		{ "a\nb\n", "a\nb\n-----BEGIN PGP SIGNATURE" },
		{ "a\nb", "a\nb\n-----BEGIN PGP SIGNATURE" },
		{ "a \t\r\nb\r\n", "a\nb\n-----BEGIN PGP SIGNATURE" },
		{ "-a\n\n--\n", "- -a\n\n- --\n-----BEGIN PGP SIGNATURE" },
	};
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf plain = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;
	size_t n = strlen(BODY);

	SM_UNUSED(state);
	pkg_key_init(&k);
	assert_int_equal(pkg_key_generate(&k, "ed25519", sm_str("T <t@e.org>"),
					  1700000000, &e),
			 0);
	sign(&k, "a\nb", &plain);
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		sign(&k, rows[i][0], &out);
		assert_true(sm_str_starts(sm_buf_str(&out), BODY));
		assert_true(sm_str_starts(
			sm_str_sub(sm_buf_str(&out), n, out.len), rows[i][1]));
		/* Ed25519 is deterministic: the same text, the same bytes */
		assert_int_equal(
			sm_str_eq(sm_buf_str(&out), sm_buf_str(&plain)), i < 3);
	}
	sm_buf_clear(&out);
	assert_int_equal(pkg_clearsign_put(&k, sm_str("a"), 1, &out, &e),
			 SM_EUSAGE); /* before the key was made */
	sm_buf_release(&out);
	sm_buf_release(&plain);
	pkg_key_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
