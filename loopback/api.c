/*
 * One table of actions. Each reads its members from the request's JSON and
 * appends its answer's, or names the service's own error.
 *
 * To add an action: one function and one row in `actions`.
 */
#include "common/def.h"
#include "loopback/api.h"

#include <yyjson.h>

#include "common/err.h"
#include "common/hex.h"
#include "loopback/auth.h"
#include "loopback/relay.h"
#include "loopback/server.h"
#include "loopback/session.h"
#include "plugin/wire/message.h"
#include "plugin/wire/payload.h"

#define TYPE "application/x-amz-json-1.1"
#define ARN "arn:aws:kms:us-east-1:123456789012:key/"

struct call {
	struct loop_server *server;
	yyjson_val *root;
	struct sm_buf *out; /* JSON of the answer */
};

/* An error of the service: code for programs, message for people. */
struct refusal {
	int status;
	const char *code;
	char message[SM_ERR_MSG_MAX];
};

static int refuse(struct refusal *r, int status, const char *code,
		  const char *message)
{
	r->status = status;
	r->code = code;
	(void)snprintf(r->message, sizeof(r->message), "%s", message);
	return SM_EFORMAT;
}

static struct sm_str member(yyjson_val *obj, const char *name)
{
	yyjson_val *v = yyjson_obj_get(obj, name);

	return sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
}

static void put_member(struct sm_buf *out, const char *name,
		       struct sm_str value)
{
	(void)sm_buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
	(void)plug_payload_json_string(out, value);
}

/* --- SSM ------------------------------------------------------------------- */

static void put_session(struct sm_buf *out, const struct loop_session *s,
			bool token)
{
	struct sm_buf url = SM_BUF_INIT(1024);

	(void)loop_session_url_put(&url, s);
	put_member(out, "SessionId", sm_str(s->id));
	if (token)
		put_member(out, "TokenValue", sm_str(s->token));
	put_member(out, "StreamUrl", sm_buf_str(&url));
	sm_buf_release(&url);
}

/* Resolve the document into the session; a refusal if it is none. */
static int start_document(struct call *c, struct loop_session *s,
			  struct refusal *why)
{
	yyjson_val *parameters = yyjson_obj_get(c->root, "Parameters");
	struct sm_err e = SM_ERR_INIT;
	size_t len = 0;
	char *json = NULL;
	int r;

	if (parameters)
		json = yyjson_val_write(parameters, 0, &len);
	r = loop_document_resolve(&s->document, &s->arena,
				  member(c->root, "DocumentName"),
				  sm_str_n(json, len), &e);
	free(json);
	if (r == 0)
		return 0;
	return refuse(why, 400,
		      r == SM_ENOTFOUND ? "InvalidDocument" :
					  "ValidationException",
		      e.msg);
}

static int start_session(struct call *c, struct refusal *why)
{
	struct sm_str target = member(c->root, "Target");
	const char *only = c->server->options->target;
	struct loop_session *s;
	int r;

	if (!target.len || target.len >= LOOP_SESSION_TARGET_MAX)
		return refuse(why, 400, "ValidationException",
			      "Target is missing or too long");
	if (only && !sm_str_eqz(target, only))
		return refuse(why, 400, "TargetNotConnected",
			      "the target is not connected");
	s = loop_session_new(c->server);
	if (!s)
		return refuse(why, 400, "ThrottlingException",
			      "too many sessions");
	(void)snprintf(s->target, sizeof(s->target), "%.*s",
		       SM_STR_ARG(target));
	r = start_document(c, s, why);
	if (r < 0) {
		loop_session_discard(s);
		return r;
	}
	c->server->totals.starts++;
	put_session(c->out, s, true);
	return 0;
}

static struct loop_session *find_session(struct call *c, struct refusal *why)
{
	struct loop_session *s;

	s = loop_session_find(c->server, member(c->root, "SessionId"));
	if (!s)
		refuse(why, 400, "DoesNotExistException",
		       "the session does not exist");
	return s;
}

static int resume_session(struct call *c, struct refusal *why)
{
	struct loop_fault *f = &c->server->fault;
	struct loop_session *s = find_session(c, why);
	bool over;
	int status;

	status = (int)loop_fault_refuse(&f->resume_error,
					&f->resume_error_times);
	if (status)
		return refuse(why, status, "InternalServerError",
			      "refused on demand");
	if (!s)
		return SM_ENOTFOUND;
	over = s->state == LOOP_SESSION_OVER || f->no_token_on_resume;
	if (!over) {
		loop_session_token_renew(s);
		s->n_resumes++;
		c->server->totals.resumes++;
	}
	put_session(c->out, s, !over);
	return 0;
}

