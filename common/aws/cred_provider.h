/*
 * The providers of credentials, one family a file. Private to common/aws.
 *
 * A provider returns 1 with credentials in `out`, 0 if it is not configured
 * or not there, and a negative code with a message that names it when it is
 * configured but failed.
 */
#ifndef COMMON_AWS_CRED_PROVIDER_H
#define COMMON_AWS_CRED_PROVIDER_H

#include "common/http.h"
#include "common/json.h"
#include "common/aws/config.h"
#include "common/aws/cred.h"
#include "common/aws/endpoint.h"

/* Bytes of a token file, of a JSON answer. */
#define SM_AWS_CRED_FILE_MAX ((size_t)64 << 10)

/* source_profile after source_profile. */
#define SM_AWS_CRED_DEPTH 8

/* What one search shares. */
struct sm_aws_cred_ctx {
	const struct sm_aws_cred_query *q;
	struct sm_aws_config config;
	struct sm_buf profile; /* name in force */
	struct sm_buf region;  /* of the call, else as configured; may be "" */
	unsigned endpoint;     /* enum sm_aws_endpoint_flags */
	int64_t deadline_ms;   /* sm_os_clock_mono_ms */
};

/* Keys as a provider found them; views. */
struct sm_aws_cred_keys {
	struct sm_str access_key, secret_key, token;
	int64_t expires_sec; /* 0: never */
};

/*
 * Copy keys into `out`, with where they are from. Errors: SM_EAUTH without
 * both keys, SM_ELIMIT; message "source: cause".
 */
int sm_aws_cred_set(struct sm_aws_cred *out, const struct sm_aws_cred_keys *k,
		    const char *source, struct sm_err *e);

/*
 * Keys from an object with AccessKeyId, SecretAccessKey, Token or
 * SessionToken, and Expiration: container, IMDS and process all speak it.
 */
int sm_aws_cred_from_json(struct sm_aws_cred *out, yyjson_val *v,
			  const char *source, struct sm_err *e);

/* No spaces or control characters: fit to become a header's value. */
bool sm_aws_cred_is_plain(struct sm_str s);

/* Milliseconds left, at most `most`; 0 when the deadline is over. */
int sm_aws_cred_left(const struct sm_aws_cred_ctx *x, int most);

/*
 * A request inside the deadline, tried again (three times in all) when the
 * network or a server fails for the moment. `q` without limits and cancel.
 */
int sm_aws_cred_http(const struct sm_aws_cred_ctx *x,
		     const struct sm_http_request *q,
		     struct sm_http_response *p, struct sm_err *e);

/* A member of a profile. */
struct sm_str sm_aws_cred_member(const struct sm_aws_cred_ctx *x,
				 struct sm_str profile, const char *key);

/* Keys of the environment (AWS_ACCESS_KEY_ID and so on). */
int sm_aws_cred_env(struct sm_aws_cred *out, struct sm_err *e);

/* Everything that a profile can say, without container, IMDS and CLI. */
int sm_aws_cred_profile_get(struct sm_aws_cred_ctx *x, struct sm_str profile,
			    struct sm_aws_cred *out, struct sm_err *e);

struct sm_aws_cred_role {
	struct sm_str arn;
	struct sm_str session;     /* empty: made from the time */
	struct sm_str external_id; /* may be empty */
	struct sm_str duration;    /* seconds in digits; may be empty */
	struct sm_str token_file;  /* web identity only */
	const char *source;        /* "profile 'x'", for messages */
};

/* STS AssumeRole with `base`, which may be `out`. */
int sm_aws_cred_sts_assume(struct sm_aws_cred_ctx *x,
			   const struct sm_aws_cred *base,
			   const struct sm_aws_cred_role *role,
			   struct sm_aws_cred *out, struct sm_err *e);

/* STS AssumeRoleWithWebIdentity with the token in role->token_file. */
int sm_aws_cred_sts_web(struct sm_aws_cred_ctx *x,
			const struct sm_aws_cred_role *role,
			struct sm_aws_cred *out, struct sm_err *e);

/*
 * Parse the XML of an answer of STS: keys, or the error's code and message.
 * Errors: SM_EFORMAT (no XML, or neither), SM_EAUTH (an error), SM_ELIMIT.
 * Source: AWS STS API Reference, AssumeRole.
 */
int sm_aws_cred_sts_parse(struct sm_str xml, const char *source,
			  struct sm_aws_cred *out, struct sm_err *e);

/* SSO of a profile (sso_session, or the older sso_start_url). */
int sm_aws_cred_sso_get(struct sm_aws_cred_ctx *x, struct sm_str profile,
			struct sm_aws_cred *out, struct sm_err *e);

/* credential_process: runs `command` through the shell. */
int sm_aws_cred_process_run(struct sm_aws_cred_ctx *x, struct sm_str command,
			    const char *source, struct sm_aws_cred *out,
			    struct sm_err *e);

/* `aws configure export-credentials`, if there is an AWS CLI in PATH. */
int sm_aws_cred_process_cli(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			    struct sm_err *e);

/* The endpoint of ECS, EKS Pod Identity and the like. */
int sm_aws_cred_remote_container(struct sm_aws_cred_ctx *x,
				 struct sm_aws_cred *out, struct sm_err *e);

/* EC2's metadata service, version 2; 0 if nobody answers. */
int sm_aws_cred_remote_imds(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			    struct sm_err *e);

#endif
