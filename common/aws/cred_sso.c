/*
 * IAM Identity Center (SSO). The access token is the one that `aws sso login`
 * left in the CLI's cache; when it is over and can be renewed without a
 * browser, it is, and the cache is rewritten for the other tools. Logging in
 * itself is not done here: the message says what to run.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

#include <openssl/evp.h>

#include "common/aws/sigv4.h"
#include "common/aws/time.h"
#include "common/fs.h"
#include "common/hex.h"
#include "common/os/clock.h"
#include "common/os/env.h"

/* Renew when less is left; what the SDKs do. */
#define RENEW_SEC 60

#define URL_MAX ((size_t)4 << 10)

/* What the profile says; views into the configuration. */
struct sso {
	struct sm_str profile, start_url, region, account, role;
	struct sm_str session; /* name of the sso-session; empty: older form */
	char source[96];
	char *region_z;
	struct sm_buf path;  /* of the cached token */
	struct sm_buf token; /* secret */
};

static int read_profile(const struct sm_aws_cred_ctx *x, struct sso *s,
			struct sm_err *e)
{
	const struct sm_aws_config *c = &x->config;

	s->session = sm_aws_cred_member(x, s->profile, "sso_session");
	s->account = sm_aws_cred_member(x, s->profile, "sso_account_id");
	s->role = sm_aws_cred_member(x, s->profile, "sso_role_name");
	s->start_url = sm_aws_cred_member(x, s->profile, "sso_start_url");
	s->region = sm_aws_cred_member(x, s->profile, "sso_region");
	if (!s->session.len && !s->start_url.len)
		return 0;
	if (s->session.len) {
		if (!sm_aws_config_has(c, SM_AWS_CONFIG_SSO_SESSION,
				       s->session))
			return sm_err_set(
				e, SM_EAUTH,
				"%s: sso-session '%.*s' is not configured",
				s->source, SM_STR_ARG(s->session));
		s->start_url = sm_aws_config_get(c, SM_AWS_CONFIG_SSO_SESSION,
						 s->session, "sso_start_url");
		s->region = sm_aws_config_get(c, SM_AWS_CONFIG_SSO_SESSION,
					      s->session, "sso_region");
	}
	if (!s->start_url.len || !s->region.len || !s->account.len ||
	    !s->role.len)
		return sm_err_set(
			e, SM_EAUTH,
			"%s: SSO needs start URL, region, account id and role name",
			s->source);
	return 1;
}

/* ~/.aws/sso/cache/SHA1.json of the session's name or the start URL. */
static int cache_path(struct sso *s, struct sm_err *e)
{
	struct sm_str key = s->session.len ? s->session : s->start_url;
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r;

	if (!EVP_Digest(key.ptr, key.len, md, &n, EVP_sha1(), NULL))
		sm_mem_exhausted();
	if ((r = sm_os_env_home(&s->path, e)) < 0)
		return r;
	(void)sm_buf_puts(&s->path, "/.aws/sso/cache/"); /* errors stick */
	(void)sm_hex_put(&s->path, md, n);
	r = sm_buf_puts(&s->path, ".json");
	return r < 0 ? sm_err_set(e, r, "path too long") : 0;
}

static int login_hint(const struct sso *s, const char *why, struct sm_err *e)
{
	return sm_err_set(e, SM_EAUTH,
			  "%s: %s: run 'aws sso login --profile %.*s'",
			  s->source, why,
			  SM_STR_ARG(sm_str_sub(s->profile, 0, 60)));
}

static bool is_over(struct sm_str when, int64_t margin)
{
	int64_t t;

	return sm_aws_time_extended(when, &t) < 0 ||
	       t <= sm_os_clock_wall_ms() / 1000 + margin;
}

/* The body of CreateToken; AWS IAM Identity Center OIDC API Reference. */
static int put_create_token(struct sm_buf *out, yyjson_val *cache)
{
	(void)sm_buf_puts(out, "{\"clientId\":"); /* errors stick */
	(void)sm_json_put(out, sm_json_str(cache, "clientId"));
	(void)sm_buf_puts(out, ",\"clientSecret\":");
	(void)sm_json_put(out, sm_json_str(cache, "clientSecret"));
	(void)sm_buf_puts(out,
			  ",\"grantType\":\"refresh_token\",\"refreshToken\":");
	(void)sm_json_put(out, sm_json_str(cache, "refreshToken"));
	return sm_buf_puts(out, "}");
}

static void replace(yyjson_mut_doc *doc, const char *name, struct sm_str value)
{
	yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);

	(void)yyjson_mut_obj_remove_key(root, name); /* may not be there */
	(void)yyjson_mut_obj_add_strncpy(doc, root, name, value.ptr, value.len);
}

