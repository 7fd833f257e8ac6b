/*
 * pkg_cmd: the commands of smpkg, and what they share. Only these files print.
 */
#ifndef PKG_CMD_H
#define PKG_CMD_H

#include "common/options.h"
#include "common/out.h"

/* Each runs "smpkg NAME ..." with argv[0] its name, and returns the exit
 * code: 0 done, 1 failed, 2 usage, 3 verification refused. */
int pkg_cmd_build(struct sm_out *o, int argc, char **argv);
int pkg_cmd_distributor(struct sm_out *o, int argc, char **argv);
int pkg_cmd_fleet(struct sm_out *o, int argc, char **argv);
int pkg_cmd_inspect(struct sm_out *o, int argc, char **argv);
int pkg_cmd_key(struct sm_out *o, int argc, char **argv);
int pkg_cmd_layout(struct sm_out *o, int argc, char **argv);
int pkg_cmd_publish(struct sm_out *o, int argc, char **argv);
int pkg_cmd_repo(struct sm_out *o, int argc, char **argv);
int pkg_cmd_sign(struct sm_out *o, int argc, char **argv);
int pkg_cmd_universal(struct sm_out *o, int argc, char **argv);
int pkg_cmd_verify(struct sm_out *o, int argc, char **argv);

/* What one command line looks like. */
struct pkg_cmd_line {
	const char *usage; /* behind "Usage: smpkg " */
	const char *about; /* one sentence */
	const struct sm_option *table;
	size_t n_table;
	const bool *help;  /* set by the option -h */
	const char **args; /* receives the positional arguments: owned */
	size_t n_args;
	size_t min_args, max_args;
};

/*
 * Parse, and print the help text or the usage error.
 * Returns 1 to go on, 0 when help was printed, SM_EUSAGE. `line->args` is
 * freed by pkg_cmd_release.
 */
int pkg_cmd_parse(struct sm_out *o, struct pkg_cmd_line *line, int argc,
		  char **argv);
void pkg_cmd_release(struct pkg_cmd_line *line);

/* Print the error; its exit code. */
int pkg_cmd_fail(struct sm_out *o, const struct sm_err *e);

/*
 * SOURCE_DATE_EPOCH in *epoch_sec, or -1 when it is not set.
 * Errors: SM_EUSAGE if it is not a number that a package can hold.
 */
int pkg_cmd_epoch(int64_t *epoch_sec, struct sm_err *e);

#endif
