/*
 * The command line of "session-manager-plugin start": a session that the
 * plugin starts itself, without the AWS CLI. Options and what StartSession is
 * asked for; no network, no output.
 */
#ifndef PLUGIN_START_H
#define PLUGIN_START_H

#include "common/buf.h"
#include "common/err.h"
#include "common/options.h"

#include <stdbool.h>

/* Bytes of a host name, RFC 1035 2.3.4; of the parameters in JSON. */
#define PLUG_START_HOST_MAX 255
#define PLUG_START_PARAMETERS_MAX SM_BUF_SMALL

/* All point into argv; NULL when absent. */
struct plug_start {
	const char *target, *region, *profile, *document, *parameters;
	const char *endpoint, *command, *reason;
	struct sm_option_list forwards; /* -L, unread */
	bool quiet, help;
};

/* [BIND:]PORT:HOST:PORT; the views point into the text. */
struct plug_start_forward {
	struct sm_str bind; /* empty: the loopback addresses */
	unsigned local;     /* 0: the system chooses */
	struct sm_str host;
	unsigned remote;
};

/*
 * Parse argv[1 .. argc-1] (argv[0] is "start") and check that it can be
 * meant: a target, forwards that can be read, one thing to do.
 *
 * Errors: SM_EUSAGE.
 */
int plug_start_parse(struct plug_start *s, int argc, char **argv,
		     struct sm_err *e);

/* Append the help text. */
int plug_start_help(struct sm_buf *out);

/* Addresses in IPv6 stand in brackets. Errors: SM_EUSAGE. */
int plug_start_forward(struct plug_start_forward *f, struct sm_str text,
		       struct sm_err *e);

/*
 * The document, and its parameters in JSON appended to `parameters`, for a
 * session with the first forward, if there is one. *document is NULL for the
 * account's default; `parameters` stays empty when there are none. With a
 * forward *bind is the address to listen on, else "".
 * Source: PROTOCOL.md 10.1, 11.
 *
 * Errors: SM_ELIMIT.
 */
int plug_start_document(const struct plug_start *s, const char **document,
			struct sm_buf *parameters, struct sm_str *bind,
			struct sm_err *e);

/*
 * Append the region: the option, AWS_REGION, AWS_DEFAULT_REGION, the
 * profile's. Errors: SM_EUSAGE when there is none; those of the files.
 */
int plug_start_region(const struct plug_start *s, struct sm_buf *out,
		      struct sm_err *e);

#endif
