/*
 * The typed calls against a server that checks the signature of every request
 * and answers well, badly, or not at first.
 */
#include "common/def.h"
#include "common/aws/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/aws/sigv4.h"
#include "common/os/clock.h"
#include "common/os/env.h"
#include "tests/lib/httpd.h"

static struct {
	int status[8];       /* of request n; 0: 200 */
	const char *body[8]; /* of request n; NULL: `answer` */
	const char *headers;
	const char *answer;
	const char *new_key; /* set in the environment by request 1 */
	char target[128];    /* as received */
	char request[4096];
	int signature; /* result of the check of the last request */
	char service[16];
} plan;

static struct httpd server;

static size_t take_headers(const struct httpd_req *q,
			   struct sm_aws_sigv4_header *h, size_t max)
{
	struct sm_str rest = sm_str(q->headers), line;
	size_t n = 0;
	long at;

	while (n < max && sm_str_split(&rest, '\n', &line)) {
		at = sm_str_chr(line, ':', 0);
		if (at < 0)
			continue;
		h[n].name = sm_str_sub(line, 0, (size_t)at);
		h[n++].value =
			sm_str_trim(sm_str_sub(line, (size_t)at + 1, line.len));
	}
	return n;
}

static void check_signature(const struct httpd_req *q)
{
	struct sm_aws_sigv4_header h[32];
	struct sm_aws_sigv4_key k = { sm_str("AKID"), sm_str("secret"),
				      sm_str("token"), sm_str("eu-west-1"),
				      sm_str(plan.service) };
	struct sm_aws_sigv4_request r = { .method = sm_str(q->method),
					  .target = sm_str(q->target),
					  .headers = h,
					  .body = sm_str_n(q->body,
							   q->body_len) };
	char host[64];

	httpd_header(q, "host", host, sizeof(host));
	r.host = sm_str(host);
	r.n_headers = take_headers(q, h, SM_ARRAY_LEN(h));
	plan.signature = sm_aws_sigv4_verify(
		&k, &r, sm_os_clock_wall_ms() / 1000, 300, NULL);
}

static void answer(void *user, const struct httpd_req *q, int fd)
{
	int n = q->n < 8 ? q->n : 0;
	int status = plan.status[n] ? plan.status[n] : 200;

	SM_UNUSED(user);
	httpd_header(q, "x-amz-target", plan.target, sizeof(plan.target));
	(void)snprintf(plan.request, sizeof(plan.request), "%.4000s", q->body);
	check_signature(q);
	if (plan.new_key && q->n == 1)
		(void)sm_os_env_set("AWS_ACCESS_KEY_ID", plan.new_key);
	httpd_reply(fd, status, status == 200 ? NULL : plan.headers,
		    plan.body[n] ? plan.body[n] : plan.answer);
}

static struct sm_aws_api api;
static struct sm_aws_api_error why;
static struct sm_err e;

static int begin(void **state)
{
	SM_UNUSED(state);
	memset(&plan, 0, sizeof(plan));
	memset(&api, 0, sizeof(api));
	(void)snprintf(plan.service, sizeof(plan.service), "ssm");
	httpd_start(&server, answer, NULL);
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", "AKID");
	(void)sm_os_env_set("AWS_SECRET_ACCESS_KEY", "secret");
	(void)sm_os_env_set("AWS_SESSION_TOKEN", "token");
	(void)sm_os_env_set("AWS_ENDPOINT_URL_KMS", server.url);
	(void)sm_os_env_set("AWS_CONFIG_FILE", "/nonexistent");
	(void)sm_os_env_set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
	api.region = "eu-west-1";
	api.endpoint = server.url;
	api.wait_ms = 2;
	api.timeout_ms = 5000;
	return 0;
}

static int end(void **state)
{
	SM_UNUSED(state);
	httpd_stop(&server);
	return 0;
}

static int resume(struct sm_buf *token)
{
	sm_err_clear(&e);
	return sm_aws_api_resume_session(&api, "user-1\"x", token, &why, &e);
}

