/*
 * The signer against published signatures and PROTOCOL.md A12, and the
 * checker against every way a request can be wrong.
 */
#include "common/def.h"
#include "common/aws/sigv4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* 2024-01-02T03:04:05Z and 2015-08-30T12:36:00Z */
#define T_A12 1704164645
#define T_SUITE 1440938160

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define BODY "{\"SessionId\":\"user-0123456789abcdef0\"}"

static struct sm_aws_sigv4_key key(const char *region, const char *service,
				   const char *token)
{
	struct sm_aws_sigv4_key k = { sm_str("AKIDEXAMPLE"), sm_str(SECRET),
				      sm_str(token), sm_str(region),
				      sm_str(service) };

	return k;
}

static void sign(const struct sm_aws_sigv4_key *k,
		 const struct sm_aws_sigv4_request *q, int64_t t,
		 struct sm_aws_sigv4_result *s)
{
	struct sm_err e = SM_ERR_INIT;

	sm_aws_sigv4_result_init(s);
	if (sm_aws_sigv4_sign(k, q, t, s, &e) < 0)
		fail_msg("%s", e.msg);
}

static const struct sm_aws_sigv4_header resume_headers[] = {
	{ SM_STR_LIT("Content-Length"), SM_STR_LIT("38") },
	{ SM_STR_LIT("X-Amz-Target"), SM_STR_LIT("AmazonSSM.ResumeSession") },
	{ SM_STR_LIT("Content-Type"),
	  SM_STR_LIT("application/x-amz-json-1.1") },
};

static struct sm_aws_sigv4_request resume(void)
{
	struct sm_aws_sigv4_request q = { sm_str("POST"),
					  sm_str("ssm.us-east-1.amazonaws.com"),
					  sm_str("/"),
					  resume_headers,
					  3,
					  sm_str(BODY) };

	return q;
}

static void test_resume_session(void **state)
{
	struct sm_aws_sigv4_key k = key("us-east-1", "ssm", "SESSIONTOKEN");
	struct sm_aws_sigv4_request q = resume();
	struct sm_aws_sigv4_result s;

	SM_UNUSED(state);
	sign(&k, &q, T_A12, &s);
	assert_string_equal(s.date, "20240102T030405Z");
	assert_string_equal(
		s.request,
		"962a0ff8f4fa53ca341f465285e3ec2572d0e05502fee384fc096069cb4509f5");
	assert_string_equal(
		s.signature,
		"c8eebaf29311ef0b5f8e6f1858bd1644fb3cb6d5028bc9959e0fb0bb94d501d7");
	assert_string_equal(
		sm_buf_z(&s.authorization),
		"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-east-1/ssm/aws4_request, "
		"SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
		"Signature=c8eebaf29311ef0b5f8e6f1858bd1644fb3cb6d5028bc9959e0fb0bb94d501d7");
	sm_aws_sigv4_result_release(&s);
	q.headers++; /* botocore's form, without the length */
	q.n_headers--;
	sign(&k, &q, T_A12, &s);
	assert_string_equal(
		s.signature,
		"56fd5128d382068c17db3b3a10de3704d87b9a48468752049cfd1e708b3c289f");
	sm_aws_sigv4_result_release(&s);
}

static void check_upgrade(const char *target, const char *want)
{
	struct sm_aws_sigv4_key k =
		key("us-east-1", "ssmmessages", "SESSIONTOKEN");
	struct sm_aws_sigv4_request q = {
		sm_str("GET"),
		sm_str("ssmmessages.us-east-1.amazonaws.com"),
		sm_str(target),
		NULL,
		0,
		sm_str("")
	};
	struct sm_aws_sigv4_result s;

	sign(&k, &q, T_A12, &s);
	assert_string_equal(s.signature, want);
	sm_aws_sigv4_result_release(&s);
}

