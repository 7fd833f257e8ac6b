/*
 * pkg_issue: the next issue of the release channel, from the last one, the
 * release history and what a release consists of.
 */
#ifndef PKG_ISSUE_H
#define PKG_ISSUE_H

#include "common/buf.h"
#include "common/channel.h"
#include "common/history.h"

struct pkg_key;

struct pkg_issue {
	struct sm_channel last;            /* all zero: there is none yet */
	struct sm_history history;         /* states, dates, notes */
	struct sm_channel_version release; /* new; version NULL: none */
	int64_t issued_sec;                /* Unix time */
	uint32_t days;                     /* until it expires */
};

void pkg_issue_init(struct pkg_issue *i);
void pkg_issue_release(struct pkg_issue *i);

/*
 * Take the last issue; it must bear this key's signature. It may have
 * expired.
 * Errors: SM_EVERIFY; those of sm_channel_parse.
 */
int pkg_issue_last(struct pkg_issue *i, const struct pkg_key *key,
		   struct sm_str json, struct sm_str sig, struct sm_err *e);

/*
 * May `version` be released? It must be in the history as the project's own,
 * not withdrawn, and be newer than all of the last issue.
 * Errors: SM_EUSAGE with the reason.
 */
int pkg_issue_check(const struct pkg_issue *i, const char *version,
		    struct sm_err *e);

/*
 * Append the new document. The state of every version is that of the history
 * now; the newest one without a state is current. *current (may be NULL)
 * becomes its number, or NULL; it lives as long as the issue.
 * Errors: SM_EFORMAT if the history lacks a version of the channel.
 */
int pkg_issue_put(struct pkg_issue *i, const char **current, struct sm_buf *out,
		  struct sm_err *e);

#endif