static void test_resume(void **state)
{
	struct sm_buf token = SM_BUF_SECRET(256);

	SM_UNUSED(state);
	plan.answer = "{\"SessionId\":\"s\",\"TokenValue\":\"new\"}";
	assert_int_equal(resume(&token), 1);
	assert_string_equal(sm_buf_z(&token), "new");
	assert_int_equal(plan.signature, 0);
	assert_string_equal(plan.target, "AmazonSSM.ResumeSession");
	assert_string_equal(plan.request, "{\"SessionId\":\"user-1\\\"x\"}");
	/* no token: the session is over */
	sm_buf_clear(&token);
	plan.answer = "{\"SessionId\":\"s\",\"TokenValue\":null}";
	assert_int_equal(resume(&token), 0);
	plan.answer = "{}";
	assert_int_equal(resume(&token), 0);
	assert_int_equal(token.len, 0);
	plan.answer = "<html>";
	assert_int_equal(resume(&token), SM_EFORMAT);
	sm_buf_release(&token);
}

static void test_terminate(void **state)
{
	SM_UNUSED(state);
	plan.answer = "{\"SessionId\":\"s\"}";
	assert_int_equal(sm_aws_api_terminate_session(&api, "s", &why, &e), 0);
	assert_string_equal(plan.target, "AmazonSSM.TerminateSession");
	assert_int_equal(plan.signature, 0);
}

static void test_start(void **state)
{
	struct sm_aws_api_start s = { "i-1", "AWS-StartSSHSession",
				      "{\"portNumber\":[\"22\"]}", NULL };
	struct sm_buf out = SM_BUF_SECRET(1024);

	SM_UNUSED(state);
	plan.answer = "{\"SessionId\":\"s\"}";
	assert_int_equal(sm_aws_api_start_session(&api, &s, &out, &why, &e), 0);
	assert_string_equal(sm_buf_z(&out), plan.answer);
	assert_string_equal(
		plan.request,
		"{\"Target\":\"i-1\",\"DocumentName\":\"AWS-StartSSHSession\",\"Parameters\":{\"portNumber\":[\"22\"]}}");
	s.parameters = "[]";
	assert_int_equal(sm_aws_api_start_session(&api, &s, &out, &why, &e),
			 SM_EFORMAT);
	s.parameters = "{},\"Target\":\"i-2\"";
	assert_int_equal(sm_aws_api_start_session(&api, &s, &out, &why, &e),
			 SM_EFORMAT);
	assert_int_equal(atomic_load(&server.n), 1);
	sm_buf_release(&out);
}

/* 64 bytes 00..3f in base64. */
#define KEY64 \
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="

static void test_data_key(void **state)
{
	struct sm_aws_api_key k = { "alias/k", "s-1", "i-1", NULL };
	struct sm_buf plain = SM_BUF_SECRET(64), cipher = SM_BUF_INIT(4096);
	static const char *const bad[] = {
		"{\"CiphertextBlob\":\"AAAA\",\"Plaintext\":\"AAAA\"}",
		"{\"CiphertextBlob\":\"AAAA\",\"Plaintext\":\"" KEY64 "AAAA\"}",
		"{\"Plaintext\":\"" KEY64 "\"}",
		"{\"CiphertextBlob\":\"A\",\"Plaintext\":\"" KEY64 "\"}",
		"{}",
		"",
	};
	size_t i;

	SM_UNUSED(state);
	(void)snprintf(plan.service, sizeof(plan.service), "kms");
	plan.answer = "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"k\","
		      "\"Plaintext\":\"" KEY64 "\"}";
	api.endpoint = "http://127.0.0.1:1"; /* SSM's, not for KMS */
	assert_int_equal(sm_aws_api_generate_data_key(&api, &k, &plain, &cipher,
						      &why, &e),
			 0);
	assert_int_equal(plain.len, 64);
	assert_int_equal((unsigned char)plain.ptr[63], 0x3f);
	assert_int_equal(cipher.len, 3);
	assert_int_equal(plan.signature, 0);
	assert_string_equal(plan.target, "TrentService.GenerateDataKey");
	assert_string_equal(
		plan.request,
		"{\"EncryptionContext\":{\"aws:ssm:SessionId\":\"s-1\",\"aws:ssm:TargetId\":\"i-1\"},\"KeyId\":\"alias/k\",\"NumberOfBytes\":64}");
	k.challenge = "c\"1";
	sm_buf_clear(&plain);
	sm_buf_clear(&cipher);
	assert_int_equal(sm_aws_api_generate_data_key(&api, &k, &plain, &cipher,
						      &why, &e),
			 0);
	assert_string_equal(
		plan.request,
		"{\"EncryptionContext\":{\"aws:ssm:SessionId\":\"s-1\",\"aws:ssm:TargetId\":\"i-1\",\"aws:ssm:RandomChallenge\":\"c\\\"1\"},\"KeyId\":\"alias/k\",\"NumberOfBytes\":64}");
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		plan.answer = bad[i];
		assert_int_equal(sm_aws_api_generate_data_key(
					 &api, &k, &plain, &cipher, &why, &e),
				 SM_EFORMAT);
	}
	sm_buf_release(&plain);
	sm_buf_release(&cipher);
}