static int terminate_session(struct call *c, struct refusal *why)
{
	struct loop_session *s = find_session(c, why);

	if (!s)
		return SM_ENOTFOUND;
	c->server->totals.terminates++;
	loop_session_terminate(s);
	put_member(c->out, "SessionId", sm_str(s->id));
	return 0;
}

/* --- KMS ------------------------------------------------------------------- */

static int context_read(struct call *c, struct loop_kms_context *x,
			struct refusal *why)
{
	yyjson_val *obj = yyjson_obj_get(c->root, "EncryptionContext");
	yyjson_obj_iter it;
	yyjson_val *key, *val;

	x->n = 0;
	if (!obj)
		return 0;
	yyjson_obj_iter_init(obj, &it);
	while ((key = yyjson_obj_iter_next(&it))) {
		val = yyjson_obj_iter_get_val(key);
		if (!yyjson_is_str(val) ||
		    loop_kms_context_add(
			    x,
			    sm_str_n(yyjson_get_str(key), yyjson_get_len(key)),
			    sm_str_n(yyjson_get_str(val), yyjson_get_len(val))))
			return refuse(why, 400, "ValidationException",
				      "EncryptionContext is not valid");
	}
	return 0;
}

static int key_read(struct call *c, struct sm_str *key, struct refusal *why)
{
	const char *only = c->server->options->kms_key;

	*key = member(c->root, "KeyId");
	if (!key->len)
		return refuse(why, 400, "ValidationException",
			      "KeyId is missing");
	if (only && !sm_str_eqz(*key, only))
		return refuse(why, 400, "NotFoundException",
			      "the key does not exist");
	return 0;
}

static void put_key(struct sm_buf *out, struct sm_str key)
{
	struct sm_buf arn = SM_BUF_INIT(SM_BUF_SMALL);

	if (!sm_str_starts(key, "arn:"))
		(void)sm_buf_puts(&arn, ARN);
	(void)sm_buf_put_str(&arn, key);
	put_member(out, "KeyId", sm_buf_str(&arn));
	sm_buf_release(&arn);
}

static void put_base64(struct sm_buf *out, const char *name,
		       const struct sm_buf *bytes)
{
	struct sm_buf text = SM_BUF_SECRET(SM_BUF_SMALL);

	(void)sm_base64_put(&text, bytes->ptr, bytes->len);
	put_member(out, name, sm_buf_str(&text));
	sm_buf_release(&text);
}

/* NumberOfBytes, or the length that KeySpec names; 0 if neither is valid. */
static size_t key_length(struct call *c)
{
	yyjson_val *n = yyjson_obj_get(c->root, "NumberOfBytes");
	struct sm_str spec = member(c->root, "KeySpec");

	if (n && !spec.len && yyjson_is_uint(n) &&
	    yyjson_get_uint(n) <= LOOP_KMS_KEY_MAX)
		return (size_t)yyjson_get_uint(n);
	if (!n && sm_str_eqz(spec, "AES_256"))
		return 32;
	return !n && sm_str_eqz(spec, "AES_128") ? 16 : 0;
}

static int generate_data_key(struct call *c, struct refusal *why)
{
	struct sm_buf plain = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_buf blob = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_kms_context x;
	struct sm_str key;
	int r;

	if (c->server->fault.kms_error)
		return refuse(why, (int)c->server->fault.kms_error,
			      "KMSInternalException", "refused on demand");
	r = key_read(c, &key, why);
	if (r == 0)
		r = context_read(c, &x, why);
	if (r < 0)
		return r;
	r = loop_kms_generate(&c->server->kms, key, &x, key_length(c), &plain,
			      &blob);
	if (r < 0) {
		refuse(why, 400, "ValidationException",
		       "NumberOfBytes is not between 1 and 1024");
		goto out;
	}
	c->server->totals.data_keys++;
	put_base64(c->out, "CiphertextBlob", &blob);
	put_key(c->out, key);
	put_base64(c->out, "Plaintext", &plain);
out:
	sm_buf_release(&plain);
	sm_buf_release(&blob);
	return r;
}

