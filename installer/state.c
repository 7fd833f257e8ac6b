/*
 * Reads the state of an installation directory and of the link. Only looks.
 */
#include "common/def.h"
#include "installer/state.h"

#include "common/buf.h"
#include "common/os/file.h"
#include "common/version.h"
#include "installer/entry.h"
#include "installer/register.h"

#define VERSION_MAX 64
#define NAMES_MIN 16

static int probe(const char *path, bool follow, struct sm_file_info *st,
		 bool *there, struct sm_err *e)
{
	int r = sm_os_file_stat(path, follow, st, e);

	*there = r == 0;
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		return 0;
	}
	return r;
}

static char *read_link(struct inst_state *s, const char *path)
{
	struct sm_buf b = SM_BUF_INIT((size_t)8 << 10);
	char *z = NULL;

	if (inst_entry_read(path, &b, NULL) == 0)
		z = sm_arena_dup(&s->arena, sm_buf_str(&b));
	sm_buf_release(&b);
	return z;
}

static int read_slot(struct inst_state *s, size_t i, struct sm_err *e)
{
	const char *path = inst_layout_text(&s->arena, "%s/%s", s->dir,
					    inst_layout_file(i)->name);
	struct sm_file_info st;
	const char *text;
	bool there;
	int r;

	if ((r = probe(path, false, &st, &there, e)) < 0)
		return r;
	if (!there) {
		s->slot[i] = INST_SLOT_ABSENT;
	} else if (st.type == SM_FILE_REGULAR) {
		s->slot[i] = INST_SLOT_FILE;
	} else if (st.type == SM_FILE_LINK) {
		text = read_link(s, path);
		s->slot[i] = text && !strcmp(text,
					     inst_layout_target(&s->arena, i)) ?
				     INST_SLOT_OURS :
				     INST_SLOT_FOREIGN;
	} else {
		s->slot[i] = INST_SLOT_BLOCKED;
	}
	return 0;
}

/* The version of a plain tree, from its VERSION file. */
static const char *plain_version(struct inst_state *s)
{
	char text[VERSION_MAX];
	struct sm_version v;
	struct sm_str t;
	int64_t n = -1;
	int fd;

	fd = sm_os_file_open(inst_layout_text(&s->arena, "%s/VERSION", s->dir),
			     SM_FILE_READ, 0, NULL);
	if (fd >= 0)
		n = sm_os_file_read(fd, text, sizeof(text), NULL);
	sm_os_file_close(fd);
	if (n <= 0)
		return "unknown";
	t = sm_str_trim(sm_str_n(text, (size_t)n));
	if (sm_version_parse(&v, t) < 0)
		return "unknown";
	return sm_arena_dup(&s->arena, t);
}

int inst_state_add(struct inst_state *s, struct inst_names *list,
		   const char *name)
{
	const char **wider;

	if (list->n == INST_VERSIONS_MAX)
		return SM_ELIMIT;
	if (list->n == list->cap) {
		list->cap = list->cap ? 2 * list->cap : NAMES_MIN;
		wider = sm_arena_alloc(&s->arena, list->cap, sizeof(*wider));
		if (list->n)
			memcpy(wider, list->name, list->n * sizeof(*wider));
		list->name = wider;
	}
	list->name[list->n++] = sm_arena_dup(&s->arena, sm_str(name));
	return 0;
}

/* What only has the name of a version is somebody else's. */
static int on_version(void *user, const char *name)
{
	struct inst_state *s = user;
	struct sm_file_info st;

	if (sm_str_starts(sm_str(name), INST_STAGE) ||
	    sm_str_starts(sm_str(name), INST_TRASH)) {
		/* more than fit: left for the next run */
		(void)inst_state_add(s, &s->leftovers, name);
		return 0;
	}
	if (!inst_layout_is_version(name) ||
	    sm_os_file_stat(inst_layout_text(&s->arena,
					     "%s/" INST_VERSIONS "/%s", s->dir,
					     name),
			    false, &st, NULL) < 0 ||
	    st.type != SM_FILE_DIR)
		return 0;
	return inst_state_add(s, &s->versions, name);
}

