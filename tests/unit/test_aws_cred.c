/*
 * The search for credentials, each provider against a server in this process
 * that plays STS, SSO, the container endpoint and the metadata service.
 */
#include "common/def.h"
#include "common/aws/cred.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/aws/cred_provider.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/os/env.h"
#include "tests/lib/httpd.h"

#define STS_OK                                                                     \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">" \
	"<AssumeRoleResult><AssumedRoleUser><Arn>x</Arn></AssumedRoleUser>"        \
	"<Credentials><AccessKeyId>%s</AccessKeyId>"                               \
	"<SecretAccessKey>sts&#45;secret</SecretAccessKey>"                        \
	"<SessionToken>sts-token</SessionToken>"                                   \
	"<Expiration>2099-01-02T03:04:05Z</Expiration></Credentials>"              \
	"</AssumeRoleResult></AssumeRoleResponse>"

#define STS_BAD                                                       \
	"<ErrorResponse><Error><Type>Sender</Type>"                   \
	"<Code>AccessDenied</Code><Message>not you</Message></Error>" \
	"</ErrorResponse>"

#define KEYS                                                      \
	"{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"secret\"," \
	"\"Token\":\"token\",\"Expiration\":\"2099-01-02T03:04:05Z\"}"

/* What the server saw, one line a request, and how it behaves. */
static struct {
	char log[8192];
	bool deny, fail_once, bad_json, no_role, expired_login;
} plan;

static struct httpd server;
static char home[128];

static void note(const char *fmt, const char *a, const char *b)
{
	size_t n = strlen(plan.log);

	(void)snprintf(plan.log + n, sizeof(plan.log) - n, "%s %s %s\n", fmt, a,
		       b);
}

static void answer_sts(const struct httpd_req *q, int fd)
{
	char auth[512], out[2048], *arn = strstr(q->body, "RoleArn=");

	httpd_header(q, "authorization", auth, sizeof(auth));
	note("STS", q->body, auth);
	if (plan.fail_once && q->n == 1) {
		httpd_reply(fd, 503, NULL, "busy");
	} else if (plan.deny) {
		httpd_reply(fd, 403, NULL, STS_BAD);
	} else {
		(void)snprintf(out, sizeof(out), STS_OK,
			       arn && strstr(arn, "inner") ? "INNER" : "OUTER");
		httpd_reply(fd, 200, NULL, out);
	}
}

static void answer_imds(const struct httpd_req *q, int fd)
{
	char token[64], out[512];

	httpd_header(q, "x-aws-ec2-metadata-token", token, sizeof(token));
	if (!strcmp(q->method, "PUT")) {
		httpd_reply(fd, 200, NULL, "imds-token\n");
	} else if (strcmp(token, "imds-token") != 0) {
		httpd_reply(fd, 401, NULL, "");
	} else if (!strcmp(q->target,
			   "/latest/meta-data/iam/security-credentials/")) {
		httpd_reply(fd, plan.no_role ? 404 : 200, NULL, "my-role");
	} else {
		(void)snprintf(out, sizeof(out), KEYS, "IMDSKEY");
		httpd_reply(fd, 200, NULL, plan.bad_json ? "{" : out);
	}
}

static void answer_sso(const struct httpd_req *q, int fd)
{
	char token[64];

	httpd_header(q, "x-amz-sso_bearer_token", token, sizeof(token));
	note("SSO", q->target, token);
	if (plan.expired_login)
		httpd_reply(fd, 401, NULL, "{}");
	else
		httpd_reply(fd, 200, NULL,
			    "{\"roleCredentials\":{\"accessKeyId\":\"SSOKEY\","
			    "\"secretAccessKey\":\"s\",\"sessionToken\":\"t\","
			    "\"expiration\":4102444800000}}");
}

static void answer(void *user, const struct httpd_req *q, int fd)
{
	char auth[64], out[512];

	SM_UNUSED(user);
	if (!strncmp(q->target, "/latest/", 8)) {
		answer_imds(q, fd);
	} else if (!strncmp(q->target, "/federation/", 12)) {
		answer_sso(q, fd);
	} else if (!strcmp(q->target, "/token")) {
		note("OIDC", q->body, "");
		if (plan.deny)
			httpd_reply(fd, 400, NULL, "{\"error\":\"x\"}");
		else
			httpd_reply(fd, 200, NULL,
				    "{\"accessToken\":\"fresh\","
				    "\"expiresIn\":3600,"
				    "\"refreshToken\":\"next\"}");
	} else if (!strcmp(q->target, "/container")) {
		httpd_header(q, "authorization", auth, sizeof(auth));
		note("CONTAINER", auth, "");
		(void)snprintf(out, sizeof(out), KEYS, "ECSKEY");
		httpd_reply(fd, plan.deny ? 403 : 200, NULL,
			    plan.bad_json ? "no" : out);
	} else {
		answer_sts(q, fd);
	}
}

