/*
 * STS: AssumeRole and AssumeRoleWithWebIdentity. The query protocol: a form
 * goes out, XML comes back. STS has its own endpoint by region; the endpoint
 * that a caller gave for SSM is never used here.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

#include <expat.h>

#include "common/aws/sigv4.h"
#include "common/aws/time.h"
#include "common/fs.h"
#include "common/os/clock.h"

#define API_VERSION "2011-06-15"
#define DEPTH_MAX 16
#define TEXT_MAX ((size_t)16 << 10)

/* Seconds, AWS STS API Reference: 15 minutes to 12 hours. */
#define DURATION_MIN 900
#define DURATION_MAX 43200

/* The elements that matter; each name occurs once in an answer. */
enum field {
	ACCESS,
	SECRET,
	TOKEN,
	EXPIRES,
	CODE,
	MESSAGE,
	N_FIELDS
};

static const char *const field_names[N_FIELDS] = {
	"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
	"Code",        "Message",
};

struct answer {
	XML_Parser xml;
	struct sm_buf text[N_FIELDS]; /* secret */
	int field;                    /* being read, or -1 */
	unsigned depth;
	bool refused; /* a declaration or a limit ended the parse */
};

static void stop(struct answer *a)
{
	a->refused = true;
	(void)XML_StopParser(a->xml, XML_FALSE); /* the parse call reports */
}

static void on_start(void *user, const char *name, const char **attributes)
{
	struct answer *a = user;
	int i;

	SM_UNUSED(attributes);
	if (++a->depth > DEPTH_MAX) {
		stop(a);
		return;
	}
	a->field = -1;
	for (i = 0; i < N_FIELDS; i++) {
		if (!strcmp(name, field_names[i]) && !a->text[i].len)
			a->field = i;
	}
}

static void on_end(void *user, const char *name)
{
	struct answer *a = user;

	SM_UNUSED(name);
	a->depth--;
	a->field = -1;
}

static void on_text(void *user, const char *s, int len)
{
	struct answer *a = user;

	if (a->field >= 0 && sm_buf_put(&a->text[a->field], s, (size_t)len) < 0)
		stop(a);
}

/* No answer of a service has a document type; entities could grow. */
static void on_doctype(void *user, const char *name, const char *system,
		       const char *public_id, int has_internal)
{
	SM_UNUSED(name);
	SM_UNUSED(system);
	SM_UNUSED(public_id);
	SM_UNUSED(has_internal);
	stop(user);
}

static struct sm_str field(const struct answer *a, enum field f)
{
	return sm_str_trim(sm_buf_str(&a->text[f]));
}

static int finish(struct answer *a, const char *source, struct sm_aws_cred *out,
		  struct sm_err *e)
{
	struct sm_aws_cred_keys k = { field(a, ACCESS), field(a, SECRET),
				      field(a, TOKEN), 0 };
	struct sm_str code = field(a, CODE), text = field(a, MESSAGE);

	if (code.len)
		return sm_err_set(e, SM_EAUTH, "%s: STS refused: %.*s: %.*s",
				  source, SM_STR_ARG(sm_str_sub(code, 0, 80)),
				  SM_STR_ARG(sm_str_sub(text, 0, 300)));
	if (!k.access_key.len)
		return sm_err_set(e, SM_EFORMAT,
				  "%s: the answer of STS has no keys", source);
	if (field(a, EXPIRES).len &&
	    sm_aws_time_extended(field(a, EXPIRES), &k.expires_sec) < 0)
		return sm_err_set(e, SM_EFORMAT,
				  "%s: STS: Expiration is not a date", source);
	return sm_aws_cred_set(out, &k, source, e);
}

int sm_aws_cred_sts_parse(struct sm_str xml, const char *source,
			  struct sm_aws_cred *out, struct sm_err *e)
{
	struct answer a = { .xml = XML_ParserCreate("UTF-8"), .field = -1 };
	size_t i;
	int r;

