/*
 * The options of all verbs in one place: one struct, one table; a verb names
 * the groups that it takes.
 */
#ifndef INSTALLER_SETTINGS_H
#define INSTALLER_SETTINGS_H

#include "common/options.h"
#include "common/out.h"

enum inst_group {
	INST_GROUP_PLACE = 1,     /* -i -b --user */
	INST_GROUP_SOURCE = 2,    /* --from, with KEY */
	INST_GROUP_PICK = 4,      /* --platform --arch --format */
	INST_GROUP_ACT = 8,       /* --dry-run --force */
	INST_GROUP_KEEP = 16,     /* --keep --no-probe */
	INST_GROUP_OUTPUT = 32,   /* --output */
	INST_GROUP_PURGE = 64,    /* --purge */
	INST_GROUP_JSON = 128,    /* --json */
	INST_GROUP_DOWN = 256,    /* --allow-downgrade */
	INST_GROUP_COMPAT = 512,  /* --compat --version */
	INST_GROUP_KEY = 1024,    /* --key; part of SOURCE */
	INST_GROUP_REGION = 2048, /* --region */
	INST_GROUP_BUNDLED = 4096 /* --bundled */
};

/* Without a verb: what the official script takes, and a little more. */
#define INST_SETTINGS_CONTRACT                                 \
	(INST_GROUP_PLACE | INST_GROUP_ACT | INST_GROUP_KEEP | \
	 INST_GROUP_COMPAT)

#define INST_SETTINGS_MAX 32
#define INST_SETTINGS_KEEP 3 /* versions, when --keep is not given */
#define INST_ARGS_MAX 64

struct inst_settings {
	const char *dir, *link, *from, *platform, *arch, *format, *output;
	const char *region;
	struct sm_option_list keys, roots, publishers;
	bool user, dry_run, force, no_probe, purge, allow_downgrade, compat;
	bool bundled;
	bool quiet, verbose, json, help, version;
	uint32_t keep;
	const char *args[INST_ARGS_MAX]; /* positional */
	size_t n_args;
	struct sm_option table[INST_SETTINGS_MAX];
	size_t n_table;
};

/* Set the defaults and the table for these groups. */
void inst_settings_init(struct inst_settings *s, unsigned groups);

/*
 * Parse, and set verbosity and form of `out`. Errors: SM_EUSAGE; more than
 * `max_args` positional arguments are one.
 */
int inst_settings_parse(struct inst_settings *s, int argc, char **argv,
			size_t max_args, struct sm_out *out, struct sm_err *e);

/* Print usage line, text and options to out->out. */
void inst_settings_help(const struct inst_settings *s, struct sm_out *out,
			const char *usage, const char *text);

/*
 * What may help behind a message: a clause in parentheses when the system
 * denied permission, else "".
 */
const char *inst_settings_hint(const struct inst_settings *s,
			       const struct sm_err *e);

/* A verb: what it takes, what its help says, and what it does. */
struct inst_verb {
	const char *name;
	unsigned groups;
	size_t max_args;
	const char *usage; /* behind "install " */
	const char *text;
	int (*run)(const struct inst_settings *s, struct sm_out *out,
		   struct sm_err *e);
	const char *words; /* its arguments, for completion; NULL: files */
};

/* Parse, help or run, print the error. Returns the exit code. */
int inst_settings_command(const struct inst_verb *v, int argc, char **argv,
			  struct sm_out *out);

#endif
