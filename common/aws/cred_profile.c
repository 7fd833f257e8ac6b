/*
 * What a profile says about credentials. Order of the official client
 * (PROTOCOL.md 2.4): source profile, static keys, credential_source, web
 * identity, SSO, process; and if the profile names a role, it is assumed with
 * what was found.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

static int get(struct sm_aws_cred_ctx *x, struct sm_str profile, unsigned depth,
	       struct sm_aws_cred *out, struct sm_err *e);

static void describe(char *out, size_t size, struct sm_str profile)
{
	(void)snprintf(out, size, "profile '%.*s'",
		       (int)(profile.len < 60 ? profile.len : 60), profile.ptr);
}

static int from_static(struct sm_aws_cred_ctx *x, struct sm_str profile,
		       struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_aws_cred_keys k = {
		sm_aws_cred_member(x, profile, "aws_access_key_id"),
		sm_aws_cred_member(x, profile, "aws_secret_access_key"),
		sm_aws_cred_member(x, profile, "aws_session_token"), 0
	};
	char source[96];
	int r;

	if (!k.access_key.len && !k.secret_key.len)
		return 0;
	describe(source, sizeof(source), profile);
	r = sm_aws_cred_set(out, &k, source, e);
	return r < 0 ? r : 1;
}

static int from_source(struct sm_aws_cred_ctx *x, struct sm_str profile,
		       struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_str s = sm_aws_cred_member(x, profile, "credential_source");
	char source[96];
	int r;

	if (!s.len)
		return 0;
	describe(source, sizeof(source), profile);
	if (sm_str_eq_nocase(s, sm_str("Environment")))
		r = sm_aws_cred_env(out, e);
	else if (sm_str_eq_nocase(s, sm_str("EcsContainer")))
		r = sm_aws_cred_remote_container(x, out, e);
	else if (sm_str_eq_nocase(s, sm_str("Ec2InstanceMetadata")))
		r = sm_aws_cred_remote_imds(x, out, e);
	else
		return sm_err_set(e, SM_EAUTH,
				  "%s: credential_source '%.*s' is not known",
				  source, SM_STR_ARG(s));
	if (!r)
		return sm_err_set(e, SM_EAUTH,
				  "%s: credential_source '%.*s' has none",
				  source, SM_STR_ARG(s));
	return r < 0 ? sm_err_wrap(e, r, "%s", source) : r;
}

static int from_source_profile(struct sm_aws_cred_ctx *x, struct sm_str profile,
			       unsigned depth, struct sm_aws_cred *out,
			       struct sm_err *e)
{
	struct sm_str s = sm_aws_cred_member(x, profile, "source_profile");
	char source[96];
	int r;

	if (!s.len)
		return 0;
	if (sm_str_eq(s, profile)) /* its own keys, without its role */
		return from_static(x, profile, out, e);
	describe(source, sizeof(source), profile);
	if (depth + 1 == SM_AWS_CRED_DEPTH)
		return sm_err_set(
			e, SM_EAUTH,
			"%s: source_profile goes round in a circle, or deeper than %d",
			source, SM_AWS_CRED_DEPTH);
	if (!sm_aws_config_has(&x->config, SM_AWS_CONFIG_PROFILE, s))
		return sm_err_set(e, SM_EAUTH,
				  "%s: source_profile '%.*s' is not configured",
				  source, SM_STR_ARG(s));
	r = get(x, s, depth + 1, out, e);
	if (!r)
		return sm_err_set(
			e, SM_EAUTH,
			"%s: source_profile '%.*s' has no credentials", source,
			SM_STR_ARG(s));
	return r < 0 ? sm_err_wrap(e, r, "%s", source) : r;
}

static int from_process(struct sm_aws_cred_ctx *x, struct sm_str profile,
			struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_str s = sm_aws_cred_member(x, profile, "credential_process");
	char source[96];

	if (!s.len)
		return 0;
	describe(source, sizeof(source), profile);
	return sm_aws_cred_process_run(x, s, source, out, e);
}

static int find_base(struct sm_aws_cred_ctx *x, struct sm_str profile,
		     unsigned depth, struct sm_aws_cred *out, struct sm_err *e)
{
	int r;

	if ((r = from_source_profile(x, profile, depth, out, e)) ||
	    (r = from_static(x, profile, out, e)) ||
	    (r = from_source(x, profile, out, e)) ||
	    (r = sm_aws_cred_sso_get(x, profile, out, e)))
		return r;
	return from_process(x, profile, out, e);
}

static int get(struct sm_aws_cred_ctx *x, struct sm_str profile, unsigned depth,
	       struct sm_aws_cred *out, struct sm_err *e)
{
	char source[96];
	struct sm_aws_cred_role role = {
		.arn = sm_aws_cred_member(x, profile, "role_arn"),
		.session = sm_aws_cred_member(x, profile, "role_session_name"),
		.external_id = sm_aws_cred_member(x, profile, "external_id"),
		.duration = sm_aws_cred_member(x, profile, "duration_seconds"),
		.token_file = sm_aws_cred_member(x, profile,
						 "web_identity_token_file"),
		.source = source,
	};
	int r;

	describe(source, sizeof(source), profile);
	if (role.arn.len && role.token_file.len)
		return sm_aws_cred_sts_web(x, &role, out, e);
	if (role.arn.len && sm_aws_cred_member(x, profile, "mfa_serial").len)
		return sm_err_set(
			e, SM_EAUTH,
			"%s: mfa_serial needs a code, which cannot be asked for here",
			source);
	r = find_base(x, profile, depth, out, e);
	if (r < 0 || !role.arn.len)
		return r;
	if (!r)
		return sm_err_set(
			e, SM_EAUTH,
			"%s: role_arn without source_profile or credential_source",
			source);
	return sm_aws_cred_sts_assume(x, out, &role, out, e);
}

int sm_aws_cred_profile_get(struct sm_aws_cred_ctx *x, struct sm_str profile,
			    struct sm_aws_cred *out, struct sm_err *e)
{
	return get(x, profile, 0, out, e);
}
