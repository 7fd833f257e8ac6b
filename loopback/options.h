/*
 * What the command line asks of session-manager-loopback.
 */
#ifndef LOOPBACK_OPTIONS_H
#define LOOPBACK_OPTIONS_H

#include "common/buf.h"
#include "common/err.h"

#include "loopback/fault.h"

/* The keys of AWS's own published examples; they open nothing anywhere. */
#define LOOP_OPTIONS_ACCESS_KEY "AKIDEXAMPLE"
#define LOOP_OPTIONS_SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
/* Mux, no smux keep-alive, KMS challenge: PROTOCOL.md 7.1, 7.7. */
#define LOOP_OPTIONS_AGENT_VERSION "3.3.987.0"

struct loop_options {
	const char *address; /* 127.0.0.0/8 or ::1 only */
	uint32_t port;       /* 0: the system chooses */
	const char *port_file;
	const char *files; /* folder served below /files/, or NULL */
	bool once;         /* end after the first session */
	bool verbose;
	bool help, version;
	/* who may call */
	const char *access_key, *secret_key, *token;
	bool no_auth;
	bool any_user; /* connections of other users of this machine too */
	bool require_signed; /* upgrades without a signature are refused */
	const char *target;  /* the only instance that is connected, or NULL */
	/* the agent */
	const char *agent_version;
	const char *shell;
	uint32_t payload;  /* bytes of one message, 1024 to 32768 */
	bool pace;         /* as slow as the official agent */
	bool separate;     /* commands: stderr and exit code apart */
	bool allow_remote; /* forward to hosts beyond this machine */
	uint32_t drain_ms;
	uint32_t resume_timeout_ms;
	const char *kms_key; /* shell sessions are encrypted with this key */
	bool require_challenge;
	const char *banner; /* CustomerMessage */
	uint32_t seed;
	struct loop_fault fault;
};

/*
 * Parse. Strings point into argv or the environment. With help or version
 * set nothing else was checked.
 * Errors: SM_EUSAGE with a line for people.
 */
int loop_options_parse(struct loop_options *o, int argc, char **argv,
		       struct sm_err *e);

/* The head of --help, and what stands before an error of the command line. */
#define LOOP_OPTIONS_USAGE "Usage: session-manager-loopback [options]\n\n"

/* Append the text of --help. */
int loop_options_help(struct sm_buf *out);

#endif