/* --- fixture --------------------------------------------------------------- */

static const char *const variables[] = {
	"AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN",
	"AWS_ACCESS_KEY",
	"AWS_SECRET_KEY",
	"AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",
	"AWS_REGION",
	"AWS_DEFAULT_REGION",
	"AWS_CONFIG_FILE",
	"AWS_SHARED_CREDENTIALS_FILE",
	"AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
	"AWS_ENDPOINT_URL_STS",
	"AWS_ENDPOINT_URL_SSO",
	"AWS_ENDPOINT_URL_SSO_OIDC",
	"AWS_ENDPOINT_URL",
	"http_proxy",
	"HTTP_PROXY",
	"ALL_PROXY",
	"all_proxy"
};

static struct sm_aws_cred cred;
static struct sm_err e;

static int begin(void **state)
{
	char path[160];
	size_t i;

	SM_UNUSED(state);
	memset(&plan, 0, sizeof(plan));
	for (i = 0; i < SM_ARRAY_LEN(variables); i++)
		(void)sm_os_env_set(variables[i], NULL);
	assert_int_equal(
		sm_os_dir_temp("/tmp/aws-cred-", home, sizeof(home), NULL), 0);
	(void)sm_os_env_set("HOME", home);
	(void)sm_os_env_set("PATH", "/nonexistent");
	(void)sm_os_env_set("AWS_EC2_METADATA_DISABLED", "true");
	(void)snprintf(path, sizeof(path), "%s/.aws/sso/cache", home);
	assert_int_equal(sm_fs_mkdirs(path, 0700, NULL), 0);
	httpd_start(&server, answer, NULL);
	(void)sm_os_env_set("AWS_ENDPOINT_URL_STS", server.url);
	(void)sm_os_env_set("AWS_ENDPOINT_URL_SSO", server.url);
	(void)sm_os_env_set("AWS_ENDPOINT_URL_SSO_OIDC", server.url);
	sm_aws_cred_init(&cred);
	return 0;
}

static int end(void **state)
{
	SM_UNUSED(state);
	sm_aws_cred_release(&cred);
	httpd_stop(&server);
	return sm_fs_remove_tree(home, NULL);
}

static void put_file(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	assert_int_equal(sm_fs_write_atomic(path, sm_str(text), 0600, NULL), 0);
}

static void config(const char *text)
{
	put_file(".aws/config", text);
}

static int resolve(const char *profile)
{
	struct sm_aws_cred_query q = { .profile = profile,
				       .region = "eu-west-1" };

	sm_err_clear(&e);
	q.deadline_ms = sm_os_clock_mono_ms() + 8000;
	return sm_aws_cred_resolve(&q, &cred, &e);
}