#define DENIED "{\"__type\":\"x#AccessDeniedException\",\"Message\":\"no\"}"

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *headers, *body;
		int r;
		const char *code;
	} cases[] = {
		{ 400, NULL, DENIED, SM_EAUTH, "AccessDeniedException" },
		{ 400, NULL, "{\"__type\":\"DoesNotExistException\"}",
		  SM_ENOTFOUND, "DoesNotExistException" },
		{ 400, "x-amzn-ErrorType: ValidationException:http://x/\r\n",
		  "{\"message\":\"m\"}", SM_EIO, "ValidationException" },
		{ 403, NULL, "not json", SM_EAUTH, "" },
		{ 404, NULL, "", SM_EIO, "" },
	};
	struct sm_buf token = SM_BUF_SECRET(256);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		atomic_store(&server.n, 0);
		plan.status[1] = cases[i].status;
		plan.headers = cases[i].headers;
		plan.body[1] = cases[i].body;
		assert_int_equal(resume(&token), cases[i].r);
		assert_string_equal(why.code, cases[i].code);
		assert_int_equal(why.status, cases[i].status);
		assert_int_equal(atomic_load(&server.n), 1); /* not again */
		assert_int_equal(
			strncmp(e.msg, "cannot call ResumeSession: ", 27), 0);
	}
	sm_buf_release(&token);
}

static void test_retries(void **state)
{
	struct sm_buf token = SM_BUF_SECRET(256);
	int i;

	SM_UNUSED(state);
	plan.answer = "{\"TokenValue\":\"t\"}";
	plan.status[1] = 500;
	plan.status[2] = 400;
	plan.body[2] = "{\"__type\":\"ThrottlingException\"}";
	assert_int_equal(resume(&token), 1);
	assert_int_equal(atomic_load(&server.n), 3);
	atomic_store(&server.n, 0);
	for (i = 1; i < 8; i++)
		plan.status[i] = 503;
	assert_int_equal(resume(&token), SM_ENET);
	assert_int_equal(atomic_load(&server.n), SM_AWS_API_TRIES);
	/* a wait that does not fit ends it */
	atomic_store(&server.n, 0);
	api.wait_ms = 4000;
	api.timeout_ms = 1000;
	assert_int_equal(resume(&token), SM_ENET);
	assert_int_equal(atomic_load(&server.n), 1);
	/* nobody listens */
	api.wait_ms = 1;
	api.endpoint = "http://127.0.0.1:1";
	assert_int_equal(resume(&token), SM_ENET);
	sm_buf_release(&token);
}

