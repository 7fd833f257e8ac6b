/*
 * The handshake's client. The rule: one HandshakeResponse per session, sent
 * when every action has its result (the key may take a while); the kind
 * starts on HandshakeComplete, or on the first output where there is no
 * handshake at all (PROTOCOL.md 7.8).
 */
#include "common/def.h"
#include "plugin/negotiate.h"

#include "common/mem.h"
#include "common/os/random.h"
#include "common/version.h"
#include "plugin/remote.h"
#include "plugin/session.h"

/* PROTOCOL.md 7.4 */
#define LEGACY_TEXT                                                         \
	"Installed version of CLI does not support Session Manager "        \
	"encryption feature. Please upgrade to the latest version of your " \
	"CLI (e.g., AWS CLI)."

struct plug_negotiation {
	struct plug_session *s;
	struct sm_arena arena;
	struct plug_handshake_request request;
	struct plug_action_result result[PLUG_HANDSHAKE_ACTIONS_MAX];
	size_t key_action; /* index of the action that waits for KMS */
	bool asked;        /* a request came */
	bool answered;     /* ...and our response is queued */
	const struct plug_kind *kind;
	struct plug_crypter *crypter;
};

struct plug_negotiation *plug_negotiate_new(struct plug_session *s)
{
	struct plug_negotiation *n = sm_mem_zalloc(1, sizeof(*n));

	n->s = s;
	return n;
}

void plug_negotiate_free(struct plug_negotiation *n)
{
	if (!n)
		return;
	plug_crypter_free(n->crypter);
	sm_arena_release(&n->arena);
	sm_mem_free(n);
}

static void respond(struct plug_negotiation *n)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	int r = plug_handshake_response_put(&out, sm_str(sm_version()),
					    n->result, n->request.n_actions);

	if (r == 0)
		r = plug_channel_write(n->s->channel,
				       PLUG_PAYLOAD_HANDSHAKE_RESPONSE,
				       sm_buf_str(&out));
	sm_buf_release(&out);
	n->answered = true;
	if (r < 0) {
		struct sm_err e = SM_ERR_INIT;

		(void)sm_err_set(&e, r, "cannot answer the handshake: %s",
				 sm_err_text(r));
		plug_session_fail(n->s, r, &e);
	}
}

static void failed(struct plug_negotiation *n, struct plug_action_result *res,
		   const char *text)
{
	res->status = PLUG_ACTION_FAILED;
	res->error = sm_arena_str(&n->arena, sm_str(text));
	sm_log_err(n->s->c.log, "handshake action %.*s: %s",
		   SM_STR_ARG(res->name), text);
}

static void session_type(struct plug_negotiation *n,
			 const struct plug_action *a,
			 struct plug_action_result *res)
{
	struct plug_kind_query *q = &n->s->query;
	struct sm_buf text = SM_BUF_INIT(512);

	q->session_type = a->session_type;
	q->port = a->port;
	q->agent_version = n->request.agent_version;
	n->kind = plug_kind_find(q);
	if (n->kind) {
		res->status = PLUG_ACTION_SUCCESS;
		return;
	}
	/* what does not fit is cut by its absence */
	if (sm_buf_printf(&text, "Unknown session type %.*s",
			  SM_STR_ARG(a->session_type)) < 0)
		(void)sm_buf_puts(&text, "Unknown session type");
	failed(n, res, sm_buf_z(&text));
	sm_buf_release(&text);
}

static void on_key(void *user, int code, struct sm_str plain,
		   struct sm_str cipher, const struct sm_err *e)
{
	struct plug_negotiation *n = user;
	struct plug_action_result *res = &n->result[n->key_action];
	const struct plug_action *a = &n->request.action[n->key_action];
	unsigned char nonce[PLUG_CRYPTER_NONCE];
	struct sm_err copy = *e;
	int r = code;

	if (r >= 0) {
		sm_os_random(nonce, sizeof(nonce));
		n->crypter =
			plug_crypter_new(PLUG_ROLE_CLIENT, plain, nonce, &r);
		if (!n->crypter)
			(void)sm_err_set(&copy, r, "the key has a wrong size");
	}
	if (n->crypter) {
		res->status = PLUG_ACTION_SUCCESS;
		res->cipher_blob = sm_arena_str(&n->arena, cipher);
		res->challenge_acknowledged = a->challenge.len > 0;
		plug_channel_seal(n->s->channel, n->crypter);
	} else {
		(void)sm_err_wrap(&copy, r,
				  "Error calling KMS GenerateDataKey API");
		failed(n, res, sm_err_msg(&copy));
	}
	respond(n);
}

