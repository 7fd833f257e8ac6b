/*
 * files[] and links[].
 *
 * Rule: an entry that is for another format is read and checked like any
 * other before it is left out, so that one build finds the mistakes of all.
 */
#include "common/def.h"
#include "pkg/entries.h"

#include "pkg/check.h"
#include "pkg/format.h"
#include "pkg/manifest.h"

enum {
	F_SOURCE,
	F_DESTINATION,
	F_TYPE,
	F_MODE,
	F_OWNER,
	F_GROUP,
	F_TARGET,
	F_FORMATS,
	F_N
};
static const char *const file_names[F_N + 1] = {
	"source", "destination", "type",    "mode", "owner",
	"group",  "target",      "formats", NULL
};

enum {
	L_PATH,
	L_TARGET,
	L_N
};
static const char *const link_names[L_N + 1] = { "path", "target", NULL };

/* In the order of enum pkg_source_type. */
static const char *const type_names[] = { "file", "dir", "symlink", "config",
					  "doc" };

struct entry {
	struct pkg_source s;
	const char *mode; /* text, or NULL */
	bool wanted;      /* for this format */
};

static int read_type(const struct pkg_field *f, const struct pkg_member *m,
		     enum pkg_source_type *type, struct sm_err *e)
{
	const char *z = NULL;
	int r = pkg_field_text(f, m, NULL, &z, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < SM_ARRAY_LEN(type_names); i++) {
		if (strcmp(z, type_names[i]))
			continue;
		*type = (enum pkg_source_type)i;
		return 0;
	}
	return pkg_field_refuse(f, m, e,
				"not one of file, dir, symlink, config, doc");
}

static int read_format(void *user, const struct pkg_field *f, size_t index,
		       const struct pkg_member *m, struct sm_err *e)
{
	struct entry *en = user;
	const char *z = NULL;
	int r;

	SM_UNUSED(index);
	if ((r = pkg_field_text(f, m, pkg_format_check_name, &z, e)) < 0)
		return r;
	if (!strcmp(z, f->want->format))
		en->wanted = true;
	return 0;
}

static int read_mode(const struct pkg_field *f, const struct pkg_member *m,
		     struct entry *en, struct sm_err *e)
{
	const char *cause;
	int r;

	if ((r = pkg_field_text(f, m, NULL, &en->mode, e)) < 0)
		return r;
	cause = pkg_check_mode(en->mode, &en->s.mode);
	return cause ? pkg_field_refuse(f, m, e, "%s", cause) : 0;
}

static int file_member(void *user, const struct pkg_field *f, size_t index,
		       const struct pkg_member *m, struct sm_err *e)
{
	struct entry *en = user;
	struct pkg_source *s = &en->s;

	switch (index) {
	case F_SOURCE:
		return pkg_field_text(f, m, pkg_check_source, &s->source, e);
	case F_DESTINATION:
		s->line = m->line;
		return pkg_field_text(f, m, pkg_check_destination,
				      &s->destination, e);
	case F_TYPE:
		return read_type(f, m, &s->type, e);
	case F_MODE:
		return read_mode(f, m, en, e);
	case F_OWNER:
		return pkg_field_text(f, m, pkg_check_owner, &s->owner, e);
	case F_GROUP:
		return pkg_field_text(f, m, pkg_check_owner, &s->group, e);
	case F_TARGET:
		return pkg_field_text(f, m, NULL, &s->target, e);
	default:
		en->wanted = false;
		return pkg_field_array(f, m, 16, read_format, en, e);
	}
}

/* What a type needs and what it must not have. */
static int check_entry(const struct pkg_field *f, const struct pkg_member *m,
		       struct entry *en, struct sm_err *e)
{
	struct pkg_source *s = &en->s;
	bool is_file = s->type != PKG_SOURCE_DIR &&
		       s->type != PKG_SOURCE_SYMLINK;
	const char *cause;

	if (!s->destination)
		return pkg_field_refuse(f, m, e, "no destination");
	if (is_file != (s->source != NULL))
		return pkg_field_refuse(f, m, e,
					is_file ? "no source" :
						  "a source is of no use here");
	if ((s->type == PKG_SOURCE_SYMLINK) != (s->target != NULL))
		return pkg_field_refuse(
			f, m, e,
			s->target ? "a target is of no use here" : "no target");
	if (s->target) {
		cause = pkg_check_target(s->target, s->destination);
		if (cause)
			return pkg_field_refuse(f, m, e, "target: %s", cause);
		if (en->mode)
			return pkg_field_refuse(f, m, e,
						"a mode is of no use here");
		s->mode = 0777;
	} else if (!en->mode) {
		s->mode = s->type == PKG_SOURCE_DIR ? 0755 : 0644;
	}
	return 0;
}

static int file_element(void *user, const struct pkg_field *f, size_t index,
			const struct pkg_member *m, struct sm_err *e)
{
	struct pkg_manifest *man = user;
	struct entry en;
	int r;

	memset(&en, 0, sizeof(en));
	en.wanted = true;
	en.s.owner = "root";
	en.s.group = "root";
	en.s.line = m->line;
	en.s.index = (unsigned)index;
	r = pkg_field_object(f, m, file_names, file_member, &en, e);
	if (r < 0)
		return r;
	if ((r = check_entry(f, m, &en, e)) < 0)
		return r;
	if (en.wanted)
		man->files[man->n_files++] = en.s;
	return 0;
}

int pkg_entries_files(const struct pkg_field *f, const struct pkg_member *arr,
		      struct pkg_manifest *m, struct sm_err *e)
{
	size_t n = yyjson_arr_size(arr->val);