static void want(const char *profile, const char *access_key)
{
	if (resolve(profile) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(sm_buf_z(&cred.access_key), access_key);
	assert_true(cred.secret_key.len > 0);
	assert_true(cred.source[0] != '\0');
}

static void want_error(const char *profile, const char *part)
{
	assert_int_equal(resolve(profile), SM_EAUTH);
	if (!strstr(e.msg, part))
		fail_msg("'%s' is not in '%s'", part, e.msg);
	assert_int_equal(strncmp(e.msg, "cannot find credentials: ", 25), 0);
}

static void saw(const char *part)
{
	if (!strstr(plan.log, part))
		fail_msg("'%s' is not in '%s'", part, plan.log);
}

/* --- environment and files ------------------------------------------------- */

static void test_environment(void **state)
{
	SM_UNUSED(state);
	want_error(NULL, "none in the environment, profile 'default'");
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", "ENVKEY");
	want_error(NULL, "none in the environment");
	(void)sm_os_env_set("AWS_SECRET_ACCESS_KEY", "envsecret");
	want(NULL, "ENVKEY");
	assert_int_equal(cred.token.len, 0);
	assert_string_equal(cred.source, "environment");
	(void)sm_os_env_set("AWS_SESSION_TOKEN", "tok");
	want("", "ENVKEY");
	assert_string_equal(sm_buf_z(&cred.token), "tok");
	(void)sm_os_env_set("AWS_SESSION_TOKEN", "to\r\nX: k");
	want_error("", "control characters");
	(void)sm_os_env_set("AWS_SESSION_TOKEN", NULL);
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", NULL);
	(void)sm_os_env_set("AWS_ACCESS_KEY", "OLDNAME");
	want("", "OLDNAME");
}

static void test_static_profiles(void **state)
{
	SM_UNUSED(state);
	config("[default]\naws_access_key_id=DEF\naws_secret_access_key=s\n"
	       "[profile a]\naws_access_key_id=AAA\naws_secret_access_key=s\n"
	       "aws_session_token=t\n"
	       "[profile half]\naws_access_key_id=AAA\n"
	       "[profile none]\nregion=x\n");
	put_file(".aws/credentials",
		 "[b]\naws_access_key_id=BBB\naws_secret_access_key=s\n");
	want(NULL, "DEF");
	want("a", "AAA");
	assert_string_equal(sm_buf_z(&cred.token), "t");
	assert_string_equal(cred.source, "profile 'a'");
	want("b", "BBB");
	assert_int_equal(cred.token.len, 0); /* nothing is left of before */
	want_error("half", "profile 'half': no secret access key");
	want_error("none", "none in the environment");
	want_error("absent", "profile 'absent' is not configured");
	(void)sm_os_env_set("AWS_PROFILE", "b");
	want("", "BBB");
	/* keys in the environment: before an implied, after a named profile */
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", "ENVKEY");
	(void)sm_os_env_set("AWS_SECRET_ACCESS_KEY", "x");
	want("", "ENVKEY");
	want("a", "AAA");
}

/* --- roles ------------------------------------------------------------------ */

static const char roles[] =
	"[profile base]\naws_access_key_id=BASE\naws_secret_access_key=s\n"
	"[profile outer]\nrole_arn=arn:aws:iam::1:role/outer\n"
	"source_profile=inner\nexternal_id=a b&c\nduration_seconds=1800\n"
	"role_session_name=me@x\n"
	"[profile inner]\nrole_arn=arn:aws:iam::1:role/inner\n"
	"source_profile=base\n"
	"[profile self]\nrole_arn=arn:aws:iam::1:role/self\n"
	"source_profile=self\naws_access_key_id=SELF\naws_secret_access_key=s\n"
	"[profile env]\nrole_arn=arn:aws:iam::1:role/env\n"
	"credential_source=Environment\n"
	"[profile mfa]\nrole_arn=r\nsource_profile=base\nmfa_serial=m\n"
	"[profile loop]\nrole_arn=r\nsource_profile=loop2\n"
	"[profile loop2]\nrole_arn=r\nsource_profile=loop\n"
	"[profile lost]\nrole_arn=r\nsource_profile=absent\n"
	"[profile bare]\nrole_arn=r\n"
	"[profile odd]\nrole_arn=r\ncredential_source=Moon\n"
	"[profile short]\nrole_arn=r\nsource_profile=base\n"
	"duration_seconds=899\n"
	"[profile web]\nrole_arn=arn:aws:iam::1:role/web\n"
	"web_identity_token_file=/nonexistent/token\n";

static void test_assume_role(void **state)
{
	SM_UNUSED(state);
	config(roles);
	want("inner", "INNER");
	assert_string_equal(sm_buf_z(&cred.secret_key), "sts-secret");
	assert_string_equal(sm_buf_z(&cred.token), "sts-token");
	assert_true(cred.expires_sec > 4000000000);
	saw("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Finner&RoleSessionName=session-manager-plugin-");
	saw("Credential=BASE/");
	saw("/eu-west-1/sts/aws4_request");
	plan.log[0] = '\0';
	want("outer", "OUTER");
	saw("Credential=BASE/");
	saw("Credential=INNER/"); /* the chain */
	saw("&RoleSessionName=me%40x&ExternalId=a%20b%26c&DurationSeconds=1800");
	plan.log[0] = '\0';
	want("self", "OUTER");
	saw("Credential=SELF/");
	(void)sm_os_env_set("AWS_ACCESS_KEY_ID", "ENVKEY");
	(void)sm_os_env_set("AWS_SECRET_ACCESS_KEY", "x");
	want("env", "OUTER");
	saw("Credential=ENVKEY/");
}

static void test_assume_role_wrong(void **state)
{
	SM_UNUSED(state);
	config(roles);
	want_error("env", "credential_source 'Environment' has none");
	want_error("mfa", "profile 'mfa': mfa_serial needs a code");
	want_error("loop", "goes round in a circle");
	want_error("lost", "source_profile 'absent' is not configured");
	want_error("bare", "role_arn without source_profile");
	want_error("odd", "credential_source 'Moon' is not known");
	want_error("short", "duration_seconds is not 900 to 43200");
	want_error("web", "/nonexistent/token");
	assert_string_equal(plan.log, "");
	plan.deny = true;
	want_error("inner",
		   "profile 'inner': STS refused: AccessDenied: not you");
	want_error("outer", "profile 'outer': profile 'inner': STS refused");
}

/* SM_AWS_CRED_DEPTH profiles, one after the other, and one more. */
static void test_depth(void **state)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int i;

	SM_UNUSED(state);
	(void)sm_buf_puts(&text, "[profile p0]\naws_access_key_id=DEEP\n"
				 "aws_secret_access_key=s\n");
	for (i = 1; i <= SM_AWS_CRED_DEPTH; i++)
		(void)sm_buf_printf(
			&text, "[profile p%d]\nsource_profile=p%d\n", i, i - 1);
	config(sm_buf_z(&text));
	sm_buf_release(&text);
	want("p7", "DEEP");
	want_error("p8", "deeper than 8");
}

