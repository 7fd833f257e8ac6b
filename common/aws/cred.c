/*
 * The search for credentials: which provider is asked when, and what they all
 * need. Rule: a provider that is not configured is passed by silently; one
 * that is configured and fails ends the search, so that nobody works with
 * other rights than he asked for.
 */
#include "common/def.h"
#include "common/aws/cred.h"

#include "common/aws/cred_provider.h"
#include "common/aws/time.h"
#include "common/os/clock.h"
#include "common/os/env.h"
#include "common/os/random.h"

#define SEARCH_MS 30000
#define CALL_MS 10000
#define CALL_TRIES 3
#define RETRY_MS 200

static struct sm_buf secret_buf(void)
{
	struct sm_buf b = SM_BUF_SECRET(SM_AWS_CRED_MAX);

	return b;
}

void sm_aws_cred_init(struct sm_aws_cred *c)
{
	c->access_key = secret_buf();
	c->secret_key = secret_buf();
	c->token = secret_buf();
	c->expires_sec = 0;
	c->source[0] = '\0';
}

void sm_aws_cred_release(struct sm_aws_cred *c)
{
	sm_buf_release(&c->access_key);
	sm_buf_release(&c->secret_key);
	sm_buf_release(&c->token);
	c->expires_sec = 0;
	c->source[0] = '\0';
}

