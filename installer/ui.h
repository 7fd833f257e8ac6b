/*
 * How an installation shows itself: a table of calls, so that one core serves
 * a window, a log and nothing at all. Calls come from the thread that works.
 */
#ifndef INSTALLER_UI_H
#define INSTALLER_UI_H

#include "common/def.h"

#include <stdbool.h>

struct inst_ui {
	void *user; /* first argument of all */
	/* `done` of `all` steps are through */
	void (*progress)(void *user, size_t done, size_t all);
	/* a line for the person: what is done now */
	void (*message)(void *user, const char *text);
	/* yes or no; where nobody can be asked it is no */
	bool (*question)(void *user, const char *text);
};

#endif