static void test_retry(void **state)
{
	SM_UNUSED(state);
	config(roles);
	plan.fail_once = true;
	want("inner", "INNER");
	assert_int_equal(atomic_load(&server.n), 2);
}

static void test_web_identity(void **state)
{
	char path[256];

	SM_UNUSED(state);
	put_file("token", "web+token\n");
	(void)snprintf(path, sizeof(path), "%s/token", home);
	(void)sm_os_env_set("AWS_WEB_IDENTITY_TOKEN_FILE", path);
	(void)sm_os_env_set("AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
	want(NULL, "OUTER");
	saw("Action=AssumeRoleWithWebIdentity&");
	saw("&WebIdentityToken=web%2Btoken ");
	assert_null(strstr(plan.log, "Credential=")); /* not signed */
}

/* --- STS answers ------------------------------------------------------------ */

static void test_sts_parse(void **state)
{
	static const struct {
		const char *xml;
		int r;
	} cases[] = {
		{ "<a><AccessKeyId>K</AccessKeyId><SecretAccessKey>s"
		  "</SecretAccessKey></a>",
		  0 },
		{ "<a><AccessKeyId>K</AccessKeyId></a>", SM_EAUTH },
		{ "<a/>", SM_EFORMAT },
		{ "", SM_EFORMAT },
		{ "{}", SM_EFORMAT },
		{ "<a>", SM_EFORMAT },
		{ "<a><Code>X</Code></a>", SM_EAUTH },
		{ "<!DOCTYPE a [<!ENTITY x \"y\">]><a><AccessKeyId>&x;"
		  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey></a>",
		  SM_EFORMAT },
		{ "<a><AccessKeyId>K</AccessKeyId><SecretAccessKey>s"
		  "</SecretAccessKey><Expiration>soon</Expiration></a>",
		  SM_EFORMAT },
		{ "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>",
		  SM_EFORMAT },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++)
		assert_int_equal(sm_aws_cred_sts_parse(sm_str(cases[i].xml),
						       "it", &cred, &e),
				 cases[i].r);
}

/* --- SSO -------------------------------------------------------------------- */

static const char sso[] =
	"[profile new]\nsso_session=corp\nsso_account_id=123\n"
	"sso_role_name=Read Only\n"
	"[sso-session corp]\nsso_start_url=https://c/start\nsso_region=us-east-1\n"
	"[profile old]\nsso_start_url=https://c/start\nsso_region=us-east-1\n"
	"sso_account_id=123\nsso_role_name=R\n"
	"[profile lost]\nsso_session=absent\nsso_account_id=1\nsso_role_name=R\n"
	"[profile part]\nsso_session=corp\n";

/* SHA-1 of "corp" and of "https://c/start" */
#define CACHE_NEW ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
#define CACHE_OLD ".aws/sso/cache/d64fd0d70b886119ef47d5396c3e82aecd778e18.json"

#define LOGIN(token, until)                                           \
	"{\"accessToken\":\"" token "\",\"expiresAt\":\"" until "\"," \
	"\"startUrl\":\"https://c/start\",\"extra\":[1]"

#define RENEWAL                                               \
	",\"clientId\":\"cid\",\"clientSecret\":\"cs\\\"q\"," \
	"\"refreshToken\":\"rt\","                            \
	"\"registrationExpiresAt\":\"2099-01-01T00:00:00Z\""

static void test_sso(void **state)
{
	SM_UNUSED(state);
	config(sso);
	want_error("new", "not logged in: run 'aws sso login --profile new'");
	put_file(CACHE_NEW, LOGIN("at", "2099-01-01T00:00:00Z") "}");
	want("new", "SSOKEY");
	assert_int_equal(cred.expires_sec, 4102444800);
	saw("SSO /federation/credentials?role_name=Read%20Only&account_id=123 at\n");
	put_file(CACHE_OLD, LOGIN("ot", "2099-01-01T00:00:00UTC") "}");
	want("old", "SSOKEY");
	saw("role_name=R&account_id=123 ot\n");
	want_error("lost", "sso-session 'absent' is not configured");
	want_error("part", "SSO needs start URL, region");
	plan.expired_login = true;
	want_error("new", "run 'aws sso login");
	put_file(CACHE_NEW, "{");
	want_error("new", "cannot read the cached login");
	put_file(CACHE_NEW, LOGIN("a\\r\\nX: b", "2099-01-01T00:00:00Z") "}");
	want_error("new", "run 'aws sso login");
}

static void test_sso_renewal(void **state)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	char path[256];

	SM_UNUSED(state);
	config(sso);
	put_file(CACHE_NEW, LOGIN("at", "2020-01-01T00:00:00Z") "}");
	want_error("new", "the login has expired");
	put_file(CACHE_NEW, LOGIN("at", "2020-01-01T00:00:00Z") RENEWAL "}");
	want("new", "SSOKEY");
	saw("OIDC {\"clientId\":\"cid\",\"clientSecret\":\"cs\\\"q\",\"grantType\":\"refresh_token\",\"refreshToken\":\"rt\"}");
	saw("account_id=123 fresh\n");
	(void)snprintf(path, sizeof(path), "%s/" CACHE_NEW, home);
	assert_int_equal(sm_fs_read(path, SM_BUF_SMALL, &text, NULL), 0);
	assert_non_null(strstr(sm_buf_z(&text), "\"accessToken\":\"fresh\""));
	assert_non_null(strstr(sm_buf_z(&text), "\"refreshToken\":\"next\""));
	assert_non_null(strstr(sm_buf_z(&text), "\"extra\":[1]"));
	assert_null(strstr(sm_buf_z(&text), "2020"));
	sm_buf_release(&text);
	/* the saved one is used; nothing is renewed again */
	plan.log[0] = '\0';
	want("new", "SSOKEY");
	assert_null(strstr(plan.log, "OIDC"));
	put_file(CACHE_NEW, LOGIN("at", "2020-01-01T00:00:00Z") RENEWAL "}");
	plan.deny = true;
	want_error("new", "the login has expired: run 'aws sso login");
	put_file(CACHE_OLD, LOGIN("at", "2020-01-01T00:00:00Z") RENEWAL "}");
	want_error("old", "the login has expired");
}

