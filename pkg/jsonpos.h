/*
 * pkg_jsonpos: a JSON document that knows on which line its parts stand.
 */
#ifndef PKG_JSONPOS_H
#define PKG_JSONPOS_H

#include "common/buf.h"
#include "common/err.h"

#include <yyjson.h>

struct pkg_jsonpos {
	yyjson_doc *doc;
	yyjson_val *root; /* an object */
	char *text;       /* parsed in place; strings point into it */
	size_t len;
	size_t *line_end; /* offset of each line feed */
	size_t n_lines;
};

#define PKG_JSONPOS_INIT                     \
	{                                    \
		NULL, NULL, NULL, 0, NULL, 0 \
	}

/*
 * Parse `text` strictly (no comments, no trailing commas), one object.
 * `file` is for messages, "FILE:LINE: cause".
 * Errors: SM_EFORMAT.
 */
int pkg_jsonpos_parse(struct pkg_jsonpos *j, struct sm_str text,
		      const char *file, struct sm_err *e);
void pkg_jsonpos_release(struct pkg_jsonpos *j);

/*
 * Line, from 1, on which the value of member `key` begins. Exact for strings;
 * for others the line of the key, and for an element of an array that is an
 * object the line of its first member. 0 if neither is known.
 */
unsigned pkg_jsonpos_line(const struct pkg_jsonpos *j, yyjson_val *key,
			  yyjson_val *val);

#endif
