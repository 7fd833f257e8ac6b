/*
 * Who may call: the signature of a request against the one pair of keys.
 */
#ifndef LOOPBACK_AUTH_H
#define LOOPBACK_AUTH_H

#include "common/err.h"
#include "loopback/http.h"

struct loop_server;

/*
 * Check a request's SigV4 signature for `service` ("ssm", "kms",
 * "ssmmessages"). Always 0 with --no-auth.
 * Errors: those of sm_aws_sigv4_verify; SM_EAUTH without a signature.
 */
int loop_auth_check(const struct loop_server *s,
		    const struct loop_http_request *q, const char *service,
		    struct sm_err *e);

/* The error code and status a service answers with for such an error. */
const char *loop_auth_code(int err, int *status);

#endif
