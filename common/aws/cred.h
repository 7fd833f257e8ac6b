/*
 * Credentials: where a call's keys come from.
 *
 * Order (PROTOCOL.md 2.4): a profile that was named explicitly; else keys in
 * the environment; else web identity from the environment; else the profile of
 * AWS_PROFILE, AWS_DEFAULT_PROFILE or "default"; then the container endpoint
 * and the instance's metadata service; last, what the AWS CLI exports.
 *
 * Nothing is cached: a call that needs keys asks again, so that keys that were
 * renewed meanwhile are the ones used.
 */
#ifndef COMMON_AWS_CRED_H
#define COMMON_AWS_CRED_H

#include "common/buf.h"
#include "common/err.h"
#include "common/log.h"

#include <stdatomic.h>

/* Bytes of one key or token; session tokens have no documented maximum. */
#define SM_AWS_CRED_MAX ((size_t)16 << 10)

struct sm_aws_cred {
	struct sm_buf access_key; /* all three are secret buffers */
	struct sm_buf secret_key;
	struct sm_buf token; /* empty for long-lived keys */
	int64_t expires_sec; /* Unix time; 0: not known or never */
	char source[96];     /* where they come from, for people */
};

struct sm_aws_cred_query {
	const char *profile;       /* argv[4] of the plugin; NULL or "": none */
	const char *region;        /* of the call; for STS; may be NULL */
	int64_t deadline_ms;       /* sm_os_clock_mono_ms; 0: 30 s from now */
	const atomic_bool *cancel; /* may be NULL */
	struct sm_log *log;        /* may be NULL */
};

void sm_aws_cred_init(struct sm_aws_cred *c);
/* Wipes. */
void sm_aws_cred_release(struct sm_aws_cred *c);

/*
 * Find credentials. `out` was initialised. Blocks for at most the deadline.
 *
 * Errors: SM_EAUTH with which providers were asked and why each failed;
 *         SM_ETIMEOUT, SM_ECANCEL. A profile that is configured but wrong ends
 *         the search with its own error instead of going on.
 */
int sm_aws_cred_resolve(const struct sm_aws_cred_query *q,
			struct sm_aws_cred *out, struct sm_err *e);

#endif