/* --- processes --------------------------------------------------------------- */

static void test_process(void **state)
{
	SM_UNUSED(state);
	config("[profile good]\ncredential_process = echo '{\"Version\":1,"
	       "\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\","
	       "\"SessionToken\":\"t\"}'\n"
	       "[profile v2]\ncredential_process = echo '{\"Version\":2}'\n"
	       "[profile fails]\ncredential_process = echo one >&2; echo why >&2; exit 3\n"
	       "[profile text]\ncredential_process = echo hello\n"
	       "[profile over]\ncredential_process = echo '{\"Version\":1,"
	       "\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\","
	       "\"Expiration\":\"2020-01-01T00:00:00Z\"}'\n");
	want("good", "PROC");
	assert_string_equal(sm_buf_z(&cred.token), "t");
	want_error("v2", "output is not of version 1");
	want_error("fails",
		   "profile 'fails': credential_process: exit status 3: why");
	want_error("text", "cannot read its output");
	want_error("over", "credentials are expired");
}

static void test_cli(void **state)
{
	char path[256];

	SM_UNUSED(state);
	put_file(
		"aws",
		"#!/bin/sh\n[ \"$*\" = 'configure export-credentials --format process --profile p' ] || exit 9\n"
		"echo '{\"Version\":1,\"AccessKeyId\":\"CLI\",\"SecretAccessKey\":\"s\"}'\n");
	(void)snprintf(path, sizeof(path), "%s/aws", home);
	assert_int_equal(sm_os_file_chmod(path, 0700, NULL), 0);
	(void)sm_os_env_set("PATH", home);
	config("[profile p]\nlogin_session = x\n");
	want("p", "CLI");
	assert_string_equal(cred.source, "AWS CLI");
	want_error(NULL, "AWS CLI: exit status 9");
}

