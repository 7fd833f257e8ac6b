/*
 * AWS Signature Version 4: the signer for API calls and the WebSocket
 * upgrade, and the check that a server makes. Pure: time, host and keys are
 * parameters; nothing is read from the system.
 *
 * The path of the URL is taken as it will be sent and encoded once more (every
 * service but S3); the query is split at '&' and '=', its pieces are decoded
 * ("%2B" is a plus; a raw '+' counts as a space, as in the official client),
 * encoded again and sorted.
 *
 * Source: AWS General Reference, "Signature Version 4"; PROTOCOL.md 2.2, 3.3
 * and A12; BUILDING.md 9.1.
 */
#ifndef COMMON_AWS_SIGV4_H
#define COMMON_AWS_SIGV4_H

#include "common/buf.h"
#include "common/err.h"

/* Headers of one request; bytes of a canonical request. */
#define SM_AWS_SIGV4_HEADERS 32
#define SM_AWS_SIGV4_MAX ((size_t)256 << 10)

/* Hex SHA-256 of no bytes: the payload hash of a GET. */
#define SM_AWS_SIGV4_EMPTY \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct sm_aws_sigv4_key {
	struct sm_str access_key;
	struct sm_str secret_key;
	struct sm_str token; /* empty without one */
	struct sm_str region;
	struct sm_str service; /* "ssm", "kms", "sts", "ssmmessages" */
};

struct sm_aws_sigv4_header {
	struct sm_str name; /* any case */
	struct sm_str value;
};

struct sm_aws_sigv4_request {
	struct sm_str method; /* "GET", "POST" */
	struct sm_str host;   /* as in the Host header */
	struct sm_str target; /* path and query, as on the request line */
	/*
	 * Signing: further headers to sign, without host, x-amz-date and
	 * x-amz-security-token. Checking: all headers as received.
	 */
	const struct sm_aws_sigv4_header *headers;
	size_t n_headers;
	struct sm_str body;
};

struct sm_aws_sigv4_result {
	char date[17];      /* X-Amz-Date: 20240102T030405Z */
	char signature[65]; /* hexadecimal */
	char request[65];   /* hexadecimal SHA-256 of the canonical request */
	struct sm_buf authorization; /* value of the Authorization header */
};

void sm_aws_sigv4_result_init(struct sm_aws_sigv4_result *s);
void sm_aws_sigv4_result_release(struct sm_aws_sigv4_result *s);

/*
 * Sign at `unix_sec`. `out` was initialised. The caller sends X-Amz-Date,
 * Authorization and, with a token, X-Amz-Security-Token (all three are signed
 * but Authorization), and the headers given.
 *
 * Errors: SM_EUSAGE without keys, region or service; SM_ELIMIT.
 */
int sm_aws_sigv4_sign(const struct sm_aws_sigv4_key *k,
		      const struct sm_aws_sigv4_request *q, int64_t unix_sec,
		      struct sm_aws_sigv4_result *out, struct sm_err *e);

/*
 * Append `s` percent-encoded, all but the unreserved characters of RFC 3986
 * 2.3: for queries and forms. Errors: SM_ELIMIT of the buffer.
 */
int sm_aws_sigv4_encode(struct sm_buf *out, struct sm_str s);

/*
 * Split a URL (http, https, ws, wss) into what a request needs: host with its
 * port unless that is the scheme's own, and path with query ("/" if none).
 * Owns: views into `url`. Errors: SM_EUSAGE with no scheme or host or with
 * user-info.
 */
int sm_aws_sigv4_split(struct sm_str url, struct sm_str *host,
		       struct sm_str *target, struct sm_err *e);

/* The parts of an Authorization header; views into it. */
struct sm_aws_sigv4_auth {
	struct sm_str access_key;
	struct sm_str date; /* yyyymmdd of the scope */
	struct sm_str region;
	struct sm_str service;
	struct sm_str signed_headers; /* "content-type;host;x-amz-date" */
	struct sm_str signature;
};

/* Errors: SM_EFORMAT if it is not AWS4-HMAC-SHA256 with all three parts. */
int sm_aws_sigv4_parse(struct sm_str authorization,
		       struct sm_aws_sigv4_auth *out, struct sm_err *e);

/*
 * Check the signature of a received request against one pair of keys. Host,
 * X-Amz-Date and every x-amz-* header received must be signed, the access key,
 * token, and (where k has them, else as in the scope) region and service must
 * be the key's, and the date within `skew_sec` of now (negative: any date).
 * The signature is compared in constant time.
 *
 * Errors: SM_EFORMAT, SM_EAUTH (no header, another key, token or scope, a
 *         header that is not signed), SM_ETIMEOUT (date out of range),
 *         SM_EVERIFY (signature).
 */
int sm_aws_sigv4_verify(const struct sm_aws_sigv4_key *k,
			const struct sm_aws_sigv4_request *q, int64_t now_sec,
			int64_t skew_sec, struct sm_err *e);

/*
 * True if the query of `target` already has a signature parameter
 * (X-Amz-Signature and its kin): such a URL is sent as it is.
 * Source: PROTOCOL.md 3.3.
 */
bool sm_aws_sigv4_presigned(struct sm_str target);

#endif
