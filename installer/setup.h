/*
 * What setup.exe does, without its window: install what it carries or what
 * lies beside it, remove it, copy itself.
 */
#ifndef INSTALLER_SETUP_H
#define INSTALLER_SETUP_H

#include "common/mem.h"
#include "installer/place.h"
#include "installer/setupargs.h"
#include "installer/ui.h"

struct inst_setup {
	struct inst_setupargs args;
	struct sm_arena arena;
	const char *self;        /* path of this program */
	struct inst_place place; /* where */
	bool own;                /* the place is the user's */
	const char *version;     /* carried, or NULL: it carries nothing */
	const char *installed;   /* there now, or NULL */
};

/*
 * Find out what is carried and what is there. `args` are parsed. Release
 * always, after zeroing by this call's caller.
 *
 * Errors: SM_EVERIFY if what is carried is damaged; those of the place.
 */
int inst_setup_open(struct inst_setup *s, struct sm_err *e);
void inst_setup_release(struct inst_setup *s);

/* Look at another place; "" and NULL are the default. Errors: SM_EUSAGE. */
int inst_setup_place(struct inst_setup *s, const char *dir, struct sm_err *e);

/*
 * Do what was asked for. Returns the exit code, with a message in `e` if it
 * is not a success. `log` receives what the command line would print.
 */
int inst_setup_run(struct inst_setup *s, const struct inst_ui *ui, FILE *log,
		   struct sm_err *e);

#endif
