/*
 * One connection at a time.
 *
 * stdio: dialled at the start; its end is the session's end. basic: dialled
 * at the start; after its end, or the client's DisconnectToPort flag, the next
 * byte of the client dials again.
 */
#include "common/def.h"
#include "loopback/agent_port.h"

#include "common/mem.h"
#include "common/version.h"
#include "loopback/agent_mux.h"
#include "loopback/document.h"
#include "loopback/server.h"
#include "plugin/wire/handshake.h"

#define CLIENT_MUX "1.1.70" /* PROTOCOL.md 7.7 */

struct port {
	struct loop_agent *agent;
	struct loop_dial *dial; /* NULL between connections */
	size_t held;
	bool basic;
};

bool loop_agent_port_client_is(const struct loop_agent *a, const char *version)
{
	struct sm_version client, least;

	return sm_version_parse(&client,
				sm_str(loop_agent_client_version(a))) == 0 &&
	       sm_version_parse(&least, sm_str(version)) == 0 &&
	       sm_version_cmp(&client, &least) >= 0;
}

const struct loop_agent_ops *loop_agent_port_choose(const struct loop_agent *a)
{
	const char *agent = loop_agent_server(a)->options->agent_version;

	if (loop_agent_document(a)->forwarding &&
	    plug_handshake_gate(PLUG_GATE_MUX, sm_str(agent)) &&
	    loop_agent_port_client_is(a, CLIENT_MUX))
		return &loop_agent_mux_ops;
	return &loop_agent_port_ops;
}

struct loop_dial *loop_agent_port_dial(struct loop_agent *a,
				       const struct loop_dial_ops *ops,
				       void *user)
{
	const struct loop_document *d = loop_agent_document(a);
	struct loop_server *s = loop_agent_server(a);
	char host[256] = "localhost"; /* PROTOCOL.md 10.8 */
	struct loop_dial_where where = { host, loop_document_port(d),
					 s->options->allow_remote };

	if (d->host.len)
		(void)snprintf(host, sizeof(host), "%.*s", SM_STR_ARG(d->host));
	return loop_dial_new(s->loop, &where, ops, user);
}

static void disconnect(struct port *p, bool now)
{
	struct loop_dial *d = p->dial;

	p->dial = NULL;
	p->held = 0;
	if (!d)
		return;
	if (now)
		loop_dial_close(d);
	else
		loop_dial_finish(d);
}

static void on_connected(void *user, const struct sm_err *e)
{
	struct port *p = user;
	char text[SM_ERR_MSG_MAX + 32];

	if (!e)
		return;
	disconnect(p, true);
	(void)snprintf(text, sizeof(text), "----------ERROR-------\n%s\n",
		       e->msg);
	loop_agent_finish(p->agent, text);
}

static size_t on_room(void *user)
{
	struct port *p = user;

	return loop_agent_room(p->agent);
}

static void on_data(void *user, struct sm_str bytes)
{
	struct port *p = user;

	loop_agent_write(p->agent, PLUG_PAYLOAD_OUTPUT, bytes);
}

static void on_eof(void *user)
{
	struct port *p = user;

	disconnect(p, true);
	if (!p->basic)
		loop_agent_finish(p->agent, "");
}

static void on_written(void *user, size_t bytes)
{
	struct port *p = user;

	p->held -= bytes < p->held ? bytes : p->held;
}

static const struct loop_dial_ops dial_ops = { on_connected, on_room, on_data,
					       on_eof, on_written };

static void *port_start(struct loop_agent *a, struct sm_err *e)
{
	struct port *p = sm_mem_zalloc(1, sizeof(*p));

	SM_UNUSED(e);
	p->agent = a;
	p->basic = loop_agent_document(a)->forwarding;
	p->dial = loop_agent_port_dial(a, &dial_ops, p);
	return p;
}

static int port_input(void *state, uint32_t type, struct sm_str payload)
{
	struct port *p = state;
	uint32_t flag = 0;

	if (type == PLUG_PAYLOAD_FLAG) {
		(void)plug_payload_flag_get(&flag, payload);
		if (flag == PLUG_FLAG_DISCONNECT && p->basic)
			disconnect(p, false);
		if (flag == PLUG_FLAG_TERMINATE)
			loop_agent_finish(p->agent, "");
	}
	if (type != PLUG_PAYLOAD_OUTPUT)
		return 0;
	if (p->held > LOOP_AGENT_BACKLOG)
		return SM_EAGAIN;
	if (!p->dial)
		p->dial = loop_agent_port_dial(p->agent, &dial_ops, p);
	p->held += payload.len;
	loop_dial_write(p->dial, payload);
	return 0;
}

static int64_t port_step(void *state, int64_t now)
{
	struct port *p = state;

	SM_UNUSED(now);
	if (p->dial)
		loop_dial_pump(p->dial);
	return INT64_MAX;
}

static size_t port_backlog(const void *state)
{
	const struct port *p = state;

	return p->held;
}

static void port_stop(void *state)
{
	struct port *p = state;

	disconnect(p, false);
	sm_mem_free(p);
}

const struct loop_agent_ops loop_agent_port_ops = { true,         port_start,
						    port_input,   port_step,
						    port_backlog, port_stop };
