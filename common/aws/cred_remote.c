/*
 * Credentials from the machine: the container endpoint, and EC2's metadata
 * service version 2. Both are asked without a proxy. A plain http container
 * endpoint is only asked at addresses that cannot leave the host, because a
 * token goes with the request.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

#include "common/fs.h"
#include "common/os/env.h"

/* Source: AWS SDKs and Tools Reference Guide, "Container credential provider" */
#define ECS_URL "http://169.254.170.2"

/* Source: the same, "IMDS credential provider". */
#define IMDS_URL "http://169.254.169.254"
#define IMDS_URL6 "http://[fd00:ec2::254]"
#define IMDS_PATH "/latest/meta-data/iam/security-credentials/"
#define IMDS_TTL "X-aws-ec2-metadata-token-ttl-seconds: 300"
#define IMDS_MS 1000
#define CONTAINER_MS 5000

#define VALUE_MAX ((size_t)4 << 10)

static bool is_loopback4(struct sm_str host)
{
	struct sm_str piece;
	uint64_t v;
	int n = 0;

	if (!sm_str_starts(host, "127."))
		return false;
	while (sm_str_split(&host, '.', &piece)) {
		if (sm_str_u64(piece, 255, &v) < 0)
			return false;
		n++;
	}
	return n == 4;
}

/* Hosts that may be asked over plain http. */
static bool is_local(struct sm_str host)
{
	static const char *const names[] = { "localhost", "[::1]",
					     "169.254.170.2", "169.254.170.23",
					     "[fd00:ec2::23]" };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		if (sm_str_eq_nocase(host, sm_str(names[i])))
			return true;
	}
	return is_loopback4(host);
}

static bool is_allowed(struct sm_str url)
{
	struct sm_str host;
	size_t n = 0;
	long bracket;

	if (sm_str_eq_nocase(sm_str_sub(url, 0, 8), sm_str("https://")))
		return true;
	if (!sm_str_eq_nocase(sm_str_sub(url, 0, 7), sm_str("http://")))
		return false;
	host = sm_str_sub(url, 7, url.len);
	while (n < host.len && !strchr("/?#", host.ptr[n]))
		n++;
	host = sm_str_sub(host, 0, n);
	if (sm_str_chr(host, '@', 0) >= 0)
		return false;
	bracket = sm_str_chr(host, ']', 0);
	n = bracket < 0 ? 0 : (size_t)bracket;
	bracket = sm_str_chr(host, ':', n);
	return is_local(
		sm_str_sub(host, 0, bracket < 0 ? host.len : (size_t)bracket));
}

