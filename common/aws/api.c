/*
 * AWS JSON 1.1 calls. One try is: keys, endpoint, signature of the moment,
 * POST. A try that failed for the moment is repeated after a wait while the
 * deadline allows; credentials that a service calls expired are looked up
 * again first, unless the caller gave them.
 */
#include "common/def.h"
#include "common/aws/api.h"

#include "common/hex.h"
#include "common/http.h"
#include "common/json.h"
#include "common/aws/sigv4.h"
#include "common/os/clock.h"
#include "common/os/random.h"

#define CALL_MS 30000
#define CONTENT_TYPE "application/x-amz-json-1.1"

/* What one call keeps between its tries. */
struct call {
	const struct sm_aws_api *a;
	const struct sm_aws_api_request *q;
	struct sm_aws_api_error *why; /* never NULL */
	struct sm_buf url;
	struct sm_aws_cred own;         /* resolved here */
	const struct sm_aws_cred *cred; /* NULL: to be resolved */
	struct sm_http_response p;
	int64_t deadline;
	bool renewed; /* keys were found a second time */
};

static int left(const struct call *c)
{
	int64_t ms = c->deadline - sm_os_clock_mono_ms();

	return ms <= 0 ? 0 : ms > CALL_MS ? CALL_MS : (int)ms;
}

/* --- errors of a service --------------------------------------------------- */

/* Terminated, cut at a character, on one line; "" if it is not UTF-8. */
static void copy(char *to, size_t size, struct sm_str s)
{
	size_t i, n = s.len < size - 1 ? s.len : size - 1;
	size_t least = n > 3 ? n - 3 : 0;

	while (n > least && !sm_str_utf8(sm_str_sub(s, 0, n)))
		n--;
	if (!sm_str_utf8(sm_str_sub(s, 0, n)))
		n = 0;
	for (i = 0; i < n; i++) {
		bool control = (unsigned char)s.ptr[i] < ' ' ||
			       s.ptr[i] == 0x7f;

		to[i] = control ? ' ' : s.ptr[i];
	}
	to[n] = '\0';
}

/* "prefix#Code:suffix" to "Code". */
static struct sm_str bare_code(struct sm_str s)
{
	long at = sm_str_chr(s, ':', 0);

	if (at >= 0)
		s = sm_str_sub(s, 0, (size_t)at);
	at = sm_str_rchr(s, '#');
	if (at >= 0)
		s = sm_str_sub(s, (size_t)at + 1, s.len);
	return sm_str_trim(s);
}

void sm_aws_api_error_parse(struct sm_aws_api_error *out, int status,
			    struct sm_str type_header, struct sm_str body)
{
	struct sm_json j = SM_JSON_INIT;
	struct sm_str code = type_header, text;

	memset(out, 0, sizeof(*out));
	out->status = status;
	/* a body that is no JSON leaves what the header says */
	(void)sm_json_parse(&j, body, SM_AWS_API_MAX, "an error", NULL);
	if (!code.len)
		code = sm_json_str(j.root, "__type");
	if (!code.len)
		code = sm_json_str(j.root, "code");
	text = sm_json_str(j.root, "message");
	if (!text.len)
		text = sm_json_str(j.root, "Message");
	copy(out->code, sizeof(out->code), bare_code(code));
	copy(out->message, sizeof(out->message), text);
	sm_json_release(&j);
}

static bool is_one_of(const char *code, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(code, list[i]))
			return true;
	}
	return false;
}

/* PROTOCOL.md 2.5; the codes that the AWS SDKs call throttling or transient. */
bool sm_aws_api_error_transient(const struct sm_aws_api_error *err)
{
	static const char *const codes[] = {
		"Throttling",
		"ThrottlingException",
		"ThrottledException",
		"RequestThrottled",
		"RequestThrottledException",
		"RequestLimitExceeded",
		"TooManyRequestsException",
		"BandwidthLimitExceeded",
		"LimitExceededException",
		"SlowDown",
		"PriorRequestNotComplete",
		"TransactionInProgressException",
		"ProvisionedThroughputExceededException",
		"RequestTimeout",
		"RequestTimeoutException",
	};

	return err->status >= 500 || err->status == 429 ||
	       is_one_of(err->code, codes, SM_ARRAY_LEN(codes));
}

static bool is_expired(const struct sm_aws_api_error *err)
{
	static const char *const codes[] = { "ExpiredToken",
					     "ExpiredTokenException",
					     "RequestExpired" };

	return is_one_of(err->code, codes, SM_ARRAY_LEN(codes));
}

