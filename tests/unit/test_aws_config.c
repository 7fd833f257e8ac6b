/*
 * The shared configuration files: what counts, what is skipped, what wins.
 */
#include "common/def.h"
#include "common/aws/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/fs.h"
#include "common/os/env.h"
#include "common/os/file.h"

static const char config_text[] =
	"\xef\xbb\xbf# a comment\r\n"
	"before = any section\r\n"
	"[default]\r\n"
	"region = us-east-1 # behind a value\r\n"
	"; another\r\n"
	"output=json\r\n"
	"[profile dev]\n"
	"Role_ARN = arn:aws:iam::1:role/a#b\n"
	"source_profile=default\n"
	"s3 =\n"
	"  max_retries = 7\n"
	"  addressing_style = path\n"
	"duration_seconds = 3600\n"
	"not a setting\n"
	" = no key\n"
	"[profile \"two words\"] # why not\n"
	"region = eu-west-1\n"
	"[sso-session corp]\n"
	"sso_region = eu-central-1\n"
	"sso_start_url = https://corp.awsapps.com/start#/\n"
	"[services local]\n"
	"ssm =\n"
	"  endpoint_url = http://127.0.0.1:1\n"
	"[profile indented]\n"
	"    region = ap-south-1\n"
	"    output = text\n"
	"[profile wrapped]\n"
	"credential_process = /bin/a\n"
	"    x = 1\n"
	"region = ca-central-1\n"
	"[broken\n"
	"region = lost\n"
	"[profile empty]\n"
	"region =\n";

static const char credentials_text[] = "[default]\n"
				       "aws_access_key_id = AKID\n"
				       "aws_secret_access_key = a/b+c=\n"
				       "region = us-west-2\n"
				       "[profile odd]\n"
				       "aws_access_key_id = ODD\n";

static struct sm_str get(const struct sm_aws_config *c, const char *name,
			 const char *key)
{
	return sm_aws_config_get(c, SM_AWS_CONFIG_PROFILE, sm_str(name), key);
}

static void check(const struct sm_aws_config *c, const char *name,
		  const char *key, const char *want)
{
	struct sm_str s = get(c, name, key);

	if (!sm_str_eqz(s, want))
		fail_msg("%s.%s is '%.*s', not '%s'", name, key, SM_STR_ARG(s),
			 want);
}

static void test_parse(void **state)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		sm_aws_config_parse(&c, sm_str(config_text), false, NULL), 0);
	check(&c, "default", "region", "us-east-1");
	check(&c, "default", "output", "json");
	check(&c, "default", "before", "");
	check(&c, "dev", "role_arn", "arn:aws:iam::1:role/a#b");
	check(&c, "dev", "s3.max_retries", "7");
	check(&c, "dev", "s3.addressing_style", "path");
	check(&c, "dev", "max_retries", "");
	check(&c, "dev", "duration_seconds", "3600");
	check(&c, "two words", "region", "eu-west-1");
	check(&c, "indented", "region", "ap-south-1");
	check(&c, "indented", "output", "text");
	check(&c, "wrapped", "credential_process", "/bin/a");
	check(&c, "wrapped", "x", "");
	check(&c, "wrapped", "region", "ca-central-1");
	check(&c, "empty", "region", "");
	assert_true(sm_aws_config_has(&c, SM_AWS_CONFIG_SSO_SESSION,
				      sm_str("corp")));
	assert_false(
		sm_aws_config_has(&c, SM_AWS_CONFIG_PROFILE, sm_str("corp")));
	assert_false(
		sm_aws_config_has(&c, SM_AWS_CONFIG_PROFILE, sm_str("broken")));
	assert_true(
		sm_str_eqz(sm_aws_config_get(&c, SM_AWS_CONFIG_SSO_SESSION,
					     sm_str("corp"), "sso_start_url"),
			   "https://corp.awsapps.com/start#/"));
	assert_true(sm_str_eqz(sm_aws_config_get(&c, SM_AWS_CONFIG_SERVICES,
						 sm_str("local"),
						 "ssm.endpoint_url"),
			       "http://127.0.0.1:1"));
	/* the credentials file wins */
	assert_int_equal(sm_aws_config_parse(&c, sm_str(credentials_text), true,
					     NULL),
			 0);
	check(&c, "default", "region", "us-west-2");
	check(&c, "default", "output", "json");
	check(&c, "default", "aws_secret_access_key", "a/b+c=");
	check(&c, "odd", "aws_access_key_id", "");
	check(&c, "profile odd", "aws_access_key_id", "ODD");
	sm_aws_config_release(&c);
}