static int by_version(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	struct sm_version v = { 0 }, w = { 0 };
	struct sm_str p = sm_str(x), q = sm_str(y), xv, yv;
	int r;

	(void)sm_str_split(&p, '~', &xv); /* never empty */
	(void)sm_str_split(&q, '~', &yv);
	(void)sm_version_parse(&v, xv); /* "unknown" counts as zero */
	(void)sm_version_parse(&w, yv);
	r = sm_version_cmp(&v, &w);
	return r ? r : strcmp(x, y);
}

static int read_versions(struct inst_state *s, struct sm_err *e)
{
	const char *path =
		inst_layout_text(&s->arena, "%s/" INST_VERSIONS, s->dir);
	struct sm_file_info st;
	int r;

	if ((r = probe(path, false, &st, &s->versions_exists, e)) < 0)
		return r;
	if (!s->versions_exists)
		return 0;
	if (st.type != SM_FILE_DIR)
		return sm_err_set(e, SM_ESTATE,
				  "cannot use '%s': not a directory", path);
	if ((r = sm_os_dir_list(path, on_version, s, e)) == SM_ELIMIT)
		return sm_err_set(e, r, "cannot use '%s': too many versions",
				  path);
	if (r < 0)
		return r;
	if (s->versions.n)
		qsort(s->versions.name, s->versions.n, sizeof(char *),
		      by_version);
	return 0;
}

static void read_current(struct inst_state *s)
{
	const char *text = read_link(
		s, inst_layout_text(&s->arena, "%s/" INST_CURRENT, s->dir));

	if (!text || !sm_str_starts(sm_str(text), INST_VERSIONS "/"))
		return;
	s->current_link = true;
	text += strlen(INST_VERSIONS "/");
	if (inst_state_has(s, text))
		s->current = text;
}

static int on_anything(void *user, const char *name)
{
	SM_UNUSED(user);
	SM_UNUSED(name);
	return SM_EEXIST; /* one is enough: ends the walk */
}

static bool is_empty(struct inst_state *s, const char *name)
{
	const char *path = inst_layout_text(&s->arena, "%s/%s", s->dir, name);
	struct sm_file_info st;

	return sm_os_file_stat(path, false, &st, NULL) == 0 &&
	       st.type == SM_FILE_DIR &&
	       sm_os_dir_list(path, on_anything, NULL, NULL) == 0;
}

static int on_remains(void *user, const char *name)
{
	struct inst_state *s = user;

	if (!strcmp(name, INST_SEELOG) || !strcmp(name, INST_LOGS))
		s->users_files = true;
	else if ((!strcmp(name, "bin") || !strcmp(name, INST_VERSIONS)) &&
		 is_empty(s, name))
		s->empty_folders = true;
	else
		return SM_EEXIST;
	return 0;
}

/* What a removal leaves, whole or killed, and nothing of anybody else. */
static void read_remains(struct inst_state *s)
{
	if (sm_os_dir_list(s->dir, on_remains, s, NULL) == 0)
		return;
	s->users_files = false;
	s->empty_folders = false;
}

static int read_link_state(struct inst_state *s, struct sm_err *e)
{
	struct sm_file_info st;
	struct sm_str link = sm_str(s->link);
	long slash = sm_str_rchr(link, '/');
	bool there;
	int r;

	s->link_parent =
		slash <= 0 ? "/" :
			     sm_arena_dup(&s->arena,
					  sm_str_sub(link, 0, (size_t)slash));
	if ((r = probe(s->link, false, &st, &there, e)) < 0)
		return r;
	s->link_kind = INST_LINK_ABSENT;
	if (!there)
		return 0;
	if (st.type == SM_FILE_REGULAR) {
		s->link_kind = INST_LINK_FILE;
	} else if (st.type != SM_FILE_LINK) {
		s->link_kind = INST_LINK_BLOCKED;
	} else {
		s->link_text = read_link(s, s->link);
		if (s->link_text &&
		    !strcmp(s->link_text,
			    inst_layout_text(&s->arena, "%s/" INST_PLUGIN,
					     s->dir)))
			s->link_kind = INST_LINK_OURS;
		else if (sm_os_file_stat(s->link, true, &st, NULL) == 0)
			s->link_kind = INST_LINK_OTHER;
		else
			s->link_kind = INST_LINK_BROKEN;
	}
	return 0;
}

