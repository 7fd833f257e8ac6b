/*
 * The agent's state machine.
 *
 *   IDLE -> HANDSHAKE -> CHALLENGE -> RUNNING -> DRAINING -> DONE
 *
 * Shells and interactive commands without encryption go from IDLE straight to
 * RUNNING. Events change the state in deliver() and loop_agent_finish(); what
 * follows from a state (sending, ending) happens in the step, so no callback
 * frees what its caller still uses. Before RUNNING everything but the
 * handshake's own answers is acknowledged and dropped, as the official agent
 * does (PROTOCOL.md 6.3, last row).
 */
#include "common/def.h"
#include "loopback/agent.h"

#include <openssl/crypto.h>

#include "common/hex.h"
#include "common/os/random.h"
#include "loopback/agent_command.h"
#include "loopback/agent_port.h"
#include "loopback/agent_shell.h"
#include "loopback/gateway.h"
#include "loopback/server.h"
#include "loopback/session.h"
#include "plugin/wire/handshake.h"

#define ANSWER_MS 15000   /* PROTOCOL.md appendix B */
#define CHALLENGE_LEN 64  /* PROTOCOL.md 8 */
#define RANDOM_LEN 16     /* PROTOCOL.md 7.1 */
#define PACE_BYTES 926000 /* per second: 1024 bytes and a sleep of 1 ms */

enum state {
	IDLE,
	HANDSHAKE,
	CHALLENGE,
	RUNNING,
	DRAINING,
	DONE
};

struct loop_agent {
	struct loop_server *server;
	struct loop_session *session;
	struct plug_stream *stream;
	struct plug_crypter *crypter;
	const struct loop_agent_ops *ops;
	void *kind; /* NULL unless the kind has started */
	enum state state;
	int64_t begun_ms, deadline_ms;
	bool encrypted;
	unsigned char challenge[CHALLENGE_LEN];
	char random[RANDOM_LEN * 2]; /* base64; the handshake's Challenge */
	char client_version[64];
	char output[512];
};

struct loop_server *loop_agent_server(const struct loop_agent *a)
{
	return a->server;
}

const struct loop_document *loop_agent_document(const struct loop_agent *a)
{
	return &a->session->document;
}

const char *loop_agent_client_version(const struct loop_agent *a)
{
	return a->client_version;
}

size_t loop_agent_room(const struct loop_agent *a)
{
	return a->state == RUNNING ? plug_stream_room(a->stream) : 0;
}

void loop_agent_write(struct loop_agent *a, uint32_t type, struct sm_str bytes)
{
	int r;

	if (!bytes.len)
		return;
	r = plug_stream_write(a->stream, type, bytes);
	if (r < 0)
		sm_log_err(a->server->log, "payload of type %u lost: %s", type,
			   sm_err_text(r));
}

void loop_agent_finish(struct loop_agent *a, const char *output)
{
	if (a->state == DRAINING || a->state == DONE)
		return;
	(void)snprintf(a->output, sizeof(a->output), "%s", output);
	a->state = DRAINING;
	a->deadline_ms =
		loop_server_now().mono_ms + a->server->options->drain_ms;
}

/* --- starting a kind ------------------------------------------------------- */

static const struct loop_agent_ops *ops_of(enum loop_kind kind)
{
	switch (kind) {
	case LOOP_KIND_PORT:
		return &loop_agent_port_ops;
	case LOOP_KIND_COMMAND:
		return &loop_agent_command_ops;
	default:
		return &loop_agent_shell_ops;
	}
}

static void run(struct loop_agent *a)
{
	struct sm_err e = SM_ERR_INIT;
	char text[SM_ERR_MSG_MAX + 32];

	a->state = RUNNING;
	if (loop_agent_document(a)->kind == LOOP_KIND_PORT)
		a->ops = loop_agent_port_choose(a);
	a->kind = a->ops->start(a, &e);
	if (a->kind)
		return;
	/* The official agent's way to report a failure: PROTOCOL.md 5.2. */
	(void)snprintf(text, sizeof(text), "----------ERROR-------\n%s\n",
		       sm_err_msg(&e));
	loop_agent_finish(a, text);
}

