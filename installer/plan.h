/*
 * A plan: the steps from a state to a wanted installation, in order. Pure and
 * printable; installer/apply.h performs it. The order keeps this promise:
 * whatever step is the last, the old or the new version is whole, and the one
 * step marked `commit` is the switch between them.
 */
#ifndef INSTALLER_PLAN_H
#define INSTALLER_PLAN_H

#include "common/buf.h"
#include "common/err.h"
#include "installer/state.h"

enum inst_step_kind {
	INST_STEP_MKDIR,      /* path, mode; fine if it is there */
	INST_STEP_COPY,       /* from -> path, mode; a new file */
	INST_STEP_WRITE,      /* data -> path, mode; a new file */
	INST_STEP_HARDLINK,   /* from -> path; a copy where that cannot be */
	INST_STEP_SYNC,       /* all new files, then the folder path */
	INST_STEP_RENAME,     /* from -> path; `tidy`: or `from` is removed */
	INST_STEP_LINK,       /* path becomes a link with the text `from` */
	INST_STEP_REPLACE,    /* path becomes a copy of `from` (Windows) */
	INST_STEP_PROBE,      /* `path --version` must print `from` */
	INST_STEP_LABEL,      /* `from -R path` sets SELinux labels */
	INST_STEP_RETIRE,     /* run the command `from`: installer/register.h */
	INST_STEP_REGISTER,   /* enter path, version `from`, with the system */
	INST_STEP_UNREGISTER, /* take path out again */
	INST_STEP_REMOVE,     /* a file or a link; fine if it is gone */
	INST_STEP_RMDIR,      /* only if empty */
	INST_STEP_REMOVE_TREE /* never through a link */
};

struct inst_step {
	enum inst_step_kind kind;
	const char *path;
	const char *from;   /* see kind */
	const char *before; /* REPLACE: what path was a copy of, or NULL */
	const char *aside;  /* REPLACE: a name for a program that runs */
	struct sm_str data; /* WRITE */
	unsigned mode;
	bool commit; /* from here on the new version is the installed one */
	bool keep;   /* complete in itself: not undone when a later one fails */
	bool tidy;   /* failure is only a warning */
};

struct inst_plan {
	struct sm_arena arena;
	struct inst_step *step;
	size_t n, cap;
	/* told before each step and after the last, or NULL */
	void (*watch)(void *user, size_t done, size_t all);
	void *watch_user;
};

struct inst_wanted {
	const char *source;       /* folder with the files, as in the bundle */
	bool present[INST_FILES]; /* which of them are there */
	const char *version;      /* of the source */
	/* Receipt of the new version; its folder's name is not in it. */
	struct sm_str receipt;
	unsigned keep;     /* versions to keep, the new one included; >= 1 */
	bool force;        /* a regular file at LINK, foreign links in DIR */
	bool no_probe;     /* do not run what was staged */
	const char *label; /* installer/label.h, or NULL */
	/* files that are taken from elsewhere, by full path, or NULL */
	const char *other[INST_FILES];
	const char *retire; /* command of installer/register.h, or NULL */
};

/*
 * Plan an installation or update. `p` is filled; release it always.
 * Errors: SM_ESTATE with what is in the way: a folder at LINK, somebody's
 * regular file at LINK, a foreign link or a folder in place of a contract
 * file; SM_ENOTFOUND if a required file is not in the source.
 */
int inst_plan_install(struct inst_plan *p, struct inst_state *s,
		      const struct inst_wanted *w, struct sm_err *e);

/* Plan the switch to a version folder that is there. Errors: SM_ENOTFOUND. */
int inst_plan_switch(struct inst_plan *p, struct inst_state *s,
		     const char *folder, struct sm_err *e);

/*
 * Plan the removal of what the state shows as ours or as a plain tree of
 * contract files, and of LINK if it leads there. `purge`: also seelog.xml and
 * logs/. What a removal that was killed left is something to remove, too: bin/
 * and versions/, empty, beside nothing of anybody else. A DIR that is empty is
 * not: it may never have been ours. Errors: SM_ENOTFOUND if nothing is
 * installed.
 */
int inst_plan_uninstall(struct inst_plan *p, struct inst_state *s, bool purge,
			struct sm_err *e);

void inst_plan_release(struct inst_plan *p);

/* What a step does, in words: "make directory". */
const char *inst_plan_act(enum inst_step_kind kind);

/* Append one line a step, for --dry-run. */
int inst_plan_print(const struct inst_plan *p, struct sm_buf *out);

#endif
