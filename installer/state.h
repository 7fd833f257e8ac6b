/*
 * What is there before an installation: read once, then planned upon.
 */
#ifndef INSTALLER_STATE_H
#define INSTALLER_STATE_H

#include "common/err.h"
#include "common/mem.h"
#include "installer/layout.h"

enum inst_slot {
	INST_SLOT_ABSENT,
	INST_SLOT_OURS,  /* our link through current */
	INST_SLOT_STALE, /* a copy of another kept version (Windows): a switch
			    was cut short */
	INST_SLOT_FILE, /* a regular file: the official script's, a package's */
	INST_SLOT_FOREIGN, /* another link */
	INST_SLOT_BLOCKED  /* a folder or a device */
};

enum inst_link {
	INST_LINK_ABSENT,
	INST_LINK_OURS,   /* a link with the text that we would write */
	INST_LINK_OTHER,  /* a link to something else that exists */
	INST_LINK_BROKEN, /* a dangling link */
	INST_LINK_FILE,   /* a regular file */
	INST_LINK_BLOCKED /* a folder or a device */
};

/* Names of one kind in an installation; nobody keeps so many. */
#define INST_VERSIONS_MAX 4096

struct inst_names {
	const char **name; /* in the state's arena */
	size_t n, cap;
};

struct inst_state {
	struct sm_arena arena; /* owns every string below */
	const char *dir;       /* absolute, as the user wrote it otherwise */
	const char *link;      /* absolute; "" on Windows */
	bool copies;           /* contract files are copies (Windows) */
	bool registered; /* the system has this DIR in its lists (Windows) */
	bool dir_exists, bin_exists, versions_exists;
	/* DIR holds nothing but: empty bin/ or versions/; the user's files */
	bool empty_folders, users_files;
	bool current_link; /* DIR/current is a link into versions/ */
	enum inst_slot slot[INST_FILES];
	const char *current;         /* version folder's name, or NULL */
	const char *plain_version;   /* contents of a regular VERSION, "unknown"
				      without one; NULL if no file is plain */
	struct inst_names versions;  /* sorted by version, oldest first */
	struct inst_names leftovers; /* .stage-*, .trash-* */
	/* folders to be made for DIR and for LINK, outermost first */
	struct inst_names missing_dir, missing_link;
	/* links that were being made when a run was killed: full paths */
	struct inst_names stale;
	enum inst_link link_kind;
	const char *link_text;   /* NULL unless it is a link */
	const char *link_parent; /* the folder that holds the link */
};

/*
 * Look at DIR and LINK (both absolute). Changes nothing.
 * Errors: SM_EPERM, SM_EIO with the path; SM_ESTATE if DIR is not a folder;
 * SM_ELIMIT above INST_VERSIONS_MAX kept versions.
 */
int inst_state_read(struct inst_state *s, const char *dir, const char *link,
		    struct sm_err *e);
void inst_state_release(struct inst_state *s);

/* Append a name to a list of the state. Errors: SM_ELIMIT. */
int inst_state_add(struct inst_state *s, struct inst_names *list,
		   const char *name);

/* True if a switch to the current version was cut short (Windows). */
bool inst_state_is_torn(const struct inst_state *s);

/* True if a version folder of that name is there. */
bool inst_state_has(const struct inst_state *s, const char *version);

/* Which contract files are below `root`, as regular files. */
void inst_state_present(const char *root, bool present[INST_FILES]);

#endif