/* --- the handshake --------------------------------------------------------- */

static void send_request(struct loop_agent *a)
{
	const struct loop_document *d = loop_agent_document(a);
	const char *key = a->server->options->kms_key;
	struct sm_buf json = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(
		&json,
		"{\"AgentVersion\":\"%s\",\"RequestedClientActions\":["
		"{\"ActionType\":\"SessionType\",\"ActionParameters\":"
		"{\"SessionType\":\"%s\",\"Properties\":",
		a->server->options->agent_version,
		loop_document_session_type(d));
	(void)loop_document_properties_put(&json, d);
	(void)sm_buf_puts(&json, "}}");
	if (a->encrypted) {
		(void)sm_buf_puts(&json, ",{\"ActionType\":\"KMSEncryption\","
					 "\"ActionParameters\":{\"KMSKeyId\":");
		(void)plug_payload_json_string(&json, sm_str(key));
		(void)sm_buf_printf(&json, ",\"Challenge\":\"%s\"}}",
				    a->random);
	}
	(void)sm_buf_puts(&json, "]}");
	loop_agent_write(a, PLUG_PAYLOAD_HANDSHAKE_REQUEST, sm_buf_str(&json));
	sm_buf_release(&json);
}

static void send_complete(struct loop_agent *a)
{
	const char *banner = a->server->options->banner;
	struct sm_buf json = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int64_t took = loop_server_now().mono_ms - a->begun_ms;

	if (banner)
		(void)sm_buf_puts(&text, banner);
	/* PROTOCOL.md 7.6 has the official text. */
	if (a->encrypted)
		(void)sm_buf_printf(&text, "%s%s", text.len ? "\n" : "",
				    "This session is encrypted using AWS KMS.");
	(void)plug_handshake_complete_put(&json, took * 1000000,
					  sm_buf_str(&text));
	loop_agent_write(a, PLUG_PAYLOAD_HANDSHAKE_COMPLETE, sm_buf_str(&json));
	sm_buf_release(&json);
	sm_buf_release(&text);
	run(a);
}

/* Open the data key that the client got, and seal from now on. */
static int keys_take(struct loop_agent *a,
		     const struct plug_handshake_response *p)
{
	struct sm_buf plain = SM_BUF_SECRET(SM_BUF_SMALL);
	struct loop_kms_context c = { .n = 0 };
	unsigned char nonce[PLUG_CRYPTER_NONCE];
	int r;

	/* As the client must have named them: PROTOCOL.md 8. */
	(void)loop_kms_context_add(&c, sm_str("aws:ssm:SessionId"),
				   sm_str(a->session->id));
	(void)loop_kms_context_add(&c, sm_str("aws:ssm:TargetId"),
				   sm_str(a->session->target));
	if (p->challenge_acknowledged)
		(void)loop_kms_context_add(&c,
					   sm_str("aws:ssm:RandomChallenge"),
					   sm_str(a->random));
	r = loop_kms_open(&a->server->kms, sm_str(a->server->options->kms_key),
			  &c, p->cipher_blob, &plain);
	if (r < 0)
		goto out;
	sm_os_random(nonce, sizeof(nonce));
	a->crypter = plug_crypter_new(PLUG_ROLE_AGENT, sm_buf_str(&plain),
				      nonce, &r);
	if (a->crypter) {
		plug_stream_set_crypter(a->stream, a->crypter);
		r = 0;
	}
out:
	sm_buf_release(&plain);
	return r;
}

