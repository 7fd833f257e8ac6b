/*
 * One upgrade request as a libcurl handle, ready to be added to a multi
 * handle, and what became of it. Source: RFC 6455 section 4; PROTOCOL.md 3.2.
 */
#ifndef PLUGIN_UPGRADE_H
#define PLUGIN_UPGRADE_H

#include <curl/curl.h>

#include "common/buf.h"
#include "common/err.h"

struct plug_upgrade {
	CURL *easy; /* NULL while empty; all zeros is empty */
	struct curl_slist *headers;
	struct sm_buf accept; /* what Sec-WebSocket-Accept must be */
	bool accepted;        /* ...and it was */
	char why[CURL_ERROR_SIZE];
};

/*
 * Make the handle for a ws or wss URL with `n` further header lines. Release
 * it also after a failure. Errors: those of roots and proxy settings.
 */
int plug_upgrade_begin(struct plug_upgrade *u, const char *url,
		       const char *const *headers, size_t n, struct sm_err *e);

/* Frees; the handle has left its multi handle. Empty afterwards. */
void plug_upgrade_release(struct plug_upgrade *u);

/*
 * Say in `e` why an attempt failed with `c`; *status is the HTTP status, or 0.
 * Returns the code of `e`.
 */
int plug_upgrade_refused(struct plug_upgrade *u, CURLcode c, int *status,
			 struct sm_err *e);

#endif