/* Fills `url`; 1 if the environment names an endpoint, 0 if not. */
static int container_url(struct sm_buf *url, struct sm_err *e)
{
	int r;

	if (sm_os_env_has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
		(void)sm_buf_puts(url, ECS_URL); /* error sticks */
		r = sm_os_env_get(url,
				  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
		if (r >= 0 && sm_buf_z(url)[sizeof(ECS_URL) - 1] != '/')
			return sm_err_set(
				e, SM_EAUTH,
				"container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
	} else if (sm_os_env_has("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
		r = sm_os_env_get(url, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	} else {
		return 0;
	}
	if (r < 0)
		return sm_err_set(e, r, "container: URL too long");
	if (!is_allowed(sm_buf_str(url)))
		return sm_err_set(
			e, SM_EAUTH,
			"container: the endpoint is neither https nor on this host");
	return 1;
}

/* "Authorization: TOKEN" from a file or the environment; empty for none. */
static int container_header(struct sm_buf *line, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(VALUE_MAX);
	struct sm_buf token = SM_BUF_SECRET(SM_AWS_CRED_MAX);
	struct sm_str t;
	size_t i;
	int r = 0;

	if (sm_os_env_has("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
		r = sm_os_env_get(&path,
				  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
		if (r >= 0)
			r = sm_fs_read(sm_buf_z(&path), SM_AWS_CRED_MAX, &token,
				       e);
	} else if (sm_os_env_has("AWS_CONTAINER_AUTHORIZATION_TOKEN")) {
		r = sm_os_env_get(&token, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	}
	if (r < 0) {
		r = sm_err_wrap(e, SM_EAUTH, "container: authorization token");
		goto out;
	}
	t = sm_str_trim(sm_buf_str(&token));
	for (i = 0; i < t.len; i++) {
		if ((unsigned char)t.ptr[i] < ' ' || t.ptr[i] == 0x7f) {
			r = sm_err_set(
				e, SM_EAUTH,
				"container: the authorization token has control characters");
			goto out;
		}
	}
	r = t.len ? sm_buf_printf(line, "Authorization: %.*s", SM_STR_ARG(t)) :
		    0;
out:
	sm_buf_release(&path);
	sm_buf_release(&token);
	return r < 0 ? r : 0;
}

/* An answer with keys; `source` names the provider. */
static int take_answer(const struct sm_http_response *p, const char *source,
		       struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_json j = SM_JSON_INIT;
	int r;

	if (p->status != 200)
		return sm_err_set(e, SM_EAUTH, "%s: status %d", source,
				  p->status);
	r = sm_json_parse(&j, sm_buf_str(&p->body), SM_AWS_CRED_FILE_MAX,
			  "credentials", e);
	if (r < 0)
		return sm_err_wrap(e, SM_EAUTH, "%s", source);
	r = sm_aws_cred_from_json(out, j.root, source, e);
	sm_json_wipe(&j);
	return r < 0 ? r : 1;
}

int sm_aws_cred_remote_container(struct sm_aws_cred_ctx *x,
				 struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_buf url = SM_BUF_INIT(VALUE_MAX);
	struct sm_buf line = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_http_request q = { .flags = SM_HTTP_DIRECT,
				     .connect_timeout_ms = CONTAINER_MS };
	struct sm_http_response p;
	const char *headers[1];
	int r;

	sm_http_response_init(&p, true);
	if ((r = container_url(&url, e)) <= 0 ||
	    (r = container_header(&line, e)) < 0)
		goto out;
	headers[0] = sm_buf_z(&line);
	q.url = sm_buf_z(&url);
	q.headers = headers;
	q.n_headers = line.len ? 1 : 0;
	q.max_body = SM_AWS_CRED_FILE_MAX;
	if ((r = sm_aws_cred_http(x, &q, &p, e)) < 0) {
		r = sm_err_wrap(e, r, "container");
		goto out;
	}
	r = take_answer(&p, "container", out, e);
out:
	sm_http_response_release(&p);
	sm_buf_release(&url);
	sm_buf_release(&line);
	return r;
}

/* --- instance metadata ---------------------------------------------------- */

static bool is_true(const char *name)
{
	struct sm_buf v = SM_BUF_INIT(64);
	bool r = sm_os_env_has(name) && sm_os_env_get(&v, name) >= 0 &&
		 sm_str_eq_nocase(sm_buf_str(&v), sm_str("true"));

	sm_buf_release(&v);
	return r;
}

static int imds_base(struct sm_buf *url)
{
	struct sm_buf mode = SM_BUF_INIT(64);
	int r;

	if (sm_os_env_has("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
		r = sm_os_env_get(url, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
		while (url->len && url->ptr[url->len - 1] == '/')
			sm_buf_truncate(url, url->len - 1);
		return r;
	}
	(void)sm_os_env_get(&mode, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	r = sm_buf_puts(url,
			sm_str_eq_nocase(sm_buf_str(&mode), sm_str("IPv6")) ?
				IMDS_URL6 :
				IMDS_URL);
	sm_buf_release(&mode);
	return r;
}

struct imds {
	struct sm_aws_cred_ctx *x;
	struct sm_buf base;  /* URL without path */
	struct sm_buf token; /* header line, secret */
	struct sm_http_response p;
};

/* One request, one try, one second: most machines have no such service. */
static int imds_ask(struct imds *m, const char *method, struct sm_str path,
		    const char *header, struct sm_err *e)
{
	struct sm_buf url = SM_BUF_INIT(VALUE_MAX);
	const char *headers[] = { header };
	struct sm_http_request q = { .method = method,
				     .headers = headers,
				     .n_headers = 1,
				     .flags = SM_HTTP_DIRECT,
				     .connect_timeout_ms = IMDS_MS,
				     .max_body = SM_AWS_CRED_FILE_MAX,
				     .cancel = m->x->q->cancel };
	int r;

	q.total_timeout_ms = sm_aws_cred_left(m->x, IMDS_MS);
	if (!q.total_timeout_ms)
		return sm_err_set(e, SM_ETIMEOUT, "no time left");
	r = sm_buf_printf(&url, "%s%.*s", sm_buf_z(&m->base), SM_STR_ARG(path));
	q.url = sm_buf_z(&url);
	if (r >= 0)
		r = sm_http_perform(&q, &m->p, e);
	sm_buf_release(&url);
	return r;
}

/* The token of version 2; 0 if nobody answers like the service. */
static int imds_token(struct imds *m, struct sm_err *e)
{
	struct sm_str t;
	int r = imds_ask(m, "PUT", sm_str("/latest/api/token"), IMDS_TTL, e);

	if (r == SM_ECANCEL)
		return r;
	sm_err_clear(e);
	if (r < 0 || m->p.status != 200)
		return 0;
	t = sm_str_trim(sm_buf_str(&m->p.body));
	if (!sm_aws_cred_is_plain(t))
		return 0;
	if (!t.len)
		return 0;
	r = sm_buf_printf(&m->token, "X-aws-ec2-metadata-token: %.*s",
			  SM_STR_ARG(t));
	return r < 0 ? 0 : 1;
}

/* The role's name: one line of name characters. */
static int imds_role(struct imds *m, struct sm_buf *path, struct sm_err *e)
{
	struct sm_str role;
	size_t i;
	int r = imds_ask(m, "GET", sm_str(IMDS_PATH), sm_buf_z(&m->token), e);

	if (r < 0)
		return sm_err_wrap(e, r, "instance metadata");
	if (m->p.status == 404)
		return 0; /* an instance without a role */
	role = sm_str_trim(sm_buf_str(&m->p.body));
	for (i = 0; i < role.len; i++) {
		char c = role.ptr[i];

		/* IAM API Reference: names match [\w+=,.@-]+ */
		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && !strchr("_+=,.@-", c))
			break;
	}
	if (m->p.status != 200 || !role.len || i < role.len)
		return sm_err_set(e, SM_EAUTH,
				  "instance metadata: no role name (status %d)",
				  m->p.status);
	r = sm_buf_printf(path, IMDS_PATH "%.*s", SM_STR_ARG(role));
	return r < 0 ? sm_err_set(e, r,
				  "instance metadata: role name too long") :
		       1;
}

int sm_aws_cred_remote_imds(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			    struct sm_err *e)
{
	struct imds m = { .x = x,
			  .base = SM_BUF_INIT(1024),
			  .token = SM_BUF_SECRET(SM_BUF_SMALL) };
	struct sm_buf path = SM_BUF_INIT(1024);
	int r = 0;

	if (is_true("AWS_EC2_METADATA_DISABLED"))
		return 0;
	sm_http_response_init(&m.p, true);
	if (imds_base(&m.base) < 0) {
		r = sm_err_set(e, SM_EAUTH, "instance metadata: URL too long");
		goto out;
	}
	if ((r = imds_token(&m, e)) <= 0 || (r = imds_role(&m, &path, e)) <= 0)
		goto out;
	r = imds_ask(&m, "GET", sm_buf_str(&path), sm_buf_z(&m.token), e);
	if (r < 0)
		r = sm_err_wrap(e, r, "instance metadata");
	else
		r = take_answer(&m.p, "instance metadata", out, e);
out:
	sm_http_response_release(&m.p);
	sm_buf_release(&m.base);
	sm_buf_release(&m.token);
	sm_buf_release(&path);
	return r;
}
