/*
 * Handshake messages. Strings go into the caller's arena, so the JSON text
 * may be thrown away at once. Members that are missing or of another type
 * read as empty: what to make of that is decided by the session.
 */
#include "common/def.h"
#include "plugin/wire/handshake.h"

#include <yyjson.h>

#include "common/hex.h"
#include "common/version.h"
#include "plugin/wire/payload.h"

#define JSON_MAX ((size_t)1 << 20)  /* longest document looked at */
#define BLOB_MAX ((size_t)64 << 10) /* decoded ciphertext or challenge */

/* The root object and its document, or NULL with nothing to free. */
static yyjson_val *open_object(struct sm_str json, yyjson_doc **doc)
{
	yyjson_val *root;

	*doc = NULL;
	if (!json.len || json.len > JSON_MAX)
		return NULL;
	*doc = yyjson_read(json.ptr, json.len, 0);
	root = yyjson_doc_get_root(*doc);
	if (yyjson_is_obj(root))
		return root;
	yyjson_doc_free(*doc);
	*doc = NULL;
	return NULL;
}

static struct sm_str view_of(yyjson_val *object, const char *name)
{
	yyjson_val *v = yyjson_obj_get(object, name);

	if (!yyjson_is_str(v))
		return sm_str_n(NULL, 0);
	return sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
}

static struct sm_str text_of(struct sm_arena *arena, yyjson_val *object,
			     const char *name)
{
	return sm_arena_str(arena, view_of(object, name));
}

static void get_port(struct plug_port_properties *p, struct sm_arena *arena,
		     yyjson_val *v)
{
	p->port_number = text_of(arena, v, "portNumber");
	p->local_port_number = text_of(arena, v, "localPortNumber");
	p->local_connection_type = text_of(arena, v, "localConnectionType");
	p->local_unix_socket = text_of(arena, v, "localUnixSocket");
	p->type = text_of(arena, v, "type");
	p->host = text_of(arena, v, "host");
}

static void get_action(struct plug_action *a, struct sm_arena *arena,
		       yyjson_val *v)
{
	yyjson_val *params = yyjson_obj_get(v, "ActionParameters");

	a->name = text_of(arena, v, "ActionType");
	a->kind = PLUG_ACTION_UNKNOWN;
	if (sm_str_eqz(a->name, "SessionType")) {
		a->kind = PLUG_ACTION_SESSION_TYPE;
		a->session_type = text_of(arena, params, "SessionType");
		get_port(&a->port, arena, yyjson_obj_get(params, "Properties"));
	} else if (sm_str_eqz(a->name, "KMSEncryption")) {
		a->kind = PLUG_ACTION_KMS;
		a->kms_key_id = text_of(arena, params, "KMSKeyId");
		a->challenge = text_of(arena, params, "Challenge");
	}
}

int plug_handshake_request_get(struct plug_handshake_request *q,
			       struct sm_arena *arena, struct sm_str json,
			       struct sm_err *e)
{
	yyjson_val *root, *actions, *v;
	yyjson_arr_iter it;
	yyjson_doc *doc;
	int r = 0;

	memset(q, 0, sizeof(*q));
	root = open_object(json, &doc);
	if (!root)
		return sm_err_set(e, SM_EFORMAT,
				  "cannot read the handshake request: not a "
				  "JSON object");
	q->agent_version = text_of(arena, root, "AgentVersion");
	actions = yyjson_obj_get(root, "RequestedClientActions");
	if (actions && !yyjson_is_null(actions) && !yyjson_is_arr(actions)) {
		r = sm_err_set(e, SM_EFORMAT,
			       "cannot read the handshake request: "
			       "RequestedClientActions is not a list");
		goto out;
	}
	if (yyjson_arr_size(actions) > PLUG_HANDSHAKE_ACTIONS_MAX) {
		r = sm_err_set(e, SM_ELIMIT,
			       "cannot read the handshake request: more than "
			       "%d actions",
			       PLUG_HANDSHAKE_ACTIONS_MAX);
		goto out;
	}
	yyjson_arr_iter_init(actions, &it);
	while ((v = yyjson_arr_iter_next(&it)))
		get_action(&q->action[q->n_actions++], arena, v);
out:
	yyjson_doc_free(doc);
	return r;
}

