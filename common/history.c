/*
 * The release history: a table with an order. The built-in bytes come from
 * releases/history.json, turned into an array when the program is built.
 */
#include "common/def.h"
#include "common/history.h"

#include "common/jtable.h"
#include "common/version.h"

#define FORMAT "session-manager-history"
#define SCHEMA 1
#define TEXT_MAX 500

static const unsigned char builtin[] = {
#include "common/history.inc"
};

struct top {
	const char *format;
	uint64_t schema;
	const char *minimum;
	yyjson_val *releases;
};

/* clang-format off */
#define TOP(member) offsetof(struct top, member)
#define ROW(member) offsetof(struct sm_history_release, member)
static const struct sm_jtable top_table[] = {
	{ "format", SM_JTABLE_TEXT, true, TOP(format), TEXT_MAX },
	{ "schema", SM_JTABLE_NUMBER, true, TOP(schema), 1000 },
	{ "minimum", SM_JTABLE_VERSION, true, TOP(minimum), 63 },
	{ "releases", SM_JTABLE_ARRAY, true, TOP(releases),
	  SM_HISTORY_RELEASES_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable row_table[] = {
	{ "version", SM_JTABLE_VERSION, true, ROW(version), 63 },
	{ "date", SM_JTABLE_DATE, true, ROW(date), TEXT_MAX },
	{ "kind", SM_JTABLE_TEXT, true, ROW(kind), TEXT_MAX },
	{ "change", SM_JTABLE_TEXT, true, ROW(change), TEXT_MAX },
	{ "publisher", SM_JTABLE_TEXT, true, ROW(publisher), TEXT_MAX },
	{ "state", SM_JTABLE_TEXT, false, ROW(state), TEXT_MAX },
	{ "state_date", SM_JTABLE_DATE, false, ROW(state_date), TEXT_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
/* clang-format on */

struct sm_str sm_history_builtin(void)
{
	return sm_str_n(builtin, sizeof(builtin));
}

void sm_history_release(struct sm_history *h)
{
	sm_arena_release(&h->arena);
	memset(h, 0, sizeof(*h));
}

static bool is_word(const char *text, const char *a, const char *b)
{
	return !strcmp(text, a) || !strcmp(text, b);
}

static int check_row(const struct sm_history_release *r, const char *where,
		     struct sm_err *e)
{
	if (!is_word(r->kind, "feature", "fix"))
		return sm_err_set(e, SM_EFORMAT, "%s.kind: unknown word",
				  where);
	if (!is_word(r->publisher, "aws", "project"))
		return sm_err_set(e, SM_EFORMAT, "%s.publisher: unknown word",
				  where);
	if (r->state[0] && !is_word(r->state, "deprecated", "withdrawn"))
		return sm_err_set(e, SM_EFORMAT, "%s.state: unknown word",
				  where);
	if (!r->state[0] != !r->state_date[0])
		return sm_err_set(e, SM_EFORMAT,
				  "%s.state_date: belongs to a state, which "
				  "needs one",
				  where);
	return 0;
}

/* Oldest first, each version once; days may repeat but not go back. */
static int check_order(const struct sm_history_release *r, const char *where,
		       struct sm_err *e)
{
	struct sm_version a, b;

	(void)sm_version_parse(&a, sm_str(r[-1].version)); /* checked before */
	(void)sm_version_parse(&b, sm_str(r->version));    /* checked before */
	if (sm_version_cmp(&a, &b) >= 0 || strcmp(r[-1].date, r->date) > 0)
		return sm_err_set(e, SM_EFORMAT, "%s: not in order", where);
	return 0;
}

static int read_rows(struct sm_history *h, yyjson_val *list, struct sm_err *e)
{
	struct sm_history_release *r;
	char where[32];
	yyjson_val *one;
	size_t i, max;
	int ret;

	h->release = sm_arena_alloc(&h->arena, yyjson_arr_size(list) + 1,
				    sizeof(*h->release));
	yyjson_arr_foreach(list, i, max, one)
	{
		r = &h->release[i];
		r->state = r->state_date = "";
		snprintf(where, sizeof(where), "releases[%zu]", i);
		ret = sm_jtable_read(one, row_table, r, &h->arena, where, e);
		if (ret < 0 || (ret = check_row(r, where, e)) < 0 ||
		    (i && (ret = check_order(r, where, e)) < 0))
			return ret;
		h->n++;
	}
	return 0;
}

static int read_top(struct sm_history *h, yyjson_val *root, struct sm_err *e)
{
	struct top t = { 0 };
	int ret;

	ret = sm_jtable_read(root, top_table, &t, &h->arena, "", e);
	if (ret < 0)
		return ret;
	if (strcmp(t.format, FORMAT) != 0)
		return sm_err_set(e, SM_EFORMAT, "format: not '%s'", FORMAT);
	if (t.schema != SCHEMA)
		return sm_err_set(e, SM_ENOTSUP,
				  "schema: %llu is not supported",
				  (unsigned long long)t.schema);
	h->minimum = t.minimum;
	return read_rows(h, t.releases, e);
}

int sm_history_parse(struct sm_history *h, struct sm_str json, struct sm_err *e)
{
	struct sm_json j = SM_JSON_INIT;
	int ret;

	memset(h, 0, sizeof(*h));
	ret = sm_json_parse(&j, json, SM_HISTORY_MAX, "release history", e);
	if (ret < 0)
		return ret;
	ret = read_top(h, j.root, e);
	sm_json_release(&j);
	if (ret < 0) {
		sm_history_release(h);
		sm_err_wrap(e, ret, "release history");
	}
	return ret;
}

const struct sm_history_release *sm_history_find(const struct sm_history *h,
						 const char *version)
{
	struct sm_version want, have;
	size_t i;

	if (sm_version_parse(&want, sm_str(version)) < 0)
		return NULL;
	for (i = 0; i < h->n; i++)
		if (sm_version_parse(&have, sm_str(h->release[i].version)) ==
			    0 &&
		    sm_version_cmp(&want, &have) == 0)
			return &h->release[i];
	return NULL;
}

const struct sm_history_release *sm_history_newest(const struct sm_history *h)
{
	size_t i;

	for (i = h->n; i-- > 0;)
		if (!h->release[i].state[0])
			return &h->release[i];
	return NULL;
}