static int code_of(const struct sm_aws_api_error *err)
{
	static const char *const auth[] = {
		"AccessDenied",
		"AccessDeniedException",
		"UnrecognizedClientException",
		"InvalidSignatureException",
		"SignatureDoesNotMatch",
		"IncompleteSignature",
		"MissingAuthenticationToken",
		"MissingAuthenticationTokenException",
		"InvalidClientTokenId",
		"OptInRequired",
	};
	static const char *const missing[] = { "DoesNotExistException",
					       "NotFoundException",
					       "ResourceNotFoundException",
					       "TargetNotConnected" };

	if (is_expired(err) || is_one_of(err->code, auth, SM_ARRAY_LEN(auth)))
		return SM_EAUTH;
	if (is_one_of(err->code, missing, SM_ARRAY_LEN(missing)))
		return SM_ENOTFOUND;
	if (err->status == 401 || err->status == 403)
		return SM_EAUTH;
	return err->status >= 500 || err->status == 429 ? SM_ENET : SM_EIO;
}

/* --- one try --------------------------------------------------------------- */

static int need_cred(struct call *c, struct sm_err *e)
{
	struct sm_aws_cred_query q = { .profile = c->a->profile,
				       .region = c->a->region,
				       .deadline_ms = c->deadline,
				       .cancel = c->a->cancel,
				       .log = c->a->log };
	int r;

	if (c->cred)
		return 0;
	if ((r = sm_aws_cred_resolve(&q, &c->own, e)) < 0)
		return r;
	c->cred = &c->own;
	return 0;
}

/* Header lines of one try. */
struct lines {
	struct sm_buf target, date, token, authorization;
	const char *list[6];
	size_t n;
};

static void lines_init(struct lines *l)
{
	memset(l, 0, sizeof(*l));
	sm_buf_init(&l->target, 256);
	sm_buf_init(&l->date, 64);
	sm_buf_init(&l->token, SM_BUF_SMALL);
	sm_buf_init(&l->authorization, SM_BUF_SMALL);
	l->token.secret = true;
}

static void lines_release(struct lines *l)
{
	sm_buf_release(&l->target);
	sm_buf_release(&l->date);
	sm_buf_release(&l->token);
	sm_buf_release(&l->authorization);
}

static int lines_fill(struct lines *l, const struct call *c,
		      const struct sm_aws_sigv4_result *s)
{
	(void)sm_buf_printf(&l->target, "X-Amz-Target: %s", c->q->target);
	(void)sm_buf_printf(&l->date, "X-Amz-Date: %s", s->date);
	(void)sm_buf_printf(&l->authorization, "Authorization: %s",
			    sm_buf_z(&s->authorization));
	l->list[l->n++] = "Content-Type: " CONTENT_TYPE;
	l->list[l->n++] = "Accept:";
	l->list[l->n++] = sm_buf_z(&l->target);
	l->list[l->n++] = sm_buf_z(&l->date);
	l->list[l->n++] = sm_buf_z(&l->authorization);
	if (c->cred->token.len) {
		(void)sm_buf_printf(&l->token, "X-Amz-Security-Token: %s",
				    sm_buf_z(&c->cred->token));
		l->list[l->n++] = sm_buf_z(&l->token);
	}
	if (l->target.err || l->date.err || l->authorization.err ||
	    l->token.err)
		return SM_ELIMIT;
	return 0;
}

static int sign(const struct call *c, struct sm_aws_sigv4_result *s,
		struct sm_err *e)
{
	struct sm_aws_sigv4_key k = {
		sm_buf_str(&c->cred->access_key),
		sm_buf_str(&c->cred->secret_key),
		sm_buf_str(&c->cred->token),
		sm_str(c->a->region),
		sm_str(sm_aws_endpoint_service(c->q->service)),
	};
	struct sm_aws_sigv4_header h[] = {
		{ SM_STR_LIT("content-type"), SM_STR_LIT(CONTENT_TYPE) },
		{ SM_STR_LIT("x-amz-target"), sm_str(c->q->target) },
	};
	struct sm_aws_sigv4_request q = { .method = sm_str("POST"),
					  .headers = h,
					  .n_headers = SM_ARRAY_LEN(h),
					  .body = c->q->body };
	int r = sm_aws_sigv4_split(sm_buf_str(&c->url), &q.host, &q.target, e);

	if (r < 0)
		return r;
	return sm_aws_sigv4_sign(&k, &q, sm_os_clock_wall_ms() / 1000, s, e);
}

