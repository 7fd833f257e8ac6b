/*
 * Lines of JSON values.
 *
 * yyjson keeps no positions, but when it parses in place every string lies
 * where it stood in the text (unescaping only shortens it), so the address of
 * a string is its position.
 */
#include "common/def.h"
#include "pkg/jsonpos.h"

#include "common/mem.h"

static unsigned line_at(const struct pkg_jsonpos *j, size_t offset)
{
	size_t low = 0;
	size_t high = j->n_lines;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (j->line_end[mid] < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return (unsigned)low + 1;
}

static void find_lines(struct pkg_jsonpos *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->len; i++)
		n += j->text[i] == '\n';
	j->line_end = sm_mem_zalloc(n + 1, sizeof(*j->line_end));
	for (size_t i = 0; i < j->len; i++)
		if (j->text[i] == '\n')
			j->line_end[j->n_lines++] = i;
}

int pkg_jsonpos_parse(struct pkg_jsonpos *j, struct sm_str text,
		      const char *file, struct sm_err *e)
{
	yyjson_read_err err;

	memset(&err, 0, sizeof(err));
	j->len = text.len;
	j->text = sm_mem_zalloc(1, text.len + YYJSON_PADDING_SIZE);
	if (text.len > 0)
		memcpy(j->text, text.ptr, text.len);
	find_lines(j);
	j->doc = yyjson_read_opts(j->text, j->len, YYJSON_READ_INSITU, NULL,
				  &err);
	if (!j->doc)
		return sm_err_set(e, SM_EFORMAT, "%s:%u: not JSON: %s", file,
				  line_at(j, err.pos),
				  err.msg ? err.msg : "unknown");
	j->root = yyjson_doc_get_root(j->doc);
	if (!yyjson_is_obj(j->root))
		return sm_err_set(e, SM_EFORMAT, "%s:1: not a JSON object",
				  file);
	return 0;
}

void pkg_jsonpos_release(struct pkg_jsonpos *j)
{
	yyjson_doc_free(j->doc);
	sm_mem_free(j->text);
	sm_mem_free(j->line_end);
	memset(j, 0, sizeof(*j));
}

static yyjson_val *first_key(yyjson_val *val)
{
	yyjson_obj_iter it;

	if (!yyjson_is_obj(val))
		return NULL;
	it = yyjson_obj_iter_with(val);
	return yyjson_obj_iter_next(&it);
}

unsigned pkg_jsonpos_line(const struct pkg_jsonpos *j, yyjson_val *key,
			  yyjson_val *val)
{
	yyjson_val *anchor = yyjson_is_str(val) ? val : key;

	if (!anchor)
		anchor = first_key(val);
	if (!anchor)
		return 0;
	return line_at(j, (size_t)(yyjson_get_str(anchor) - j->text));
}