	m->n_files = 0;
	if (n <= PKG_MANIFEST_FILES_MAX)
		m->files = sm_arena_alloc(f->arena, n + 1, sizeof(*m->files));
	return pkg_field_array(f, arr, PKG_MANIFEST_FILES_MAX, file_element, m,
			       e);
}

static int link_member(void *user, const struct pkg_field *f, size_t index,
		       const struct pkg_member *m, struct sm_err *e)
{
	struct pkg_link *l = user;

	return pkg_field_text(f, m, pkg_check_destination,
			      index == L_PATH ? &l->path : &l->target, e);
}

static int link_element(void *user, const struct pkg_field *f, size_t index,
			const struct pkg_member *m, struct sm_err *e)
{
	struct pkg_manifest *man = user;
	struct pkg_link *l = &man->links[man->n_links];
	int r;

	SM_UNUSED(index);
	l->line = m->line;
	r = pkg_field_object(f, m, link_names, link_member, l, e);
	if (r < 0)
		return r;
	if (!l->path || !l->target)
		return pkg_field_refuse(f, m, e, "no path or no target");
	man->n_links++;
	return 0;
}

int pkg_entries_links(const struct pkg_field *f, const struct pkg_member *arr,
		      struct pkg_manifest *m, struct sm_err *e)
{
	size_t n = yyjson_arr_size(arr->val);

	m->n_links = 0;
	if (n <= PKG_MANIFEST_LINKS_MAX)
		m->links = sm_arena_alloc(f->arena, n + 1, sizeof(*m->links));
	return pkg_field_array(f, arr, PKG_MANIFEST_LINKS_MAX, link_element, m,
			       e);
}

/* True if `path` lies below the folder `above`. */
static bool is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	return !strncmp(path, above, len) && path[len] == '/';
}

static int check_pair(const struct pkg_field *f, const struct pkg_source *a,
		      const struct pkg_source *b, struct sm_err *e)
{
	char path[64];
	struct pkg_member at = { path, b->line, NULL };

	(void)snprintf(path, sizeof(path), "files[%u].destination", b->index);
	if (!strcmp(a->destination, b->destination))
		return pkg_field_refuse(f, &at, e, "also that of files[%u]",
					a->index);
	if (a->type != PKG_SOURCE_DIR &&
	    is_below(b->destination, a->destination))
		return pkg_field_refuse(f, &at, e,
					"below files[%u], which is no folder",
					a->index);
	return 0;
}

static int check_link(const struct pkg_field *f, const struct pkg_manifest *m,
		      size_t index, struct sm_err *e)
{
	const struct pkg_link *l = &m->links[index];
	char path[64];
	struct pkg_member at = { path, l->line, NULL };
	bool found = false;

	(void)snprintf(path, sizeof(path), "links[%zu].path", index);
	for (size_t i = 0; i < m->n_files; i++) {
		const char *d = m->files[i].destination;

		found = found || !strcmp(d, l->target);
		if (!strcmp(d, l->path) || (is_below(l->path, d) &&
					    m->files[i].type != PKG_SOURCE_DIR))
			return pkg_field_refuse(f, &at, e,
						"in the way of files[%u]",
						m->files[i].index);
	}
	(void)snprintf(path, sizeof(path), "links[%zu].target", index);
	if (!found)
		return pkg_field_refuse(f, &at, e,
					"not the destination of a file");
	return 0;
}

/* Byte order; of equal ones the first in the manifest. */
static int compare(const void *pa, const void *pb)
{
	const struct pkg_source *a = *(const struct pkg_source *const *)pa;
	const struct pkg_source *b = *(const struct pkg_source *const *)pb;
	int d = strcmp(a->destination, b->destination);

	return d ? d : a < b ? -1 : a > b;
}

/* The first file of this destination, or NULL. */
static const struct pkg_source *find(const struct pkg_source *const *sorted,
				     size_t n, struct sm_str destination)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sm_str_cmp(sm_str(sorted[mid]->destination), destination) <
		    0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && sm_str_eqz(destination, sorted[low]->destination) ?
		       sorted[low] :
		       NULL;
}

/* Against one of the same destination and all that are above it. */
static int check_file(const struct pkg_field *f, const struct pkg_source *file,
		      const struct pkg_source *const *sorted, size_t n,
		      struct sm_err *e)
{
	const char *z = file->destination;
	const struct pkg_source *other = find(sorted, n, sm_str(z));
	int r = other == file ? 0 : check_pair(f, other, file, e);

	for (const char *p = strchr(z + 1, '/'); p && r == 0;
	     p = strchr(p + 1, '/')) {
		other = find(sorted, n, sm_str_n(z, (size_t)(p - z)));
		if (other)
			r = check_pair(f, other, file, e);
	}
	return r;
}

int pkg_entries_check(const struct pkg_field *f, const struct pkg_manifest *m,
		      struct sm_err *e)
{
	const struct pkg_source **sorted;
	int r = 0;

	sorted = sm_mem_zalloc(m->n_files + 1, sizeof(*sorted));
	for (size_t i = 0; i < m->n_files; i++)
		sorted[i] = &m->files[i];
	qsort(sorted, m->n_files, sizeof(*sorted), compare);
	for (size_t i = 0; i < m->n_files && r == 0; i++)
		r = check_file(f, &m->files[i], sorted, m->n_files, e);
	sm_mem_free(sorted);
	for (size_t i = 0; i < m->n_links && r == 0; i++)
		r = check_link(f, m, i, e);
	return r;
}