	if (!a.xml)
		sm_mem_exhausted();
	for (i = 0; i < N_FIELDS; i++) {
		struct sm_buf b = SM_BUF_SECRET(TEXT_MAX);

		a.text[i] = b;
	}
	XML_SetUserData(a.xml, &a);
	XML_SetElementHandler(a.xml, on_start, on_end);
	XML_SetCharacterDataHandler(a.xml, on_text);
	XML_SetStartDoctypeDeclHandler(a.xml, on_doctype);
	if (xml.len > SM_HTTP_BODY_MAX ||
	    XML_Parse(a.xml, xml.len ? xml.ptr : "", (int)xml.len, 1) !=
		    XML_STATUS_OK)
		r = sm_err_set(
			e, SM_EFORMAT, "%s: the answer of STS is no XML: %s",
			source,
			a.refused ? "refused" :
				    XML_ErrorString(XML_GetErrorCode(a.xml)));
	else
		r = finish(&a, source, out, e);
	for (i = 0; i < N_FIELDS; i++)
		sm_buf_release(&a.text[i]);
	XML_ParserFree(a.xml);
	return r;
}

/* "&NAME=VALUE"; errors stick. */
static void put_field(struct sm_buf *form, const char *name,
		      struct sm_str value)
{
	if (!value.len)
		return;
	(void)sm_buf_printf(form, "&%s=", name);
	(void)sm_aws_sigv4_encode(form, value);
}

static int put_form(struct sm_buf *form, const char *action,
		    const struct sm_aws_cred_role *role, struct sm_err *e)
{
	char made[64];
	uint64_t sec;

	(void)snprintf(made, sizeof(made), "session-manager-plugin-%lld",
		       (long long)sm_os_clock_wall_ms());
	(void)sm_buf_printf(form, "Action=%s&Version=" API_VERSION, action);
	put_field(form, "RoleArn", role->arn);
	put_field(form, "RoleSessionName",
		  role->session.len ? role->session : sm_str(made));
	put_field(form, "ExternalId", role->external_id);
	if (role->duration.len &&
	    (sm_str_u64(role->duration, DURATION_MAX, &sec) < 0 ||
	     sec < DURATION_MIN))
		return sm_err_set(e, SM_EAUTH,
				  "%s: duration_seconds is not %d to %d",
				  role->source, DURATION_MIN, DURATION_MAX);
	put_field(form, "DurationSeconds", role->duration);
	return 0;
}

/* Headers of one request; the strings live as long as this. */
struct call {
	struct sm_buf url, form, line[3];
	const char *headers[5];
	size_t n;
};

static void call_init(struct call *c)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	sm_buf_init(&c->url, SM_AWS_ENDPOINT_URL_MAX);
	sm_buf_init(&c->form, SM_HTTP_BODY_MAX);
	c->form.secret = true; /* a web identity token */
	for (i = 0; i < SM_ARRAY_LEN(c->line); i++) {
		sm_buf_init(&c->line[i], SM_BUF_SMALL);
		c->line[i].secret = true;
	}
	c->headers[c->n++] =
		"Content-Type: application/x-www-form-urlencoded; charset=utf-8";
	c->headers[c->n++] = "Accept: application/xml";
}

static void call_release(struct call *c)
{
	size_t i;

	sm_buf_release(&c->url);
	sm_buf_release(&c->form);
	for (i = 0; i < SM_ARRAY_LEN(c->line); i++)
		sm_buf_release(&c->line[i]);
}

static const char *region_of(const struct sm_aws_cred_ctx *x)
{
	return x->region.len ? sm_buf_z(&x->region) : "us-east-1";
}