bool sm_aws_cred_is_plain(struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

int sm_aws_cred_set(struct sm_aws_cred *out, const struct sm_aws_cred_keys *k,
		    const char *source, struct sm_err *e)
{
	sm_buf_clear(&out->access_key);
	sm_buf_clear(&out->secret_key);
	sm_buf_clear(&out->token);
	if (!k->access_key.len || !k->secret_key.len)
		return sm_err_set(e, SM_EAUTH, "%s: no %s", source,
				  k->access_key.len ? "secret access key" :
						      "access key id");
	/* they become part of headers */
	if (!sm_aws_cred_is_plain(k->access_key) ||
	    !sm_aws_cred_is_plain(k->token))
		return sm_err_set(e, SM_EAUTH,
				  "%s: keys with spaces or control characters",
				  source);
	(void)sm_buf_put_str(&out->access_key, k->access_key);
	(void)sm_buf_put_str(&out->secret_key, k->secret_key);
	(void)sm_buf_put_str(&out->token, k->token);
	if (out->access_key.err || out->secret_key.err || out->token.err)
		return sm_err_set(e, SM_ELIMIT, "%s: keys above %zu bytes",
				  source, SM_AWS_CRED_MAX);
	out->expires_sec = k->expires_sec;
	(void)snprintf(out->source, sizeof(out->source), "%s", source);
	return 0;
}

int sm_aws_cred_from_json(struct sm_aws_cred *out, yyjson_val *v,
			  const char *source, struct sm_err *e)
{
	struct sm_aws_cred_keys k = { sm_json_str(v, "AccessKeyId"),
				      sm_json_str(v, "SecretAccessKey"),
				      sm_json_str(v, "SessionToken"), 0 };
	struct sm_str when = sm_json_str(v, "Expiration");

	if (!k.token.len)
		k.token = sm_json_str(v, "Token");
	if (when.len && sm_aws_time_extended(when, &k.expires_sec) < 0)
		return sm_err_set(e, SM_EAUTH, "%s: Expiration is not a date",
				  source);
	if (k.expires_sec && k.expires_sec <= sm_os_clock_wall_ms() / 1000)
		return sm_err_set(e, SM_EAUTH, "%s: credentials are expired",
				  source);
	return sm_aws_cred_set(out, &k, source, e);
}

int sm_aws_cred_left(const struct sm_aws_cred_ctx *x, int most)
{
	int64_t left = x->deadline_ms - sm_os_clock_mono_ms();

	return left <= 0 ? 0 : left < most ? (int)left : most;
}

struct sm_str sm_aws_cred_member(const struct sm_aws_cred_ctx *x,
				 struct sm_str profile, const char *key)
{
	return sm_aws_config_get(&x->config, SM_AWS_CONFIG_PROFILE, profile,
				 key);
}

static bool is_transient(int r, int status)
{
	return r == SM_ENET || (r >= 0 && (status >= 500 || status == 429));
}

int sm_aws_cred_http(const struct sm_aws_cred_ctx *x,
		     const struct sm_http_request *q,
		     struct sm_http_response *p, struct sm_err *e)
{
	struct sm_http_request limited = *q;
	unsigned tries = 0;
	uint32_t random;
	int r, wait;

	limited.cancel = x->q->cancel;
	for (;;) {
		limited.total_timeout_ms = sm_aws_cred_left(x, CALL_MS);
		if (!limited.total_timeout_ms)
			return sm_err_set(e, SM_ETIMEOUT, "no time left");
		r = sm_http_perform(&limited, p, e);
		if (!is_transient(r, p->status) || ++tries == CALL_TRIES)
			return r;
		sm_os_random(&random, sizeof(random));
		wait = (RETRY_MS << tries) / 2 + (int)(random % RETRY_MS);
		if (sm_aws_cred_left(x, wait) < wait)
			return r;
		sm_os_clock_sleep_ms(wait);
	}
}

/* The first of two variables that is set and not empty. */
static void env_either(struct sm_buf *out, const char *name, const char *old)
{
	if (!sm_os_env_has(name))
		name = old;
	if (name && sm_os_env_has(name))
		(void)sm_os_env_get(out, name); /* the error sticks in out */
}

int sm_aws_cred_env(struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_buf access = secret_buf(), secret = secret_buf(),
		      token = secret_buf();
	struct sm_aws_cred_keys k = { .expires_sec = 0 };
	int r = 0;

	env_either(&access, "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
	env_either(&secret, "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
	env_either(&token, "AWS_SESSION_TOKEN", NULL);
	if (access.err || secret.err || token.err) {
		r = sm_err_set(e, SM_ELIMIT,
			       "environment: keys above %zu bytes",
			       SM_AWS_CRED_MAX);
		goto out;
	}
	if (!access.len || !secret.len)
		goto out; /* half a pair is none, as in the SDKs */
	k.access_key = sm_buf_str(&access);
	k.secret_key = sm_buf_str(&secret);
	k.token = sm_buf_str(&token);
	r = sm_aws_cred_set(out, &k, "environment", e);
	r = r < 0 ? r : 1;
out:
	sm_buf_release(&access);
	sm_buf_release(&secret);
	sm_buf_release(&token);
	return r;
}

/* AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN. */
static int from_web_env(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			struct sm_err *e)
{
	struct sm_buf file = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf arn = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_aws_cred_role role = { .source = "environment" };
	int r = 0;

	env_either(&file, "AWS_WEB_IDENTITY_TOKEN_FILE", NULL);
	env_either(&arn, "AWS_ROLE_ARN", NULL);
	env_either(&name, "AWS_ROLE_SESSION_NAME", NULL);
	if (!file.len || !arn.len)
		goto out;
	role.arn = sm_buf_str(&arn);
	role.session = sm_buf_str(&name);
	role.token_file = sm_buf_str(&file);
	r = sm_aws_cred_sts_web(x, &role, out, e);
out:
	sm_buf_release(&file);
	sm_buf_release(&arn);
	sm_buf_release(&name);
	return r;
}

/*
 * A profile that was named must be there; the default one need not.
 * PROTOCOL.md 2.4.
 */
static int from_profile(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			struct sm_err *e)
{
	struct sm_str name = sm_buf_str(&x->profile);

	if (sm_aws_config_has(&x->config, SM_AWS_CONFIG_PROFILE, name))
		return sm_aws_cred_profile_get(x, name, out, e);
	if (sm_str_eqz(name, "default"))
		return 0;
	return sm_err_set(e, SM_EAUTH, "profile '%.*s' is not configured",
			  SM_STR_ARG(name));
}

typedef int provider_fn(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			struct sm_err *e);

static int from_env(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
		    struct sm_err *e)
{
	SM_UNUSED(x);
	return sm_aws_cred_env(out, e);
}

static int search(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
		  struct sm_err *e)
{
	static provider_fn *const order[] = { from_env,
					      from_web_env,
					      from_profile,
					      sm_aws_cred_remote_container,
					      sm_aws_cred_remote_imds,
					      sm_aws_cred_process_cli };
	const char *named = x->q->profile;
	size_t i = named && named[0] ? 2 : 0;
	int r = 0;

	for (; i < SM_ARRAY_LEN(order); i++) {
		if (x->q->cancel && atomic_load(x->q->cancel))
			return sm_err_set(e, SM_ECANCEL, "%s",
					  sm_err_text(SM_ECANCEL));
		if (!sm_aws_cred_left(x, 1))
			return sm_err_set(e, SM_ETIMEOUT, "no time left");
		if ((r = order[i](x, out, e)))
			return r;
	}
	return sm_err_set(
		e, SM_EAUTH,
		"none in the environment, profile '%.100s', container, instance metadata or AWS CLI",
		sm_buf_z(&x->profile));
}

static int prepare(struct sm_aws_cred_ctx *x, struct sm_err *e)
{
	const struct sm_aws_cred_query *q = x->q;
	int r;

	x->deadline_ms = q->deadline_ms ? q->deadline_ms :
					  sm_os_clock_mono_ms() + SEARCH_MS;
	r = sm_aws_config_profile(q->profile, &x->profile);
	if (r < 0)
		return sm_err_set(e, r, "profile name too long");
	if ((r = sm_aws_config_load(&x->config, e)) < 0)
		return r;
	if (q->region && q->region[0])
		r = sm_buf_puts(&x->region, q->region);
	else
		r = sm_aws_config_region(&x->config, sm_buf_str(&x->profile),
					 &x->region);
	if (r < 0)
		return sm_err_set(e, r, "region name too long");
	x->endpoint =
		sm_aws_endpoint_flags(&x->config, sm_buf_str(&x->profile));
	return 0;
}

int sm_aws_cred_resolve(const struct sm_aws_cred_query *q,
			struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_aws_cred_ctx x = {
		.q = q,
		.config = SM_AWS_CONFIG_INIT,
		.profile = SM_BUF_INIT(1024),
		.region = SM_BUF_INIT(SM_AWS_ENDPOINT_REGION_MAX),
	};
	int r = prepare(&x, e);

	if (r >= 0)
		r = search(&x, out, e);
	if (r >= 0) {
		sm_log_debug(q->log, "credentials from %s", out->source);
		r = 0;
	} else {
		(void)sm_err_wrap(e, r, "cannot find credentials");
	}
	sm_aws_config_release(&x.config);
	sm_buf_release(&x.profile);
	sm_buf_release(&x.region);
	return r;
}