static void test_limits(void **state)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;
	struct sm_buf b = SM_BUF_INIT(SM_AWS_CONFIG_FILE_MAX + 1);
	int i;

	SM_UNUSED(state);
	(void)sm_buf_puts(&b, "[a]\n");
	for (i = 1; i < SM_AWS_CONFIG_MEMBERS; i++)
		(void)sm_buf_puts(&b, "k=v\n");
	assert_int_equal(sm_aws_config_parse(&c, sm_buf_str(&b), false, NULL),
			 0);
	sm_aws_config_release(&c);
	(void)sm_buf_puts(&b, "k=v\n");
	assert_int_equal(sm_aws_config_parse(&c, sm_buf_str(&b), false, NULL),
			 SM_ELIMIT);
	sm_aws_config_release(&c);
	sm_buf_clear(&b);
	(void)sm_buf_put_fill(&b, '#', SM_AWS_CONFIG_FILE_MAX);
	assert_int_equal(sm_aws_config_parse(&c, sm_buf_str(&b), false, NULL),
			 0);
	(void)sm_buf_puts(&b, "#");
	assert_int_equal(sm_aws_config_parse(&c, sm_buf_str(&b), false, NULL),
			 SM_ELIMIT);
	sm_aws_config_release(&c);
	sm_buf_release(&b);
}

/* Every truncation parses; nothing is read behind the end (sanitizers). */
static void test_truncations(void **state)
{
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < sizeof(config_text); i++) {
		struct sm_aws_config c = SM_AWS_CONFIG_INIT;
		char *copy = sm_mem_dup(sm_str_n(config_text, i));

		assert_int_equal(sm_aws_config_parse(&c, sm_str_n(copy, i),
						     false, NULL),
				 0);
		sm_aws_config_release(&c);
		sm_mem_free(copy);
	}
}

static void test_load(void **state)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;
	struct sm_err e = SM_ERR_INIT;
	char dir[256], path[300];

	SM_UNUSED(state);
	assert_int_equal(
		sm_os_dir_temp("/tmp/aws-config-", dir, sizeof(dir), NULL), 0);
	(void)sm_os_env_set("HOME", dir);
	(void)sm_os_env_set("AWS_CONFIG_FILE", NULL);
	(void)sm_os_env_set("AWS_SHARED_CREDENTIALS_FILE", NULL);
	assert_int_equal(sm_aws_config_load(&c, &e), 0); /* none is fine */
	assert_null(c.sections);
	(void)snprintf(path, sizeof(path), "%s/.aws", dir);
	assert_int_equal(sm_os_dir_make(path, 0700, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/.aws/config", dir);
	assert_int_equal(
		sm_fs_write_atomic(path, sm_str(config_text), 0600, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/elsewhere", dir);
	assert_int_equal(sm_fs_write_atomic(path, sm_str(credentials_text),
					    0600, NULL),
			 0);
	(void)sm_os_env_set("AWS_SHARED_CREDENTIALS_FILE", path);
	assert_int_equal(sm_aws_config_load(&c, &e), 0);
	check(&c, "default", "aws_access_key_id", "AKID");
	check(&c, "dev", "source_profile", "default");
	sm_aws_config_release(&c);
	/* a folder is no file */
	(void)sm_os_env_set("AWS_CONFIG_FILE", dir);
	assert_true(sm_aws_config_load(&c, &e) < 0);
	assert_non_null(strstr(e.msg, dir));
	sm_aws_config_release(&c);
	(void)sm_os_env_set("AWS_CONFIG_FILE", NULL);
	(void)sm_os_env_set("AWS_SHARED_CREDENTIALS_FILE", NULL);
	assert_int_equal(sm_fs_remove_tree(dir, NULL), 0);
}

static void check_profile(const char *name, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(64);

	assert_int_equal(sm_aws_config_profile(name, &b), 0);
	assert_string_equal(sm_buf_z(&b), want);
	sm_buf_release(&b);
}

static void test_profile_and_region(void **state)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;
	struct sm_buf b = SM_BUF_INIT(64);

	SM_UNUSED(state);
	(void)sm_os_env_set("AWS_PROFILE", NULL);
	(void)sm_os_env_set("AWS_DEFAULT_PROFILE", NULL);
	(void)sm_os_env_set("AWS_REGION", NULL);
	(void)sm_os_env_set("AWS_DEFAULT_REGION", NULL);
	check_profile(NULL, "default");
	check_profile("", "default");
	(void)sm_os_env_set("AWS_DEFAULT_PROFILE", "b");
	check_profile("", "b");
	(void)sm_os_env_set("AWS_PROFILE", "a");
	check_profile("", "a");
	check_profile("x", "x");
	assert_int_equal(
		sm_aws_config_parse(&c, sm_str(config_text), false, NULL), 0);
	assert_int_equal(sm_aws_config_region(&c, sm_str("dev"), &b), 0);
	assert_int_equal(sm_aws_config_region(&c, sm_str("default"), &b), 1);
	assert_string_equal(sm_buf_z(&b), "us-east-1");
	sm_buf_clear(&b);
	(void)sm_os_env_set("AWS_REGION", "eu-north-1");
	assert_true(sm_aws_config_region(&c, sm_str("default"), &b) >= 0);
	assert_string_equal(sm_buf_z(&b), "eu-north-1");
	(void)sm_os_env_set("AWS_REGION", NULL);
	(void)sm_os_env_set("AWS_PROFILE", NULL);
	(void)sm_os_env_set("AWS_DEFAULT_PROFILE", NULL);
	sm_buf_release(&b);
	sm_aws_config_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_profile_and_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