/* The cache as it was, with the new tokens. Failure only costs the others. */
static void save(struct sm_aws_cred_ctx *x, const struct sso *s,
		 yyjson_doc *cache, yyjson_val *fresh, int64_t until)
{
	yyjson_mut_doc *doc = yyjson_doc_mut_copy(cache, NULL);
	struct sm_buf when = SM_BUF_INIT(64);
	struct sm_err why = SM_ERR_INIT;
	struct sm_str again = sm_json_str(fresh, "refreshToken");
	char *text;
	size_t len = 0;

	if (!doc || sm_aws_time_put(&when, until) < 0)
		goto out;
	replace(doc, "accessToken", sm_buf_str(&s->token));
	replace(doc, "expiresAt", sm_buf_str(&when));
	if (again.len)
		replace(doc, "refreshToken", again);
	text = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, &len);
	if (!text)
		goto out;
	if (sm_fs_write_atomic(sm_buf_z(&s->path), sm_str_n(text, len), 0600,
			       &why) < 0)
		sm_log_warn(x->q->log, "SSO token not saved: %s", why.msg);
	sm_mem_wipe(text, len);
	free(text); /* yyjson's default allocator is malloc */
out:
	yyjson_mut_doc_free(doc);
	sm_buf_release(&when);
}

static int ask(struct sm_aws_cred_ctx *x, const struct sm_http_request *q,
	       const char *source, struct sm_http_response *p,
	       struct sm_json *j, struct sm_err *e)
{
	int r = sm_aws_cred_http(x, q, p, e);

	if (r >= 0 && p->status != 200)
		return sm_err_set(e, SM_EAUTH,
				  "%s: SSO answered with status %d", source,
				  p->status);
	if (r >= 0)
		r = sm_json_parse(j, sm_buf_str(&p->body), SM_HTTP_BODY_MAX,
				  "the answer of SSO", e);
	return r < 0 ? sm_err_wrap(e, r, "%s", source) : 0;
}

static int take_fresh(struct sm_aws_cred_ctx *x, struct sso *s,
		      yyjson_doc *cache, yyjson_val *fresh, struct sm_err *e)
{
	int64_t sec = yyjson_get_sint(sm_json_get(fresh, "expiresIn"));
	struct sm_str token = sm_json_str(fresh, "accessToken");

	if (!token.len || !sm_aws_cred_is_plain(token) ||
	    sm_buf_put_str(&s->token, token) < 0)
		return login_hint(s, "the token cannot be renewed", e);
	if (sec <= 0 || sec > 30 * 86400)
		sec = 3600;
	save(x, s, cache, fresh, sm_os_clock_wall_ms() / 1000 + sec);
	return 0;
}

static int renew(struct sm_aws_cred_ctx *x, struct sso *s,
		 struct sm_json *cache, struct sm_err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/json"
	};
	struct sm_buf url = SM_BUF_INIT(URL_MAX);
	struct sm_buf body = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_http_request q = { .method = "POST",
				     .headers = headers,
				     .n_headers = 1 };
	struct sm_http_response p;
	struct sm_json j = SM_JSON_INIT;
	int r;

	sm_http_response_init(&p, true);
	if (!sm_json_str(cache->root, "refreshToken").len ||
	    !sm_json_str(cache->root, "clientId").len ||
	    is_over(sm_json_str(cache->root, "registrationExpiresAt"), 0)) {
		r = login_hint(s, "the login has expired", e);
		goto out;
	}
	r = sm_aws_endpoint_resolve(SM_AWS_SSO_OIDC, s->region_z, NULL,
				    x->endpoint, &url, e);
	if (r < 0)
		goto out;
	(void)sm_buf_puts(&url, "/token"); /* error sticks */
	if (put_create_token(&body, cache->root) < 0 || url.err) {
		r = login_hint(s, "the cached login is too long", e);
		goto out;
	}
	q.url = sm_buf_z(&url);
	q.body = sm_buf_str(&body);
	r = ask(x, &q, s->source, &p, &j, e);
	if (r == SM_EAUTH && p.status / 100 == 4)
		r = login_hint(s, "the login has expired", e);
	if (r >= 0)
		r = take_fresh(x, s, cache->doc, j.root, e);
out:
	sm_json_wipe(&j);
	sm_http_response_release(&p);
	sm_buf_release(&url);
	sm_buf_release(&body);
	return r;
}

