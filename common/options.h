/*
 * Command line options from one table: parsing, help and completion.
 *
 * Accepted: -x, -xVALUE, -x VALUE, --name, --name=VALUE, --name VALUE, any
 * unambiguous prefix of a long name, "--" ends options. The last of a
 * repeated option wins. Error texts are those of Python's optparse, which
 * scripts around the official bundle installer know (PACKAGING.md 6.2):
 *   no such option: --x
 *   -i option requires 1 argument
 *   ambiguous option: --in (--inspect, --install-dir?)
 *   --json option does not take a value
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include "common/buf.h"
#include "common/err.h"

enum sm_option_kind {
	SM_OPTION_FLAG, /* bool *: set to true */
	SM_OPTION_STR,  /* const char **: points into argv */
	SM_OPTION_U32,  /* uint32_t *: decimal */
	SM_OPTION_LIST, /* struct sm_option_list *: every value, in order */
	SM_OPTION_HELP  /* bool *: as FLAG; parsing stops there */
};

#define SM_OPTION_LIST_MAX 64

struct sm_option_list {
	const char *value[SM_OPTION_LIST_MAX]; /* point into argv */
	size_t n;
};

struct sm_option {
	char letter;         /* 0: none */
	const char *name;    /* long name without dashes; NULL: none */
	const char *metavar; /* "DIR"; NULL for flags */
	const char *help;    /* one sentence; NULL hides the option */
	enum sm_option_kind kind;
	void *value; /* see kind; not NULL */
};

/*
 * Parse argv[1 .. argc-1]. Positional arguments are moved to the front of
 * args (which has room for argc entries) and counted in *n_args.
 *
 * Errors: SM_EUSAGE with one of the texts above.
 */
int sm_options_parse(const struct sm_option *table, size_t n, int argc,
		     char **argv, const char **args, size_t *n_args,
		     struct sm_err *e);

/* Append the options block of a help text: two columns, 80 wide. */
int sm_options_help(const struct sm_option *table, size_t n,
		    struct sm_buf *out);

/* Append every visible option, one per line, for completion scripts. */
int sm_options_words(const struct sm_option *table, size_t n,
		     struct sm_buf *out);

#endif
