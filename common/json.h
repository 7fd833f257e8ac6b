/*
 * Reading JSON through yyjson: members by name, with their type checked.
 *
 * A document owns its strings; views into it live until sm_json_release.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/buf.h"
#include "common/err.h"

#include <yyjson.h>

struct sm_json {
	yyjson_doc *doc;  /* NULL while empty */
	yyjson_val *root; /* borrowed from doc */
};

#define SM_JSON_INIT       \
	{                  \
		NULL, NULL \
	}

/*
 * Parse one document of at most `max` bytes; `what` names it in messages.
 * Errors: SM_EFORMAT with the offset, SM_ELIMIT.
 * Source: RFC 8259.
 */
int sm_json_parse(struct sm_json *j, struct sm_str text, size_t max,
		  const char *what, struct sm_err *e);

/* Frees. `secret` text stays in the allocator; see sm_json_wipe. */
void sm_json_release(struct sm_json *j);

/* The same, overwriting every string of the document first. */
void sm_json_wipe(struct sm_json *j);

/* The string member `name` of object `v`; empty view if absent or not one. */
struct sm_str sm_json_str(yyjson_val *v, const char *name);

/* The same with the name in any case (PROTOCOL.md C: StartSession). */
struct sm_str sm_json_str_nocase(yyjson_val *v, const char *name);

/* The member `name`, or NULL. */
yyjson_val *sm_json_get(yyjson_val *v, const char *name);

/*
 * Append `s` as a JSON string with its quotes. Bytes that are not UTF-8 become
 * U+FFFD. Errors: SM_ELIMIT of the buffer.
 */
int sm_json_put(struct sm_buf *out, struct sm_str s);

#endif
