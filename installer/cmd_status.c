/*
 * status: what is installed, since when, from where, verified how, and
 * whether its files are as they were.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "common/jtable.h"
#include "installer/bring.h"
#include "installer/kept.h"
#include "installer/owner.h"
#include "installer/place.h"
#include "installer/register.h"
#include "installer/result.h"

struct view {
	struct sm_out *out;
	const struct inst_state *s;
	const struct inst_feed *feed;
	struct inst_result json; /* the "status" line, printed last */
};

static void say_receipt(struct view *v, const struct sm_receipt *r)
{
	struct sm_buf date = SM_BUF_INIT((size_t)64);
	struct sm_out *out = v->out;

	if (sm_jtable_time_put(&date, r->installed) < 0)
		(void)sm_buf_puts(&date, "?");
	sm_out_say(out, "installed:  %s by installer %s", sm_buf_z(&date),
		   r->installer);
	sm_out_say(out, "from:       %s (%s)", r->source_from, r->source_kind);
	if (!strcmp(r->verified_method, "x509"))
		sm_out_say(out, "verified:   %s %s, publisher %s",
			   r->verified_method, r->verified_alg,
			   r->verified_key);
	else if (strcmp(r->verified_method, "none"))
		sm_out_say(out, "verified:   %s %s, key %s (%s)",
			   r->verified_method, r->verified_alg, r->verified_fpr,
			   r->verified_key);
	else
		sm_out_say(out, "verified:   no; %s", r->verified_reason);
	inst_result_time(&v->json, "installed", r->installed);
	inst_result_text(&v->json, "installer", r->installer);
	inst_result_text(&v->json, "source", r->source_kind);
	inst_result_text(&v->json, "from", r->source_from);
	inst_result_text(&v->json, "verified", r->verified_method);
	inst_result_text(&v->json, "algorithm", r->verified_alg);
	inst_result_text(&v->json, "key", r->verified_fpr);
	inst_result_text(&v->json, "previous", r->previous);
	sm_buf_release(&date);
}

static void say_change(struct view *v, const char *path,
		       enum inst_kept_change change)
{
	struct inst_result line;
	bool gone = change == INST_KEPT_MISSING;

	sm_out_say(v->out, "%s    %s", gone ? "missing:" : "changed:", path);
	inst_result_init(&line, "file");
	inst_result_text(&line, "path", path);
	inst_result_text(&line, "state", gone ? "missing" : "changed");
	inst_result_print(&line, v->out);
	inst_result_release(&line);
}

static int say_files(struct view *v, const struct sm_receipt *rec,
		     struct sm_err *e)
{
	enum inst_kept_change change;
	size_t i, bad = 0;
	int r;

	for (i = 0; i < rec->n_files; i++) {
		if (rec->file[i].type != SM_FILE_REGULAR)
			continue;
		r = inst_kept_compare(v->s, v->s->current, &rec->file[i],
				      &change, e);
		if (r < 0)
			return r;
		if (change == INST_KEPT_SAME)
			continue;
		bad++;
		say_change(v, rec->file[i].path, change);
	}
	inst_result_number(&v->json, "changed", bad);
	if (!bad)
		sm_out_say(v->out, "files:      as installed");
	return bad ? sm_err_set(e, SM_EVERIFY,
				"%zu installed files were changed or are "
				"missing",
				bad) :
		     0;
}

/*
 * The links in DIR through which users reach the version. A package that was
 * installed over this installation and removed again takes them with it.
 */
static int check_links(struct view *v, struct sm_err *e)
{
	const struct inst_state *s = v->s;
	bool present[INST_FILES];
	struct sm_arena a = SM_ARENA_INIT;
	size_t i;
	int r = 0;

	inst_state_present(inst_layout_text(&a, "%s/" INST_VERSIONS "/%s",
					    s->dir, s->current),
			   present);
	for (i = 0; i < INST_FILES; i++) {
		if (!present[i] || s->slot[i] == INST_SLOT_OURS)
			continue;
		say_change(v, inst_layout_file(i)->name, INST_KEPT_MISSING);
		r = sm_err_set(e, SM_EVERIFY,
			       "the links of the installation in '%s' are not "
			       "complete; installing again makes them",
			       s->dir);
	}
	sm_arena_release(&a);
	return r;
}

static const char *link_name(enum inst_link k)
{
	static const char *const name[] = {
		[INST_LINK_ABSENT] = "missing",
		[INST_LINK_OURS] = "ours",
		[INST_LINK_OTHER] = "leads elsewhere",
		[INST_LINK_BROKEN] = "leads nowhere",
		[INST_LINK_FILE] = "a regular file",
		[INST_LINK_BLOCKED] = "not a link",
	};

	return name[k];
}

