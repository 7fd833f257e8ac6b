/*
 * The SSM_PLUGIN_* variables: manners that a caller asks for. Without them
 * everything is as callers of the official client expect.
 */
#ifndef PLUGIN_SETTINGS_H
#define PLUGIN_SETTINGS_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

enum plug_exit_status {
	PLUG_EXIT_PLAIN, /* always 0 */
	PLUG_EXIT_SAFE,  /* real, but 0 when the token was in argv */
	PLUG_EXIT_ALWAYS /* real */
};

#define PLUG_SETTINGS_HOST_MAX 64

struct plug_settings {
	bool quiet;                   /* SSM_PLUGIN_QUIET */
	enum plug_exit_status status; /* SSM_PLUGIN_EXIT_STATUS */
	int event_fd;                 /* SSM_PLUGIN_EVENT_FD, -1: none */
	char local_host[PLUG_SETTINGS_HOST_MAX]; /* "": both loopbacks */
	uint64_t rate_limit;  /* SSM_PLUGIN_RATE_LIMIT, bytes/s, 0: none */
	uint32_t payload;     /* SSM_PLUGIN_PAYLOAD, bytes, 0: by kind */
	unsigned ping_sec;    /* SSM_PLUGIN_PING_SECONDS */
	unsigned resume_sec;  /* SSM_PLUGIN_RESUME_SECONDS */
	unsigned connect_sec; /* SSM_PLUGIN_CONNECT_SECONDS */
	unsigned answer_sec;  /* SSM_PLUGIN_ANSWER_SECONDS */
	bool follow_parent;   /* not SSM_PLUGIN_PARENT=ignore */
	bool escape;          /* not SSM_PLUGIN_ESCAPE=none */
};

/*
 * Read the environment. Errors: SM_EUSAGE naming variable and value; what was
 * read before stays, the rest has its default.
 */
int plug_settings_read(struct plug_settings *s, struct sm_err *e);

#endif
