/*
 * The answer to a WebSocket upgrade: strict, so that a client that is wrong
 * is seen to be wrong. Source: RFC 6455 section 4.2; PROTOCOL.md 3.1 to 3.3.
 */
#ifndef LOOPBACK_UPGRADE_H
#define LOOPBACK_UPGRADE_H

#include "common/buf.h"
#include "loopback/http.h"

struct loop_server;
struct loop_session;

/*
 * Append the response to `out`. Returns 0 for 101, with the session that the
 * path names; a negative code if it was refused.
 */
int loop_upgrade_answer(struct loop_server *s,
			const struct loop_http_request *q, struct sm_buf *out,
			struct loop_session **session);

#endif
