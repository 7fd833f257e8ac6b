/*
 * The command line of setup.exe: that of the official setup program, which is
 * a WiX bundle, with the spellings of other setup programs beside it
 * (PACKAGING.md 1.7 and 5.4). A '-' works for each '/'; case does not matter.
 */
#ifndef INSTALLER_SETUPARGS_H
#define INSTALLER_SETUPARGS_H

#include "common/err.h"

#include <stdbool.h>

/*
 * Exit codes of the Windows Installer.
 * Source: Microsoft, "MsiExec.exe and InstMsi.exe error messages"; 740 is
 * ERROR_ELEVATION_REQUIRED.
 */
enum inst_setupargs_status {
	INST_SETUP_DONE = 0,
	INST_SETUP_ELEVATE = 740,
	INST_SETUP_CANCELLED = 1602,
	INST_SETUP_FAILED = 1603,
	INST_SETUP_ABSENT = 1605, /* there is nothing to remove */
	INST_SETUP_BUSY = 1618,   /* another one is at work */
	INST_SETUP_NEWER = 1638,  /* a newer version is installed */
	INST_SETUP_USAGE = 1639,
	INST_SETUP_REBOOT = 3010 /* done; the old program still runs */
};

enum inst_setupargs_act {
	INST_SETUP_INSTALL,
	INST_SETUP_REPAIR,
	INST_SETUP_UNINSTALL,
	INST_SETUP_LAYOUT, /* copy this program to a folder */
	INST_SETUP_HELP
};

enum inst_setupargs_show {
	INST_SETUP_FULL,    /* the wizard */
	INST_SETUP_PASSIVE, /* progress, no questions */
	INST_SETUP_QUIET    /* no window */
};

struct inst_setupargs {
	enum inst_setupargs_act act;
	enum inst_setupargs_show show;
	const char *dir;    /* InstallFolder=DIR, /D=DIR; NULL: the default */
	const char *log;    /* /log FILE, or NULL */
	const char *layout; /* /layout [DIR], or NULL: the working folder */
	bool force;         /* Force=1: also an older version */
	bool user;          /* Scope=user: for this user only */
};

/*
 * Parse; texts point into argv. "" as a folder is the default one. Errors:
 * SM_EUSAGE naming what is wrong. A variable that nobody knows is passed over,
 * as the official program does.
 */
int inst_setupargs_parse(struct inst_setupargs *s, int argc, char **argv,
			 struct sm_err *e);

/* The exit code for an error code, 0 or positive: done. */
int inst_setupargs_status(int code);

/* What to do about rights. */
enum inst_setupargs_rise {
	INST_SETUP_STAY,  /* go on as this user */
	INST_SETUP_RISE,  /* start again as administrator */
	INST_SETUP_REFUSE /* INST_SETUP_ELEVATE: nobody may be asked */
};

/*
 * `elevated`: this is an administrator already. `own`: the folder is the
 * user's. A quiet setup never asks; a wizard that may choose the folder rises
 * first, so that it can install for everybody.
 */
enum inst_setupargs_rise inst_setupargs_rise(const struct inst_setupargs *s,
					     bool elevated, bool own);

/* Text for /help. */
extern const char inst_setupargs_help[];

#endif
