/*
 * The manifest: members, overrides, defaults.
 *
 * Rule: members are read in two passes over the same tables, first those of
 * the object itself, then those of overrides.FORMAT, which replace them. The
 * overrides of other formats are read into a scratch manifest, so that they
 * are checked as well. Writers see only the result.
 */
#include "common/def.h"
#include "pkg/manifest.h"

#include "common/fs.h"
#include "common/path.h"
#include "pkg/check.h"
#include "pkg/entries.h"
#include "pkg/field.h"
#include "pkg/format.h"

#define MANIFEST_SCHEMA 1
#define MANIFEST_SCRIPT_MAX ((size_t)64 << 10)
#define MANIFEST_ARCHES_MAX 8

/* Members that are texts; the first ones stand at the top only. */
struct text_field {
	const char *name;
	size_t offset;
	pkg_field_check_fn *check;
	const char *fallback; /* NULL: required */
};

#define TEXT(field) #field, offsetof(struct pkg_manifest, field)
/* clang-format off */
static const struct text_field texts[] = {
	{ TEXT(name),        pkg_check_name,        NULL },
	{ TEXT(version),     pkg_check_version,     NULL },
	{ TEXT(release),     pkg_check_release,     "1" },
	{ TEXT(summary),     pkg_check_summary,     NULL },
	{ TEXT(description), pkg_check_description, NULL },
	{ TEXT(license),     pkg_check_license,     NULL },
	{ TEXT(url),         pkg_check_url,         NULL },
	{ TEXT(vendor),      pkg_check_line,        "" },
	{ TEXT(maintainer),  pkg_check_maintainer,  NULL },
	{ TEXT(section),     pkg_check_section,     "admin" },
	{ TEXT(group),       pkg_check_line,        "Applications/System" },
	{ TEXT(identifier),  pkg_check_identifier,  "" },
};
/* clang-format on */
#undef TEXT

enum {
	N_TEXTS = SM_ARRAY_LEN(texts)
};

/* The others, numbered behind the texts. */
enum {
	M_ARCHITECTURES = N_TEXTS,
	M_FILES,
	M_LINKS,
	M_SCRIPTS,
	M_SCHEMA,
	M_OVERRIDES,
	M_N
};

/* Names in the order above; texts are filled in from their table. */
static const char *const other_names[] = { "architectures", "files",
					   "links",         "scripts",
					   "schema",        "overrides" };

static const char *const script_names[PKG_MANIFEST_SCRIPTS + 1] = {
	"preinstall", "postinstall", "preremove", "postremove", NULL
};

static const char *const format_names[] = { "deb", "rpm",    "pkg",    "exe",
					    "zip", "winzip", "bundle", "run",
					    "msi", NULL };

struct reader {
	struct pkg_manifest *m;
	const char *names[M_N + 1]; /* ends with NULL */
	const char *dir;            /* of scripts */
	bool has_files;
	bool has_arches;
	bool wanted_arch; /* this architecture is among them */
	bool has_schema;
	bool nested; /* reading an override */
};

void pkg_manifest_init(struct pkg_manifest *m)
{
	memset(m, 0, sizeof(*m));
}

void pkg_manifest_release(struct pkg_manifest *m)
{
	sm_arena_release(&m->arena);
	memset(m, 0, sizeof(*m));
}

static const char **text_at(struct pkg_manifest *m, size_t index)
{
	return (const char **)(void *)((char *)m + texts[index].offset);
}

static int read_arch(void *user, const struct pkg_field *f, size_t index,
		     const struct pkg_member *m, struct sm_err *e)
{
	struct reader *rd = user;
	const char *z = NULL;
	int r;

	SM_UNUSED(index);
	if ((r = pkg_field_text(f, m, pkg_check_arch, &z, e)) < 0)
		return r;
	rd->has_arches = true;
	rd->wanted_arch = rd->wanted_arch || !strcmp(z, f->want->arch);
	return 0;
}