static int send_signed(struct call *c, const struct sm_aws_sigv4_result *s,
		       struct sm_err *e)
{
	struct sm_http_request q = { .method = "POST",
				     .url = sm_buf_z(&c->url),
				     .body = c->q->body,
				     .total_timeout_ms = left(c),
				     .max_body = SM_AWS_API_MAX,
				     .cancel = c->a->cancel };
	struct lines l;
	int r;

	lines_init(&l);
	if ((r = lines_fill(&l, c, s)) < 0) {
		(void)sm_err_set(e, r, "request headers too long");
		goto out;
	}
	q.headers = l.list;
	q.n_headers = l.n;
	if (!q.total_timeout_ms)
		r = sm_err_set(e, SM_ETIMEOUT, "no time left");
	else
		r = sm_http_perform(&q, &c->p, e);
out:
	lines_release(&l);
	return r;
}

static int refused(struct call *c, struct sm_err *e)
{
	struct sm_str type;

	(void)sm_http_response_header(&c->p, "x-amzn-ErrorType", &type);
	sm_aws_api_error_parse(c->why, c->p.status, type,
			       sm_buf_str(&c->p.body));
	if (!c->why->code[0])
		return sm_err_set(e, code_of(c->why), "status %d", c->p.status);
	return sm_err_set(e, code_of(c->why), "%s%s%s", c->why->code,
			  c->why->message[0] ? ": " : "", c->why->message);
}

static int try_once(struct call *c, struct sm_err *e)
{
	struct sm_aws_sigv4_result s;
	int r;

	memset(c->why, 0, sizeof(*c->why));
	if ((r = need_cred(c, e)) < 0)
		return r;
	sm_aws_sigv4_result_init(&s);
	r = sign(c, &s, e);
	if (r >= 0)
		r = send_signed(c, &s, e);
	if (r >= 0 && c->p.status != 200)
		r = refused(c, e);
	sm_aws_sigv4_result_release(&s);
	return r;
}

/* --- the call -------------------------------------------------------------- */

/* 2^n * [1, 1.5) of the base wait. PROTOCOL.md 2.5. */
static int backoff(const struct sm_aws_api *a, unsigned n)
{
	int base = a->wait_ms > 0 ? a->wait_ms : SM_AWS_API_WAIT_MS;
	uint32_t random;

	sm_os_random(&random, sizeof(random));
	return (base + (int)(random % (uint32_t)(base / 2 + 1))) << n;
}

static int pause_for(struct call *c, int ms, struct sm_err *e)
{
	int step;

	if (left(c) <= ms)
		return SM_ETIMEOUT;
	while (ms > 0) {
		if (c->a->cancel && atomic_load(c->a->cancel))
			return sm_err_set(e, SM_ECANCEL, "%s",
					  sm_err_text(SM_ECANCEL));
		step = ms < 50 ? ms : 50;
		sm_os_clock_sleep_ms(step);
		ms -= step;
	}
	return 0;
}

/* Worth another try? Forgets credentials that are expired. */
static bool again(struct call *c, int r)
{
	if (c->why->status && is_expired(c->why) && !c->a->cred) {
		if (c->renewed)
			return false; /* there are no others */
		c->renewed = true;
		sm_aws_cred_release(&c->own);
		c->cred = NULL;
		return true;
	}
	if (c->why->status)
		return sm_aws_api_error_transient(c->why);
	return r == SM_ENET || r == SM_ETIMEOUT;
}

static int run(struct call *c, struct sm_err *e)
{
	unsigned n;
	int r, w;

	for (n = 0;; n++) {
		r = try_once(c, e);
		if (r >= 0 || n + 1 == SM_AWS_API_TRIES || !again(c, r))
			return r;
		sm_log_debug(c->a->log, "%s: try %u failed: %s", c->q->target,
			     n + 1, sm_err_msg(e));
		w = pause_for(c, backoff(c->a, n), e);
		if (w < 0)
			return w == SM_ECANCEL ? w : r;
	}
}

