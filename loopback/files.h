/*
 * Files over HTTP: a folder served below /files/, so that packages can be
 * downloaded from this machine as from the official location.
 */
#ifndef LOOPBACK_FILES_H
#define LOOPBACK_FILES_H

#include "loopback/http.h"

#define LOOP_FILES_PATH "/files/"
/* The largest file that is served: it is sent from memory. */
#define LOOP_FILES_MAX ((size_t)48 << 20)

/*
 * Append the answer to a GET of q->path, which begins with LOOP_FILES_PATH:
 * 200, 206 for one byte range (with If-Range honoured), 403 for everything
 * that is not there or not safe, as the official location says it, 416.
 * Source: RFC 9110 sections 13.1.5, 14; PACKAGING.md 1.1 for the 403.
 */
void loop_files_answer(const char *root, const struct loop_http_request *q,
		       struct sm_buf *out);

#endif
