/*
 * Endpoints by partition and flag, and whose endpoint is used for what.
 */
#include "common/def.h"
#include "common/aws/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/os/env.h"

#define FIPS SM_AWS_ENDPOINT_FIPS
#define DUAL SM_AWS_ENDPOINT_DUAL

static void test_by_region(void **state)
{
	static const struct {
		enum sm_aws_service s;
		const char *region;
		unsigned flags;
		const char *want;
	} cases[] = {
		{ SM_AWS_SSM, "us-east-1", 0,
		  "https://ssm.us-east-1.amazonaws.com" },
		{ SM_AWS_KMS, "eu-west-1", 0,
		  "https://kms.eu-west-1.amazonaws.com" },
		{ SM_AWS_KMS, "cn-north-1", 0,
		  "https://kms.cn-north-1.amazonaws.com.cn" },
		{ SM_AWS_SSM, "us-east-1", FIPS,
		  "https://ssm-fips.us-east-1.amazonaws.com" },
		{ SM_AWS_SSM, "us-gov-west-1", FIPS,
		  "https://ssm.us-gov-west-1.amazonaws.com" },
		{ SM_AWS_KMS, "us-gov-west-1", FIPS,
		  "https://kms-fips.us-gov-west-1.amazonaws.com" },
		{ SM_AWS_SSM, "us-east-1", DUAL,
		  "https://ssm.us-east-1.api.aws" },
		{ SM_AWS_KMS, "us-east-2", FIPS | DUAL,
		  "https://kms-fips.us-east-2.api.aws" },
		{ SM_AWS_SSM, "cn-north-1", DUAL,
		  "https://ssm.cn-north-1.api.amazonwebservices.com.cn" },
		{ SM_AWS_STS, "us-iso-east-1", 0,
		  "https://sts.us-iso-east-1.c2s.ic.gov" },
		{ SM_AWS_STS, "us-isob-east-1", 0,
		  "https://sts.us-isob-east-1.sc2s.sgov.gov" },
		{ SM_AWS_STS, "eusc-de-east-1", 0,
		  "https://sts.eusc-de-east-1.amazonaws.eu" },
		{ SM_AWS_SSO, "us-east-1", 0,
		  "https://portal.sso.us-east-1.amazonaws.com" },
		{ SM_AWS_SSO_OIDC, "us-east-1", 0,
		  "https://oidc.us-east-1.amazonaws.com" },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf b = SM_BUF_INIT(SM_AWS_ENDPOINT_URL_MAX);

		assert_int_equal(sm_aws_endpoint_url(cases[i].s,
						     cases[i].region,
						     cases[i].flags, &b, NULL),
				 0);
		assert_string_equal(sm_buf_z(&b), cases[i].want);
		sm_buf_release(&b);
	}
}

