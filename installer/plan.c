/*
 * Plans. Everything that decides is here and looks only at the state; the
 * order of the steps is the promise of plan.h:
 *
 *   clean up | adopt a plain tree | stage, sync, probe | rename to versions/V
 *   | label | current -> versions/V (commit) | contract links | LINK | label |
 *   drop links to what is gone | trim
 */
#include "common/def.h"
#include "installer/plan.h"

#define STEPS_MIN 64

static struct inst_step *add(struct inst_plan *p, enum inst_step_kind kind,
			     const char *path, const char *from)
{
	struct inst_step *t;

	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : STEPS_MIN;
		p->step = sm_mem_realloc(p->step, p->cap, sizeof(*p->step));
	}
	t = &p->step[p->n++];
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	t->path = path;
	t->from = from;
	t->mode = 0755;
	return t;
}

#define TEXT(...) inst_layout_text(&p->arena, __VA_ARGS__)

/* A contract file of this installer, or of a plain tree. */
static bool is_ours(const struct inst_state *s, size_t i)
{
	return s->slot[i] == INST_SLOT_OURS || s->slot[i] == INST_SLOT_STALE ||
	       s->slot[i] == INST_SLOT_FILE;
}

static char *in_dir(struct inst_plan *p, const struct inst_state *s, size_t i)
{
	return TEXT("%s/%s", s->dir, inst_layout_file(i)->name);
}

static void clean_up(struct inst_plan *p, const struct inst_state *s)
{
	size_t i;

	for (i = 0; i < s->stale.n; i++)
		add(p, INST_STEP_REMOVE, s->stale.name[i], NULL)->keep = true;
	for (i = 0; i < s->leftovers.n; i++)
		add(p, INST_STEP_REMOVE_TREE,
		    TEXT("%s/" INST_VERSIONS "/%s", s->dir,
			 s->leftovers.name[i]),
		    NULL)
			->keep = true;
	/* a program that was put aside may still run */
	for (i = p->n - s->leftovers.n; s->copies && i < p->n; i++)
		p->step[i].tidy = true;
}

/* A name for a version folder that is not taken: V, V~2, V~3 ... */
static char *free_name(struct inst_plan *p, const struct inst_state *s,
		       const char *version, const char *also_taken)
{
	char *name = TEXT("%s", version);
	unsigned n;

	for (n = 2; inst_state_has(s, name) ||
		    (also_taken && !strcmp(name, also_taken));
	     n++)
		name = TEXT("%s~%u", version, n);
	return name;
}

static void make_missing(struct inst_plan *p, const struct inst_names *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		struct sm_str path = sm_str(list->name[i]);
		long slash = sm_str_rchr(path, '/');

		add(p, INST_STEP_MKDIR, list->name[i], NULL);
		add(p, INST_STEP_SYNC,
		    slash <= 0 ? "/" : TEXT("%.*s", (int)slash, path.ptr),
		    NULL);
	}
}

static void finish_stage(struct inst_plan *p, const struct inst_state *s,
			 const char *stage, const char *name)
{
	const char *versions = TEXT("%s/" INST_VERSIONS, s->dir);

	add(p, INST_STEP_SYNC, TEXT("%s/bin", stage), NULL);
	add(p, INST_STEP_SYNC, stage, NULL);
	add(p, INST_STEP_RENAME, TEXT("%s/%s", versions, name), stage);
	add(p, INST_STEP_SYNC, versions, NULL);
}

static struct inst_step *switch_current(struct inst_plan *p,
					const struct inst_state *s,
					const char *name)
{
	size_t at = p->n;

	add(p, INST_STEP_LINK, TEXT("%s/" INST_CURRENT, s->dir),
	    TEXT(INST_VERSIONS "/%s", name));
	add(p, INST_STEP_SYNC, s->dir, NULL);
	return &p->step[at];
}

/*
 * Turn a plain tree into a version of its own: hard links into a folder, then
 * each plain file becomes a link through current, with the same content.
 */
