/*
 * The AWS calls of a client: AWS JSON 1.1 over POST, signed, with the retry
 * policy of PROTOCOL.md 2.5 inside a deadline. Blocking; callers that must not
 * block use a thread.
 */
#ifndef COMMON_AWS_API_H
#define COMMON_AWS_API_H

#include "common/buf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/aws/cred.h"
#include "common/aws/endpoint.h"

/* Bytes of a request, of a response, of a session or key id. */
#define SM_AWS_API_MAX ((size_t)1 << 20)
#define SM_AWS_API_ID_MAX 2048

/* Tries of one call, and the wait before the second. PROTOCOL.md 2.5. */
#define SM_AWS_API_TRIES 4
#define SM_AWS_API_WAIT_MS 1000

/* Bytes of the key that KMS is asked for. PROTOCOL.md 2.2. */
#define SM_AWS_API_KEY_LEN 64

struct sm_aws_api {
	const char *region;             /* argv[2] */
	const char *profile;            /* argv[4]; NULL or "": none */
	const char *endpoint;           /* argv[6]: for SSM only; NULL or "" */
	int timeout_ms;                 /* of one call, all tries; 0: 30 s */
	int wait_ms;                    /* 0: SM_AWS_API_WAIT_MS; tests: less */
	const atomic_bool *cancel;      /* may be NULL */
	struct sm_log *log;             /* may be NULL */
	const struct sm_aws_cred *cred; /* NULL: resolved for each call */
};

/* What a service said when it refused. */
struct sm_aws_api_error {
	int status;        /* HTTP status; 0 if there was no response */
	char code[96];     /* "AccessDeniedException"; "" if not named */
	char message[320]; /* UTF-8, may be cut */
};

struct sm_aws_api_request {
	enum sm_aws_service service;
	const char *target; /* "AmazonSSM.ResumeSession" and the like */
	struct sm_str body; /* JSON */
};

/*
 * One call. The response's JSON is put into `out`, which is cleared first.
 * `why` may be NULL, here and below.
 *
 * Errors: SM_EAUTH (no credentials, or status 401 and 403, or an
 *         access-denied, expired or signature code), SM_ENOTFOUND
 *         (DoesNotExistException and kin), SM_ENET, SM_ETIMEOUT, SM_ECANCEL,
 *         SM_EFORMAT (what came back is not JSON), SM_EIO (any other refusal).
 */
int sm_aws_api_call(const struct sm_aws_api *a,
		    const struct sm_aws_api_request *q, struct sm_buf *out,
		    struct sm_aws_api_error *why, struct sm_err *e);

/*
 * ResumeSession. Appends the new token to `token` (make it a secret buffer).
 * Returns 1 with a token, 0 if the session is over (no token in the answer).
 * Source: PROTOCOL.md 2.1, 2.2.
 */
int sm_aws_api_resume_session(const struct sm_aws_api *a,
			      const char *session_id, struct sm_buf *token,
			      struct sm_aws_api_error *why, struct sm_err *e);

/* TerminateSession. Source: PROTOCOL.md 2.1, 2.2. */
int sm_aws_api_terminate_session(const struct sm_aws_api *a,
				 const char *session_id,
				 struct sm_aws_api_error *why,
				 struct sm_err *e);

struct sm_aws_api_start {
	const char *target;     /* instance id */
	const char *document;   /* NULL: the account's default */
	const char *parameters; /* JSON object, or NULL */
	const char *reason;     /* NULL: none */
};

/*
 * StartSession. Puts the response as it came into `out` (a secret buffer: it
 * holds the token): what a launcher hands to the plugin as argv[1].
 */
int sm_aws_api_start_session(const struct sm_aws_api *a,
			     const struct sm_aws_api_start *s,
			     struct sm_buf *out, struct sm_aws_api_error *why,
			     struct sm_err *e);

struct sm_aws_api_key {
	const char *key_id;     /* id, ARN or alias */
	const char *session_id; /* both go into the encryption context */
	const char *target_id;
	const char *challenge; /* a third part of it; NULL or "": none */
};

/*
 * KMS GenerateDataKey of SM_AWS_API_KEY_LEN bytes. `plain` (make it a secret
 * buffer) and `cipher` receive the decoded bytes.
 * Errors: also SM_EFORMAT if the plain key has another length.
 * Source: PROTOCOL.md 2.2, 8.
 */
int sm_aws_api_generate_data_key(const struct sm_aws_api *a,
				 const struct sm_aws_api_key *k,
				 struct sm_buf *plain, struct sm_buf *cipher,
				 struct sm_aws_api_error *why,
				 struct sm_err *e);

/*
 * Parse an error response: code from `type_header` (x-amzn-ErrorType, may be
 * empty) or "__type" or "code", without prefix up to '#' and suffix from ':';
 * text from "message" or "Message". Never fails: what is missing stays empty.
 * Source: PROTOCOL.md 2.2; AWS JSON 1.1 protocol.
 */
void sm_aws_api_error_parse(struct sm_aws_api_error *out, int status,
			    struct sm_str type_header, struct sm_str body);

/* True if a call that failed so is worth another try. PROTOCOL.md 2.5. */
bool sm_aws_api_error_transient(const struct sm_aws_api_error *err);

#endif