/* What stands in the entry's Error: PROTOCOL.md 7.2. */
static void put_error(struct sm_buf *out, const struct plug_action_result *a)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	if (a->status == PLUG_ACTION_FAILED)
		(void)sm_buf_printf(&text,
				    "Failed to process action %.*s: %.*s",
				    SM_STR_ARG(a->name), SM_STR_ARG(a->error));
	else if (a->status == PLUG_ACTION_UNSUPPORTED)
		(void)sm_buf_printf(&text, "Unsupported action %.*s",
				    SM_STR_ARG(a->name));
	(void)plug_payload_json_string(out, sm_buf_str(&text));
	sm_buf_release(&text);
}

static void put_result(struct sm_buf *out, const struct plug_action_result *a)
{
	(void)sm_buf_puts(out, "{\"ActionType\":");
	(void)plug_payload_json_string(out, a->name);
	(void)sm_buf_printf(
		out, ",\"ActionStatus\":%d,\"ActionResult\":", (int)a->status);
	if (a->status == PLUG_ACTION_SUCCESS && a->cipher_blob.len) {
		(void)sm_buf_puts(out, "{\"KMSCipherTextKey\":\"");
		(void)sm_base64_put(out, a->cipher_blob.ptr,
				    a->cipher_blob.len);
		(void)sm_buf_puts(out, "\",\"KMSCipherTextHash\":null");
		if (a->challenge_acknowledged)
			(void)sm_buf_puts(out,
					  ",\"ChallengeAcknowledgement\":true");
		(void)sm_buf_puts(out, "}");
	} else {
		(void)sm_buf_puts(out, "null");
	}
	(void)sm_buf_puts(out, ",\"Error\":");
	put_error(out, a);
	(void)sm_buf_puts(out, "}");
}

/* The list of causes, or null: one for each entry that is not a success. */
static void put_errors(struct sm_buf *out,
		       const struct plug_action_result *result, size_t n)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (result[i].status == PLUG_ACTION_SUCCESS)
			continue;
		(void)sm_buf_puts(out, any ? "," : "[");
		any = true;
		if (result[i].status == PLUG_ACTION_FAILED)
			(void)plug_payload_json_string(out, result[i].error);
		else
			put_error(out, &result[i]);
	}
	(void)sm_buf_puts(out, any ? "]" : "null");
}

int plug_handshake_response_put(struct sm_buf *out, struct sm_str version,
				const struct plug_action_result *result,
				size_t n)
{
	size_t i;

	/* errors of the puts stick in out->err */
	(void)sm_buf_puts(out, "{\"ClientVersion\":");
	(void)plug_payload_json_string(out, version);
	(void)sm_buf_puts(out, ",\"ProcessedClientActions\":[");
	for (i = 0; i < n; i++) {
		if (i)
			(void)sm_buf_puts(out, ",");
		put_result(out, &result[i]);
	}
	(void)sm_buf_puts(out, "],\"Errors\":");
	put_errors(out, result, n);
	return sm_buf_puts(out, "}");
}

/* The first refusal wins; keeps "type: error". */
static void note_refusal(struct plug_handshake_response *p,
			 struct sm_arena *arena, yyjson_val *v)
{
	struct sm_buf why = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str name = view_of(v, "ActionType");
	struct sm_str error = view_of(v, "Error");

	if (!p->ok)
		return;
	p->ok = false;
	(void)sm_buf_printf(&why, "%.*s: %.*s", SM_STR_ARG(name),
			    SM_STR_ARG(error)); /* too long: empty */
	p->why = sm_arena_str(arena, sm_buf_str(&why));
	sm_buf_release(&why);
}

