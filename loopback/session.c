/*
 * Sessions: identity, tokens and states.
 *
 * NEW -> OPEN <-> AWAY -> OVER. A token works once; ResumeSession makes a new
 * one. What is over stays in the list for reports until the list is full.
 */
#include "common/def.h"
#include "loopback/session.h"

#include <openssl/crypto.h>

#include "common/hex.h"
#include "common/os/random.h"
#include "loopback/agent.h"
#include "loopback/gateway.h"
#include "loopback/server.h"

#define TOKEN_BYTES 32
#define ID_TAIL 17 /* hexadecimal digits behind the user's name */

static void random_hex(char *out, size_t digits)
{
	static const char alphabet[] = "0123456789abcdef";
	unsigned char raw[64];
	size_t i;

	sm_os_random(raw, sizeof(raw));
	for (i = 0; i < digits && i < sizeof(raw); i++)
		out[i] = alphabet[raw[i] & 15];
	out[i] = '\0';
}

/* Opaque to clients; always with the characters that trip them up. */
static void cell_make(char *out, size_t size)
{
	char tail[17];

	random_hex(tail, 16);
	(void)snprintf(out, size, "AAEAA+%.8s/%s==", tail, tail + 8);
}

static void session_free(struct loop_session *s)
{
	if (s->agent)
		loop_agent_free(s->agent);
	sm_mem_wipe(s->token, sizeof(s->token));
	sm_arena_release(&s->arena);
	sm_mem_free(s);
}

/* Make room: the oldest session that is over goes. */
static void forget_oldest(struct loop_server *s)
{
	struct loop_session **link, **last = NULL, *gone;

	for (link = &s->sessions; *link; link = &(*link)->next)
		if ((*link)->state == LOOP_SESSION_OVER)
			last = link;
	if (!last)
		return;
	gone = *last;
	*last = gone->next;
	s->n_sessions--;
	session_free(gone);
}

struct loop_session *loop_session_new(struct loop_server *s)
{
	struct loop_session *n;

	if (s->n_sessions >= LOOP_SERVER_SESSIONS_MAX)
		forget_oldest(s);
	if (s->n_sessions >= LOOP_SERVER_SESSIONS_MAX)
		return NULL;
	n = sm_mem_zalloc(1, sizeof(*n));
	n->server = s;
	(void)snprintf(n->id, sizeof(n->id), "loopback-");
	random_hex(n->id + strlen(n->id), ID_TAIL);
	cell_make(n->cell, sizeof(n->cell));
	loop_session_token_renew(n);
	n->since_ms = loop_server_now().mono_ms;
	n->next = s->sessions;
	s->sessions = n;
	s->n_sessions++;
	return n;
}

void loop_session_discard(struct loop_session *s)
{
	struct loop_session **link = &s->server->sessions;

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	s->server->n_sessions--;
	session_free(s);
}

struct loop_session *loop_session_find(struct loop_server *s, struct sm_str id)
{
	struct loop_session *n;

	for (n = s->sessions; n; n = n->next)
		if (sm_str_eqz(id, n->id))
			return n;
	return NULL;
}

int loop_session_url_put(struct sm_buf *out, const struct loop_session *s)
{
	const char *host = s->server->options->address;
	bool six = strchr(host, ':') != NULL;

	return sm_buf_printf(out,
			     "ws://%s%s%s:%u/v1/data-channel/%s"
			     "?role=publish_subscribe&cell-number=%s",
			     six ? "[" : "", host, six ? "]" : "",
			     (unsigned)s->server->port, s->id, s->cell);
}

void loop_session_token_renew(struct loop_session *s)
{
	struct sm_buf text = SM_BUF_SECRET(LOOP_SESSION_TOKEN_MAX);
	unsigned char raw[TOKEN_BYTES];

	sm_os_random(raw, sizeof(raw));
	(void)sm_base64_put(&text, raw, sizeof(raw));
	(void)snprintf(s->token, sizeof(s->token), "%s", sm_buf_z(&text));
	sm_buf_release(&text);
	sm_mem_wipe(raw, sizeof(raw));
}

