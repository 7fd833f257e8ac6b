/*
 * The release channel of a source (docs/channel.md), and the memory that makes
 * going back to an older document impossible: DIR/versions/.channel, one line
 * for each source: "SERIAL SHA256 SOURCE".
 */
#ifndef INSTALLER_FEED_H
#define INSTALLER_FEED_H

#include "common/channel.h"
#include "installer/trust.h"

#define INST_FEED_DOCUMENT "channel.json"
#define INST_FEED_SEEN_MAX ((size_t)64 << 10) /* bytes of the memory */

struct inst_feed {
	bool found;
	struct sm_channel channel;
	struct sm_openpgp_result verified; /* of the document */
	struct sm_channel_seen seen;       /* after this document */
};

struct inst_feed_source {
	const char *base; /* address or directory, without '/' at its end */
	const char *dir;  /* installation with the memory, or NULL: none */
	const struct inst_trust *trust;
	int64_t now; /* Unix seconds */
};

/*
 * Fetch, verify and check the channel at the source. Without one f->found is
 * false, which is success unless the source is remembered to have one: what
 * had a channel keeps it. Release after success and failure.
 *
 * Errors: SM_EVERIFY for a document that does not hold, expired, is older
 *         than one that was seen, or disappeared; those of the network.
 */
int inst_feed_open(struct inst_feed *f, const struct inst_feed_source *src,
		   struct sm_err *e);
void inst_feed_release(struct inst_feed *f);

/*
 * The version to install: a number or "latest".
 * Errors: SM_EVERIFY with the reason if it is withdrawn; SM_ENOTFOUND.
 */
int inst_feed_choose(const struct inst_feed *f, const char *version,
		     const struct sm_channel_version **v, struct sm_err *e);

/* True if that version is in the channel and withdrawn. */
bool inst_feed_withdrawn(const struct inst_feed *f, const char *version);

/*
 * Remember the document. Does nothing if DIR/versions is not there. Lines that
 * are not understood are dropped.
 */
int inst_feed_remember(const struct inst_feed *f,
		       const struct inst_feed_source *src, struct sm_err *e);

/*
 * What the memory's text says about a source: serial 0 if nothing. Pure.
 * Errors: SM_EFORMAT if its line is damaged.
 */
int inst_feed_recall(struct sm_str text, const char *base,
		     struct sm_channel_seen *seen);

#endif
