/*
 * The AWS API: SSM's StartSession, ResumeSession and TerminateSession, and
 * KMS's GenerateDataKey and Decrypt, as AWS JSON 1.1.
 * Source: PROTOCOL.md 2; AWS Systems Manager and AWS KMS API references.
 */
#ifndef LOOPBACK_API_H
#define LOOPBACK_API_H

#include "common/buf.h"
#include "loopback/http.h"

struct loop_server;

/* Append the response to a POST on "/". */
void loop_api_answer(struct loop_server *s, const struct loop_http_request *q,
		     struct sm_buf *out);

#endif