/* A script may hold anything but NUL; its path is one of the manifest's. */
static int read_script(void *user, const struct pkg_field *f, size_t index,
		       const struct pkg_member *m, struct sm_err *e)
{
	struct reader *rd = user;
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(MANIFEST_SCRIPT_MAX);
	const char *z = NULL;
	struct sm_err cause = SM_ERR_INIT;
	int r;

	if ((r = pkg_field_text(f, m, pkg_check_source, &z, e)) < 0)
		goto out;
	sm_path_join(&path, sm_str(rd->dir), sm_str(z));
	r = sm_fs_read(sm_buf_z(&path), MANIFEST_SCRIPT_MAX, &text, &cause);
	if (r < 0) {
		r = pkg_field_refuse(f, m, e, "%s", sm_err_msg(&cause));
		goto out;
	}
	if (text.len == 0 || memchr(text.ptr, '\0', text.len)) {
		r = pkg_field_refuse(f, m, e, "'%s' is not a script", z);
		goto out;
	}
	rd->m->script[index] = sm_arena_dup(f->arena, sm_buf_str(&text));
out:
	sm_buf_release(&path);
	sm_buf_release(&text);
	return r;
}

static int read_schema(struct reader *rd, const struct pkg_field *f,
		       const struct pkg_member *m, struct sm_err *e)
{
	rd->has_schema = true;
	if (!yyjson_is_int(m->val) ||
	    yyjson_get_sint(m->val) != MANIFEST_SCHEMA)
		return pkg_field_refuse(f, m, e, "not %d", MANIFEST_SCHEMA);
	return 0;
}

static int read_member(void *user, const struct pkg_field *f, size_t index,
		       const struct pkg_member *m, struct sm_err *e)
{
	struct reader *rd = user;

	if (rd->nested &&
	    (index == M_SCHEMA || index == M_OVERRIDES ||
	     (index < N_TEXTS && (!strcmp(texts[index].name, "name") ||
				  !strcmp(texts[index].name, "version")))))
		return pkg_field_refuse(f, m, e, "cannot be overridden");
	switch (index) {
	case M_ARCHITECTURES:
		rd->wanted_arch = false;
		return pkg_field_array(f, m, MANIFEST_ARCHES_MAX, read_arch, rd,
				       e);
	case M_FILES:
		rd->has_files = true;
		return pkg_entries_files(f, m, rd->m, e);
	case M_LINKS:
		return pkg_entries_links(f, m, rd->m, e);
	case M_SCRIPTS:
		memset(rd->m->script, 0, sizeof(rd->m->script));
		return pkg_field_object(f, m, script_names, read_script, rd, e);
	case M_SCHEMA:
		return read_schema(rd, f, m, e);
	case M_OVERRIDES:
		return 0; /* they come when all others are read */
	default:
		return pkg_field_text(f, m, texts[index].check,
				      text_at(rd->m, index), e);
	}
}

/* --- overrides ------------------------------------------------------------ */

static int override_format(void *user, const struct pkg_field *f, size_t index,
			   const struct pkg_member *m, struct sm_err *e)
{
	struct reader *rd = user;
	struct pkg_manifest scratch;
	struct reader other = *rd;
	int r;

	rd->nested = true;
	if (!strcmp(format_names[index], f->want->format))
		return pkg_field_object(f, m, rd->names, read_member, rd, e);
	pkg_manifest_init(&scratch);
	other.m = &scratch;
	other.nested = true;
	r = pkg_field_object(f, m, rd->names, read_member, &other, e);
	pkg_manifest_release(&scratch);
	return r;
}

static int apply_overrides(struct reader *rd, const struct pkg_field *f,
			   struct sm_err *e)
{
	yyjson_val *val = yyjson_obj_get(f->json->root, "overrides");
	struct pkg_member m = { "overrides", 1, val };

	if (!val)
		return 0;
	return pkg_field_object(f, &m, format_names, override_format, rd, e);
}

/* --- the whole ------------------------------------------------------------ */

static int missing(const struct pkg_field *f, const char *name,
		   struct sm_err *e)
{
	const struct pkg_member m = { name, 1, NULL };

