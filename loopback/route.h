/*
 * Which part answers a request.
 */
#ifndef LOOPBACK_ROUTE_H
#define LOOPBACK_ROUTE_H

#include "loopback/http.h"

struct loop_conn;
struct loop_server;

/* Answer one request on its connection: API, upgrade, or the test's own
 * paths /loopback/stats, /loopback/fault and /loopback/close. */
void loop_route_request(struct loop_server *s, struct loop_conn *c,
			const struct loop_http_request *q);

#endif