/* Returns true when the answer has to wait for KMS. */
static bool action(struct plug_negotiation *n, size_t i)
{
	const struct plug_action *a = &n->request.action[i];
	struct plug_action_result *res = &n->result[i];
	char text[256];

	res->name = a->name;
	switch (a->kind) {
	case PLUG_ACTION_SESSION_TYPE:
		session_type(n, a, res);
		return false;
	case PLUG_ACTION_KMS:
		if (n->s->c.args->legacy) {
			failed(n, res, LEGACY_TEXT);
			return false;
		}
		n->key_action = i;
		plug_remote_key(n->s->remote, a->kms_key_id, a->challenge,
				on_key, n);
		return true;
	case PLUG_ACTION_UNKNOWN:
		break;
	}
	(void)snprintf(text, sizeof(text), "Unsupported action %.*s",
		       (int)(a->name.len > 200 ? 200 : a->name.len),
		       a->name.ptr ? a->name.ptr : "");
	failed(n, res, text);
	res->status = PLUG_ACTION_UNSUPPORTED;
	return false;
}

static int on_request(struct plug_negotiation *n, struct sm_str json)
{
	struct sm_err e = SM_ERR_INIT;
	bool waiting = false, key = false;
	size_t i;
	int r;

	if (n->asked || n->s->kind)
		return 0; /* one answer only: PROTOCOL.md 13.3 */
	if ((r = plug_handshake_request_get(&n->request, &n->arena, json, &e)) <
	    0) {
		sm_log_e(n->s->c.log, &e, "bad handshake request");
		plug_session_fail(n->s, r, &e);
		return 0;
	}
	n->asked = true;
	sm_log_info(n->s->c.log, "handshake with agent %.*s",
		    SM_STR_ARG(n->request.agent_version));
	for (i = 0; i < n->request.n_actions; i++) {
		/* two keys cannot be in force */
		if (n->request.action[i].kind == PLUG_ACTION_KMS && key)
			n->request.action[i].kind = PLUG_ACTION_UNKNOWN;
		key = key || n->request.action[i].kind == PLUG_ACTION_KMS;
		waiting = action(n, i) || waiting;
	}
	if (!waiting)
		respond(n);
	return 0;
}

/* Prove that we have the key: open the challenge, seal it with ours. */
static int on_challenge(struct plug_negotiation *n, struct sm_str json)
{
	struct sm_buf sealed = SM_BUF_INIT(4096), plain = SM_BUF_SECRET(4096);
	struct sm_buf again = SM_BUF_INIT(4096), out = SM_BUF_INIT(8192);
	struct sm_err e = SM_ERR_INIT;
	int r = SM_ESTATE;

	if (!n->crypter)
		goto out;
	if ((r = plug_handshake_challenge_get(&sealed, json)) < 0 ||
	    (r = plug_crypter_open(n->crypter, &plain, sm_buf_str(&sealed))) <
		    0 ||
	    (r = plug_crypter_seal(n->crypter, &again, sm_buf_str(&plain))) <
		    0 ||
	    (r = plug_handshake_challenge_put(&out, sm_buf_str(&again))) < 0)
		goto out;
	r = plug_channel_write(n->s->channel, PLUG_PAYLOAD_CHALLENGE_RESPONSE,
			       sm_buf_str(&out));
out:
	if (r < 0) {
		(void)sm_err_set(&e, r, "the encryption challenge failed: %s",
				 sm_err_text(r));
		plug_session_fail(n->s, r, &e);
	}
	sm_buf_release(&sealed);
	sm_buf_release(&plain);
	sm_buf_release(&again);
	sm_buf_release(&out);
	return 0;
}

static int on_complete(struct plug_negotiation *n, struct sm_str json)
{
	struct plug_handshake_complete c = { 0 };
	struct sm_err e = SM_ERR_INIT;

	if (n->s->kind)
		return 0;
	if (plug_handshake_complete_get(&c, &n->arena, json, &e) < 0)
		sm_log_e(n->s->c.log, &e, "bad handshake completion");
	else if (c.customer_message.len)
		plug_session_say(n->s, "%.*s\n",
				 SM_STR_ARG(c.customer_message));
	if (!n->kind) {
		(void)sm_err_set(&e, SM_EFORMAT,
				 "unable to determine SessionType");
		plug_session_fail(n->s, SM_EFORMAT, &e);
		return 0;
	}
	return plug_session_start_kind(n->s, n->kind);
}

/* The first message decides: output means that there is no handshake. */
static int on_first(struct plug_negotiation *n, uint32_t type,
		    struct sm_str payload)
{
	struct plug_session *s = n->s;

	if (n->asked)
		return SM_EAGAIN; /* wait for the end of the handshake */
	if (type != PLUG_PAYLOAD_OUTPUT)
		return 0;
	s->query.session_type = sm_str("Standard_Stream");
	n->kind = plug_kind_find(&s->query);
	sm_log_warn(s->c.log, "no handshake: taken for a shell");
	(void)plug_session_start_kind(s, n->kind);
	return s->ending ? 0 : s->kind->deliver(s->state, type, payload);
}

int plug_negotiate_deliver(struct plug_negotiation *n, uint32_t type,
			   struct sm_str payload)
{
	switch (type) {
	case PLUG_PAYLOAD_HANDSHAKE_REQUEST:
		return on_request(n, payload);
	case PLUG_PAYLOAD_CHALLENGE_REQUEST:
		return on_challenge(n, payload);
	case PLUG_PAYLOAD_HANDSHAKE_COMPLETE:
		return on_complete(n, payload);
	default:
		return on_first(n, type, payload);
	}
}
