/*
 * From "version V of the plugin" to a verified, open package: out of the
 * official location, a mirror, a folder, or a file.
 *
 * Rule: the bytes that were verified are the bytes that are used. The
 * artifact is brought into a private file, which has no name that others
 * could open, verified there, and read on through the same descriptor.
 *
 * An address or a directory with a release channel is one: the channel says
 * what is there, and its signature vouches for the artifact by its digest.
 */
#ifndef INSTALLER_FETCH_H
#define INSTALLER_FETCH_H

#include "common/mem.h"
#include "common/out.h"
#include "installer/artifact.h"
#include "installer/feed.h"
#include "installer/trust.h"

struct inst_fetch {
	/* wanted */
	struct sm_out *out;
	const char *from;    /* URL, folder or file; NULL: official location */
	const char *version; /* "latest" or a version */
	const char *sig;     /* a file's signature; NULL: FILE.sig */
	const struct inst_artifact *artifact; /* unused when from is a file */
	const struct inst_trust *trust;
	const char *dir; /* installation that remembers channels, or NULL */
	bool any_file;   /* a file need not be a package: the bare binary */
	bool as_is;      /* nor one that can be opened here */

	/* found */
	struct sm_arena arena;   /* owns the texts below */
	int fd;                  /* the verified artifact, or -1 */
	const char *kind;        /* "file", "directory" or "url" */
	const char *where;       /* path or URL, without credentials */
	const char *name;        /* last part of it */
	struct sm_buf signature; /* as fetched */
	const char *no_sig;      /* what it would be called, if it is missing */
	struct sm_openpgp_result verified;
	struct sm_package package;
	const char *base;      /* of the source, without '/' at its end */
	bool by_channel;       /* verified by it, not by a signature alone */
	struct inst_feed feed; /* its channel, if feed.found */
	const struct sm_channel_version *listed; /* in it: what was chosen */
	bool resolved, is_file;
};

/* Zeroed, with nothing open. Release always. */
void inst_fetch_init(struct inst_fetch *f);
void inst_fetch_release(struct inst_fetch *f);

/*
 * Find out which version `version` is, with small documents only: the channel,
 * or an address's VERSION. f->version stays "latest" where only the package
 * can tell: in a directory without a channel, and for a file.
 *
 * Errors: SM_EVERIFY when the channel does not hold or refuses the version;
 * SM_ENOTFOUND; those of the network.
 */
int inst_fetch_resolve(struct inst_fetch *f, struct sm_err *e);

/*
 * Resolve, unless that was done; bring, verify, and read the package's facts.
 *
 * Errors: SM_EVERIFY when there is no signature, beside or inside, it does not hold, the
 * channel refuses the version or differs in size or digest, the
 * package is of another version than asked for, of another architecture than
 * the artifact's place says, or damaged inside; SM_ENOTFOUND when there is no
 * such artifact; those of the network.
 */
int inst_fetch_run(struct inst_fetch *f, struct sm_err *e);

/*
 * Append a small document; tried again like an artifact. Errors: SM_ENOTFOUND
 * if it is not there (403 and 404: PACKAGING.md 1.1), else those of
 * sm_http_download.
 */
int inst_fetch_small(const char *url, size_t max, struct sm_buf *out,
		     struct sm_err *e);

/* The channel of the source, for what comes after; see installer/feed.h. */
struct inst_feed_source inst_fetch_source(struct inst_fetch *f);

/* True if it begins with http:// or https://. */
bool inst_fetch_is_url(const char *from);

#endif
