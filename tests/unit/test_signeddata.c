/*
 * SignedData: a real signature from the corpus of the fuzz target, taken apart
 * and spoilt. Whole signatures are verified in test_tst and test_authenticode.
 */
#include "common/def.h"
#include "common/signeddata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <openssl/x509.h>

#include "common/fs.h"
#include "common/oid.h"

static struct sm_buf der = SM_BUF_INIT(SM_BUF_SMALL);

static const struct sm_str oid_indirect = SM_OID_SPC_INDIRECT;
static const struct sm_str oid_content_type = SM_OID_CONTENT_TYPE;
static const struct sm_str oid_stamp = SM_OID_SPC_STAMP;

static int set_up(void **state)
{
	SM_UNUSED(state);
	return sm_fs_read("tests/fuzz/corpus/signeddata/stamped", SM_BUF_SMALL,
			  &der, NULL);
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	sm_buf_release(&der);
	return 0;
}

static void parts(void **state)
{
	struct stack_st_X509 *certs = NULL;
	struct sm_signeddata s;
	struct sm_der value;
	struct sm_err e = SM_ERR_INIT;
	X509 *signer = NULL;

	SM_UNUSED(state);
	if (sm_signeddata_parse(&s, sm_buf_str(&der), &e) < 0)
		fail_msg("%s", e.msg);
	assert_true(sm_str_eq(s.type, oid_indirect));
	assert_int_equal(s.content.tag, SM_DER_SEQUENCE);
	assert_int_equal(s.alg, SM_DIGEST_SHA256);
	assert_false(s.ec);
	assert_int_equal(s.signature.len, 256);
	assert_int_equal(
		sm_signeddata_attr(s.attrs.body, oid_content_type, &value), 1);
	assert_true(sm_str_eq(value.body, oid_indirect));
	assert_int_equal(sm_signeddata_attr(s.attrs.body, oid_stamp, &value),
			 0);
	assert_int_equal(sm_signeddata_attr(s.outside, oid_stamp, &value), 1);
	assert_int_equal(sm_signeddata_verify(&s, &signer, &certs, &e), 0);
	assert_non_null(signer);
	sk_X509_pop_free(certs, X509_free);
	/* the certificates of somebody else */
	s.certs = sm_str("");
	assert_int_equal(sm_signeddata_verify(&s, &signer, &certs, &e),
			 SM_EVERIFY);
	assert_null(signer);
	assert_null(certs);
}

static void twice(void **state)
{
	/* SEQUENCE { OID 1.2.3, SET { NULL } } */
	static const char one[] = "\x30\x08\x06\x02\x2a\x03\x31\x02\x05\x00";
	static const char two_values[] =
		"\x30\x0a\x06\x02\x2a\x03\x31\x04\x05\x00\x05\x00";
	static const struct sm_str oid = SM_STR_LIT("\x2a\x03");
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_der v;

	SM_UNUSED(state);
	assert_int_equal(sm_signeddata_attr(sm_str(""), oid, &v), 0);
	sm_buf_put(&b, one, sizeof(one) - 1);
	assert_int_equal(sm_signeddata_attr(sm_buf_str(&b), oid, &v), 1);
	assert_int_equal(v.tag, SM_DER_NULL);
	sm_buf_put(&b, one, sizeof(one) - 1);
	assert_int_equal(sm_signeddata_attr(sm_buf_str(&b), oid, &v),
			 SM_EFORMAT);
	assert_int_equal(
		sm_signeddata_attr(sm_str_n(two_values, sizeof(two_values) - 1),
				   oid, &v),
		SM_EFORMAT);
	sm_buf_release(&b);
}

/* Every length, and every byte of the frame up to the content, whose own tag
 * is the caller's to check: refused, never a crash. */
static void spoilt(void **state)
{
	struct stack_st_X509 *certs = NULL;
	struct sm_signeddata s;
	X509 *signer;
	size_t i, n;
	int r;

	SM_UNUSED(state);
	for (i = 0; i < der.len; i++)
		assert_int_equal(sm_signeddata_parse(&s, sm_str_n(der.ptr, i),
						     NULL),
				 SM_EFORMAT);
	assert_int_equal(sm_signeddata_parse(&s, sm_buf_str(&der), NULL), 0);
	n = (size_t)(s.content.whole.ptr - der.ptr);
	assert_true(n > 40);
	for (i = 0; i < n; i++) {
		der.ptr[i] ^= 1;
		r = sm_signeddata_parse(&s, sm_buf_str(&der), NULL);
		if (r == 0 &&
		    (r = sm_signeddata_verify(&s, &signer, &certs, NULL)) == 0)
			sk_X509_pop_free(certs, X509_free);
		der.ptr[i] ^= 1;
		if (r == 0)
			fail_msg("byte %zu can be changed", i);
	}
	sm_buf_put_u8(&der, 0);
	assert_int_equal(sm_signeddata_parse(&s, sm_buf_str(&der), NULL),
			 SM_EFORMAT);
}

static void large(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_SIGNEDDATA_MAX * 2);
	struct sm_signeddata s;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	sm_buf_put_fill(&b, '0', SM_SIGNEDDATA_MAX);
	assert_int_equal(sm_signeddata_parse(&s, sm_buf_str(&b), &e),
			 SM_EFORMAT);
	sm_buf_put_u8(&b, '0');
	assert_int_equal(sm_signeddata_parse(&s, sm_buf_str(&b), &e),
			 SM_ELIMIT);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(twice),
		cmocka_unit_test(spoilt),
		cmocka_unit_test(large),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
