/*
 * A private folder for unpacked files. It is locked while it is used, so that
 * one that a killed run left behind is known by being free.
 */
#ifndef INSTALLER_SCRATCH_H
#define INSTALLER_SCRATCH_H

#include "common/err.h"

struct inst_scratch {
	char path[4096];
	int lock; /* -1: none */
};

#define INST_SCRATCH_INIT \
	{                 \
		"", -1    \
	}

/*
 * Make one below the temporary folder, and remove what killed runs of this
 * user have left there: folders of that name, private, locked by nobody.
 * Errors: those of making it; what cannot be removed stays.
 */
int inst_scratch_make(struct inst_scratch *s, struct sm_err *e);

/* Remove it with all in it. Safe to call when none was made. */
void inst_scratch_remove(struct inst_scratch *s);

#endif
