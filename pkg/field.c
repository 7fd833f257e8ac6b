/*
 * Members of the manifest.
 *
 * Rule: nothing in a manifest is passed over. A name that is not known, a name
 * given twice, a value of another type than expected end the reading, because
 * a misspelt "mode" must not become a default.
 */
#include "common/def.h"
#include "pkg/field.h"

#include "pkg/manifest.h"

#define FIELD_PATH_MAX 160
#define FIELD_TEXT_MAX 8192

int pkg_field_refuse(const struct pkg_field *f, const struct pkg_member *m,
		     struct sm_err *e, const char *fmt, ...)
{
	struct sm_buf cause = SM_BUF_INIT(SM_ERR_MSG_MAX);
	va_list ap;

	va_start(ap, fmt);
	sm_buf_vprintf(&cause, fmt, ap);
	va_end(ap);
	sm_err_set(e, SM_EFORMAT, "%s:%u: %s: %s", f->file, m->line, m->path,
		   sm_buf_z(&cause));
	sm_buf_release(&cause);
	return SM_EFORMAT;
}

static const char *kind_of(yyjson_val *val)
{
	switch (yyjson_get_type(val)) {
	case YYJSON_TYPE_STR:
		return "string";
	case YYJSON_TYPE_ARR:
		return "array";
	case YYJSON_TYPE_OBJ:
		return "object";
	case YYJSON_TYPE_NUM:
		return "number";
	case YYJSON_TYPE_BOOL:
		return "true or false";
	default:
		return "null";
	}
}

/* Place of the name in the list, or that of the NULL at its end. */
static size_t find_name(const char *const *names, const char *name)
{
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			break;
	return i;
}

int pkg_field_object(const struct pkg_field *f, const struct pkg_member *obj,
		     const char *const *names, pkg_field_fn *fn, void *user,
		     struct sm_err *e)
{
	char path[FIELD_PATH_MAX];
	struct pkg_member m = { path, 0, NULL };
	yyjson_obj_iter it;
	yyjson_val *key;
	uint64_t seen = 0; /* one bit for each name */
	size_t i;
	int r;

	if (!yyjson_is_obj(obj->val))
		return pkg_field_refuse(f, obj, e, "%s instead of an object",
					kind_of(obj->val));
	it = yyjson_obj_iter_with(obj->val);
	while ((key = yyjson_obj_iter_next(&it))) {
		(void)snprintf(path, sizeof(path), "%s%s%.40s", obj->path,
			       obj->path[0] ? "." : "", yyjson_get_str(key));
		m.val = yyjson_obj_iter_get_val(key);
		m.line = pkg_jsonpos_line(f->json, key, m.val);
		i = find_name(names, yyjson_get_str(key));
		if (!names[i])
			return pkg_field_refuse(f, &m, e, "unknown member");
		if (seen & (uint64_t)1 << i)
			return pkg_field_refuse(f, &m, e, "given twice");
		seen |= (uint64_t)1 << i;
		if ((r = fn(user, f, i, &m, e)) < 0)
			return r;
	}
	return 0;
}

int pkg_field_array(const struct pkg_field *f, const struct pkg_member *arr,
		    size_t max, pkg_field_fn *fn, void *user, struct sm_err *e)
{
	char path[FIELD_PATH_MAX];
	struct pkg_member m = { path, 0, NULL };
	yyjson_arr_iter it;
	size_t i;
	int r;

	if (!yyjson_is_arr(arr->val))
		return pkg_field_refuse(f, arr, e, "%s instead of an array",
					kind_of(arr->val));
	if (yyjson_arr_size(arr->val) > max)
		return pkg_field_refuse(f, arr, e, "more than %zu elements",
					max);
	it = yyjson_arr_iter_with(arr->val);
	for (i = 0; (m.val = yyjson_arr_iter_next(&it)); i++) {
		(void)snprintf(path, sizeof(path), "%s[%zu]", arr->path, i);
		m.line = pkg_jsonpos_line(f->json, NULL, m.val);
		if (m.line == 0)
			m.line = arr->line;
		if ((r = fn(user, f, i, &m, e)) < 0)
			return r;
	}
	return 0;
}

/* Replace the three placeholders; false if the result is too long. */
static bool expand(const struct pkg_manifest_want *w, struct sm_str text,
		   struct sm_buf *out)
{
	const char *const name[] = { "@VERSION@", "@ARCH@", "@EXE@" };
	const char *const value[] = { w->version, w->arch, w->exe };
	size_t i;

	while (text.len > 0) {
		for (i = 0; i < SM_ARRAY_LEN(name); i++)
			if (sm_str_starts(text, name[i]))
				break;
		if (i < SM_ARRAY_LEN(name)) {
			sm_buf_puts(out, value[i]);
			text = sm_str_sub(text, strlen(name[i]), text.len);
			continue;
		}
		sm_buf_put(out, text.ptr, 1);
		text = sm_str_sub(text, 1, text.len);
	}
	return out->err == 0;
}

int pkg_field_text(const struct pkg_field *f, const struct pkg_member *m,
		   pkg_field_check_fn *check, const char **out,
		   struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(FIELD_TEXT_MAX);
	const char *cause;
	struct sm_str raw;
	int r = 0;

	if (!yyjson_is_str(m->val)) {
		r = pkg_field_refuse(f, m, e, "%s instead of a string",
				     kind_of(m->val));
		goto out;
	}
	raw = sm_str_n(yyjson_get_str(m->val), yyjson_get_len(m->val));
	if (raw.len > 0 && memchr(raw.ptr, '\0', raw.len)) {
		r = pkg_field_refuse(f, m, e, "control character");
		goto out;
	}
	if (!expand(f->want, raw, &text)) {
		r = pkg_field_refuse(f, m, e, "too long");
		goto out;
	}
	*out = sm_arena_dup(f->arena, sm_buf_str(&text));
	cause = check ? check(*out) : NULL;
	if (cause)
		r = pkg_field_refuse(f, m, e, "%s", cause);
out:
	sm_buf_release(&text);
	return r;
}