static void send_challenge(struct loop_agent *a)
{
	struct sm_buf sealed = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf json = SM_BUF_INIT(SM_BUF_SMALL);

	sm_os_random(a->challenge, sizeof(a->challenge));
	(void)plug_crypter_seal(a->crypter, &sealed,
				sm_str_n(a->challenge, sizeof(a->challenge)));
	(void)plug_handshake_challenge_put(&json, sm_buf_str(&sealed));
	loop_agent_write(a, PLUG_PAYLOAD_CHALLENGE_REQUEST, sm_buf_str(&json));
	sm_buf_release(&json);
	sm_buf_release(&sealed);
}

static void on_response(struct loop_agent *a, struct sm_str json)
{
	struct sm_arena arena = SM_ARENA_INIT;
	struct plug_handshake_response p;
	struct sm_err e = SM_ERR_INIT;
	char why[400];

	memset(&p, 0, sizeof(p));
	if (plug_handshake_response_get(&p, &arena, json, &e) < 0) {
		loop_agent_finish(a, "handshake response is malformed");
		goto out;
	}
	(void)snprintf(a->client_version, sizeof(a->client_version), "%.*s",
		       SM_STR_ARG(p.client_version));
	if (!p.ok) {
		(void)snprintf(why, sizeof(why), "%.*s", SM_STR_ARG(p.why));
		loop_agent_finish(a, why);
		goto out;
	}
	if (!a->encrypted) {
		send_complete(a);
		goto out;
	}
	if (!p.challenge_acknowledged &&
	    a->server->options->require_challenge) {
		loop_agent_finish(a,
				  "client did not acknowledge the challenge");
		goto out;
	}
	if (keys_take(a, &p) < 0) {
		loop_agent_finish(a, "cannot decrypt the data key");
		goto out;
	}
	send_challenge(a);
	a->state = CHALLENGE;
	a->deadline_ms = loop_server_now().mono_ms + ANSWER_MS;
out:
	sm_arena_release(&arena);
}

static void on_challenge(struct loop_agent *a, struct sm_str json)
{
	struct sm_buf sealed = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf plain = SM_BUF_SECRET(SM_BUF_SMALL);

	if (plug_handshake_challenge_get(&sealed, json) == 0 &&
	    plug_crypter_open(a->crypter, &plain, sm_buf_str(&sealed)) == 0 &&
	    plain.len == CHALLENGE_LEN &&
	    CRYPTO_memcmp(plain.ptr, a->challenge, CHALLENGE_LEN) == 0)
		send_complete(a);
	else
		loop_agent_finish(a, "encryption challenge failed");
	sm_buf_release(&sealed);
	sm_buf_release(&plain);
}

/* --- the stream ------------------------------------------------------------ */

static void on_transmit(void *user, struct sm_str message)
{
	struct loop_agent *a = user;

	if (a->session->gateway)
		loop_gateway_down(a->session->gateway, message);
}

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct loop_agent *a = user;

	if (a->state == RUNNING)
		return a->kind ? a->ops->input(a->kind, type, payload) : 0;
	if (a->state == HANDSHAKE && type == PLUG_PAYLOAD_HANDSHAKE_RESPONSE)
		on_response(a, payload);
	else if (a->state == CHALLENGE &&
		 type == PLUG_PAYLOAD_CHALLENGE_RESPONSE)
		on_challenge(a, payload);
	return 0;
}

static void on_closed(void *user, const struct plug_closed *c)
{
	SM_UNUSED(user); /* clients do not send it */
	SM_UNUSED(c);
}

static void on_random(void *user, void *p, size_t len)
{
	SM_UNUSED(user);
	sm_os_random(p, len);
}

static const struct plug_stream_ops stream_ops = { on_transmit, on_deliver,
						   on_closed, on_random };

struct loop_agent *loop_agent_new(struct loop_session *s)
{
	const struct loop_options *o = s->server->options;
	struct loop_agent *a = sm_mem_zalloc(1, sizeof(*a));
	struct plug_stream_config c;

