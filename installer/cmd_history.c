/*
 * history: the releases, the official ones and this project's, from the data
 * that is built in, and with --from those of a release channel.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "common/history.h"
#include "common/version.h"
#include "installer/bring.h"
#include "installer/place.h"
#include "installer/result.h"
#include "installer/state.h"

/* One line of the list; texts are borrowed from history or channel. */
struct row {
	const char *version, *date, *kind, *change, *publisher;
	const char *state, *state_date, *reason;
};

struct list {
	struct sm_arena arena;
	struct row *row;
	size_t n;
	const char *minimum, *newest, *installed;
};

static int compare(const char *a, const char *b)
{
	struct sm_version v = { 0 }, w = { 0 };

	(void)sm_version_parse(&v, sm_str(a)); /* checked when it was read */
	(void)sm_version_parse(&w, sm_str(b));
	return sm_version_cmp(&v, &w);
}

static bool same(const char *a, const char *b)
{
	return b && compare(a, b) == 0;
}

static void print_row(struct sm_out *out, const struct list *l,
		      const struct row *x)
{
	struct sm_buf marks = SM_BUF_INIT((size_t)4096);
	struct inst_result json;

	if (x->state[0])
		(void)sm_buf_printf(&marks, " [%s%s%s%s%s]", x->state,
				    x->state_date[0] ? " " : "", x->state_date,
				    x->reason[0] ? ": " : "", x->reason);
	if (same(x->version, l->minimum))
		(void)sm_buf_puts(&marks, " [minimum supported]");
	if (same(x->version, l->newest))
		(void)sm_buf_puts(&marks, " [newest]");
	if (same(x->version, l->installed))
		(void)sm_buf_puts(&marks, " [installed]");
	sm_out_say(out, "%-12s %-10s %-8s %s%s", x->version, x->date,
		   x->publisher, x->change, sm_buf_z(&marks));
	inst_result_init(&json, "release");
	inst_result_text(&json, "version", x->version);
	inst_result_text(&json, "date", x->date);
	inst_result_text(&json, "kind", x->kind);
	inst_result_text(&json, "publisher", x->publisher);
	inst_result_text(&json, "change", x->change);
	inst_result_text(&json, "state", x->state);
	inst_result_text(&json, "state_date", x->state_date);
	inst_result_text(&json, "reason", x->reason);
	inst_result_flag(&json, "minimum", same(x->version, l->minimum));
	inst_result_flag(&json, "newest", same(x->version, l->newest));
	inst_result_flag(&json, "installed", same(x->version, l->installed));
	inst_result_print(&json, out);
	inst_result_release(&json);
	sm_buf_release(&marks);
}

static int by_version(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return compare(x->version, y->version);
}

static void take_history(struct list *l, const struct sm_history *h,
			 size_t more)
{
	const struct sm_history_release *newest = sm_history_newest(h);
	size_t i;

	l->minimum = h->minimum;
	l->newest = newest ? newest->version : NULL;
	l->row = sm_arena_alloc(&l->arena, h->n + more + 1, sizeof(*l->row));
	for (i = 0; i < h->n; i++) {
		const struct sm_history_release *x = &h->release[i];
		struct row r = { x->version,    x->date,
				 x->kind,       x->change,
				 x->publisher,  x->state,
				 x->state_date, "" };

		l->row[l->n++] = r;
	}
}

/* What the publisher says now counts more than what was built in. */
static void take_channel(struct list *l, const struct sm_channel *c)
{
	const struct sm_channel_version *current = sm_channel_find(c, "latest");
	struct sm_str notes, line;
	size_t i, k, built_in = l->n;

	l->minimum = c->minimum;
	l->newest = current ? current->version : NULL;
	for (i = 0; i < c->n_versions; i++) {
		const struct sm_channel_version *v = &c->version[i];
		struct row *x;

		for (k = 0; k < built_in; k++) {
			if (same(v->version, l->row[k].version))
				break;
		}
		x = &l->row[k < built_in ? k : l->n++];
		if (k == built_in) {
			notes = sm_str(v->notes);
			if (!sm_str_split(&notes, '\n', &line))
				line = sm_str("");
			x->version = v->version;
			x->date = v->date;
			x->kind = "";
			x->change = sm_arena_dup(&l->arena, line);
			x->publisher = "channel";
		}
		x->state = v->reason[0] ? sm_channel_state_name(v->state) : "";
		x->state_date = "";
		x->reason = v->reason;
	}
	qsort(l->row, l->n, sizeof(*l->row), by_version);
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct list l = { 0 };
	struct sm_history h = { 0 };
	struct inst_feed feed = { 0 };
	struct inst_state st = { 0 };
	struct inst_place place;
	const char *have;
	size_t i;
	int r;

	if ((r = sm_history_parse(&h, sm_history_builtin(), e)) < 0 ||
	    (r = inst_place_resolve(&place, &l.arena, s->dir, s->link, s->user,
				    e)) < 0 ||
	    (s->from && (r = inst_bring_channel(s, place.dir, &feed, e)) < 0))
		goto out;
	/* the table is worth showing whatever the directory is like */
	(void)inst_state_read(&st, place.dir, place.link, NULL);
	have = st.plain_version ? st.plain_version : st.current;
	if (have && strcmp(have, "unknown"))
		l.installed = inst_layout_version(&l.arena, have);
	take_history(&l, &h, feed.found ? feed.channel.n_versions : 0);
	if (feed.found)
		take_channel(&l, &feed.channel);
	for (i = 0; i < l.n; i++)
		print_row(out, &l, &l.row[i]);
out:
	inst_state_release(&st);
	inst_feed_release(&feed);
	sm_history_release(&h);
	sm_arena_release(&l.arena);
	return r;
}

const struct inst_verb inst_cmd_history = {
	"history",
	INST_GROUP_PLACE | INST_GROUP_SOURCE | INST_GROUP_JSON,
	0,
	"history [options]",
	"Lists all releases, oldest first: version, date, publisher, what "
	"changed, state.\nWith --from also those of the release channel "
	"there.\n",
	run,
	NULL,
};
