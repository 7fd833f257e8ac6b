/*
 * Objects by table, and the writer that makes what the reader takes. Knows
 * the kinds of values, not the documents.
 */
#include "common/def.h"
#include "common/jtable.h"

#include "common/os/clock.h"
#include "common/path.h"
#include "common/version.h"

static int two(struct sm_str s, size_t at)
{
	return (s.ptr[at] - '0') * 10 + (s.ptr[at + 1] - '0');
}

/* Digits where the pattern has '0', itself elsewhere. */
static bool matches(struct sm_str s, const char *pattern)
{
	size_t i;

	if (s.len != strlen(pattern))
		return false;
	for (i = 0; i < s.len; i++) {
		if (pattern[i] == '0' ? s.ptr[i] < '0' || s.ptr[i] > '9' :
					s.ptr[i] != pattern[i])
			return false;
	}
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Days since 1970-01-01, or -1 for a day that does not exist. */
static int64_t days_of(struct sm_str s)
{
	int year = two(s, 0) * 100 + two(s, 2), y;
	int month = two(s, 5), day = two(s, 8), m;
	int64_t days = 0;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return -1;
	for (y = 1970; y < year; y++)
		days += month_days(y, 2) == 29 ? 366 : 365;
	for (m = 1; m < month; m++)
		days += month_days(year, m);
	return days + day - 1;
}

bool sm_jtable_is_date(struct sm_str text)
{
	return matches(text, "0000-00-00") && days_of(text) >= 0;
}

int sm_jtable_time_parse(struct sm_str text, int64_t *unix_sec)
{
	int64_t days;

	if (!matches(text, "0000-00-00T00:00:00Z"))
		return SM_EFORMAT;
	days = days_of(text);
	if (days < 0 || two(text, 11) > 23 || two(text, 14) > 59 ||
	    two(text, 17) > 59)
		return SM_EFORMAT;
	*unix_sec = days * 86400 + two(text, 11) * 3600 + two(text, 14) * 60 +
		    two(text, 17);
	return 0;
}

int sm_jtable_time_put(struct sm_buf *out, int64_t unix_sec)
{
	struct tm tm;

	if (unix_sec < 0 || unix_sec > INT64_C(253402300799) ||
	    sm_os_clock_utc(unix_sec, &tm) < 0) {
		out->err = SM_ELIMIT; /* after the year 9999 */
		return out->err;
	}
	return sm_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ",
			     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			     tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* --- reading --------------------------------------------------------------- */

struct place {
	const char *where;
	const struct sm_jtable *t;
};

static int bad(const struct place *p, int code, const char *cause,
	       struct sm_err *e)
{
	return sm_err_set(e, code, "%s%s%s: %s", p->where,
			  p->where[0] ? "." : "", p->t->name, cause);
}

static bool has_controls(struct sm_str s, bool line_feeds)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (((uint8_t)s.ptr[i] < 0x20 &&
		     !(line_feeds && s.ptr[i] == '\n')) ||
		    s.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool is_sha256(struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
		      (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
			return false;
	return s.len == 64;
}

/* The cause why a text is not of its kind, or NULL. */
static const char *judge_text(enum sm_jtable_kind kind, struct sm_str s)
{
	struct sm_version v;

	if (has_controls(s, kind == SM_JTABLE_NOTES))
		return "has control characters";
	switch (kind) {
	case SM_JTABLE_VERSION:
		return sm_version_parse(&v, s) < 0 ? "is not a version" : NULL;
	case SM_JTABLE_DATE:
		return sm_jtable_is_date(s) ? NULL : "is not a date";
	case SM_JTABLE_SHA256:
		return is_sha256(s) ? NULL :
				      "is not a SHA-256 in lower-case digits";
	case SM_JTABLE_PATH:
		return sm_path_is_safe(s) ? NULL :
					    "is not a safe relative path";
	default:
		return NULL;
	}
}

static int read_text(const struct place *p, yyjson_val *v, void *at,
		     struct sm_arena *arena, struct sm_err *e)
{
	const char *cause, *copy;
	struct sm_str s;
	int64_t when;

	if (!yyjson_is_str(v))
		return bad(p, SM_EFORMAT, "is not a string", e);
	s = sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
	if (p->t->kind == SM_JTABLE_TIME) {
		if (sm_jtable_time_parse(s, &when) < 0)
			return bad(p, SM_EFORMAT,
				   "is not a time like 2026-11-21T08:00:00Z",
				   e);
		memcpy(at, &when, sizeof(when));
		return 0;
	}
	if (s.len > p->t->max)
		return bad(p, SM_ELIMIT, "is too long", e);
	if ((cause = judge_text(p->t->kind, s)))
		return bad(p, SM_EFORMAT, cause, e);
	if (!s.len && p->t->required)
		return bad(p, SM_EFORMAT, "is empty", e);
	copy = sm_arena_dup(arena, s);
	memcpy(at, &copy, sizeof(copy));
	return 0;
}

static int read_member(const struct place *p, yyjson_val *v, void *at,
		       struct sm_arena *arena, struct sm_err *e)
{
	uint64_t n;

	switch (p->t->kind) {
	case SM_JTABLE_NUMBER:
		if (!yyjson_is_uint(v))
			return bad(p, SM_EFORMAT, "is not a whole number", e);
		n = yyjson_get_uint(v);
		if (n > p->t->max)
			return bad(p, SM_ELIMIT, "is too large", e);
		memcpy(at, &n, sizeof(n));
		return 0;
	case SM_JTABLE_ARRAY:
		if (!yyjson_is_arr(v))
			return bad(p, SM_EFORMAT, "is not an array", e);
		if (yyjson_arr_size(v) > p->t->max)
			return bad(p, SM_ELIMIT, "has too many elements", e);
		memcpy(at, &v, sizeof(v));
		return 0;
	case SM_JTABLE_OBJECT:
		if (!yyjson_is_obj(v))
			return bad(p, SM_EFORMAT, "is not an object", e);
		memcpy(at, &v, sizeof(v));
		return 0;
	default:
		return read_text(p, v, at, arena, e);
	}
}

static size_t row_of(const struct sm_jtable *t, yyjson_val *key)
{
	size_t i;

	for (i = 0; t[i].name; i++)
		if (yyjson_equals_str(key, t[i].name))
			break;
	return i;
}

int sm_jtable_read(yyjson_val *v, const struct sm_jtable *t, void *out,
		   struct sm_arena *arena, const char *where, struct sm_err *e)
{
	uint64_t seen = 0;
	yyjson_val *key, *value;
	size_t i, max, row;
	int r;

	if (!yyjson_is_obj(v))
		return sm_err_set(e, SM_EFORMAT, "%s is not an object",
				  where[0] ? where : "the document");
	yyjson_obj_foreach(v, i, max, key, value)
	{
		struct place p = { where, NULL };
		char *at = out;

		row = row_of(t, key);
		if (!t[row].name)
			return sm_err_set(e, SM_EFORMAT,
					  "%s%s%.40s: unknown member", where,
					  where[0] ? "." : "",
					  yyjson_get_str(key));
		p.t = &t[row];
		if (seen & (uint64_t)1 << row)
			return bad(&p, SM_EFORMAT, "comes twice", e);
		seen |= (uint64_t)1 << row;
		if ((r = read_member(&p, value, at + t[row].offset, arena, e)) <
		    0)
			return r;
	}
	for (row = 0; t[row].name; row++) {
		struct place p = { where, &t[row] };

		if (t[row].required && !(seen & (uint64_t)1 << row))
			return bad(&p, SM_EFORMAT, "is missing", e);
	}
	return 0;
}

/* --- writing --------------------------------------------------------------- */

static void begin(struct sm_jtable_writer *w, const char *name)
{
	if (!w->first)
		sm_buf_put_u8(w->out, ',');
	if (w->depth) {
		sm_buf_put_u8(w->out, '\n');
		sm_buf_put_fill(w->out, ' ', (size_t)w->depth * 2);
	}
	w->first = false;
	if (name) {
		sm_json_put(w->out, sm_str(name));
		sm_buf_puts(w->out, ": ");
	}
}

void sm_jtable_open(struct sm_jtable_writer *w, const char *name, char bracket)
{
	begin(w, name);
	sm_buf_put_u8(w->out, (uint8_t)bracket);
	w->depth++;
	w->first = true;
}

void sm_jtable_close(struct sm_jtable_writer *w, char bracket)
{
	w->depth--;
	if (!w->first) {
		sm_buf_put_u8(w->out, '\n');
		sm_buf_put_fill(w->out, ' ', (size_t)w->depth * 2);
	}
	w->first = false;
	sm_buf_put_u8(w->out, (uint8_t)bracket);
	if (!w->depth)
		sm_buf_put_u8(w->out, '\n');
}

void sm_jtable_put_text(struct sm_jtable_writer *w, const char *name,
			const char *text)
{
	if (!text[0])
		return;
	begin(w, name);
	sm_json_put(w->out, sm_str(text));
}

void sm_jtable_put_number(struct sm_jtable_writer *w, const char *name,
			  uint64_t v)
{
	begin(w, name);
	sm_buf_printf(w->out, "%llu", (unsigned long long)v);
}

void sm_jtable_put_bool(struct sm_jtable_writer *w, const char *name, bool v)
{
	begin(w, name);
	sm_buf_puts(w->out, v ? "true" : "false");
}

void sm_jtable_put_time(struct sm_jtable_writer *w, const char *name,
			int64_t unix_sec)
{
	begin(w, name);
	sm_buf_put_u8(w->out, '"');
	sm_jtable_time_put(w->out, unix_sec);
	sm_buf_put_u8(w->out, '"');
}
