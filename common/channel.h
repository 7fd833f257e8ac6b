/*
 * The release channel: one signed JSON document that says which versions
 * exist, in which state, and what their artifacts are. docs/channel.md is
 * the definition; this is its reader and writer.
 */
#ifndef COMMON_CHANNEL_H
#define COMMON_CHANNEL_H

#include "common/mem.h"
#include "common/openpgp.h"

#define SM_CHANNEL_MAX ((size_t)4 << 20) /* bytes of the document */
#define SM_CHANNEL_VERSIONS_MAX 1024
#define SM_CHANNEL_ARTIFACTS_MAX 128 /* of one version */
#define SM_CHANNEL_SKEW_SEC SM_OPENPGP_SKEW_SEC

enum sm_channel_state {
	SM_CHANNEL_CURRENT,    /* at most one: what "latest" means */
	SM_CHANNEL_SUPERSEDED, /* fine, but there is a newer one */
	SM_CHANNEL_DEPRECATED, /* works; move on, see reason */
	SM_CHANNEL_WITHDRAWN   /* never install */
};

struct sm_channel_artifact {
	const char *platform; /* "linux", "macos", "windows" */
	const char *arch;     /* "x86_64", "i386", "aarch64", "universal" */
	const char *format;   /* "deb", "rpm", "bundle", "pkg", "exe", "zip",
				 "binary" */
	const char *path;     /* relative to the channel document */
	const char *sha256;   /* 64 lower-case digits */
	uint64_t size;        /* bytes */
};

struct sm_channel_version {
	const char *version;
	const char *date; /* "2026-11-21" */
	enum sm_channel_state state;
	const char *reason; /* "" unless deprecated or withdrawn */
	const char *notes;  /* may be "" */
	struct sm_channel_artifact *artifact;
	size_t n_artifacts;
};

struct sm_channel {
	uint64_t serial;     /* grows with every issue */
	int64_t issued;      /* Unix seconds */
	int64_t expires;     /* Unix seconds */
	const char *product; /* "session-manager-plugin" */
	const char *minimum; /* oldest version the service supports */
	struct sm_channel_version *version; /* newest first */
	size_t n_versions;
	char sha256[SM_SHA256_HEX];         /* of the document's bytes */
	struct sm_openpgp_result signature; /* set by sm_channel_open */
	struct sm_arena arena;              /* owns all of the above */
};

void sm_channel_release(struct sm_channel *c);

/* "current", "superseded", "deprecated", "withdrawn". */
const char *sm_channel_state_name(enum sm_channel_state s);

/*
 * Parse and check the document's own rules; trusts nothing yet. *c is set
 * up by this call and is released by the caller only after success.
 * Errors: SM_EFORMAT naming member and cause, SM_ELIMIT.
 */
int sm_channel_parse(struct sm_channel *c, struct sm_str json,
		     struct sm_err *e);

/*
 * Verify the detached signature over the exact bytes, then parse, then look
 * at the clock: refuses a document that expired (a mirror that stands still)
 * or was issued in the future.
 * Errors: SM_EVERIFY, and those of sm_channel_parse.
 */
int sm_channel_open(struct sm_channel *c, const struct sm_openpgp_ring *r,
		    struct sm_str json, struct sm_str sig, int64_t now,
		    struct sm_err *e);

/* What a client remembers of the last document that it accepted. */
struct sm_channel_seen {
	uint64_t serial; /* 0: none yet */
	char sha256[SM_SHA256_HEX];
};

/*
 * Rollback rule: a lower serial, or the same with other bytes, is refused.
 * On success *seen becomes this document. Errors: SM_EVERIFY.
 */
int sm_channel_advance(const struct sm_channel *c, struct sm_channel_seen *seen,
		       struct sm_err *e);

/* The version with this number, or the current one for "latest"; NULL. */
const struct sm_channel_version *sm_channel_find(const struct sm_channel *c,
						 const char *version);

/* The artifact, or NULL. */
const struct sm_channel_artifact *sm_channel_artifact(
	const struct sm_channel_version *v, const char *platform,
	const char *arch, const char *format);

/*
 * Append the document. Same contents, same bytes. Errors: SM_ELIMIT of the
 * buffer, SM_EFORMAT if sm_channel_parse would refuse what was written.
 */
int sm_channel_put(const struct sm_channel *c, struct sm_buf *out,
		   struct sm_err *e);

#endif