static int get_entry(struct plug_handshake_response *p, struct sm_arena *arena,
		     yyjson_val *v)
{
	yyjson_val *result = yyjson_obj_get(v, "ActionResult");
	struct sm_buf blob = SM_BUF_INIT(BLOB_MAX);
	int r;

	if (yyjson_get_sint(yyjson_obj_get(v, "ActionStatus")) !=
	    PLUG_ACTION_SUCCESS) {
		note_refusal(p, arena, v);
		return 0;
	}
	if (!sm_str_eqz(view_of(v, "ActionType"), "KMSEncryption"))
		return 0;
	r = sm_base64_get(&blob, view_of(result, "KMSCipherTextKey"));
	if (!r) {
		p->cipher_blob = sm_arena_str(arena, sm_buf_str(&blob));
		p->challenge_acknowledged = yyjson_is_true(
			yyjson_obj_get(result, "ChallengeAcknowledgement"));
	}
	sm_buf_release(&blob);
	return r;
}

int plug_handshake_response_get(struct plug_handshake_response *p,
				struct sm_arena *arena, struct sm_str json,
				struct sm_err *e)
{
	yyjson_val *root, *v;
	yyjson_arr_iter it;
	yyjson_doc *doc;
	int r = 0;

	memset(p, 0, sizeof(*p));
	p->ok = true;
	root = open_object(json, &doc);
	if (!root)
		return sm_err_set(e, SM_EFORMAT,
				  "cannot read the handshake response: not a "
				  "JSON object");
	p->client_version = text_of(arena, root, "ClientVersion");
	if (!yyjson_arr_iter_init(
		    yyjson_obj_get(root, "ProcessedClientActions"), &it))
		goto out; /* no list: nothing was refused */
	while (!r && (v = yyjson_arr_iter_next(&it)))
		r = get_entry(p, arena, v);
	if (r < 0)
		(void)sm_err_set(e, r,
				 "cannot read the handshake response: "
				 "KMSCipherTextKey is not base64 of at most "
				 "%zu bytes",
				 BLOB_MAX);
out:
	yyjson_doc_free(doc);
	return r;
}

int plug_handshake_complete_get(struct plug_handshake_complete *c,
				struct sm_arena *arena, struct sm_str json,
				struct sm_err *e)
{
	yyjson_doc *doc;
	yyjson_val *root = open_object(json, &doc);

	memset(c, 0, sizeof(*c));
	if (!root)
		return sm_err_set(e, SM_EFORMAT,
				  "cannot read the end of the handshake: not "
				  "a JSON object");
	c->duration_ns = yyjson_get_sint(
		yyjson_obj_get(root, "HandshakeTimeToComplete"));
	c->customer_message = text_of(arena, root, "CustomerMessage");
	yyjson_doc_free(doc);
	return 0;
}

int plug_handshake_complete_put(struct sm_buf *out, int64_t duration_ns,
				struct sm_str message)
{
	(void)sm_buf_printf(out,
			    "{\"HandshakeTimeToComplete\":%lld,"
			    "\"CustomerMessage\":",
			    (long long)duration_ns);
	(void)plug_payload_json_string(out, message);
	return sm_buf_puts(out, "}");
}

int plug_handshake_challenge_get(struct sm_buf *out, struct sm_str json)
{
	yyjson_doc *doc;
	yyjson_val *root = open_object(json, &doc);
	int r = SM_EFORMAT;

	if (yyjson_is_str(yyjson_obj_get(root, "Challenge")))
		r = sm_base64_get(out, view_of(root, "Challenge"));
	yyjson_doc_free(doc);
	return r;
}

int plug_handshake_challenge_put(struct sm_buf *out, struct sm_str bytes)
{
	(void)sm_buf_puts(out, "{\"Challenge\":\"");
	(void)sm_base64_put(out, bytes.ptr, bytes.len);
	return sm_buf_puts(out, "\"}");
}

bool plug_handshake_gate(enum plug_gate gate, struct sm_str version)
{
	static const struct sm_version threshold[] = {
		[PLUG_GATE_TERMINATE_FLAG] = { 4, { 2, 3, 722, 0 } },
		[PLUG_GATE_MUX] = { 4, { 3, 0, 196, 0 } },
		[PLUG_GATE_NO_KEEPALIVE] = { 4, { 3, 1, 1511, 0 } },
	};
	struct sm_version v;

	if (sm_version_parse(&v, version) < 0 || v.n != 4)
		return false;
	return sm_version_cmp(&v, &threshold[gate]) > 0;
}