static void test_upgrade(void **state)
{
	static const char want[] =
		"d712f76eaaf0835834c5e152c2e5653026a00fafc850e9e4f57c829436d1765b";
	struct sm_aws_sigv4_result s;

	SM_UNUSED(state);
	check_upgrade(
		"/v1/data-channel/user-0123456789abcdef0?cell-number=AAEAAabc%2Bdef%2Fghi%3D&role=publish_subscribe",
		want);
	/* order and the raw forms of '/' and '=' make no difference */
	check_upgrade(
		"/v1/data-channel/user-0123456789abcdef0?role=publish_subscribe&cell-number=AAEAAabc%2bdef/ghi=",
		want);
	/* a raw plus is a space: another value, another signature */
	sm_aws_sigv4_result_init(&s);
	{
		struct sm_aws_sigv4_key k =
			key("us-east-1", "ssmmessages", "SESSIONTOKEN");
		struct sm_aws_sigv4_request q = {
			sm_str("GET"),
			sm_str("ssmmessages.us-east-1.amazonaws.com"),
			sm_str("/v1/data-channel/user-0123456789abcdef0?cell-number=AAEAAabc+def%2Fghi%3D&role=publish_subscribe"),
			NULL,
			0,
			sm_str("")
		};

		assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), 0);
		assert_string_not_equal(s.signature, want);
	}
	sm_aws_sigv4_result_release(&s);
}

/* AWS General Reference, the worked example, and two of the test suite. */
static void test_published(void **state)
{
	static const struct sm_aws_sigv4_header type = {
		SM_STR_LIT("Content-Type"),
		SM_STR_LIT("application/x-www-form-urlencoded;   charset=utf-8")
	};
	struct sm_aws_sigv4_key k = key("us-east-1", "iam", "");
	struct sm_aws_sigv4_request q = {
		sm_str("GET"),
		sm_str("iam.amazonaws.com"),
		sm_str("/?Action=ListUsers&Version=2010-05-08"),
		&type,
		1,
		sm_str("")
	};
	struct sm_aws_sigv4_result s;

	SM_UNUSED(state);
	sign(&k, &q, T_SUITE, &s);
	assert_string_equal(
		s.request,
		"f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
	assert_string_equal(
		s.signature,
		"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
	sm_aws_sigv4_result_release(&s);

	k = key("us-east-1", "service", "");
	q.host = sm_str("example.amazonaws.com");
	q.target = sm_str("/");
	q.n_headers = 0;
	sign(&k, &q, T_SUITE, &s);
	assert_string_equal(
		s.signature,
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	sm_aws_sigv4_result_release(&s);

	q.target = sm_str("/?Param2=value2&Param1=value1");
	sign(&k, &q, T_SUITE, &s);
	assert_string_equal(
		s.signature,
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
	sm_aws_sigv4_result_release(&s);
}

static void test_sign_refuses(void **state)
{
	struct sm_aws_sigv4_key k = key("us-east-1", "ssm", "");
	struct sm_aws_sigv4_request q = resume();
	struct sm_aws_sigv4_header many[SM_AWS_SIGV4_HEADERS];
	char name[SM_AWS_SIGV4_HEADERS][8];
	struct sm_aws_sigv4_result s;
	struct sm_buf long_query = SM_BUF_INIT(SM_AWS_SIGV4_MAX);
	size_t i;

	SM_UNUSED(state);
	sm_aws_sigv4_result_init(&s);
	k.secret_key = sm_str("");
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), SM_EUSAGE);
	k = key("", "ssm", "");
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), SM_EUSAGE);
	k = key("us-east-1", "ssm", "");
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, INT64_MAX, &s, NULL),
			 SM_EUSAGE);
	/* host and date leave room for two fewer */
	for (i = 0; i < SM_AWS_SIGV4_HEADERS; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "h%zu", i);
		many[i].name = sm_str(name[i]);
		many[i].value = sm_str("v");
	}
	q.headers = many;
	q.n_headers = SM_AWS_SIGV4_HEADERS - 2;
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), 0);
	q.n_headers++;
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), SM_ELIMIT);
	q.n_headers = 0;
	(void)sm_buf_puts(&long_query, "/?a");
	for (i = 1; i < 256; i++)
		(void)sm_buf_puts(&long_query, "&a");
	q.target = sm_buf_str(&long_query);
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), 0);
	(void)sm_buf_puts(&long_query, "&a");
	q.target = sm_buf_str(&long_query);
	assert_int_equal(sm_aws_sigv4_sign(&k, &q, T_A12, &s, NULL), SM_ELIMIT);
	sm_buf_release(&long_query);
	sm_aws_sigv4_result_release(&s);
}