static int decrypt(struct call *c, struct refusal *why)
{
	struct sm_buf plain = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_buf blob = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_kms_context x;
	struct sm_str key;
	int r;

	r = key_read(c, &key, why);
	if (r == 0)
		r = context_read(c, &x, why);
	if (r < 0)
		return r;
	r = sm_base64_get(&blob, member(c->root, "CiphertextBlob"));
	if (r == 0)
		r = loop_kms_open(&c->server->kms, key, &x, sm_buf_str(&blob),
				  &plain);
	if (r < 0) {
		refuse(why, 400, "InvalidCiphertextException", "");
		goto out;
	}
	put_key(c->out, key);
	put_base64(c->out, "Plaintext", &plain);
out:
	sm_buf_release(&plain);
	sm_buf_release(&blob);
	return r;
}

/* --- dispatch -------------------------------------------------------------- */

struct action {
	const char *target;
	const char *service; /* of the signature */
	int (*run)(struct call *c, struct refusal *why);
};

/* clang-format off */
static const struct action actions[] = {
	{ "AmazonSSM.StartSession", "ssm", start_session },
	{ "AmazonSSM.ResumeSession", "ssm", resume_session },
	{ "AmazonSSM.TerminateSession", "ssm", terminate_session },
	{ "TrentService.GenerateDataKey", "kms", generate_data_key },
	{ "TrentService.Decrypt", "kms", decrypt },
};
/* clang-format on */

static const struct action *find_action(struct sm_str target)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(actions); i++)
		if (sm_str_eqz(target, actions[i].target))
			return &actions[i];
	return NULL;
}

static int run(struct call *c, const struct loop_http_request *q,
	       struct refusal *why)
{
	const struct action *a;
	struct sm_err e = SM_ERR_INIT;
	const char *code;
	int r, status;

	a = find_action(loop_http_header(q, "X-Amz-Target"));
	if (!a)
		return refuse(why, 400, "UnknownOperationException", "");
	if (!sm_str_starts(loop_http_header(q, "Content-Type"), TYPE))
		return refuse(why, 400, "SerializationException",
			      "Content-Type is not " TYPE);
	r = loop_auth_check(c->server, q, a->service, &e);
	if (r < 0) {
		code = loop_auth_code(r, &status);
		return refuse(why, status, code, e.msg);
	}
	if (!yyjson_is_obj(c->root))
		return refuse(why, 400, "SerializationException",
			      "the request is not a JSON object");
	sm_log_info(c->server->log, "%s", a->target);
	r = a->run(c, why);
	if (r == 0 && c->out->err)
		return refuse(why, 400, "ValidationException",
			      "a member is too long");
	return r;
}

static void put_refusal(struct sm_buf *out, const struct refusal *why)
{
	sm_buf_clear(out);
	(void)sm_buf_puts(out, "{");
	put_member(out, "__type", sm_str(why->code));
	put_member(out, "message", sm_str(why->message));
	(void)sm_buf_puts(out, "}");
}

void loop_api_answer(struct loop_server *s, const struct loop_http_request *q,
		     struct sm_buf *out)
{
	struct loop_http_response r = { .status = 200, .type = TYPE };
	struct sm_buf json = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_buf headers = SM_BUF_INIT(1024);
	struct call c = { s, NULL, &json };
	struct refusal why = { 500, "InternalServerError", "" };
	yyjson_doc *doc = NULL;
	unsigned char id[16];

	(void)snprintf(s->totals.user_agent, sizeof(s->totals.user_agent),
		       "%.*s", SM_STR_ARG(loop_http_header(q, "User-Agent")));
	if (q->body.len)
		doc = yyjson_read(q->body.ptr, q->body.len, 0);
	c.root = yyjson_doc_get_root(doc);
	loop_relay_uuid(id);
	(void)sm_buf_puts(&headers, "x-amzn-RequestId: ");
	(void)plug_message_id_put(&headers, id);
	(void)sm_buf_puts(&headers, "\r\n");
	(void)sm_buf_puts(&json, "{");
	if (run(&c, q, &why) < 0) {
		s->totals.refused++;
		r.status = why.status;
		put_refusal(&json, &why);
		(void)sm_buf_printf(&headers, "x-amzn-ErrorType: %s\r\n",
				    why.code);
		sm_log_info(s->log, "%s: %s", why.code, why.message);
	} else {
		(void)sm_buf_puts(&json, "}");
	}
	yyjson_doc_free(doc);
	r.headers = sm_buf_z(&headers);
	r.body = sm_buf_str(&json);
	r.keep_alive = q->keep_alive;
	(void)loop_http_respond(out, &r);
	sm_buf_release(&headers);
	sm_buf_release(&json);
}