static void test_bad_regions(void **state)
{
	static const char *const bad[] = {
		"",
		"us-east-1.evil.com/",
		"US-EAST-1",
		"-x",
		"a b",
		"a/b",
		"a@b",
		"a#",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	struct sm_buf b = SM_BUF_INIT(SM_AWS_ENDPOINT_URL_MAX);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(sm_aws_endpoint_url(SM_AWS_SSM, bad[i], 0, &b,
						     NULL),
				 SM_EUSAGE);
	assert_int_equal(sm_aws_endpoint_url(SM_AWS_SSM, NULL, 0, &b, NULL),
			 SM_EUSAGE);
	assert_int_equal(b.len, 0);
	sm_buf_release(&b);
}

static void resolve(enum sm_aws_service s, const char *given, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(SM_AWS_ENDPOINT_URL_MAX);
	int r = sm_aws_endpoint_resolve(s, "us-east-1", given, 0, &b, NULL);

	if (want) {
		assert_int_equal(r, 0);
		assert_string_equal(sm_buf_z(&b), want);
	} else {
		assert_int_equal(r, SM_EUSAGE);
	}
	sm_buf_release(&b);
}

#define SSM_URL "https://ssm.us-east-1.amazonaws.com"
#define KMS_URL "https://kms.us-east-1.amazonaws.com"

static void test_given(void **state)
{
	SM_UNUSED(state);
	resolve(SM_AWS_SSM, NULL, SSM_URL);
	resolve(SM_AWS_SSM, "", SSM_URL);
	resolve(SM_AWS_SSM, "https://vpce-1.ssm.example/",
		"https://vpce-1.ssm.example");
	resolve(SM_AWS_SSM, "http://127.0.0.1:80", "http://127.0.0.1:80");
	resolve(SM_AWS_SSM, "ssm.example", "https://ssm.example");
	/* other services' */
	resolve(SM_AWS_SSM, "https://ecs.us-east-1.amazonaws.com", SSM_URL);
	resolve(SM_AWS_SSM, "ecs.us-east-1.amazonaws.com", SSM_URL);
	resolve(SM_AWS_SSM, "https://ECS-fips.us-east-1.amazonaws.com",
		SSM_URL);
	resolve(SM_AWS_SSM, "wss://ssmmessages.us-east-1.amazonaws.com/v1",
		SSM_URL);
	/* never for another service */
	resolve(SM_AWS_KMS, "https://vpce-1.ssm.example", KMS_URL);
	/* nonsense */
	resolve(SM_AWS_SSM, "ftp://x", NULL);
	resolve(SM_AWS_SSM, "https://", NULL);
	resolve(SM_AWS_SSM, "https://u:p@x", NULL);
	resolve(SM_AWS_SSM, "https://x\r\ny", NULL);
}

static void test_environment(void **state)
{
	SM_UNUSED(state);
	(void)sm_os_env_set("AWS_ENDPOINT_URL", "http://127.0.0.1:1/");
	resolve(SM_AWS_SSM, "https://x", "http://127.0.0.1:1");
	resolve(SM_AWS_KMS, NULL, "http://127.0.0.1:1");
	(void)sm_os_env_set("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:2");
	resolve(SM_AWS_KMS, NULL, "http://127.0.0.1:2");
	resolve(SM_AWS_STS, NULL, "http://127.0.0.1:1");
	(void)sm_os_env_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
	resolve(SM_AWS_KMS, NULL, KMS_URL);
	(void)sm_os_env_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL);
	(void)sm_os_env_set("AWS_ENDPOINT_URL_KMS", "file:///x");
	resolve(SM_AWS_KMS, NULL, NULL);
	(void)sm_os_env_set("AWS_ENDPOINT_URL_KMS", NULL);
	(void)sm_os_env_set("AWS_ENDPOINT_URL", NULL);
}

static void test_flags(void **state)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		sm_aws_config_parse(&c,
				    sm_str("[profile f]\n"
					   "use_fips_endpoint = True\n"
					   "use_dualstack_endpoint = false\n"),
				    false, NULL),
		0);
	assert_int_equal(sm_aws_endpoint_flags(NULL, sm_str("f")), 0);
	assert_int_equal(sm_aws_endpoint_flags(&c, sm_str("f")), FIPS);
	(void)sm_os_env_set("AWS_USE_FIPS_ENDPOINT", "false");
	(void)sm_os_env_set("AWS_USE_DUALSTACK_ENDPOINT", "true");
	assert_int_equal(sm_aws_endpoint_flags(&c, sm_str("f")), DUAL);
	(void)sm_os_env_set("AWS_USE_FIPS_ENDPOINT", NULL);
	(void)sm_os_env_set("AWS_USE_DUALSTACK_ENDPOINT", NULL);
	sm_aws_config_release(&c);
}

static void test_is_aws(void **state)
{
	static const char *const yes[] = {
		"ssmmessages.us-east-1.amazonaws.com",
		"vpce-1.ssmmessages.us-east-1.vpce.amazonaws.com",
		"ssmmessages.cn-north-1.amazonaws.com.cn",
		"SSMMESSAGES.us-east-1.API.aws",
	};
	static const char *const no[] = { "amazonaws.com.evil.example",
					  "evilamazonaws.com", "", "api.aws.",
					  "localhost" };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(yes); i++)
		assert_true(sm_aws_endpoint_is_aws(sm_str(yes[i])));
	for (i = 0; i < SM_ARRAY_LEN(no); i++)
		assert_false(sm_aws_endpoint_is_aws(sm_str(no[i])));
}

int main(void)
{
	static const char *const clean[] = {
		"AWS_ENDPOINT_URL",
		"AWS_ENDPOINT_URL_SSM",
		"AWS_ENDPOINT_URL_KMS",
		"AWS_ENDPOINT_URL_STS",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"AWS_USE_FIPS_ENDPOINT",
		"AWS_USE_DUALSTACK_ENDPOINT"
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_region),
		cmocka_unit_test(test_bad_regions),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_is_aws),
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(clean); i++)
		(void)sm_os_env_set(clean[i], NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