static const char *adopt(struct inst_plan *p, const struct inst_state *s)
{
	const char *stage =
		TEXT("%s/" INST_VERSIONS "/" INST_STAGE "adopt", s->dir);
	const char *name, *from;
	size_t i, first = p->n;

	if (!s->plain_version)
		return NULL;
	name = free_name(p, s, s->plain_version, NULL);
	add(p, INST_STEP_MKDIR, stage, NULL);
	add(p, INST_STEP_MKDIR, TEXT("%s/bin", stage), NULL);
	for (i = 0; i < INST_FILES; i++) {
		if (s->slot[i] == INST_SLOT_FILE ||
		    s->slot[i] == INST_SLOT_STALE)
			from = in_dir(p, s, i);
		else if (s->slot[i] == INST_SLOT_OURS && s->current)
			from = TEXT("%s/" INST_VERSIONS "/%s/%s", s->dir,
				    s->current, inst_layout_file(i)->name);
		else
			continue;
		add(p, INST_STEP_HARDLINK,
		    TEXT("%s/%s", stage, inst_layout_file(i)->name), from)
			->mode = inst_layout_file(i)->mode;
	}
	finish_stage(p, s, stage, name);
	(void)switch_current(p, s, name);
	for (i = 0; i < INST_FILES && !s->copies; i++) {
		if (s->slot[i] == INST_SLOT_FILE)
			add(p, INST_STEP_LINK, in_dir(p, s, i),
			    inst_layout_target(&p->arena, i));
	}
	add(p, INST_STEP_SYNC, TEXT("%s/bin", s->dir), NULL);
	add(p, INST_STEP_SYNC, s->dir, NULL);
	for (i = first; i < p->n; i++)
		p->step[i].keep = true;
	return name;
}

static void stage(struct inst_plan *p, const struct inst_state *s,
		  const struct inst_wanted *w, const char *name)
{
	const char *root =
		TEXT("%s/" INST_VERSIONS "/" INST_STAGE "%s", s->dir, name);
	struct inst_step *t;
	size_t i;

	add(p, INST_STEP_MKDIR, root, NULL);
	add(p, INST_STEP_MKDIR, TEXT("%s/bin", root), NULL);
	for (i = 0; i < INST_FILES; i++) {
		const struct inst_file *f = inst_layout_file(i);

		if (!w->present[i])
			continue;
		add(p, INST_STEP_COPY, TEXT("%s/%s", root, f->name),
		    w->other[i] ? TEXT("%s", w->other[i]) :
				  TEXT("%s/%s", w->source, f->name))
			->mode = f->mode;
	}
	t = add(p, INST_STEP_WRITE, TEXT("%s/" INST_RECEIPT, root), NULL);
	t->data = w->receipt;
	t->mode = 0644;
	if (!w->no_probe)
		add(p, INST_STEP_PROBE, TEXT("%s/" INST_PLUGIN, root),
		    TEXT("%s", w->version));
	finish_stage(p, s, root, name);
}

static char *in_version(struct inst_plan *p, const struct inst_state *s,
			const char *folder, size_t i)
{
	return TEXT("%s/" INST_VERSIONS "/%s/%s", s->dir, folder,
		    inst_layout_file(i)->name);
}

/*
 * The same where files are copies: every one is looked at, so that a switch
 * that was cut short is made whole. `before` is the folder that was current.
 */
static void contract_copies(struct inst_plan *p, const struct inst_state *s,
			    const bool present[INST_FILES], const char *name,
			    const char *before)
{
	struct inst_step *t;
	size_t i;

	for (i = 0; i < INST_FILES; i++) {
		if (!present[i])
			continue;
		t = add(p, INST_STEP_REPLACE, in_dir(p, s, i),
			in_version(p, s, name, i));
		if (before && s->slot[i] != INST_SLOT_ABSENT)
			t->before = in_version(p, s, before, i);
		t->aside = TEXT("%s/" INST_VERSIONS "/" INST_TRASH "%zu-%s",
				s->dir, i, name);
	}
}

/* After the commit: links for what the new version has. */
static void contract_links(struct inst_plan *p, const struct inst_state *s,
			   const bool present[INST_FILES])
{
	bool any = false;
	size_t i;

	for (i = 0; i < INST_FILES; i++) {
		bool ours = s->slot[i] == INST_SLOT_OURS ||
			    s->slot[i] == INST_SLOT_FILE; /* adopted */

		if (!present[i] || ours)
			continue;
		add(p, INST_STEP_LINK, in_dir(p, s, i),
		    inst_layout_target(&p->arena, i));
		any = true;
	}
	add(p, INST_STEP_SYNC, TEXT("%s/bin", s->dir), NULL);
	if (any) /* else it was, just now */
		add(p, INST_STEP_SYNC, s->dir, NULL);
}

