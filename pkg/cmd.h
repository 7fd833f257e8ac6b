/*
 * pkg_cmd: the commands of smpkg, and what they share. Only these files print.
 */
#ifndef PKG_CMD_H
#define PKG_CMD_H

#include "common/mem.h"
#include "common/options.h"
#include "common/out.h"

struct pkg_build;
struct pkg_cmssign;
struct pkg_facts;
struct pkg_key;
struct pkg_tsa;

/* Each runs "smpkg NAME ..." with argv[0] its name, and returns the exit
 * code: 0 done, 1 failed, 2 usage, 3 verification refused. */
int pkg_cmd_build(struct sm_out *o, int argc, char **argv);
int pkg_cmd_diff(struct sm_out *o, int argc, char **argv);
int pkg_cmd_distributor(struct sm_out *o, int argc, char **argv);
int pkg_cmd_fleet(struct sm_out *o, int argc, char **argv);
int pkg_cmd_inspect(struct sm_out *o, int argc, char **argv);
int pkg_cmd_key(struct sm_out *o, int argc, char **argv);
int pkg_cmd_layout(struct sm_out *o, int argc, char **argv);
int pkg_cmd_publish(struct sm_out *o, int argc, char **argv);
int pkg_cmd_repo(struct sm_out *o, int argc, char **argv);
int pkg_cmd_sign(struct sm_out *o, int argc, char **argv);
int pkg_cmd_staple(struct sm_out *o, int argc, char **argv);
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

/*
 * Parse, run and release: the whole of a command. `run` gets `args`, where the
 * table's options are by then. Returns the exit code.
 */
int pkg_cmd_run(struct sm_out *o, struct pkg_cmd_line *line, int argc,
		char **argv,
		int (*run)(struct sm_out *o, const struct pkg_cmd_line *line,
			   void *args, struct sm_err *e),
		void *args);

/* --- options of several commands, as rows of a table ----------------------- */

#define PKG_CMD_HELP(flag)                                                   \
	{                                                                    \
		'h', "help", NULL, "show this help", SM_OPTION_HELP, &(flag) \
	}

/* The rows of a key to sign with: struct pkg_cmd_key. */
struct pkg_cmd_key {
	const char *name;       /* file, or where it is held; NULL: not given */
	const char *public_key; /* file */
};

#define PKG_CMD_KEY(k, about)                                        \
	{ 'k', "key", "KEY", about, SM_OPTION_STR, &(k).name },      \
	{                                                            \
		0, "public-key", "FILE",                             \
			"public key block of a --key in a token or " \
			"behind a program",                          \
			SM_OPTION_STR, &(k).public_key               \
	}

/* As pkg_sign_load_key. */
int pkg_cmd_load_key(struct pkg_key *k, const struct pkg_cmd_key *a,
		     struct sm_err *e);

/* The row that has a deb signed inside; sets a flag. */
#define PKG_CMD_ORIGIN(flag)                                            \
	{                                                               \
		0, "embed-origin", NULL,                                \
			"sign a deb inside as well, for debsig-verify", \
			SM_OPTION_FLAG, &(flag)                         \
	}

/* The rows of a certificate that signs inside: struct pkg_cmd_cert. */
struct pkg_cmd_cert {
	const char *chain; /* file; NULL: not given */
	const char *key;   /* file, or where it is held; NULL: in `chain` */
};

#define PKG_CMD_CERT(c, what)                                                        \
	{ 0,                                                                         \
	  "cert",                                                                    \
	  "FILE",                                                                    \
	  "sign " what " inside: PEM certificates, the signer's first, then "        \
	  "those that issued it",                                                    \
	  SM_OPTION_STR,                                                             \
	  &(c).chain },                                                              \
	{                                                                            \
		0, "cert-key", "KEY",                                                \
			"key of --cert: PEM, or as for --key [default: in the same " \
			"file]",                                                     \
			SM_OPTION_STR, &(c).key                                      \
	}

/* The same for a second certificate, for Windows programs. */
#define PKG_CMD_EXE_CERT(c)                                                  \
	{ 0,                                                                 \
	  "exe-cert",                                                        \
	  "FILE",                                                            \
	  "the same for Windows: setup programs, and programs in packages",  \
	  SM_OPTION_STR,                                                     \
	  &(c).chain },                                                      \
	{                                                                    \
		0, "exe-cert-key", "KEY", "key of --exe-cert, RSA or ECDSA", \
			SM_OPTION_STR, &(c).key                              \
	}

