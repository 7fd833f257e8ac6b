/*
 * pkg_release: a release as it is published: the official layout with digests,
 * bill of materials and notes, and the release channel (docs/channel.md).
 *
 *   OUT/VERSION/...                        as pkg_layout, and in it
 *     RELEASENOTES.md, session-manager-plugin.spdx.json, SHA256SUMS
 *   OUT/channel.json, OUT/channel.json.sig
 *   OUT/latest -> VERSION
 */
#ifndef PKG_RELEASE_H
#define PKG_RELEASE_H

#include "pkg/layout.h"

struct pkg_release {
	struct pkg_layout layout; /* its key is needed */
	const char *history;      /* path, or NULL: the one built in */
	const char *sources;      /* path of scripts/sources.list */
	int64_t issued_sec;       /* Unix time of the channel */
	uint32_t days;            /* until the channel expires */
	bool refresh;             /* only a new issue of the channel */
};

/*
 * Make the release, or with `refresh` only a new issue of the channel, with
 * the states that the history has now. The channel comes after all files, and
 * `latest` last.
 *
 * Errors: SM_EUSAGE for a version that is not described or not newer;
 *         SM_EVERIFY if the last channel is not this key's; SM_EEXIST if
 *         OUT/latest is no link; those of the parts.
 */
int pkg_release_write(const struct pkg_release *r, struct sm_err *e);

#endif
