/*
 * StartSession's response and parameters. Error texts for what the official
 * client reports follow its wording, because callers show them; its crashes
 * (a member missing) are sentences of our own.
 */
#include "common/def.h"
#include "plugin/request.h"

#include <yyjson.h>

void plug_request_init(struct plug_request *q)
{
	memset(q, 0, sizeof(*q));
}

void plug_request_release(struct plug_request *q)
{
	/* the view is ours: it points into the arena */
	if (q->token.len)
		sm_mem_wipe((void *)(uintptr_t)q->token.ptr, q->token.len);
	sm_arena_release(&q->arena);
	memset(q, 0, sizeof(*q));
}

/* Go's words for a document that is no JSON, where they are simple. */
static int syntax_error(struct sm_str json, const yyjson_read_err *x,
			struct sm_err *e)
{
	struct sm_str rest = sm_str_trim(json);
	const char *where = "";
	unsigned char c;

	if (!rest.len || x->code == YYJSON_READ_ERROR_UNEXPECTED_END ||
	    x->pos >= json.len)
		return sm_err_set(e, SM_EFORMAT,
				  "unexpected end of JSON input");
	c = (unsigned char)json.ptr[x->pos];
	if (x->code == YYJSON_READ_ERROR_UNEXPECTED_CONTENT)
		where = "after top-level value";
	else if (x->pos == (size_t)(rest.ptr - json.ptr))
		where = "looking for beginning of value";
	else
		return sm_err_set(e, SM_EFORMAT, "invalid JSON at byte %lu: %s",
				  (unsigned long)x->pos, x->msg);
	if (c < 0x20 || c > 0x7e)
		return sm_err_set(e, SM_EFORMAT,
				  "invalid character '\\x%02x' %s", c, where);
	return sm_err_set(e, SM_EFORMAT, "invalid character '%c' %s", c, where);
}

static yyjson_doc *parse(struct sm_str json, struct sm_err *e)
{
	yyjson_read_err x = { 0 };
	yyjson_doc *doc;

	/* without INSITU the text is not written to */
	doc = yyjson_read_opts((char *)(uintptr_t)json.ptr, json.len, 0, NULL,
			       &x);
	if (!doc)
		(void)syntax_error(json, &x, e);
	return doc;
}

/* Go's name of a JSON type. */
static const char *type_name(yyjson_val *v)
{
	if (yyjson_is_arr(v))
		return "array";
	if (yyjson_is_obj(v))
		return "object";
	if (yyjson_is_num(v))
		return "number";
	if (yyjson_is_bool(v))
		return "bool";
	return "string";
}

/* The last member with that name in any case, unless one matches exactly. */
static yyjson_val *member(yyjson_val *obj, const char *name)
{
	yyjson_val *key, *exact = NULL, *folded = NULL;
	yyjson_obj_iter it;

	yyjson_obj_iter_init(obj, &it);
	while ((key = yyjson_obj_iter_next(&it))) {
		struct sm_str k =
			sm_str_n(yyjson_get_str(key), yyjson_get_len(key));

		if (sm_str_eqz(k, name))
			exact = yyjson_obj_iter_get_val(key);
		else if (sm_str_eq_nocase(k, sm_str(name)))
			folded = yyjson_obj_iter_get_val(key);
	}
	return exact ? exact : folded;
}

static bool printable(struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static int text_member(struct plug_request *q, yyjson_val *obj,
		       const char *name, size_t max, struct sm_str *out,
		       struct sm_err *e)
{
	yyjson_val *v = member(obj, name);
	struct sm_str s;

	if (!v || yyjson_is_null(v))
		return sm_err_set(e, SM_EFORMAT,
				  "the StartSession response has no %s", name);
	if (!yyjson_is_str(v))
		return sm_err_set(e, SM_EFORMAT,
				  "json: cannot unmarshal %s into Go struct "
				  "field StartSessionOutput.%s of type string",
				  type_name(v), name);
	s = sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
	if (!s.len)
		return sm_err_set(e, SM_EFORMAT,
				  "the StartSession response has an empty %s",
				  name);
	if (s.len > max)
		return sm_err_set(e, SM_ELIMIT,
				  "the %s of the StartSession response is too "
				  "long",
				  name);
	if (!printable(s))
		return sm_err_set(e, SM_EFORMAT,
				  "the %s of the StartSession response has "
				  "control characters",
				  name);
	*out = sm_arena_str(&q->arena, s);
	return 0;
}

/* PROTOCOL.md 3.1: ws or wss, a host, no user-info, no fragment. */
static int check_url(struct sm_str url, struct sm_err *e)
{
	struct sm_str rest = url, authority;
	size_t n;

	if (sm_str_starts(url, "wss://"))
		rest = sm_str_sub(url, 6, url.len);
	else if (sm_str_starts(url, "ws://"))
		rest = sm_str_sub(url, 5, url.len);
	else
		rest.len = 0;
	for (n = 0; n < rest.len && !strchr("/?#", rest.ptr[n]);)
		n++;
	authority = sm_str_sub(rest, 0, n);
	if (!authority.len || sm_str_chr(authority, '@', 0) >= 0 ||
	    sm_str_chr(url, ' ', 0) >= 0 || sm_str_chr(url, '#', 0) >= 0)
		return sm_err_set(e, SM_EFORMAT, "malformed ws or wss URL");
	return 0;
}

int plug_request_response(struct plug_request *q, struct sm_str json,
			  struct sm_err *e)
{
	yyjson_doc *doc = parse(json, e);
	yyjson_val *root;
	int r = SM_EFORMAT;

	if (!doc)
		return r;
	root = yyjson_doc_get_root(doc);
	if (!yyjson_is_obj(root) && !yyjson_is_null(root)) {
		r = sm_err_set(e, SM_EFORMAT,
			       "json: cannot unmarshal %s into Go value of "
			       "type ssm.StartSessionOutput",
			       type_name(root));
		goto out;
	}
	if ((r = text_member(q, root, "SessionId", PLUG_REQUEST_ID_MAX,
			     &q->session_id, e)) < 0)
		goto out;
	if ((r = text_member(q, root, "TokenValue", PLUG_REQUEST_TOKEN_MAX,
			     &q->token, e)) < 0)
		goto out;
	if ((r = text_member(q, root, "StreamUrl", PLUG_REQUEST_URL_MAX,
			     &q->stream_url, e)) < 0)
		goto out;
	r = check_url(q->stream_url, e);
out:
	yyjson_doc_free(doc);
	return r;
}

int plug_request_parameters(struct plug_request *q, struct sm_str json,
			    struct sm_err *e)
{
	yyjson_doc *doc = parse(json, e);
	yyjson_val *root, *v = NULL;
	struct sm_str s;
	int r = 0;

	if (!doc)
		return sm_err_wrap(e, SM_EFORMAT,
				   "cannot read the session parameters");
	root = yyjson_doc_get_root(doc);
	if (yyjson_is_obj(root))
		v = member(root, "Target");
	if (!yyjson_is_str(v)) {
		r = sm_err_set(e, SM_EFORMAT,
			       "the session parameters have no Target");
		goto out;
	}
	s = sm_str_n(yyjson_get_str(v), yyjson_get_len(v));
	q->target = sm_arena_str(&q->arena, s);
out:
	yyjson_doc_free(doc);
	return r;
}