static void test_split(void **state)
{
	static const struct {
		const char *url, *host, *target;
		int r;
	} cases[] = {
		{ "https://a.b/c?d#e", "a.b", "/c?d", 0 },
		{ "https://a.b", "a.b", "/", 0 },
		{ "wss://a.b:443/x", "a.b", "/x", 0 },
		{ "ws://127.0.0.1:8080/x", "127.0.0.1:8080", "/x", 0 },
		{ "http://a:80", "a", "/", 0 },
		{ "https://a:80/", "a:80", "/", 0 },
		{ "HTTPS://a/", "a", "/", 0 },
		{ "https://u:p@a/", "", "", SM_EUSAGE },
		{ "https://", "", "", SM_EUSAGE },
		{ "ftp://a/", "", "", SM_EUSAGE },
		{ "a.b/c", "", "", SM_EUSAGE },
	};
	struct sm_str host, target;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(sm_aws_sigv4_split(sm_str(cases[i].url), &host,
						    &target, NULL),
				 cases[i].r);
		if (cases[i].r < 0)
			continue;
		assert_true(sm_str_eqz(host, cases[i].host));
		assert_true(sm_str_eqz(target, cases[i].target));
	}
}

static void test_presigned(void **state)
{
	SM_UNUSED(state);
	assert_true(sm_aws_sigv4_presigned(sm_str("/x?a=b&X-Amz-Signature=c")));
	assert_true(sm_aws_sigv4_presigned(sm_str("/x?X-Amz-Date=c")));
	assert_false(sm_aws_sigv4_presigned(sm_str("/X-Amz-Date?role=a")));
	assert_false(sm_aws_sigv4_presigned(sm_str("/x?a=X-Amz-Date")));
	assert_false(sm_aws_sigv4_presigned(sm_str("/x?X-Amz-Dated=c")));
}

/* --- checking ------------------------------------------------------------ */

enum {
	H_AUTH,
	H_DATE,
	H_TOKEN,
	H_TARGET,
	H_TYPE,
	H_EXTRA,
	N_RECEIVED
};

struct received {
	struct sm_aws_sigv4_header h[N_RECEIVED];
	struct sm_aws_sigv4_request q;
	struct sm_aws_sigv4_result s;
	struct sm_aws_sigv4_key k;
};

static void receive(struct received *v)
{
	v->k = key("us-east-1", "ssm", "SESSIONTOKEN");
	v->q = resume();
	v->q.target = sm_str("/?b=2&a=1");
	v->q.headers++;
	v->q.n_headers = 2;
	sign(&v->k, &v->q, T_A12, &v->s);
	v->h[H_AUTH].name = sm_str("authorization");
	v->h[H_AUTH].value = sm_buf_str(&v->s.authorization);
	v->h[H_DATE].name = sm_str("X-Amz-Date");
	v->h[H_DATE].value = sm_str(v->s.date);
	v->h[H_TOKEN].name = sm_str("x-amz-security-token");
	v->h[H_TOKEN].value = sm_str("SESSIONTOKEN");
	v->h[H_TARGET] = resume_headers[1];
	v->h[H_TYPE] = resume_headers[2];
	v->h[H_EXTRA].name = sm_str("User-Agent"); /* need not be signed */
	v->h[H_EXTRA].value = sm_str("x");
	v->q.headers = v->h;
	v->q.n_headers = N_RECEIVED;
}

static int verify(struct received *v, int64_t now)
{
	return sm_aws_sigv4_verify(&v->k, &v->q, now, 300, NULL);
}