/* A valid access token in s->token. */
static int get_token(struct sm_aws_cred_ctx *x, struct sso *s, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(SM_AWS_CRED_FILE_MAX);
	struct sm_json cache = SM_JSON_INIT;
	struct sm_str token;
	bool over;
	int r;

	if ((r = cache_path(s, e)) < 0)
		goto out;
	r = sm_fs_read(sm_buf_z(&s->path), SM_AWS_CRED_FILE_MAX, &text, e);
	if (r >= 0)
		r = sm_json_parse(&cache, sm_buf_str(&text),
				  SM_AWS_CRED_FILE_MAX, "the cached login", e);
	if (r < 0) {
		r = r == SM_ENOTFOUND ?
			    login_hint(s, "not logged in", e) :
			    sm_err_wrap(e, SM_EAUTH, "%s", s->source);
		goto out;
	}
	token = sm_json_str(cache.root, "accessToken");
	over = is_over(sm_json_str(cache.root, "expiresAt"), RENEW_SEC);
	if (token.len && !over && sm_aws_cred_is_plain(token))
		r = sm_buf_put_str(&s->token, token);
	else if (s->session.len)
		r = renew(x, s, &cache, e);
	else /* the older form has nothing to renew with */
		r = login_hint(s, "the login has expired", e);
out:
	sm_json_wipe(&cache);
	sm_buf_release(&text);
	return r;
}

/* "roleCredentials" of GetRoleCredentials; its expiration is milliseconds. */
static int take_role(yyjson_val *root, const struct sso *s,
		     struct sm_aws_cred *out, struct sm_err *e)
{
	yyjson_val *v = sm_json_get(root, "roleCredentials");
	struct sm_aws_cred_keys k = { sm_json_str(v, "accessKeyId"),
				      sm_json_str(v, "secretAccessKey"),
				      sm_json_str(v, "sessionToken"), 0 };
	char source[96];

	k.expires_sec = yyjson_get_sint(sm_json_get(v, "expiration")) / 1000;
	(void)snprintf(source, sizeof(source), "%.80s (SSO)", s->source);
	return sm_aws_cred_set(out, &k, source, e);
}

static int get_role(struct sm_aws_cred_ctx *x, struct sso *s,
		    struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_buf url = SM_BUF_INIT(URL_MAX);
	struct sm_buf line = SM_BUF_SECRET(SM_BUF_SMALL);
	const char *headers[1];
	struct sm_http_request q = { .headers = headers, .n_headers = 1 };
	struct sm_http_response p;
	struct sm_json j = SM_JSON_INIT;
	int r;

	sm_http_response_init(&p, true);
	r = sm_aws_endpoint_resolve(SM_AWS_SSO, s->region_z, NULL, x->endpoint,
				    &url, e);
	if (r < 0)
		goto out;
	(void)sm_buf_puts(&url, "/federation/credentials?role_name=");
	(void)sm_aws_sigv4_encode(&url, s->role);
	(void)sm_buf_puts(&url, "&account_id=");
	(void)sm_aws_sigv4_encode(&url, s->account);
	(void)sm_buf_printf(&line, "x-amz-sso_bearer_token: %s",
			    sm_buf_z(&s->token));
	if (url.err || line.err) {
		r = sm_err_set(e, SM_ELIMIT, "%s: request too long", s->source);
		goto out;
	}
	q.url = sm_buf_z(&url);
	headers[0] = sm_buf_z(&line);
	r = ask(x, &q, s->source, &p, &j, e);
	if (r == SM_EAUTH && p.status == 401)
		r = login_hint(s, "the login is not accepted", e);
	if (r >= 0)
		r = take_role(j.root, s, out, e);
out:
	sm_json_wipe(&j);
	sm_http_response_release(&p);
	sm_buf_release(&url);
	sm_buf_release(&line);
	return r;
}

int sm_aws_cred_sso_get(struct sm_aws_cred_ctx *x, struct sm_str profile,
			struct sm_aws_cred *out, struct sm_err *e)
{
	struct sso s = { .profile = profile,
			 .path = SM_BUF_INIT(SM_BUF_SMALL),
			 .token = SM_BUF_SECRET(SM_AWS_CRED_MAX) };
	int r;

	(void)snprintf(s.source, sizeof(s.source), "profile '%.*s'",
		       (int)(profile.len < 60 ? profile.len : 60), profile.ptr);
	if ((r = read_profile(x, &s, e)) <= 0)
		return r;
	s.region_z = sm_mem_dup(s.region);
	r = get_token(x, &s, e);
	if (r >= 0)
		r = get_role(x, &s, out, e);
	sm_mem_free(s.region_z);
	sm_buf_release(&s.path);
	sm_buf_release(&s.token);
	return r < 0 ? r : 1;
}
