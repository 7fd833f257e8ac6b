/*
 * What install, update and download share: choosing the artifact, and
 * installing what was fetched.
 */
#ifndef INSTALLER_BRING_H
#define INSTALLER_BRING_H

#include "installer/artifact.h"
#include "installer/bundled.h"
#include "installer/feed.h"
#include "installer/job.h"
#include "installer/settings.h"

/* The artifact for --platform, --arch and --format. Errors: SM_EUSAGE,
 * SM_ENOTSUP. */
int inst_bring_pick(const struct inst_settings *s,
		    const struct inst_artifact **a, struct sm_err *e);

/*
 * The release channel at --from, checked against what the installation in
 * `dir` remembers; remembers nothing. Release `feed`, zeroed before, always.
 * Errors: SM_ENOTFOUND if there is none; those of inst_feed_open.
 */
int inst_bring_channel(const struct inst_settings *s, const char *dir,
		       struct inst_feed *feed, struct sm_err *e);

/*
 * Install what this program carries: source and version of the job, and what
 * its receipt says of them, are filled here. Returns 1 if there was nothing to
 * do. Errors: those of common/archive.h and inst_job_install.
 */
int inst_bring_bundled(const struct inst_settings *s, struct inst_job *j,
		       const struct inst_bundled *b, struct sm_err *e);

/*
 * Fetch, verify and install; or, if this is a self-contained installer and no
 * other source is named, install what it carries. `update`: nothing to do if it is installed, and
 * no older version without --allow-downgrade.
 */
int inst_bring_install(const struct inst_settings *s, bool update,
		       struct sm_out *out, struct sm_err *e);

#endif