static void test_expired(void **state)
{
	struct sm_buf token = SM_BUF_SECRET(256);
	struct sm_aws_cred given;

	SM_UNUSED(state);
	plan.answer = "{\"TokenValue\":\"t\"}";
	plan.status[1] = 400;
	plan.body[1] = "{\"__type\":\"ExpiredTokenException\"}";
	plan.new_key = "AKID"; /* renewed meanwhile */
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", "AKOLD");
	assert_int_equal(resume(&token), 1);
	assert_int_equal(plan.signature, 0); /* of the second request */
	/* keys of the caller are not looked up again */
	atomic_store(&server.n, 0);
	sm_aws_cred_init(&given);
	(void)sm_buf_puts(&given.access_key, "AKID");
	(void)sm_buf_puts(&given.secret_key, "secret");
	(void)sm_buf_puts(&given.token, "token");
	api.cred = &given;
	assert_int_equal(resume(&token), SM_EAUTH);
	assert_int_equal(atomic_load(&server.n), 1);
	sm_aws_cred_release(&given);
	/* keys that stay expired: found again once */
	api.cred = NULL;
	atomic_store(&server.n, 0);
	plan.status[2] = 400;
	plan.body[2] = plan.body[1];
	plan.new_key = NULL;
	assert_int_equal(resume(&token), SM_EAUTH);
	assert_int_equal(atomic_load(&server.n), 2);
	sm_buf_release(&token);
}

static void test_no_credentials(void **state)
{
	struct sm_buf token = SM_BUF_SECRET(256);

	SM_UNUSED(state);
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", NULL);
	(void)sm_os_env_set("AWS_EC2_METADATA_DISABLED", "true");
	(void)sm_os_env_set("PATH", "/nonexistent");
	assert_int_equal(resume(&token), SM_EAUTH);
	assert_non_null(strstr(e.msg, "cannot call ResumeSession: "
				      "cannot find credentials: "));
	assert_int_equal(atomic_load(&server.n), 0);
	sm_buf_release(&token);
}

static void test_limits(void **state)
{
	struct sm_buf token = SM_BUF_SECRET(256);
	atomic_bool cancel = true;
	char *id = malloc(SM_AWS_API_ID_MAX + 2);

	SM_UNUSED(state);
	assert_non_null(id);
	memset(id, 'a', SM_AWS_API_ID_MAX + 1);
	id[SM_AWS_API_ID_MAX + 1] = '\0';
	assert_int_equal(sm_aws_api_terminate_session(&api, id, NULL, &e),
			 SM_ELIMIT);
	plan.answer = "{}";
	id[SM_AWS_API_ID_MAX] = '\0';
	assert_int_equal(sm_aws_api_terminate_session(&api, id, NULL, NULL), 0);
	free(id);
	api.cancel = &cancel;
	assert_int_equal(resume(&token), SM_ECANCEL);
	api.cancel = NULL;
	api.region = "not a region";
	api.endpoint = NULL;
	assert_int_equal(resume(&token), SM_EUSAGE);
	sm_buf_release(&token);
}

static void test_error_parse(void **state)
{
	static const struct {
		const char *type, *body, *code, *message;
	} cases[] = {
		{ "", "{\"__type\":\"a.b#Code\",\"message\":\"m\"}", "Code",
		  "m" },
		{ "Other:http://x", "{\"__type\":\"Code\"}", "Other", "" },
		{ "", "{\"code\":\"C\",\"Message\":\"a\\nb\"}", "C", "a b" },
		{ "", "", "", "" },
		{ "", "[]", "", "" },
		{ "", "{\"__type\":1,\"message\":2}", "", "" },
	};
	struct sm_buf b = SM_BUF_INIT(4096);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		sm_aws_api_error_parse(&why, 400, sm_str(cases[i].type),
				       sm_str(cases[i].body));
		assert_string_equal(why.code, cases[i].code);
		assert_string_equal(why.message, cases[i].message);
	}
	/* cut at a character boundary */
	(void)sm_buf_puts(&b, "{\"message\":\"");
	for (i = 0; i < 300; i++)
		(void)sm_buf_puts(&b, "\xe2\x82\xac");
	(void)sm_buf_puts(&b, "\"}");
	sm_aws_api_error_parse(&why, 400, sm_str(""), sm_buf_str(&b));
	assert_int_equal(strlen(why.message), 318);
	assert_true(sm_str_utf8(sm_str(why.message)));
	sm_buf_release(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resume),   TEST(test_terminate),
		TEST(test_start),    TEST(test_data_key),
		TEST(test_refusals), TEST(test_retries),
		TEST(test_expired),  TEST(test_no_credentials),
		TEST(test_limits),   TEST(test_error_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
