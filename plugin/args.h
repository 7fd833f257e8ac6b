/*
 * The command line of session-manager-plugin, as its callers use it
 * (PROTOCOL.md 1.1 to 1.3). Pure but for reading one environment variable,
 * which is removed again at once.
 */
#ifndef PLUGIN_ARGS_H
#define PLUGIN_ARGS_H

#include "common/buf.h"
#include "common/err.h"

/* What the number of arguments and the first one ask for. */
enum plug_args_verb {
	PLUG_ARGS_BANNER,  /* no argument: the success text */
	PLUG_ARGS_VERSION, /* --version alone */
	PLUG_ARGS_START,   /* "start" with options: ours alone */
	PLUG_ARGS_UNKNOWN, /* one or two arguments otherwise */
	PLUG_ARGS_SESSION  /* three or more */
};

/* argv[1] beginning with this names the variable with the response. */
#define PLUG_ARGS_VARIABLE "AWS_SSM_START_SESSION_RESPONSE"

/* Longest response accepted; one argument of Linux holds 128 KiB. */
#define PLUG_ARGS_RESPONSE_MAX ((size_t)256 << 10)

struct plug_args {
	struct sm_buf response; /* StartSession's JSON; secret */
	bool by_variable;       /* not visible in the list of processes */
	bool legacy;            /* argc 4: KMS encryption is refused */
	const char *region;     /* these point into argv; "" when absent */
	const char *operation;
	const char *profile;
	const char *parameters; /* NULL when absent */
	const char *endpoint;
};

/* Decides from the arguments alone; touches nothing. */
enum plug_args_verb plug_args_verb(int argc, char *const *argv);

/*
 * Collect the arguments of a session (argc >= 4). The response is copied; the
 * variable is unset, and an argument that holds the response is overwritten
 * so that the list of processes does not show the token.
 *
 * Errors: SM_ELIMIT when the response is too long.
 */
int plug_args_session(struct plug_args *a, int argc, char **argv,
		      struct sm_err *e);

void plug_args_release(struct plug_args *a);

#endif