/* What users reach becomes the version in the folder `name`. */
static void show(struct inst_plan *p, const struct inst_state *s,
		 const bool present[INST_FILES], const char *name,
		 const char *retire, const char *before)
{
	if (!s->copies) {
		contract_links(p, s, present);
		return;
	}
	if (retire) {
		add(p, INST_STEP_RETIRE, s->dir, TEXT("%s", retire))->tidy =
			true;
		/* it may have removed the folder */
		add(p, INST_STEP_MKDIR, TEXT("%s/bin", s->dir), NULL);
	}
	contract_copies(p, s, present, name, before);
}

/*
 * Links to what the new version does not have: last, because a removal is not
 * taken back when a later step fails.
 */
static void drop_links(struct inst_plan *p, const struct inst_state *s,
		       const bool present[INST_FILES])
{
	size_t i;

	for (i = 0; i < INST_FILES; i++) {
		if (!present[i] && is_ours(s, i))
			add(p, INST_STEP_REMOVE, in_dir(p, s, i), NULL)->tidy =
				true;
	}
}

static void link_plugin(struct inst_plan *p, const struct inst_state *s)
{
	if (s->copies)
		return;
	make_missing(p, &s->missing_link);
	if (s->link_kind == INST_LINK_OURS)
		return;
	add(p, INST_STEP_LINK, s->link, TEXT("%s/" INST_PLUGIN, s->dir));
	add(p, INST_STEP_SYNC, s->link_parent, NULL);
}

/* What is not labelled runs all the same, for most. */
static void label(struct inst_plan *p, const struct inst_wanted *w,
		  const char *path)
{
	if (w->label)
		add(p, INST_STEP_LABEL, path, TEXT("%s", w->label))->tidy =
			true;
}

static bool same_version(const char *folder, const char *version)
{
	size_t n = strlen(version);

	return !strncmp(folder, version, n) &&
	       (folder[n] == '\0' || folder[n] == '~');
}

static void discard(struct inst_plan *p, const struct inst_state *s,
		    const char *folder)
{
	const char *trash =
		TEXT("%s/" INST_VERSIONS "/" INST_TRASH "%s", s->dir, folder);

	add(p, INST_STEP_RENAME, trash,
	    TEXT("%s/" INST_VERSIONS "/%s", s->dir, folder))
		->tidy = true;
	add(p, INST_STEP_REMOVE_TREE, trash, NULL)->tidy = true;
}

/*
 * Older folders of the same version go, then the oldest until `keep` are
 * left; the one that was current before stays, for rollback.
 */
static void trim(struct inst_plan *p, const struct inst_state *s,
		 const struct inst_wanted *w, const char *before)
{
	size_t i, left = s->versions.n + 1;

	for (i = 0; i < s->versions.n; i++) {
		const char *v = s->versions.name[i];

		if (same_version(v, w->version)) {
			discard(p, s, v);
			left--;
		}
	}
	for (i = 0; i < s->versions.n && left > w->keep; i++) {
		const char *v = s->versions.name[i];

		if (same_version(v, w->version) ||
		    (before && !strcmp(v, before)))
			continue;
		discard(p, s, v);
		left--;
	}
}

static int check_link(const struct inst_state *s, bool force, struct sm_err *e)
{
	switch (s->link_kind) {
	case INST_LINK_BLOCKED:
		return sm_err_set(e, SM_ESTATE,
				  "cannot create the link '%s': it is a "
				  "directory, not a link",
				  s->link);
	case INST_LINK_FILE:
		if (force)
			return 0;
		return sm_err_set(e, SM_ESTATE,
				  "cannot replace '%s': it is a regular file "
				  "that this installer did not make (use "
				  "--force to replace it)",
				  s->link);
	default:
		return 0;
	}
}

static int check_slots(const struct inst_state *s, bool force, struct sm_err *e)
{
	size_t i;

	for (i = 0; i < INST_FILES; i++) {
		const char *name = inst_layout_file(i)->name;

		if (s->slot[i] == INST_SLOT_BLOCKED)
			return sm_err_set(e, SM_ESTATE,
					  "cannot replace '%s/%s': it is not "
					  "a regular file",
					  s->dir, name);
		if (s->slot[i] == INST_SLOT_FOREIGN && !force)
			return sm_err_set(e, SM_ESTATE,
					  "cannot replace '%s/%s': it is a "
					  "link that this installer did not "
					  "make (use --force to replace it)",
					  s->dir, name);
	}
	return 0;
}