	a->server = s->server;
	a->session = s;
	a->ops = ops_of(s->document.kind);
	a->encrypted = o->kms_key && s->document.kind != LOOP_KIND_PORT;
	memset(&c, 0, sizeof(c));
	c.role = PLUG_ROLE_AGENT;
	c.payload_max = o->payload;
	c.rate_limit = o->pace ? PACE_BYTES : 0;
	a->stream = plug_stream_new(&c, &stream_ops, a);
	return a;
}

void loop_agent_free(struct loop_agent *a)
{
	if (a->kind)
		a->ops->stop(a->kind);
	plug_stream_free(a->stream);
	plug_crypter_free(a->crypter);
	sm_mem_wipe(a->challenge, sizeof(a->challenge));
	sm_mem_free(a);
}

void loop_agent_start(struct loop_agent *a)
{
	struct plug_now now = loop_server_now();
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	unsigned char raw[RANDOM_LEN];

	plug_stream_resume(a->stream, now);
	a->begun_ms = now.mono_ms;
	(void)snprintf(a->client_version, sizeof(a->client_version), "%s",
		       a->session->client_version);
	if (!a->ops->handshake && !a->encrypted) {
		run(a);
		return;
	}
	sm_os_random(raw, sizeof(raw));
	(void)sm_base64_put(&text, raw, sizeof(raw));
	(void)snprintf(a->random, sizeof(a->random), "%s", sm_buf_z(&text));
	sm_buf_release(&text);
	a->state = HANDSHAKE;
	a->deadline_ms = now.mono_ms + ANSWER_MS;
	send_request(a);
}

void loop_agent_suspend(struct loop_agent *a)
{
	plug_stream_suspend(a->stream);
}

void loop_agent_resume(struct loop_agent *a)
{
	plug_stream_resume(a->stream, loop_server_now());
}

void loop_agent_receive(struct loop_agent *a, struct sm_str message)
{
	int r = plug_stream_receive(a->stream, message, loop_server_now());

	if (r < 0 && r != SM_EAGAIN)
		sm_log_debug(a->server->log, "message of %zu bytes dropped: %s",
			     message.len, sm_err_text(r));
}

size_t loop_agent_backlog(const struct loop_agent *a)
{
	return a->kind ? a->ops->backlog(a->kind) : 0;
}

void loop_agent_stats(const struct loop_agent *a, struct plug_stream_stats *out)
{
	plug_stream_stats(a->stream, out);
}

/* --- the step -------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void transmit(struct loop_agent *a, struct plug_now now)
{
	if (!a->session->gateway)
		return;
	(void)plug_stream_poll(a->stream, now);
	/* The channel may be cut by what is sent. */
	if (a->session->gateway)
		(void)plug_stream_flush(
			a->stream, now,
			loop_gateway_budget(a->session->gateway));
}

/* What the state itself waits for. True if the session is over. */
static bool expired(struct loop_agent *a, int64_t now_ms)
{
	switch (a->state) {
	case HANDSHAKE:
	case CHALLENGE:
		if (now_ms >= a->deadline_ms)
			loop_agent_finish(a, "handshake timed out");
		return false;
	case DRAINING:
		return now_ms >= a->deadline_ms ||
		       !plug_stream_pending(a->stream);
	default:
		return a->state == DONE;
	}
}

int64_t loop_agent_step(struct loop_agent *a, struct plug_now now)
{
	int64_t next = INT64_MAX;

	transmit(a, now);
	if (a->kind && a->state == RUNNING) {
		(void)plug_stream_redeliver(a->stream, now);
		next = a->ops->step(a->kind, now.mono_ms);
		transmit(a, now);
	}
	if (expired(a, now.mono_ms)) {
		a->state = DONE;
		loop_session_over(a->session, a->output);
		return now.mono_ms;
	}
	if (a->state == HANDSHAKE || a->state == CHALLENGE ||
	    a->state == DRAINING)
		next = earlier(next, a->deadline_ms);
	if (!a->session->gateway)
		return next;
	return earlier(next, plug_stream_deadline(a->stream));
}