static int call_sign(struct call *c, const struct sm_aws_cred_ctx *x,
		     const struct sm_aws_cred *base, struct sm_err *e)
{
	static const struct sm_aws_sigv4_header type = {
		SM_STR_LIT("content-type"),
		SM_STR_LIT("application/x-www-form-urlencoded; charset=utf-8")
	};
	struct sm_aws_sigv4_key k = { sm_buf_str(&base->access_key),
				      sm_buf_str(&base->secret_key),
				      sm_buf_str(&base->token),
				      sm_str(region_of(x)), sm_str("sts") };
	struct sm_aws_sigv4_request q = { .method = sm_str("POST"),
					  .headers = &type,
					  .n_headers = 1,
					  .body = sm_buf_str(&c->form) };
	struct sm_aws_sigv4_result s;
	size_t i;
	int r;

	sm_aws_sigv4_result_init(&s);
	r = sm_aws_sigv4_split(sm_buf_str(&c->url), &q.host, &q.target, e);
	if (r < 0)
		goto out;
	r = sm_aws_sigv4_sign(&k, &q, sm_os_clock_wall_ms() / 1000, &s, e);
	if (r < 0)
		goto out;
	(void)sm_buf_printf(&c->line[0], "Authorization: %s",
			    sm_buf_z(&s.authorization));
	(void)sm_buf_printf(&c->line[1], "X-Amz-Date: %s", s.date);
	if (k.token.len)
		(void)sm_buf_printf(&c->line[2], "X-Amz-Security-Token: %.*s",
				    SM_STR_ARG(k.token));
	for (i = 0; i < SM_ARRAY_LEN(c->line); i++) {
		if (c->line[i].len)
			c->headers[c->n++] = sm_buf_z(&c->line[i]);
	}
out:
	sm_aws_sigv4_result_release(&s);
	return r;
}

static int call_send(struct call *c, struct sm_aws_cred_ctx *x,
		     const char *source, struct sm_aws_cred *out,
		     struct sm_err *e)
{
	struct sm_http_request q = { .method = "POST",
				     .url = sm_buf_z(&c->url),
				     .headers = c->headers,
				     .n_headers = c->n,
				     .body = sm_buf_str(&c->form) };
	struct sm_http_response p;
	int r;

	sm_http_response_init(&p, true);
	r = sm_aws_cred_http(x, &q, &p, e);
	if (r < 0) {
		r = sm_err_wrap(e, r, "%s", source);
		goto out;
	}
	r = sm_aws_cred_sts_parse(sm_buf_str(&p.body), source, out, e);
	if (r == SM_EFORMAT && p.status != 200)
		r = sm_err_set(e, SM_EAUTH, "%s: STS answered with status %d",
			       source, p.status);
out:
	sm_http_response_release(&p);
	return r < 0 ? r : 1;
}

static int run(struct sm_aws_cred_ctx *x, struct call *c,
	       const struct sm_aws_cred *base,
	       const struct sm_aws_cred_role *role, struct sm_aws_cred *out,
	       struct sm_err *e)
{
	int r = sm_aws_endpoint_resolve(SM_AWS_STS, region_of(x), NULL,
					x->endpoint, &c->url, e);

	if (r < 0)
		return r;
	if (c->form.err)
		return sm_err_set(e, SM_ELIMIT, "%s: request too long",
				  role->source);
	if (sm_buf_puts(&c->url, "/") < 0)
		return sm_err_set(e, SM_ELIMIT, "%s: endpoint too long",
				  role->source);
	if (base && (r = call_sign(c, x, base, e)) < 0)
		return r;
	return call_send(c, x, role->source, out, e);
}

int sm_aws_cred_sts_assume(struct sm_aws_cred_ctx *x,
			   const struct sm_aws_cred *base,
			   const struct sm_aws_cred_role *role,
			   struct sm_aws_cred *out, struct sm_err *e)
{
	struct call c;
	int r;

	call_init(&c);
	r = put_form(&c.form, "AssumeRole", role, e);
	if (r >= 0)
		r = run(x, &c, base, role, out, e);
	call_release(&c);
	return r;
}

int sm_aws_cred_sts_web(struct sm_aws_cred_ctx *x,
			const struct sm_aws_cred_role *role,
			struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_buf token = SM_BUF_SECRET(SM_AWS_CRED_FILE_MAX);
	char *path = sm_mem_dup(role->token_file);
	struct call c;
	int r;

	call_init(&c);
	r = sm_fs_read(path, SM_AWS_CRED_FILE_MAX, &token, e);
	if (r < 0) {
		r = sm_err_wrap(e, SM_EAUTH, "%s: web identity token",
				role->source);
		goto out;
	}
	r = put_form(&c.form, "AssumeRoleWithWebIdentity", role, e);
	if (r < 0)
		goto out;
	put_field(&c.form, "WebIdentityToken", sm_str_trim(sm_buf_str(&token)));
	r = run(x, &c, NULL, role, out, e);
out:
	call_release(&c);
	sm_buf_release(&token);
	sm_mem_free(path);
	return r;
}