/* LINK inside DIR would be a link to itself or lie in the way. */
static int check_apart(const struct inst_state *s, struct sm_err *e)
{
	struct sm_str link = sm_str(s->link);
	size_t n = strlen(s->dir);

	if (!sm_str_starts(link, s->dir) ||
	    (link.len > n && link.ptr[n] != '/'))
		return 0;
	return sm_err_set(e, SM_ESTATE,
			  "cannot create the link '%s': it lies inside the "
			  "installation directory '%s'",
			  s->link, s->dir);
}

static int check(const struct inst_state *s, bool force, struct sm_err *e)
{
	int r;

	if ((r = check_link(s, force, e)) < 0)
		return r;
	if ((r = check_slots(s, force, e)) < 0)
		return r;
	return check_apart(s, e);
}

int inst_plan_install(struct inst_plan *p, struct inst_state *s,
		      const struct inst_wanted *w, struct sm_err *e)
{
	const char *adopted, *name;
	size_t i;
	int r;

	memset(p, 0, sizeof(*p));
	if ((r = check(s, w->force, e)) < 0)
		return r;
	for (i = 0; i < INST_FILES; i++) {
		if (inst_layout_file(i)->required && !w->present[i])
			return sm_err_set(e, SM_ENOTFOUND,
					  "cannot install from '%s': no file "
					  "'%s' in it",
					  w->source, inst_layout_file(i)->name);
	}
	clean_up(p, s);
	make_missing(p, &s->missing_dir);
	if (!s->bin_exists)
		add(p, INST_STEP_MKDIR, TEXT("%s/bin", s->dir), NULL);
	if (!s->versions_exists)
		add(p, INST_STEP_MKDIR, TEXT("%s/" INST_VERSIONS, s->dir),
		    NULL);
	adopted = adopt(p, s);
	name = free_name(p, s, w->version, adopted);
	stage(p, s, w, name);
	label(p, w, TEXT("%s/" INST_VERSIONS "/%s", s->dir, name));
	switch_current(p, s, name)->commit = true;
	show(p, s, w->present, name, w->retire, adopted ? adopted : s->current);
	link_plugin(p, s);
	label(p, w, s->dir);
	label(p, w, s->link);
	if (s->copies)
		add(p, INST_STEP_REGISTER, s->dir, TEXT("%s", w->version));
	drop_links(p, s, w->present);
	trim(p, s, w, adopted ? adopted : s->current);
	return 0;
}

int inst_plan_switch(struct inst_plan *p, struct inst_state *s,
		     const char *folder, struct sm_err *e)
{
	bool present[INST_FILES];
	const char *adopted;
	size_t i;
	int r;

	memset(p, 0, sizeof(*p));
	if (!inst_state_has(s, folder))
		return sm_err_set(e, SM_ENOTFOUND,
				  "version '%s' is not kept in '%s'", folder,
				  s->dir);
	if ((r = check(s, false, e)) < 0)
		return r;
	inst_state_present(TEXT("%s/" INST_VERSIONS "/%s", s->dir, folder),
			   present);
	for (i = 0; i < INST_FILES; i++) {
		if (inst_layout_file(i)->required && !present[i])
			return sm_err_set(e, SM_ESTATE,
					  "cannot switch to '%s': its file "
					  "'%s' is missing",
					  folder, inst_layout_file(i)->name);
	}
	clean_up(p, s);
	if (!s->bin_exists)
		add(p, INST_STEP_MKDIR, TEXT("%s/bin", s->dir), NULL);
	adopted = adopt(p, s);
	switch_current(p, s, folder)->commit = true;
	show(p, s, present, folder, NULL, adopted ? adopted : s->current);
	link_plugin(p, s);
	if (s->copies)
		add(p, INST_STEP_REGISTER, s->dir,
		    inst_layout_version(&p->arena, folder));
	drop_links(p, s, present);
	return 0;
}

static bool is_removable(const struct inst_state *s, bool purge)
{
	size_t i;

	if (s->versions.n || s->leftovers.n || s->stale.n || s->current_link ||
	    s->link_kind == INST_LINK_OURS)
		return true;
	for (i = 0; i < INST_FILES; i++) {
		if (is_ours(s, i))
			return true;
	}
	return s->registered || s->empty_folders || (purge && s->users_files);
}

/* The folder above the default one is there for it alone, as a rule. */
static void remove_vendor(struct inst_plan *p, const struct inst_state *s)
{
	static const char vendor[] = "/Amazon";
	long slash = sm_str_rchr(sm_str(s->dir), '/');
	struct sm_str above =
		sm_str_sub(sm_str(s->dir), 0, slash < 0 ? 0 : (size_t)slash);

	if (s->dir_exists && sm_str_ends(above, vendor))
		add(p, INST_STEP_RMDIR, sm_arena_dup(&p->arena, above), NULL);
}

