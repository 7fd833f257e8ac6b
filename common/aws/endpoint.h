/*
 * Endpoints by service, region and partition. An endpoint that a caller or
 * the environment names is used for its own service only: credentials for
 * STS or SSO never go to the SSM endpoint (PROTOCOL.md 2.4, the trap).
 */
#ifndef COMMON_AWS_ENDPOINT_H
#define COMMON_AWS_ENDPOINT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/aws/config.h"

/* Bytes of a region name; of an endpoint URL. */
#define SM_AWS_ENDPOINT_REGION_MAX 64
#define SM_AWS_ENDPOINT_URL_MAX 1024

enum sm_aws_service {
	SM_AWS_SSM,
	SM_AWS_KMS,
	SM_AWS_STS,
	SM_AWS_SSO,     /* portal.sso */
	SM_AWS_SSO_OIDC /* oidc */
};

enum sm_aws_endpoint_flags {
	SM_AWS_ENDPOINT_FIPS = 1,
	SM_AWS_ENDPOINT_DUAL = 2
};

/* The name in signatures: "ssm", "kms", "sts", "awsssoportal", "sso-oauth". */
const char *sm_aws_endpoint_service(enum sm_aws_service s);

/*
 * Append "https://HOST" of a service. `region` holds letters, digits and '-'
 * only, else SM_EUSAGE: it becomes part of a host name.
 * Source: PROTOCOL.md 2.3; AWS General Reference, service endpoints.
 */
int sm_aws_endpoint_url(enum sm_aws_service s, const char *region,
			unsigned flags, struct sm_buf *out, struct sm_err *e);

/*
 * FIPS and dual-stack as configured: AWS_USE_FIPS_ENDPOINT,
 * AWS_USE_DUALSTACK_ENDPOINT, else the profile's use_fips_endpoint and
 * use_dualstack_endpoint (`c` may be NULL).
 */
unsigned sm_aws_endpoint_flags(const struct sm_aws_config *c,
			       struct sm_str profile);

/*
 * The endpoint to use: AWS_ENDPOINT_URL_SSM (_KMS, _STS, _SSO, _SSO_OIDC) or
 * AWS_ENDPOINT_URL unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true; else
 * for SSM `given` (argv[6]; "https://" is put before one without scheme)
 * unless it is empty, a ws or wss URL or an ECS host, which belong to
 * other services (USERS.md 1); else by region.
 * Errors: SM_EUSAGE for an endpoint that is no http or https URL.
 */
int sm_aws_endpoint_resolve(enum sm_aws_service s, const char *region,
			    const char *given, unsigned flags,
			    struct sm_buf *out, struct sm_err *e);

/*
 * True if `host` (no port) is under a domain of AWS: amazonaws.com,
 * amazonaws.com.cn, api.aws and those of the other partitions.
 */
bool sm_aws_endpoint_is_aws(struct sm_str host);

#endif
