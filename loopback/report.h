/*
 * What GET /loopback/stats shows: counters for tests, no secrets.
 */
#ifndef LOOPBACK_REPORT_H
#define LOOPBACK_REPORT_H

#include "common/buf.h"

struct loop_server;

/* Append one JSON object: totals, faults, sessions (newest first). */
int loop_report_put(struct sm_buf *out, const struct loop_server *s);

#endif
