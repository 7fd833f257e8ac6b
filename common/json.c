/*
 * Reading JSON: a thin layer over yyjson that checks types and bounds, and
 * the writer of one string. yyjson's reader does not recurse, so depth needs
 * no limit of its own.
 */
#include "common/def.h"
#include "common/json.h"
#include "common/mem.h"

int sm_json_parse(struct sm_json *j, struct sm_str text, size_t max,
		  const char *what, struct sm_err *e)
{
	yyjson_read_err why;

	j->doc = NULL;
	j->root = NULL;
	if (text.len > max)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot read %s: more than %zu bytes", what,
				  max);
	if (!text.len)
		return sm_err_set(e, SM_EFORMAT, "cannot read %s: it is empty",
				  what);
	/* the reader leaves its input alone without the in-situ flag */
	j->doc = yyjson_read_opts((char *)(uintptr_t)text.ptr, text.len,
				  YYJSON_READ_NOFLAG, NULL, &why);
	if (!j->doc)
		return sm_err_set(e, SM_EFORMAT,
				  "cannot read %s: no JSON at byte %zu: %s",
				  what, why.pos, why.msg);
	j->root = yyjson_doc_get_root(j->doc);
	return 0;
}

void sm_json_release(struct sm_json *j)
{
	yyjson_doc_free(j->doc);
	j->doc = NULL;
	j->root = NULL;
}

/*
 * Values lie in one array in document order, so that no recursion is needed;
 * all strings are in the document's copy of the text.
 */
void sm_json_wipe(struct sm_json *j)
{
	size_t i, n = j->doc ? yyjson_doc_get_val_count(j->doc) : 0;
	const char *s;

	for (i = 0; i < n; i++) {
		if (!yyjson_is_str(j->root + i))
			continue;
		s = yyjson_get_str(j->root + i);
		sm_mem_wipe((char *)(uintptr_t)s, yyjson_get_len(j->root + i));
	}
	sm_json_release(j);
}

static struct sm_str as_str(yyjson_val *v)
{
	if (!yyjson_is_str(v))
		return sm_str_n(NULL, 0);
	return sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
}

yyjson_val *sm_json_get(yyjson_val *v, const char *name)
{
	return yyjson_obj_get(v, name);
}

struct sm_str sm_json_str(yyjson_val *v, const char *name)
{
	return as_str(yyjson_obj_get(v, name));
}

struct sm_str sm_json_str_nocase(yyjson_val *v, const char *name)
{
	yyjson_obj_iter it;
	yyjson_val *key, *exact = yyjson_obj_get(v, name);

	if (yyjson_is_str(exact))
		return as_str(exact);
	if (!yyjson_obj_iter_init(v, &it))
		return as_str(NULL);
	while ((key = yyjson_obj_iter_next(&it))) {
		if (sm_str_eq_nocase(as_str(key), sm_str(name)) &&
		    yyjson_is_str(yyjson_obj_iter_get_val(key)))
			return as_str(yyjson_obj_iter_get_val(key));
	}
	return as_str(NULL);
}

/* Length of the valid UTF-8 sequence at `from`, 0 if there is none. */
static size_t sequence(struct sm_str s, size_t from)
{
	size_t n;

	for (n = 1; n <= 4; n++) {
		if (from + n <= s.len && sm_str_utf8(sm_str_sub(s, from, n)))
			return n;
	}
	return 0;
}

static int put_escape(struct sm_buf *out, char c)
{
	switch (c) {
	case '"':
		return sm_buf_puts(out, "\\\"");
	case '\\':
		return sm_buf_puts(out, "\\\\");
	case '\n':
		return sm_buf_puts(out, "\\n");
	case '\r':
		return sm_buf_puts(out, "\\r");
	case '\t':
		return sm_buf_puts(out, "\\t");
	default:
		return sm_buf_printf(out, "\\u%04x", (unsigned char)c);
	}
}

int sm_json_put(struct sm_buf *out, struct sm_str s)
{
	size_t i, n;

	(void)sm_buf_put_u8(out, '"'); /* errors stick; checked at the end */
	for (i = 0; i < s.len; i += n) {
		unsigned char c = (unsigned char)s.ptr[i];

		n = c < 0x80 ? 1 : sequence(s, i);
		if (!n) {
			(void)sm_buf_puts(out, "\xef\xbf\xbd");
			n = 1;
		} else if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
			(void)put_escape(out, s.ptr[i]);
		} else {
			(void)sm_buf_put(out, s.ptr + i, n);
		}
	}
	return sm_buf_put_u8(out, '"');
}