static void test_verify_good(void **state)
{
	struct received v;

	SM_UNUSED(state);
	receive(&v);
	assert_int_equal(verify(&v, T_A12), 0);
	assert_int_equal(verify(&v, T_A12 + 300), 0);
	assert_int_equal(verify(&v, T_A12 - 300), 0);
	v.k.region = v.k.service = sm_str("");
	assert_int_equal(verify(&v, T_A12), 0);
	assert_int_equal(sm_aws_sigv4_verify(&v.k, &v.q, 0, -1, NULL), 0);
	sm_aws_sigv4_result_release(&v.s);
}

static void test_verify_time(void **state)
{
	struct received v;

	SM_UNUSED(state);
	receive(&v);
	assert_int_equal(verify(&v, T_A12 + 301), SM_ETIMEOUT);
	assert_int_equal(verify(&v, T_A12 - 301), SM_ETIMEOUT);
	v.h[H_DATE].value = sm_str("20240102T030406Z");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.h[H_DATE].value = sm_str("20240103T030405Z");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.h[H_DATE].value = sm_str("20240102 030405Z");
	assert_int_equal(verify(&v, T_A12), SM_EFORMAT);
	v.h[H_DATE].value = sm_str("20240002T030405Z");
	assert_int_equal(verify(&v, T_A12), SM_EFORMAT);
	sm_aws_sigv4_result_release(&v.s);
}

static void test_verify_scope(void **state)
{
	struct received v;
	struct sm_aws_sigv4_key good;

	SM_UNUSED(state);
	receive(&v);
	good = v.k;
	v.k.region = sm_str("eu-west-1");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.k = good;
	v.k.service = sm_str("kms");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.k = good;
	v.k.access_key = sm_str("AKIDOTHER");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.k = good;
	v.k.token = sm_str("SESSIONTOKEM");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.k.token = sm_str("");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	v.k = good;
	v.k.secret_key = sm_str("another");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	sm_aws_sigv4_result_release(&v.s);
}

static void test_verify_changed(void **state)
{
	struct received v;
	struct sm_aws_sigv4_request good;

	SM_UNUSED(state);
	receive(&v);
	good = v.q;
	v.q.body = sm_str("{}");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.q = good;
	v.q.method = sm_str("PUT");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.q = good;
	v.q.target = sm_str("/?a=1&b=3");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.q.target = sm_str("/?a=1&b=2"); /* only the order */
	assert_int_equal(verify(&v, T_A12), 0);
	v.q.target = sm_str("/x?a=1&b=2");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.q = good;
	v.q.host = sm_str("kms.us-east-1.amazonaws.com");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.q = good;
	v.h[H_TARGET].value = sm_str("AmazonSSM.StartSession");
	assert_int_equal(verify(&v, T_A12), SM_EVERIFY);
	v.h[H_TARGET] = resume_headers[1];
	v.h[H_EXTRA].name = sm_str("X-Amz-Extra");
	assert_int_equal(verify(&v, T_A12), SM_EAUTH);
	sm_aws_sigv4_result_release(&v.s);
}

/* Every flipped bit of the header makes the request wrong, none a crash. */
static void test_verify_flips(void **state)
{
	struct received v;
	char *z;
	size_t i, len;
	unsigned bit;

	SM_UNUSED(state);
	receive(&v);
	len = v.s.authorization.len;
	z = v.s.authorization.ptr;
	for (i = 0; i < len; i++) {
		for (bit = 0; bit < 8; bit++) {
			z[i] = (char)((unsigned char)z[i] ^ 1u << bit);
			assert_true(verify(&v, T_A12) < 0);
			z[i] = (char)((unsigned char)z[i] ^ 1u << bit);
		}
	}
	for (i = 0; i < len; i++) {
		v.h[H_AUTH].value = sm_str_n(z, i);
		assert_true(verify(&v, T_A12) < 0);
	}
	sm_aws_sigv4_result_release(&v.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume_session),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_presigned),
		cmocka_unit_test(test_verify_good),
		cmocka_unit_test(test_verify_time),
		cmocka_unit_test(test_verify_scope),
		cmocka_unit_test(test_verify_changed),
		cmocka_unit_test(test_verify_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
