/*
 * Strict reading of JSON objects by table: every member is known, of the
 * right type, within its limit and there once; or the message says which is
 * not. For the documents of docs/channel.md, receipt.md and the history.
 */
#ifndef COMMON_JTABLE_H
#define COMMON_JTABLE_H

#include "common/json.h"
#include "common/mem.h"

/* What a member may be, and what is stored at its offset. */
enum sm_jtable_kind {
	SM_JTABLE_TEXT,    /* const char *; no control characters */
	SM_JTABLE_NOTES,   /* const char *; line feeds allowed */
	SM_JTABLE_VERSION, /* const char *; digits and dots */
	SM_JTABLE_DATE,    /* const char *; "2026-11-21" */
	SM_JTABLE_SHA256,  /* const char *; 64 lower-case digits */
	SM_JTABLE_PATH,    /* const char *; sm_path_is_safe */
	SM_JTABLE_NUMBER,  /* uint64_t; at most `max` */
	SM_JTABLE_TIME,    /* int64_t, Unix seconds; "2026-11-21T08:00:00Z" */
	SM_JTABLE_ARRAY,   /* yyjson_val *; at most `max` elements */
	SM_JTABLE_OBJECT   /* yyjson_val * */
};

struct sm_jtable {
	const char *name; /* NULL ends the table; at most 64 rows */
	enum sm_jtable_kind kind;
	bool required;
	size_t offset; /* of the member in the structure */
	uint64_t max;  /* bytes of a text, value of a number, elements */
};

/*
 * Fill `out` from object `v`. Texts are copied to the arena. What is absent
 * and not required is left as it was. `where` begins the messages:
 * "versions[3].artifacts[0]", or "" at the top.
 * Errors: SM_EFORMAT; SM_ELIMIT for a text or array that is too long.
 */
int sm_jtable_read(yyjson_val *v, const struct sm_jtable *t, void *out,
		   struct sm_arena *arena, const char *where, struct sm_err *e);

/*
 * RFC 3339 in UTC with seconds, the year from 1970 to 9999. Errors of the
 * first: SM_EFORMAT, also for a day that does not exist.
 */
int sm_jtable_time_parse(struct sm_str text, int64_t *unix_sec);
int sm_jtable_time_put(struct sm_buf *out, int64_t unix_sec);

/* True for a day that exists, "2026-11-21". */
bool sm_jtable_is_date(struct sm_str text);

/*
 * Writing, two blanks deeper per level: `first` is cleared and decides about
 * the comma. A text "" is left out.
 */
struct sm_jtable_writer {
	struct sm_buf *out;
	unsigned depth;
	bool first;
};

void sm_jtable_open(struct sm_jtable_writer *w, const char *name, char bracket);
void sm_jtable_close(struct sm_jtable_writer *w, char bracket);
void sm_jtable_put_text(struct sm_jtable_writer *w, const char *name,
			const char *text);
void sm_jtable_put_number(struct sm_jtable_writer *w, const char *name,
			  uint64_t v);
void sm_jtable_put_bool(struct sm_jtable_writer *w, const char *name, bool v);
void sm_jtable_put_time(struct sm_jtable_writer *w, const char *name,
			int64_t unix_sec);

#endif