/* The SSM and KMS endpoints follow the profile's FIPS and dual-stack keys. */
static int find_endpoint(struct call *c, struct sm_err *e)
{
	const struct sm_aws_api *a = c->a;
	struct sm_aws_config config = SM_AWS_CONFIG_INIT;
	struct sm_buf profile = SM_BUF_INIT(1024);
	unsigned flags;
	int r = 0;

	/* an unreadable configuration is the search for keys' to report */
	(void)sm_aws_config_load(&config, NULL);
	(void)sm_aws_config_profile(a->profile, &profile);
	flags = sm_aws_endpoint_flags(&config, sm_buf_str(&profile));
	r = sm_aws_endpoint_resolve(c->q->service, a->region, a->endpoint,
				    flags, &c->url, e);
	if (r >= 0 && (r = sm_buf_puts(&c->url, "/")) < 0)
		r = sm_err_set(e, r, "endpoint is too long");
	sm_aws_config_release(&config);
	sm_buf_release(&profile);
	return r;
}

int sm_aws_api_call(const struct sm_aws_api *a,
		    const struct sm_aws_api_request *q, struct sm_buf *out,
		    struct sm_aws_api_error *why, struct sm_err *e)
{
	struct sm_aws_api_error own_why;
	struct sm_err own_e = SM_ERR_INIT;
	struct call c = { .a = a,
			  .q = q,
			  .why = why ? why : &own_why,
			  .url = SM_BUF_INIT(SM_AWS_ENDPOINT_URL_MAX + 1),
			  .cred = a->cred };
	const char *dot = strchr(q->target, '.');
	int r;

	e = e ? e : &own_e;
	memset(c.why, 0, sizeof(*c.why));
	c.deadline = sm_os_clock_mono_ms() +
		     (a->timeout_ms > 0 ? a->timeout_ms : CALL_MS);
	sm_aws_cred_init(&c.own);
	sm_http_response_init(&c.p, true);
	sm_buf_clear(out);
	if ((r = find_endpoint(&c, e)) >= 0)
		r = run(&c, e);
	if (r >= 0 && (r = sm_buf_put_str(out, sm_buf_str(&c.p.body))) < 0)
		(void)sm_err_set(e, r, "answer too long");
	if (r < 0)
		(void)sm_err_wrap(e, r, "cannot call %s",
				  dot ? dot + 1 : q->target);
	sm_http_response_release(&c.p);
	sm_aws_cred_release(&c.own);
	sm_buf_release(&c.url);
	return r < 0 ? r : 0;
}

/* --- typed calls ----------------------------------------------------------- */

/* `{"SessionId":"..."}` */
static int put_session(struct sm_buf *body, const char *session_id,
		       struct sm_err *e)
{
	if (strlen(session_id) > SM_AWS_API_ID_MAX)
		return sm_err_set(e, SM_ELIMIT, "session id too long");
	(void)sm_buf_puts(body, "{\"SessionId\":"); /* fits */
	(void)sm_json_put(body, sm_str(session_id));
	return sm_buf_puts(body, "}");
}

static int call_session(const struct sm_aws_api *a, const char *target,
			const char *session_id, struct sm_buf *out,
			struct sm_aws_api_error *why, struct sm_err *e)
{
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_aws_api_request q = { SM_AWS_SSM, target, { NULL, 0 } };
	int r = put_session(&body, session_id, e);

	q.body = sm_buf_str(&body);
	if (r >= 0)
		r = sm_aws_api_call(a, &q, out, why, e);
	sm_buf_release(&body);
	return r;
}

int sm_aws_api_resume_session(const struct sm_aws_api *a,
			      const char *session_id, struct sm_buf *token,
			      struct sm_aws_api_error *why, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_SECRET(SM_AWS_API_MAX);
	struct sm_json j = SM_JSON_INIT;
	struct sm_str value;
	int r = call_session(a, "AmazonSSM.ResumeSession", session_id, &out,
			     why, e);

	if (r >= 0)
		r = sm_json_parse(&j, sm_buf_str(&out), SM_AWS_API_MAX,
				  "the answer of ResumeSession", e);
	if (r >= 0) {
		value = sm_json_str(j.root, "TokenValue");
		r = value.len ? sm_buf_put_str(token, value) : 0;
		if (r < 0)
			(void)sm_err_set(e, r, "token too long");
		else
			r = value.len > 0;
	}
	sm_json_wipe(&j);
	sm_buf_release(&out);
	return r;
}

int sm_aws_api_terminate_session(const struct sm_aws_api *a,
				 const char *session_id,
				 struct sm_aws_api_error *why, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(SM_AWS_API_MAX);
	int r = call_session(a, "AmazonSSM.TerminateSession", session_id, &out,
			     why, e);

	sm_buf_release(&out);
	return r;
}

/* ,"NAME":"VALUE" */
static void put_member(struct sm_buf *body, const char *name, const char *value)
{
	if (!value)
		return;
	(void)sm_buf_printf(body, ",\"%s\":", name);
	(void)sm_json_put(body, sm_str(value));
}