/* --- the machine ------------------------------------------------------------- */

static void test_container(void **state)
{
	char url[128], path[256];

	SM_UNUSED(state);
	(void)snprintf(url, sizeof(url), "%s/container", server.url);
	(void)sm_os_env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
	want(NULL, "ECSKEY");
	assert_string_equal(sm_buf_z(&cred.token), "token");
	(void)sm_os_env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer a");
	want(NULL, "ECSKEY");
	saw("CONTAINER Bearer a");
	put_file("tok", "Bearer b\n");
	(void)snprintf(path, sizeof(path), "%s/tok", home);
	(void)sm_os_env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
	want(NULL, "ECSKEY");
	saw("CONTAINER Bearer b");
	put_file("tok", "Bearer b\r\nX: y");
	want_error(NULL, "control characters");
	(void)sm_os_env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL);
	plan.deny = true;
	want_error(NULL, "container: status 403");
	plan.deny = false;
	plan.bad_json = true;
	want_error(NULL, "container: cannot read credentials");
}

static void test_container_hosts(void **state)
{
	static const char *const bad[] = { "http://example.com/",
					   "http://127.0.0.1.evil.com/",
					   "http://127.0.0.1@evil.com/",
					   "ftp://127.0.0.1/",
					   "http://128.0.0.1/",
					   "http://169.254.170.3/",
					   "127.0.0.1/",
					   "http://localhost:80@evil.com/",
					   "http://127.0.0.1.5/",
					   "http://[fd00:ec2::24]/" };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		(void)sm_os_env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI",
				    bad[i]);
		want_error(NULL, "neither https nor on this host");
	}
	(void)sm_os_env_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
			    "@evil.com/");
	want_error(NULL, "does not begin with '/'");
}

static void test_metadata(void **state)
{
	SM_UNUSED(state);
	(void)sm_os_env_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url);
	want_error(NULL, "none in the environment"); /* disabled */
	(void)sm_os_env_set("AWS_EC2_METADATA_DISABLED", NULL);
	want(NULL, "IMDSKEY");
	assert_string_equal(cred.source, "instance metadata");
	plan.no_role = true;
	want_error(NULL, "none in the environment");
	plan.no_role = false;
	plan.bad_json = true;
	want_error(NULL, "instance metadata: cannot read credentials");
	/* nobody there: no error of its own */
	(void)sm_os_env_set("AWS_EC2_METADATA_SERVICE_ENDPOINT",
			    "http://127.0.0.1:1");
	want_error(NULL, "none in the environment");
}

static void test_deadline_and_cancel(void **state)
{
	atomic_bool cancel = true;
	struct sm_aws_cred_query q = { .profile = "inner" };

	SM_UNUSED(state);
	config(roles);
	q.deadline_ms = sm_os_clock_mono_ms() - 1;
	assert_int_equal(sm_aws_cred_resolve(&q, &cred, &e), SM_ETIMEOUT);
	q.deadline_ms = 0;
	q.cancel = &cancel;
	assert_int_equal(sm_aws_cred_resolve(&q, &cred, &e), SM_ECANCEL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_environment),  TEST(test_static_profiles),
		TEST(test_assume_role),  TEST(test_assume_role_wrong),
		TEST(test_depth),        TEST(test_retry),
		TEST(test_web_identity), TEST(test_sts_parse),
		TEST(test_sso),          TEST(test_sso_renewal),
		TEST(test_process),      TEST(test_cli),
		TEST(test_container),    TEST(test_container_hosts),
		TEST(test_metadata),     TEST(test_deadline_and_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
