/*
 * From a parsed request to the verifier of common/aws.
 */
#include "common/def.h"
#include "loopback/auth.h"

#include "common/aws/sigv4.h"
#include "common/os/clock.h"
#include "loopback/server.h"

#define SKEW_SEC 300 /* SigV4 allows five minutes */

int loop_auth_check(const struct loop_server *s,
		    const struct loop_http_request *q, const char *service,
		    struct sm_err *e)
{
	const struct loop_options *o = s->options;
	struct sm_aws_sigv4_header header[LOOP_HTTP_HEADERS_MAX];
	struct sm_aws_sigv4_request r;
	struct sm_aws_sigv4_key k;
	size_t i;

	if (o->no_auth)
		return 0;
	for (i = 0; i < q->n_headers; i++) {
		header[i].name = q->header[i].name;
		header[i].value = q->header[i].value;
	}
	memset(&k, 0, sizeof(k));
	k.access_key = sm_str(o->access_key);
	k.secret_key = sm_str(o->secret_key);
	k.token = sm_str(o->token);
	k.service = sm_str(service);
	r.method = q->method;
	r.host = loop_http_header(q, "Host");
	r.target = q->target;
	r.headers = header;
	r.n_headers = q->n_headers;
	r.body = q->body;
	return sm_aws_sigv4_verify(&k, &r, sm_os_clock_wall_ms() / 1000,
				   SKEW_SEC, e);
}

const char *loop_auth_code(int err, int *status)
{
	*status = 403;
	switch (err) {
	case SM_EVERIFY:
		return "InvalidSignatureException";
	case SM_EFORMAT:
		return "IncompleteSignatureException";
	case SM_ETIMEOUT:
		return "RequestExpired";
	default:
		return "UnrecognizedClientException";
	}
}