/* The ancestors of `path` (itself included) that are not there. */
static void find_missing(struct inst_state *s, struct inst_names *list,
			 const char *path)
{
	struct sm_file_info st;
	struct sm_str p = sm_str(path);
	size_t i;

	for (i = 1; i <= p.len; i++) {
		char *z;

		if (i < p.len && p.ptr[i] != '/')
			continue;
		z = sm_arena_dup(&s->arena, sm_str_sub(p, 0, i));
		if (sm_os_file_stat(z, true, &st, NULL) == SM_ENOTFOUND)
			(void)inst_state_add(s, list, z); /* a path is short */
	}
}

static void find_stale(struct inst_state *s)
{
	enum sm_file_type made = s->copies ? SM_FILE_REGULAR : SM_FILE_LINK;
	struct sm_file_info st;
	char *path;
	size_t i;

	for (i = 0; i < INST_FILES + 2; i++) {
		if (i < INST_FILES)
			path = inst_layout_text(&s->arena, "%s/%s", s->dir,
						inst_layout_file(i)->name);
		else if (i == INST_FILES)
			path = inst_layout_text(&s->arena, "%s/" INST_CURRENT,
						s->dir);
		else
			path = sm_arena_dup(&s->arena, sm_str(s->link));
		path = inst_layout_new(&s->arena, path);
		if (sm_os_file_stat(path, false, &st, NULL) == 0 &&
		    st.type == made)
			(void)inst_state_add(s, &s->stale, path); /* few */
	}
}

static int read_dir(struct inst_state *s, struct sm_err *e)
{
	struct sm_file_info st;
	bool plain = false;
	size_t i;
	int r;

	if ((r = probe(s->dir, true, &st, &s->dir_exists, e)) < 0)
		return r;
	if (!s->dir_exists)
		return 0;
	if (st.type != SM_FILE_DIR)
		return sm_err_set(e, SM_ESTATE,
				  "cannot install into '%s': not a directory",
				  s->dir);
	if ((r = probe(inst_layout_text(&s->arena, "%s/bin", s->dir), true, &st,
		       &s->bin_exists, e)) < 0)
		return r;
	if (s->bin_exists && st.type != SM_FILE_DIR)
		return sm_err_set(e, SM_ESTATE,
				  "cannot use '%s/bin': not a directory",
				  s->dir);
	for (i = 0; i < INST_FILES; i++) {
		if ((r = read_slot(s, i, e)) < 0)
			return r;
		plain = plain || s->slot[i] == INST_SLOT_FILE;
	}
	if (plain)
		s->plain_version = plain_version(s);
	if ((r = read_versions(s, e)) < 0)
		return r;
	read_current(s);
	read_remains(s);
	return inst_entry_settle(s, e);
}

int inst_state_read(struct inst_state *s, const char *dir, const char *link,
		    struct sm_err *e)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->dir = sm_arena_dup(&s->arena, sm_str(dir));
	s->link = sm_arena_dup(&s->arena, sm_str(link));
	s->copies = inst_entry_copies();
	s->registered = inst_register_has(s->dir);
	if ((r = read_dir(s, e)) < 0 || (r = read_link_state(s, e)) < 0)
		return r;
	find_missing(s, &s->missing_dir, s->dir);
	find_missing(s, &s->missing_link, s->link_parent);
	find_stale(s);
	return 0;
}

void inst_state_release(struct inst_state *s)
{
	sm_arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

bool inst_state_is_torn(const struct inst_state *s)
{
	size_t i;

	if (!s->copies || !s->current)
		return false;
	for (i = 0; i < INST_FILES; i++) {
		if (s->slot[i] == INST_SLOT_STALE)
			return true;
	}
	return s->slot[0] == INST_SLOT_ABSENT;
}

bool inst_state_has(const struct inst_state *s, const char *version)
{
	size_t i;

	for (i = 0; i < s->versions.n; i++) {
		if (!strcmp(s->versions.name[i], version))
			return true;
	}
	return false;
}

void inst_state_present(const char *root, bool present[INST_FILES])
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_file_info st;
	size_t i;

	for (i = 0; i < INST_FILES; i++)
		present[i] = sm_os_file_stat(inst_layout_text(
						     &a, "%s/%s", root,
						     inst_layout_file(i)->name),
					     false, &st, NULL) == 0 &&
			     st.type == SM_FILE_REGULAR;
	sm_arena_release(&a);
}
