/*
 * Several forwards of one "start": a copy of this program for each, with one
 * fate. When one of them ends, or somebody asks us to, all end.
 */
#ifndef PLUGIN_SIBLINGS_H
#define PLUGIN_SIBLINGS_H

#include "common/err.h"
#include "plugin/start.h"
#include "plugin/signals.h"

struct plug_siblings_result {
	int status;     /* of the first that ended by itself; 0 if asked */
	bool by_signal; /* end as `signal` does */
	enum plug_signal signal;
};

/*
 * Start "start" once for each forward of `s` and wait until all have ended.
 * Errors: SM_EIO when one cannot be started; the others have ended then.
 */
int plug_siblings_run(const struct plug_start *s,
		      struct plug_siblings_result *result, struct sm_err *e);

#endif
