/*
 * Counters as JSON.
 */
#include "common/def.h"
#include "loopback/report.h"

#include "common/version.h"
#include "loopback/agent.h"
#include "loopback/server.h"
#include "loopback/session.h"

static void put_text(struct sm_buf *out, const char *name, const char *value)
{
	(void)sm_buf_printf(out, "\"%s\":", name);
	(void)plug_payload_json_string(out, sm_str(value));
	(void)sm_buf_puts(out, ",");
}

static void put_count(struct sm_buf *out, const char *name, uint64_t value)
{
	(void)sm_buf_printf(out, "\"%s\":%llu,", name,
			    (unsigned long long)value);
}

/* Objects end without the comma of their last member. */
static void put_end(struct sm_buf *out)
{
	sm_buf_truncate(out, out->len - 1);
	(void)sm_buf_puts(out, "}");
}

static void put_totals(struct sm_buf *out, const struct loop_server *s)
{
	const struct loop_server_totals *t = &s->totals;

	(void)sm_buf_puts(out, "\"totals\":{");
	put_count(out, "requests", t->requests);
	put_count(out, "refused", t->refused);
	put_count(out, "starts", t->starts);
	put_count(out, "resumes", t->resumes);
	put_count(out, "terminates", t->terminates);
	put_count(out, "data_keys", t->data_keys);
	put_count(out, "upgrades", t->upgrades);
	put_count(out, "signed_upgrades", t->signed_upgrades);
	put_count(out, "opens", t->opens);
	put_count(out, "cuts", t->cuts);
	put_count(out, "connections", s->n_conns);
	put_text(out, "user_agent", t->user_agent);
	put_end(out);
}

static void put_stream(struct sm_buf *out, const struct loop_session *s)
{
	struct plug_stream_stats t = s->last;

	if (s->agent)
		loop_agent_stats(s->agent, &t);
	(void)sm_buf_puts(out, "\"agent\":{");
	put_count(out, "sent", t.sent);
	put_count(out, "resent", t.resent);
	put_count(out, "received", t.received);
	put_count(out, "duplicates", t.duplicates);
	put_count(out, "out_of_order", t.out_of_order);
	put_count(out, "bad", t.bad);
	put_count(out, "bytes_sent", t.bytes_sent);
	put_count(out, "bytes_received", t.bytes_received);
	put_count(out, "in_flight", t.in_flight);
	put_end(out);
}

static void put_session(struct sm_buf *out, const struct loop_session *s)
{
	(void)sm_buf_puts(out, "{");
	put_text(out, "id", s->id);
	put_text(out, "target", s->target);
	put_text(out, "document", s->document.name ? s->document.name : "");
	put_text(out, "state", loop_session_state_name(s->state));
	put_text(out, "reason", s->reason);
	put_text(out, "client_id", s->client_id);
	put_text(out, "client_version", s->client_version);
	put_text(out, "user_agent", s->user_agent);
	put_count(out, "client_changed", s->client_changed);
	put_count(out, "opens", s->n_opens);
	put_count(out, "resumes", s->n_resumes);
	put_count(out, "messages_up", s->messages_up);
	put_count(out, "messages_down", s->messages_down);
	put_count(out, "bytes_up", s->bytes_up);
	put_count(out, "bytes_down", s->bytes_down);
	put_count(out, "acks_up", s->acks_up);
	put_count(out, "acks_down", s->acks_down);
	put_count(out, "pings_up", s->pings_up);
	put_count(out, "text_up", s->text_up);
	put_stream(out, s);
	(void)sm_buf_puts(out, "}");
}

int loop_report_put(struct sm_buf *out, const struct loop_server *s)
{
	const struct loop_session *n;

	(void)sm_buf_puts(out, "{");
	put_text(out, "version", sm_version());
	put_totals(out, s);
	(void)sm_buf_puts(out, ",\"fault\":");
	(void)loop_fault_put(out, &s->fault);
	(void)sm_buf_puts(out, ",\"sessions\":[");
	for (n = s->sessions; n; n = n->next) {
		put_session(out, n);
		(void)sm_buf_puts(out, n->next ? "," : "");
	}
	return sm_buf_puts(out, "]}\n");
}