int inst_plan_uninstall(struct inst_plan *p, struct inst_state *s, bool purge,
			struct sm_err *e)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	if (!is_removable(s, purge))
		return sm_err_set(e, SM_ENOTFOUND,
				  "nothing is installed in '%s'", s->dir);
	if (s->link_kind == INST_LINK_OURS)
		add(p, INST_STEP_REMOVE, s->link, NULL);
	for (i = 0; i < INST_FILES; i++) {
		if (is_ours(s, i))
			add(p, INST_STEP_REMOVE, in_dir(p, s, i), NULL);
	}
	clean_up(p, s);
	if (s->current_link)
		add(p, INST_STEP_REMOVE, TEXT("%s/" INST_CURRENT, s->dir),
		    NULL);
	if (s->versions_exists)
		add(p, INST_STEP_REMOVE,
		    TEXT("%s/" INST_VERSIONS "/" INST_SEEN, s->dir), NULL);
	for (i = 0; i < s->versions.n; i++)
		add(p, INST_STEP_REMOVE_TREE,
		    TEXT("%s/" INST_VERSIONS "/%s", s->dir,
			 s->versions.name[i]),
		    NULL);
	if (purge) {
		add(p, INST_STEP_REMOVE, TEXT("%s/" INST_SEELOG, s->dir), NULL);
		add(p, INST_STEP_REMOVE_TREE, TEXT("%s/" INST_LOGS, s->dir),
		    NULL);
	}
	if (s->versions_exists)
		add(p, INST_STEP_RMDIR, TEXT("%s/" INST_VERSIONS, s->dir),
		    NULL);
	if (s->bin_exists)
		add(p, INST_STEP_RMDIR, TEXT("%s/bin", s->dir), NULL);
	if (s->dir_exists)
		add(p, INST_STEP_RMDIR, s->dir, NULL);
	if (s->copies) {
		remove_vendor(p, s);
		add(p, INST_STEP_UNREGISTER, s->dir, NULL);
	}
	for (i = 0; i < p->n; i++)
		p->step[i].keep = true;
	return 0;
}

void inst_plan_release(struct inst_plan *p)
{
	sm_mem_free(p->step);
	sm_arena_release(&p->arena);
	memset(p, 0, sizeof(*p));
}

static const char *const verbs[] = {
	[INST_STEP_MKDIR] = "make directory",
	[INST_STEP_COPY] = "copy to",
	[INST_STEP_WRITE] = "write",
	[INST_STEP_HARDLINK] = "keep as",
	[INST_STEP_SYNC] = "sync",
	[INST_STEP_RENAME] = "rename to",
	[INST_STEP_LINK] = "link",
	[INST_STEP_REPLACE] = "copy to",
	[INST_STEP_RETIRE] = "remove the official installation in favour of",
	[INST_STEP_REGISTER] = "register",
	[INST_STEP_UNREGISTER] = "unregister",
	[INST_STEP_PROBE] = "run",
	[INST_STEP_LABEL] = "label",
	[INST_STEP_REMOVE] = "remove",
	[INST_STEP_RMDIR] = "remove directory if empty",
	[INST_STEP_REMOVE_TREE] = "remove tree",
};

const char *inst_plan_act(enum inst_step_kind kind)
{
	return verbs[kind];
}

int inst_plan_print(const struct inst_plan *p, struct sm_buf *out)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct inst_step *t = &p->step[i];

		if (t->kind == INST_STEP_SYNC)
			continue;
		(void)sm_buf_printf(out, "%s '%s'", verbs[t->kind], t->path);
		if (t->kind == INST_STEP_LINK)
			(void)sm_buf_printf(out, " -> '%s'", t->from);
		else if (t->kind == INST_STEP_REGISTER)
			(void)sm_buf_printf(out, " as version %s", t->from);
		else if (t->kind == INST_STEP_RETIRE)
			(void)sm_buf_printf(out, " with %s", t->from);
		else if (t->kind == INST_STEP_PROBE)
			(void)sm_buf_printf(out, " and expect version %s",
					    t->from);
		else if (t->from)
			(void)sm_buf_printf(out, " (from '%s')", t->from);
		(void)sm_buf_puts(out, t->commit ? "   <- switch\n" : "\n");
	}
	return out->err;
}