int sm_aws_api_start_session(const struct sm_aws_api *a,
			     const struct sm_aws_api_start *s,
			     struct sm_buf *out, struct sm_aws_api_error *why,
			     struct sm_err *e)
{
	struct sm_buf body = SM_BUF_INIT(SM_AWS_API_MAX);
	struct sm_aws_api_request q = { SM_AWS_SSM,
					"AmazonSSM.StartSession",
					{ NULL, 0 } };
	struct sm_json j = SM_JSON_INIT;
	int r = 0;

	if (s->parameters) {
		r = sm_json_parse(&j, sm_str(s->parameters), SM_AWS_API_MAX,
				  "the parameters", e);
		if (r >= 0 && !yyjson_is_obj(j.root))
			r = sm_err_set(e, SM_EFORMAT,
				       "the parameters are no JSON object");
		sm_json_release(&j);
	}
	if (r < 0)
		goto out;
	(void)sm_buf_puts(&body, "{\"Target\":"); /* errors stick */
	(void)sm_json_put(&body, sm_str(s->target));
	put_member(&body, "DocumentName", s->document);
	put_member(&body, "Reason", s->reason);
	if (s->parameters)
		(void)sm_buf_printf(&body, ",\"Parameters\":%s", s->parameters);
	if ((r = sm_buf_puts(&body, "}")) < 0) {
		(void)sm_err_set(e, r, "the parameters are too long");
		goto out;
	}
	q.body = sm_buf_str(&body);
	r = sm_aws_api_call(a, &q, out, why, e);
out:
	sm_buf_release(&body);
	return r;
}

/* Order of members as in PROTOCOL.md 2.2. */
static int put_key_request(struct sm_buf *body, const struct sm_aws_api_key *k,
			   struct sm_err *e)
{
	int r;

	(void)sm_buf_puts(body,
			  "{\"EncryptionContext\":{\"aws:ssm:SessionId\":");
	(void)sm_json_put(body, sm_str(k->session_id));
	(void)sm_buf_puts(body, ",\"aws:ssm:TargetId\":");
	(void)sm_json_put(body, sm_str(k->target_id));
	if (k->challenge && *k->challenge) {
		(void)sm_buf_puts(body, ",\"aws:ssm:RandomChallenge\":");
		(void)sm_json_put(body, sm_str(k->challenge));
	}
	(void)sm_buf_puts(body, "},\"KeyId\":");
	(void)sm_json_put(body, sm_str(k->key_id));
	r = sm_buf_printf(body, ",\"NumberOfBytes\":%d}", SM_AWS_API_KEY_LEN);
	return r < 0 ? sm_err_set(e, r, "key, session or target id too long") :
		       0;
}

static int take_key(struct sm_str text, struct sm_buf *plain,
		    struct sm_buf *cipher, struct sm_err *e)
{
	struct sm_json j = SM_JSON_INIT;
	int r = sm_json_parse(&j, text, SM_AWS_API_MAX,
			      "the answer of GenerateDataKey", e);

	if (r < 0)
		return r;
	sm_buf_clear(plain);
	sm_buf_clear(cipher);
	if (sm_base64_get(plain, sm_json_str(j.root, "Plaintext")) < 0 ||
	    sm_base64_get(cipher, sm_json_str(j.root, "CiphertextBlob")) < 0 ||
	    plain->len != SM_AWS_API_KEY_LEN || !cipher->len)
		r = sm_err_set(
			e, SM_EFORMAT,
			"the answer of GenerateDataKey has no key of %d bytes",
			SM_AWS_API_KEY_LEN);
	sm_json_wipe(&j);
	return r;
}

int sm_aws_api_generate_data_key(const struct sm_aws_api *a,
				 const struct sm_aws_api_key *k,
				 struct sm_buf *plain, struct sm_buf *cipher,
				 struct sm_aws_api_error *why, struct sm_err *e)
{
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf out = SM_BUF_SECRET(SM_AWS_API_MAX);
	struct sm_aws_api_request q = { SM_AWS_KMS,
					"TrentService.GenerateDataKey",
					{ NULL, 0 } };
	int r = put_key_request(&body, k, e);

	q.body = sm_buf_str(&body);
	if (r >= 0)
		r = sm_aws_api_call(a, &q, &out, why, e);
	if (r >= 0)
		r = take_key(sm_buf_str(&out), plain, cipher, e);
	sm_buf_release(&body);
	sm_buf_release(&out);
	return r;
}
