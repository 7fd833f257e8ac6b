/*
 * Endpoints. A region's partition is told by its prefix, as the SDKs do for
 * regions they do not know by name, so that a new region needs no new release.
 */
#include "common/def.h"
#include "common/aws/endpoint.h"

#include "common/os/env.h"

/* Source: AWS General Reference; partitions of the SDKs' endpoint rules. */
static const struct partition {
	const char *prefix; /* of its regions; the last entry takes the rest */
	const char *suffix;
	const char *dual; /* suffix of dual-stack hosts; NULL: none known */
} partitions[] = {
	{ "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
	{ "us-gov-", "amazonaws.com", "api.aws" },
	{ "us-iso-", "c2s.ic.gov", "api.aws.ic.gov" },
	{ "us-isob-", "sc2s.sgov.gov", "api.aws.scloud" },
	{ "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk" },
	{ "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov" },
	{ "eusc-", "amazonaws.eu", "api.amazonwebservices.eu" },
	{ "", "amazonaws.com", "api.aws" },
};

static const struct service {
	const char *host; /* first label or labels */
	const char *sign; /* name in signatures */
	const char *id;   /* in AWS_ENDPOINT_URL_ID */
	bool gov_plain;   /* the plain host is the FIPS one in us-gov */
} services[] = {
	[SM_AWS_SSM] = { "ssm", "ssm", "SSM", true },
	[SM_AWS_KMS] = { "kms", "kms", "KMS", false },
	[SM_AWS_STS] = { "sts", "sts", "STS", true },
	[SM_AWS_SSO] = { "portal.sso", "awsssoportal", "SSO", true },
	[SM_AWS_SSO_OIDC] = { "oidc", "sso-oauth", "SSO_OIDC", true },
};

const char *sm_aws_endpoint_service(enum sm_aws_service s)
{
	return services[s].sign;
}

static const struct partition *partition_of(const char *region)
{
	size_t i = 0;

	while (!sm_str_starts(sm_str(region), partitions[i].prefix))
		i++; /* the last has the empty prefix */
	return &partitions[i];
}

static int check_region(const char *region, struct sm_err *e)
{
	size_t i, n = region ? strlen(region) : 0;

	if (!n)
		return sm_err_set(e, SM_EUSAGE,
				  "cannot find an endpoint without a region");
	for (i = 0; i < n && i < SM_AWS_ENDPOINT_REGION_MAX; i++) {
		char c = region[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (c != '-' || !i))
			break;
	}
	if (i < n)
		return sm_err_set(e, SM_EUSAGE, "'%.64s' is not a region",
				  region);
	return 0;
}

int sm_aws_endpoint_url(enum sm_aws_service s, const char *region,
			unsigned flags, struct sm_buf *out, struct sm_err *e)
{
	const struct service *v = &services[s];
	const struct partition *p;
	bool fips = (flags & SM_AWS_ENDPOINT_FIPS) != 0;
	bool dual = (flags & SM_AWS_ENDPOINT_DUAL) != 0;
	int r;

	if ((r = check_region(region, e)) < 0)
		return r;
	p = partition_of(region);
	if (fips && !dual && v->gov_plain &&
	    sm_str_starts(sm_str(region), "us-gov-"))
		fips = false;
	r = sm_buf_printf(out, "https://%s%s.%s.%s", v->host,
			  fips ? "-fips" : "", region,
			  dual ? p->dual : p->suffix);
	return r < 0 ? sm_err_set(e, r, "endpoint is too long") : 0;
}

/* 1 true, 0 false, -1 not set. */
static int env_bool(const char *name)
{
	struct sm_buf v = SM_BUF_INIT(64);
	int r = -1;

	if (sm_os_env_has(name) && sm_os_env_get(&v, name) >= 0)
		r = sm_str_eq_nocase(sm_buf_str(&v), sm_str("true"));
	sm_buf_release(&v);
	return r;
}

static bool wanted(const struct sm_aws_config *c, struct sm_str profile,
		   const char *variable, const char *key)
{
	int r = env_bool(variable);

	if (r >= 0)
		return r > 0;
	return c && sm_str_eq_nocase(sm_aws_config_get(c, SM_AWS_CONFIG_PROFILE,
						       profile, key),
				     sm_str("true"));
}

unsigned sm_aws_endpoint_flags(const struct sm_aws_config *c,
			       struct sm_str profile)
{
	unsigned flags = 0;

	if (wanted(c, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"))
		flags |= SM_AWS_ENDPOINT_FIPS;
	if (wanted(c, profile, "AWS_USE_DUALSTACK_ENDPOINT",
		   "use_dualstack_endpoint"))
		flags |= SM_AWS_ENDPOINT_DUAL;
	return flags;
}

static bool has_scheme(struct sm_str url, const char *scheme)
{
	size_t n = strlen(scheme);

	return sm_str_eq_nocase(sm_str_sub(url, 0, n), sm_str(scheme)) &&
	       sm_str_starts(sm_str_sub(url, n, url.len), "://");
}

static struct sm_str host_of(struct sm_str url)
{
	long at = sm_str_find(url, sm_str("://"));
	size_t n = 0;

	if (at >= 0)
		url = sm_str_sub(url, (size_t)at + 3, url.len);
	while (n < url.len && !strchr("/?#:", url.ptr[n]))
		n++;
	return sm_str_sub(url, 0, n);
}

/* Endpoints that launchers pass although they are not SSM's. USERS.md 1. */
static bool is_foreign(struct sm_str url)
{
	struct sm_str host = host_of(url);

	return has_scheme(url, "ws") || has_scheme(url, "wss") ||
	       sm_str_eq_nocase(sm_str_sub(host, 0, 4), sm_str("ecs.")) ||
	       sm_str_eq_nocase(sm_str_sub(host, 0, 9), sm_str("ecs-fips."));
}

static int put_given(struct sm_buf *out, struct sm_str url, struct sm_err *e)
{
	size_t i;
	int r;

	for (i = 0; i < url.len; i++) {
		if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f ||
		    url.ptr[i] == '@')
			break;
	}
	if (i < url.len || !host_of(url).len ||
	    (sm_str_find(url, sm_str("://")) >= 0 && !has_scheme(url, "http") &&
	     !has_scheme(url, "https")))
		return sm_err_set(e, SM_EUSAGE,
				  "'%.*s' is not an http or https endpoint",
				  (int)(url.len < 200 ? url.len : 200),
				  url.ptr);
	if (sm_str_find(url, sm_str("://")) < 0)
		(void)sm_buf_puts(out, "https://"); /* error sticks */
	while (url.len && url.ptr[url.len - 1] == '/')
		url.len--;
	r = sm_buf_put_str(out, url);
	return r < 0 ? sm_err_set(e, r, "endpoint is too long") : 0;
}

/* 1 if the environment names an endpoint (appended), 0 if not. */
static int from_env(enum sm_aws_service s, struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf v = SM_BUF_INIT(SM_AWS_ENDPOINT_URL_MAX);
	char own[48];
	const char *name = own;
	int r = 0;

	if (env_bool("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == 1)
		goto out;
	(void)snprintf(own, sizeof(own), "AWS_ENDPOINT_URL_%s", services[s].id);
	if (!sm_os_env_has(name))
		name = "AWS_ENDPOINT_URL";
	if (!sm_os_env_has(name))
		goto out;
	if ((r = sm_os_env_get(&v, name)) < 0)
		r = sm_err_set(e, r, "endpoint is too long");
	else
		r = put_given(out, sm_buf_str(&v), e);
	r = r < 0 ? sm_err_wrap(e, r, "cannot use %s", name) : 1;
out:
	sm_buf_release(&v);
	return r;
}

int sm_aws_endpoint_resolve(enum sm_aws_service s, const char *region,
			    const char *given, unsigned flags,
			    struct sm_buf *out, struct sm_err *e)
{
	int r = from_env(s, out, e);

	if (r)
		return r < 0 ? r : 0;
	if (s == SM_AWS_SSM && given && given[0] && !is_foreign(sm_str(given)))
		return put_given(out, sm_str(given), e);
	return sm_aws_endpoint_url(s, region, flags, out, e);
}

/* `host` is `domain` or under it. */
static bool is_under(struct sm_str host, const char *domain)
{
	size_t n = strlen(domain);

	if (host.len < n || !sm_str_eq_nocase(sm_str_sub(host, host.len - n, n),
					      sm_str(domain)))
		return false;
	return host.len == n || host.ptr[host.len - n - 1] == '.';
}

bool sm_aws_endpoint_is_aws(struct sm_str host)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(partitions); i++) {
		if (is_under(host, partitions[i].suffix) ||
		    is_under(host, partitions[i].dual))
			return true;
	}
	return false;
}