	return pkg_field_refuse(f, &m, e, "missing");
}

static int fill_defaults(struct reader *rd, const struct pkg_field *f,
			 struct sm_err *e)
{
	struct pkg_manifest *m = rd->m;

	if (!rd->has_schema)
		return missing(f, "schema", e);
	for (size_t i = 0; i < N_TEXTS; i++) {
		const char **text = text_at(m, i);

		if (!*text && !texts[i].fallback)
			return missing(f, texts[i].name, e);
		if (!*text)
			*text = texts[i].fallback;
	}
	if (m->identifier[0] == '\0')
		m->identifier = m->name;
	if (!rd->has_arches)
		return missing(f, "architectures", e);
	if (!rd->has_files)
		return missing(f, "files", e);
	if (m->n_files == 0) {
		const struct pkg_member none = { "files", 1, NULL };

		return pkg_field_refuse(f, &none, e, "none for format '%s'",
					m->format);
	}
	return 0;
}

static int check_arch(struct reader *rd, const struct pkg_field *f,
		      struct sm_err *e)
{
	yyjson_val *val = yyjson_obj_get(f->json->root, "architectures");
	struct pkg_member m = { "architectures", 1, val };

	m.line = pkg_jsonpos_line(f->json, NULL, yyjson_arr_get_first(val));
	if (m.line == 0)
		m.line = 1;
	if (!rd->wanted_arch)
		return pkg_field_refuse(f, &m, e, "'%s' is not among them",
					f->want->arch);
	return 0;
}

static int read_all(struct reader *rd, const struct pkg_field *f,
		    struct sm_err *e)
{
	const struct pkg_member top = { "", 1, f->json->root };
	int r;

	for (size_t i = 0; i < N_TEXTS; i++)
		rd->names[i] = texts[i].name;
	for (size_t i = 0; i < SM_ARRAY_LEN(other_names); i++)
		rd->names[N_TEXTS + i] = other_names[i];
	r = pkg_field_object(f, &top, rd->names, read_member, rd, e);
	if (r < 0)
		return r;
	if ((r = apply_overrides(rd, f, e)) < 0)
		return r;
	if ((r = fill_defaults(rd, f, e)) < 0)
		return r;
	if ((r = check_arch(rd, f, e)) < 0)
		return r;
	return pkg_entries_check(f, rd->m, e);
}

int pkg_manifest_parse(struct pkg_manifest *m, struct sm_str text,
		       const char *file, const char *dir,
		       const struct pkg_manifest_want *want, struct sm_err *e)
{
	struct pkg_jsonpos json = PKG_JSONPOS_INIT;
	struct pkg_field f = { &json, file, &m->arena, want };
	struct reader rd;
	int r;

	memset(&rd, 0, sizeof(rd));
	rd.m = m;
	rd.dir = dir;
	m->file = sm_arena_dup(&m->arena, sm_str(file));
	m->format = sm_arena_dup(&m->arena, sm_str(want->format));
	m->arch = sm_arena_dup(&m->arena, sm_str(want->arch));
	if (text.len > PKG_MANIFEST_FILE_MAX) {
		r = sm_err_set(e, SM_ELIMIT, "%s: above %zu bytes", file,
			       PKG_MANIFEST_FILE_MAX);
		goto out;
	}
	if ((r = pkg_jsonpos_parse(&json, text, file, e)) < 0)
		goto out;
	r = read_all(&rd, &f, e);
out:
	pkg_jsonpos_release(&json);
	return r;
}

int pkg_manifest_load(struct pkg_manifest *m, const char *path,
		      const struct pkg_manifest_want *want, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_MANIFEST_FILE_MAX);
	char *dir = sm_mem_dup(sm_path_dirname(sm_str(path)));
	int r;

	r = sm_fs_read(path, PKG_MANIFEST_FILE_MAX, &text, e);
	if (r == 0)
		r = pkg_manifest_parse(m, sm_buf_str(&text), path, dir, want,
				       e);
	sm_buf_release(&text);
	sm_mem_free(dir);
	return r;
}