/* As pkg_cmssign_load; nothing if none is given. */
int pkg_cmd_load_cert(struct pkg_cmssign *c, const struct pkg_cmd_cert *a,
		      struct sm_err *e);

/* The rows of a time stamp: struct pkg_cmd_stamp. */
struct pkg_cmd_stamp {
	const char *url;
	struct sm_option_list roots;
};

#define PKG_CMD_STAMP(t)                                                  \
	{ 0,                                                              \
	  "timestamp",                                                    \
	  "URL",                                                          \
	  "add a time stamp of this authority (RFC 3161) to what --cert " \
	  "signs",                                                        \
	  SM_OPTION_STR,                                                  \
	  &(t).url },                                                     \
	{                                                                 \
		0, "tsa-roots", "FILE",                                   \
			"PEM certificates to which the time stamp must "  \
			"lead; may be repeated",                          \
			SM_OPTION_LIST, &(t).roots                        \
	}

/* The authority; its roots are kept in `arena`. Errors: SM_EUSAGE for roots
 * without an address; those of pkg_roots_load. */
int pkg_cmd_load_stamp(struct pkg_tsa *t, const struct pkg_cmd_stamp *a,
		       struct sm_arena *arena, struct sm_err *e);

/* SM_EUSAGE for a key or a time stamp without a certificate. `exe` is NULL if
 * the command has no such rows. */
int pkg_cmd_check_certs(const struct pkg_cmd_cert *mac,
			const struct pkg_cmd_cert *exe,
			const struct pkg_cmd_stamp *stamp, struct sm_err *e);

/* The rows of what packages are made from: struct pkg_cmd_source. */
struct pkg_cmd_source {
	const char *manifest;
	const char *version;
	struct sm_option_list roots;
};

#define PKG_CMD_MANIFEST(s)                                             \
	{                                                               \
		'm', "manifest", "FILE", "description of the packages", \
			SM_OPTION_STR, &(s).manifest                    \
	}

#define PKG_CMD_ROOT(s)                                                      \
	{                                                                    \
		'r', "root", "DIR",                                          \
			"look for sources here; may be repeated, the first " \
			"that has a file wins [default: .]",                 \
			SM_OPTION_LIST, &(s).roots                           \
	}

#define PKG_CMD_VERSION(s)                                                    \
	{                                                                     \
		0, "set-version", "VERSION",                                  \
			"what @VERSION@ stands for [default: that of smpkg]", \
			SM_OPTION_STR, &(s).version                           \
	}

/*
 * Fill in manifest, version, roots and the clock of SOURCE_DATE_EPOCH.
 * Errors: SM_EUSAGE.
 */
int pkg_cmd_load_source(struct pkg_build *b, const struct pkg_cmd_source *s,
			struct sm_err *e);

/* The version asked for, or that of smpkg. */
const char *pkg_cmd_version(const struct pkg_cmd_source *s);

/* The rows of a published release that is read: struct pkg_cmd_published. */
struct pkg_cmd_published {
	struct pkg_cmd_source source; /* roots are not asked for */
	struct pkg_cmd_key key;
	const char *dir;
};

#define PKG_CMD_PUBLISHED(r)                                             \
	PKG_CMD_MANIFEST((r).source), { 0,                               \
					"release",                       \
					"DIR",                           \
					"what smpkg release made",       \
					SM_OPTION_STR,                   \
					&(r).dir },                      \
		PKG_CMD_KEY((r).key, "the key that signed the release"), \
	{                                                                \
		0, "set-version", "VERSION",                             \
			"which version of it [default: that of smpkg]",  \
			SM_OPTION_STR, &(r).source.version               \
	}

/*
 * Its facts; `f` is released by the caller in any case.
 * Errors: SM_EUSAGE if an option lacks; those of pkg_facts_load.
 */
int pkg_cmd_load_published(struct pkg_facts *f,
			   const struct pkg_cmd_published *a, struct sm_err *e);

/* Print a file that was written; `user` is the struct sm_out. */
void pkg_cmd_show_file(void *user, const char *path, size_t bytes);

/* Print the error; its exit code. */
int pkg_cmd_fail(struct sm_out *o, const struct sm_err *e);

/*
 * SOURCE_DATE_EPOCH in *epoch_sec, or -1 when it is not set.
 * Errors: SM_EUSAGE if it is not a number that a package can hold.
 */
int pkg_cmd_epoch(int64_t *epoch_sec, struct sm_err *e);

/* The same, with the time of day where it is not set. */
int pkg_cmd_now(int64_t *now_sec, struct sm_err *e);

#endif