static int say_ours(struct view *v, struct sm_err *e)
{
	struct sm_receipt rec;
	int r, links;

	sm_out_say(v->out, "version:    %.*s", (int)strcspn(v->s->current, "~"),
		   v->s->current);
	r = inst_kept_receipt(v->s, v->s->current, &rec, e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		sm_out_say(v->out, "installed:  by another program, adopted");
		inst_result_text(&v->json, "source", "adopted");
		return check_links(v, e);
	}
	if (r < 0)
		return r;
	say_receipt(v, &rec);
	r = say_files(v, &rec, e);
	sm_receipt_release(&rec);
	links = check_links(v, r < 0 ? NULL : e);
	return r < 0 ? r : links;
}

/* What the publisher says of the version now. */
static int say_channel(struct view *v, const char *version, struct sm_err *e)
{
	const struct sm_channel *c = &v->feed->channel;
	const struct sm_channel_version *x, *newest;

	if (!v->feed->found)
		return 0;
	x = sm_channel_find(c, version);
	newest = sm_channel_find(c, "latest");
	sm_out_say(v->out, "channel:    %s%s%s%s%s",
		   x ? sm_channel_state_name(x->state) : "not listed",
		   x && x->reason[0] ? ": " : "", x ? x->reason : "",
		   newest ? "; newest is " : "", newest ? newest->version : "");
	inst_result_text(&v->json, "state",
			 x ? sm_channel_state_name(x->state) : "not listed");
	inst_result_text(&v->json, "reason", x ? x->reason : "");
	inst_result_text(&v->json, "newest", newest ? newest->version : "");
	if (!x || x->state != SM_CHANNEL_WITHDRAWN)
		return 0;
	return sm_err_set(e, SM_EVERIFY, "version %s was withdrawn: %s",
			  x->version, x->reason);
}

/* A plain tree: a package's, or the official script's. */
static void say_foreign(struct view *v)
{
	struct sm_buf command = SM_BUF_INIT(SM_BUF_SMALL);

	if (inst_owner_find(v->s->dir, "", &command)) {
		sm_out_say(v->out, "installed:  by a package; '%s' removes it",
			   sm_buf_z(&command));
		inst_result_text(&v->json, "source", "package");
		inst_result_text(&v->json, "remove", sm_buf_z(&command));
	} else {
		sm_out_say(v->out, "installed:  by another program");
		inst_result_text(&v->json, "source", "another program");
	}
	sm_buf_release(&command);
}

static int say(struct view *v, struct sm_err *e)
{
	const struct inst_state *s = v->s;
	struct sm_arena a = SM_ARENA_INIT;
	bool ours = s->link_kind == INST_LINK_OURS, there;
	const char *version = s->plain_version ?
				      s->plain_version :
				      inst_layout_version(&a, s->current);
	int r = 0, channel;

	inst_result_init(&v->json, "status");
	inst_result_text(&v->json, "directory", s->dir);
	if (!s->copies) {
		inst_result_text(&v->json, "link", s->link);
		inst_result_text(&v->json, "link_state",
				 link_name(s->link_kind));
	}
	inst_result_text(&v->json, "version", version);
	sm_out_say(v->out, "directory:  %s", s->dir);
	if (s->copies) {
		there = inst_register_on_path(s->dir);
		sm_out_say(v->out, "Path:       %s",
			   there ? "has the plugin's folder" :
				   "does not have the plugin's folder");
		inst_result_flag(&v->json, "on_path", there);
	} else {
		sm_out_say(v->out, "link:       %s%s%s%s", s->link,
			   ours ? "" : " (",
			   ours ? "" : link_name(s->link_kind),
			   ours ? "" : ")");
	}
	if (s->plain_version) {
		sm_out_say(v->out, "version:    %s", s->plain_version);
		say_foreign(v);
	} else {
		r = say_ours(v, e);
	}
	channel = say_channel(v, version, r < 0 ? NULL : e);
	if (r >= 0)
		r = channel;
	inst_result_print(&v->json, v->out);
	inst_result_release(&v->json);
	sm_arena_release(&a);
	return r;
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct inst_place place;
	struct inst_state st = { 0 };
	struct inst_feed feed = { 0 };
	struct view v = { 0 };
	int r;

	v.out = out;
	v.s = &st;
	v.feed = &feed;
	if ((r = inst_place_resolve(&place, &a, s->dir, s->link, s->user, e)) <
		    0 ||
	    (r = inst_state_read(&st, place.dir, place.link, e)) < 0 ||
	    (s->from && (r = inst_bring_channel(s, place.dir, &feed, e)) < 0))
		goto out;
	if (!st.current && !st.plain_version)
		r = sm_err_set(e, SM_ENOTFOUND, "nothing is installed in '%s'",
			       place.dir);
	else
		r = say(&v, e);
out:
	inst_feed_release(&feed);
	inst_state_release(&st);
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_status = {
	"status",
	INST_GROUP_PLACE | INST_GROUP_SOURCE | INST_GROUP_JSON,
	0,
	"status [options]",
	"Says what is installed, since when, from where and verified how, and "
	"whether its\nfiles were changed since; with --from also what the release "
	"channel there says\nof the version. Exit status 3 if files were changed "
	"or the version is withdrawn.\n",
	run,
	NULL,
};
