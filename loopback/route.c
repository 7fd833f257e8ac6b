/*
 * Paths and methods.
 */
#include "common/def.h"
#include "loopback/route.h"

#include <yyjson.h>

#include "common/mem.h"
#include "loopback/api.h"
#include "loopback/conn.h"
#include "loopback/files.h"
#include "loopback/gateway.h"
#include "loopback/report.h"
#include "loopback/server.h"
#include "loopback/session.h"

#define JSON "application/json"
#define REPORT_MAX ((size_t)4 << 20)

static void answer(struct loop_conn *c, const struct loop_http_request *q,
		   int status, struct sm_str json)
{
	struct loop_http_response r = { .status = status, .type = JSON };

	r.body = json;
	r.keep_alive = q->keep_alive;
	(void)loop_http_respond(loop_conn_out(c), &r);
}

static void refuse(struct loop_conn *c, const struct loop_http_request *q,
		   int status, const char *why)
{
	struct sm_buf json = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_puts(&json, "{\"error\":");
	(void)plug_payload_json_string(&json, sm_str(why));
	(void)sm_buf_puts(&json, "}\n");
	answer(c, q, status, sm_buf_str(&json));
	sm_buf_release(&json);
}

static void stats(struct loop_server *s, struct loop_conn *c,
		  const struct loop_http_request *q)
{
	struct sm_buf json = SM_BUF_INIT(REPORT_MAX);

	if (loop_report_put(&json, s) < 0)
		refuse(c, q, 500, "too many sessions for a report");
	else
		answer(c, q, 200, sm_buf_str(&json));
	sm_buf_release(&json);
}

static void fault(struct loop_server *s, struct loop_conn *c,
		  const struct loop_http_request *q)
{
	struct sm_buf json = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;

	if (loop_fault_json(&s->fault, q->body, &e) < 0) {
		refuse(c, q, 400, e.msg);
		return;
	}
	(void)loop_fault_put(&json, &s->fault);
	(void)sm_buf_puts(&json, "\n");
	answer(c, q, 200, sm_buf_str(&json));
	sm_buf_release(&json);
}

/* {"Output":"..."}: the service ends every session with this text. */
static void close_all(struct loop_server *s, struct loop_conn *c,
		      const struct loop_http_request *q)
{
	yyjson_doc *doc = NULL;
	struct loop_session *n;
	const char *text;

	if (q->body.len)
		doc = yyjson_read(q->body.ptr, q->body.len, 0);
	text = yyjson_get_str(
		yyjson_obj_get(yyjson_doc_get_root(doc), "Output"));
	for (n = s->sessions; n; n = n->next)
		loop_session_over(n, text ? text : "");
	yyjson_doc_free(doc);
	answer(c, q, 200, sm_str("{}\n"));
}

void loop_route_request(struct loop_server *s, struct loop_conn *c,
			const struct loop_http_request *q)
{
	bool post = sm_str_eqz(q->method, "POST");
	bool get = sm_str_eqz(q->method, "GET");

	s->totals.requests++;
	if (get && sm_str_starts(q->path, "/v1/"))
		loop_gateway_upgrade(s, c, q);
	else if (post && sm_str_eqz(q->path, "/"))
		loop_api_answer(s, q, loop_conn_out(c));
	else if (get && sm_str_starts(q->path, LOOP_FILES_PATH))
		loop_files_answer(s->options->files, q, loop_conn_out(c));
	else if (get && sm_str_eqz(q->path, "/loopback/stats"))
		stats(s, c, q);
	else if (post && sm_str_eqz(q->path, "/loopback/fault"))
		fault(s, c, q);
	else if (post && sm_str_eqz(q->path, "/loopback/close"))
		close_all(s, c, q);
	else
		refuse(c, q, 404, "nothing is here");
}