bool loop_session_token_use(struct loop_session *s, const char *token)
{
	size_t len = strlen(s->token);

	if (!len || strlen(token) != len ||
	    CRYPTO_memcmp(token, s->token, len) != 0)
		return false;
	sm_mem_wipe(s->token, sizeof(s->token));
	return true;
}

static void enter(struct loop_session *s, enum loop_session_state state)
{
	s->state = state;
	s->since_ms = loop_server_now().mono_ms;
	sm_log_info(s->server->log, "session %s is %s", s->id,
		    loop_session_state_name(state));
}

void loop_session_attach(struct loop_session *s, struct loop_gateway *g)
{
	struct loop_gateway *old = s->gateway;

	s->gateway = g;
	s->n_opens++;
	if (old)
		loop_gateway_drop(old);
	enter(s, LOOP_SESSION_OPEN);
	if (s->agent) {
		loop_agent_resume(s->agent);
		return;
	}
	s->agent = loop_agent_new(s);
	loop_agent_start(s->agent);
}

void loop_session_detach(struct loop_session *s, struct loop_gateway *g)
{
	if (s->gateway != g)
		return;
	s->gateway = NULL;
	if (s->state != LOOP_SESSION_OPEN)
		return;
	enter(s, LOOP_SESSION_AWAY);
	if (s->agent)
		loop_agent_suspend(s->agent);
}

void loop_session_receive(struct loop_session *s, struct sm_str message)
{
	if (s->agent)
		loop_agent_receive(s->agent, message);
}

size_t loop_session_backlog(const struct loop_session *s)
{
	return s->agent ? loop_agent_backlog(s->agent) : 0;
}

void loop_session_terminate(struct loop_session *s)
{
	if (s->state == LOOP_SESSION_OVER)
		return;
	if (s->agent)
		loop_agent_finish(s->agent, "");
	else
		loop_session_over(s, "");
}

void loop_session_over(struct loop_session *s, const char *output)
{
	struct loop_gateway *g = s->gateway;

	if (s->state == LOOP_SESSION_OVER)
		return;
	enter(s, LOOP_SESSION_OVER);
	(void)snprintf(s->reason, sizeof(s->reason), "%s", output);
	sm_mem_wipe(s->token, sizeof(s->token));
	s->gateway = NULL;
	if (g)
		loop_gateway_close(g, s->id, output);
}

static int64_t session_step(struct loop_session *s, struct plug_now now)
{
	int64_t next = INT64_MAX, limit;

	if (s->state == LOOP_SESSION_OVER) {
		if (s->agent) {
			loop_agent_stats(s->agent, &s->last);
			loop_agent_free(s->agent);
			s->agent = NULL;
		}
		return INT64_MAX;
	}
	if (s->agent)
		next = loop_agent_step(s->agent, now);
	if (s->state != LOOP_SESSION_NEW && s->state != LOOP_SESSION_AWAY)
		return s->state == LOOP_SESSION_OVER ? now.mono_ms : next;
	limit = s->since_ms + s->server->options->resume_timeout_ms;
	if (now.mono_ms >= limit) {
		loop_session_over(s, "");
		return now.mono_ms;
	}
	return limit < next ? limit : next;
}

int64_t loop_session_step_all(struct loop_server *s, struct plug_now now)
{
	int64_t next = INT64_MAX, at;
	struct loop_session *n;
	bool over = false;

	for (n = s->sessions; n; n = n->next) {
		at = session_step(n, now);
		if (at < next)
			next = at;
		over |= n->state == LOOP_SESSION_OVER && !n->agent;
	}
	if (over && s->options->once && !s->n_conns)
		loop_server_stop(s);
	return next;
}

void loop_session_end_all(struct loop_server *s)
{
	struct loop_session *n;

	for (n = s->sessions; n; n = n->next) {
		loop_session_over(n, "");
		if (n->agent)
			loop_agent_free(n->agent);
		n->agent = NULL;
	}
}

void loop_session_free_all(struct loop_server *s)
{
	struct loop_session *n, *next;

	for (n = s->sessions; n; n = next) {
		next = n->next;
		session_free(n);
	}
	s->sessions = NULL;
	s->n_sessions = 0;
}

const char *loop_session_state_name(enum loop_session_state state)
{
	static const char *const names[] = { "new", "open", "away", "over" };

	return names[state];
}
