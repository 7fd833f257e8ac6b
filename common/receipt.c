/*
 * Receipts. The reader is strict, because uninstall trusts the list of files;
 * the writer sorts, and reads back what it wrote.
 */
#include "common/def.h"
#include "common/receipt.h"

#include "common/jtable.h"
#include "common/path.h"

#define FORMAT "session-manager-receipt"
#define SCHEMA 1
#define TEXT_MAX 4096

struct top {
	const char *format;
	uint64_t schema;
	const char *version, *installer, *dir, *link, *previous;
	int64_t installed;
	yyjson_val *source, *artifact, *verified, *files;
};

struct file_row {
	const char *path, *type, *mode, *sha256, *target;
	uint64_t size;
};

/* clang-format off */
#define AT(member) offsetof(struct sm_receipt, member)
#define TOP(member) offsetof(struct top, member)
#define ROW(member) offsetof(struct file_row, member)
static const struct sm_jtable top_table[] = {
	{ "format", SM_JTABLE_TEXT, true, TOP(format), TEXT_MAX },
	{ "schema", SM_JTABLE_NUMBER, true, TOP(schema), 1000 },
	{ "version", SM_JTABLE_VERSION, true, TOP(version), 63 },
	{ "installed", SM_JTABLE_TIME, true, TOP(installed), 0 },
	{ "installer", SM_JTABLE_VERSION, true, TOP(installer), 63 },
	{ "source", SM_JTABLE_OBJECT, true, TOP(source), 0 },
	{ "artifact", SM_JTABLE_OBJECT, false, TOP(artifact), 0 },
	{ "verified", SM_JTABLE_OBJECT, true, TOP(verified), 0 },
	{ "dir", SM_JTABLE_TEXT, true, TOP(dir), TEXT_MAX },
	{ "link", SM_JTABLE_TEXT, false, TOP(link), TEXT_MAX },
	{ "previous", SM_JTABLE_VERSION, false, TOP(previous), 63 },
	{ "files", SM_JTABLE_ARRAY, true, TOP(files), SM_RECEIPT_FILES_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable source_table[] = {
	{ "kind", SM_JTABLE_TEXT, true, AT(source_kind), TEXT_MAX },
	{ "from", SM_JTABLE_TEXT, true, AT(source_from), TEXT_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable artifact_table[] = {
	{ "name", SM_JTABLE_TEXT, true, AT(artifact_name), TEXT_MAX },
	{ "format", SM_JTABLE_TEXT, true, AT(artifact_format), TEXT_MAX },
	{ "size", SM_JTABLE_NUMBER, true, AT(artifact_size), UINT64_MAX / 2 },
	{ "sha256", SM_JTABLE_SHA256, true, AT(artifact_sha256), TEXT_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable verified_table[] = {
	{ "method", SM_JTABLE_TEXT, true, AT(verified_method), TEXT_MAX },
	{ "algorithm", SM_JTABLE_TEXT, false, AT(verified_alg), TEXT_MAX },
	{ "fingerprint", SM_JTABLE_TEXT, false, AT(verified_fpr), TEXT_MAX },
	{ "key", SM_JTABLE_TEXT, false, AT(verified_key), TEXT_MAX },
	{ "reason", SM_JTABLE_TEXT, false, AT(verified_reason), TEXT_MAX },
	{ "signed", SM_JTABLE_TIME, false, AT(verified_created), 0 },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable file_table[] = {
	{ "path", SM_JTABLE_PATH, true, ROW(path), TEXT_MAX },
	{ "type", SM_JTABLE_TEXT, true, ROW(type), TEXT_MAX },
	{ "mode", SM_JTABLE_TEXT, true, ROW(mode), 4 },
	{ "size", SM_JTABLE_NUMBER, false, ROW(size), UINT64_MAX / 2 },
	{ "sha256", SM_JTABLE_SHA256, false, ROW(sha256), TEXT_MAX },
	{ "target", SM_JTABLE_TEXT, false, ROW(target), TEXT_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
/* clang-format on */

void sm_receipt_init(struct sm_receipt *r)
{
	memset(r, 0, sizeof(*r));
	r->version = r->installer = "";
	r->source_kind = r->source_from = "";
	r->artifact_name = r->artifact_format = r->artifact_sha256 = "";
	r->verified_method = r->verified_alg = r->verified_fpr = "";
	r->verified_key = r->verified_reason = "";
	r->dir = r->link = r->previous = "";
}

void sm_receipt_release(struct sm_receipt *r)
{
	sm_mem_free(r->file);
	sm_arena_release(&r->arena);
	sm_receipt_init(r);
}

const char *sm_receipt_text(struct sm_receipt *r, const char *z)
{
	return sm_arena_dup(&r->arena, sm_str(z));
}

int sm_receipt_add_file(struct sm_receipt *r, const struct sm_receipt_file *f,
			struct sm_err *e)
{
	struct sm_receipt_file *to;

	if (r->n_files == SM_RECEIPT_FILES_MAX)
		return sm_err_set(e, SM_ELIMIT, "more than %d files",
				  SM_RECEIPT_FILES_MAX);
	if (r->n_files == r->cap_files) {
		r->cap_files = r->cap_files ? 2 * r->cap_files : 32;
		r->file =
			sm_mem_realloc(r->file, r->cap_files, sizeof(*r->file));
	}
	to = &r->file[r->n_files++];
	*to = *f;
	to->path = sm_receipt_text(r, f->path);
	to->sha256 = sm_receipt_text(r, f->sha256 ? f->sha256 : "");
	to->target = sm_receipt_text(r, f->target ? f->target : "");
	return 0;
}

const struct sm_receipt_file *sm_receipt_find(const struct sm_receipt *r,
					      const char *path)
{
	size_t i;

	for (i = 0; i < r->n_files; i++)
		if (!strcmp(r->file[i].path, path))
			return &r->file[i];
	return NULL;
}

/* --- reading --------------------------------------------------------------- */

static const struct {
	const char *name;
	enum sm_file_type type;
} types[] = { { "file", SM_FILE_REGULAR },
	      { "dir", SM_FILE_DIR },
	      { "link", SM_FILE_LINK } };

static const char *type_name(enum sm_file_type type)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "other"; /* which the reader refuses */
}

/* Four octal digits, permission bits only. */
static int read_mode(const char *text, unsigned *mode)
{
	size_t i;

	*mode = 0;
	for (i = 0; text[i]; i++) {
		if (text[i] < '0' || text[i] > '7')
			return SM_EFORMAT;
		*mode = *mode * 8 + (unsigned)(text[i] - '0');
	}
	return i == 4 && *mode <= 0777 ? 0 : SM_EFORMAT;
}

static int check_file(const struct file_row *row, struct sm_receipt_file *f,
		      const char *where, struct sm_err *e)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(types); i++)
		if (!strcmp(row->type, types[i].name))
			break;
	if (i == SM_ARRAY_LEN(types))
		return sm_err_set(e, SM_EFORMAT, "%s.type: unknown word",
				  where);
	f->type = types[i].type;
	if (read_mode(row->mode, &f->mode) < 0)
		return sm_err_set(e, SM_EFORMAT,
				  "%s.mode: is not an octal mode", where);
	if ((f->type == SM_FILE_REGULAR) != (row->sha256[0] != '\0'))
		return sm_err_set(e, SM_EFORMAT,
				  "%s.sha256: belongs to every file and only "
				  "to files",
				  where);
	if ((f->type == SM_FILE_LINK) != (row->target[0] != '\0'))
		return sm_err_set(e, SM_EFORMAT,
				  "%s.target: belongs to every link and only "
				  "to links",
				  where);
	f->path = row->path;
	f->sha256 = row->sha256;
	f->target = row->target;
	f->size = row->size;
	return 0;
}

/* Sorted, so that a path cannot come twice. */
static int read_files(struct sm_receipt *r, yyjson_val *list, struct sm_err *e)
{
	struct sm_receipt_file f;
	char where[32];
	yyjson_val *one;
	size_t i, max;
	int ret;

	yyjson_arr_foreach(list, i, max, one)
	{
		struct file_row row = { "", "", "", "", "", 0 };

		snprintf(where, sizeof(where), "files[%zu]", i);
		ret = sm_jtable_read(one, file_table, &row, &r->arena, where,
				     e);
		if (ret < 0 || (ret = check_file(&row, &f, where, e)) < 0)
			return ret;
		if (i && strcmp(r->file[i - 1].path, f.path) >= 0)
			return sm_err_set(e, SM_EFORMAT,
					  "%s.path: not in order", where);
		if ((ret = sm_receipt_add_file(r, &f, e)) < 0)
			return ret;
	}
	return 0;
}

static int check_words(const struct sm_receipt *r, struct sm_err *e)
{
	const char *k = r->source_kind, *m = r->verified_method;

	if (strcmp(k, "directory") != 0 && strcmp(k, "file") != 0 &&
	    strcmp(k, "url") != 0 && strcmp(k, "adopted") != 0 &&
	    strcmp(k, "bundled") != 0)
		return sm_err_set(e, SM_EFORMAT, "source.kind: unknown word");
	if (strcmp(m, "openpgp") != 0 && strcmp(m, "channel") != 0 &&
	    strcmp(m, "x509") != 0 && strcmp(m, "none") != 0)
		return sm_err_set(e, SM_EFORMAT,
				  "verified.method: unknown word");
	if (!strcmp(m, "none") != (r->verified_reason[0] != '\0'))
		return sm_err_set(e, SM_EFORMAT,
				  "verified.reason: belongs to method none, "
				  "which needs one");
	if (!strcmp(m, "openpgp") && strlen(r->verified_fpr) != 40)
		return sm_err_set(e, SM_EFORMAT,
				  "verified.fingerprint: is missing");
	if (!strcmp(m, "x509") && !r->verified_key[0])
		return sm_err_set(e, SM_EFORMAT, "verified.key: is missing");
	if (!sm_path_is_absolute(sm_str(r->dir)) ||
	    (r->link[0] && !sm_path_is_absolute(sm_str(r->link))))
		return sm_err_set(e, SM_EFORMAT,
				  "dir, link: must be absolute paths");
	return 0;
}

static int read_parts(struct sm_receipt *r, const struct top *t,
		      struct sm_err *e)
{
	int ret;

	ret = sm_jtable_read(t->source, source_table, r, &r->arena, "source",
			     e);
	if (ret == 0 && t->artifact)
		ret = sm_jtable_read(t->artifact, artifact_table, r, &r->arena,
				     "artifact", e);
	if (ret == 0)
		ret = sm_jtable_read(t->verified, verified_table, r, &r->arena,
				     "verified", e);
	if (ret == 0)
		ret = check_words(r, e);
	return ret < 0 ? ret : read_files(r, t->files, e);
}

static int read_top(struct sm_receipt *r, yyjson_val *root, struct sm_err *e)
{
	struct top t = { 0 };
	int ret;

	t.link = t.previous = "";
	ret = sm_jtable_read(root, top_table, &t, &r->arena, "", e);
	if (ret < 0)
		return ret;
	if (strcmp(t.format, FORMAT) != 0)
		return sm_err_set(e, SM_EFORMAT, "format: not '%s'", FORMAT);
	if (t.schema != SCHEMA)
		return sm_err_set(e, SM_ENOTSUP,
				  "schema: %llu is not supported (made by a "
				  "newer installer)",
				  (unsigned long long)t.schema);
	r->version = t.version;
	r->installer = t.installer;
	r->installed = t.installed;
	r->dir = t.dir;
	r->link = t.link;
	r->previous = t.previous;
	return read_parts(r, &t, e);
}

int sm_receipt_parse(struct sm_receipt *r, struct sm_str json, struct sm_err *e)
{
	struct sm_json j = SM_JSON_INIT;
	int ret;

	sm_receipt_init(r);
	if ((ret = sm_json_parse(&j, json, SM_RECEIPT_MAX, "receipt", e)) < 0)
		return ret;
	ret = read_top(r, j.root, e);
	sm_json_release(&j);
	if (ret < 0) {
		sm_receipt_release(r);
		sm_err_wrap(e, ret, "receipt");
	}
	return ret;
}

/* --- writing --------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct sm_receipt_file *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static void put_file(struct sm_jtable_writer *w,
		     const struct sm_receipt_file *f)
{
	char mode[16];

	snprintf(mode, sizeof(mode), "%04o", f->mode);
	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "path", f->path);
	sm_jtable_put_text(w, "type", type_name(f->type));
	sm_jtable_put_text(w, "mode", mode);
	if (f->type == SM_FILE_REGULAR)
		sm_jtable_put_number(w, "size", f->size);
	sm_jtable_put_text(w, "sha256", f->sha256);
	sm_jtable_put_text(w, "target", f->target);
	sm_jtable_close(w, '}');
}

static void put_files(struct sm_jtable_writer *w, const struct sm_receipt *r)
{
	const struct sm_receipt_file **sorted;
	size_t i;

	sorted = sm_mem_alloc((r->n_files + 1) * sizeof(*sorted));
	for (i = 0; i < r->n_files; i++)
		sorted[i] = &r->file[i];
	qsort(sorted, r->n_files, sizeof(*sorted), by_path);
	sm_jtable_open(w, "files", '[');
	for (i = 0; i < r->n_files; i++)
		put_file(w, sorted[i]);
	sm_jtable_close(w, ']');
	sm_mem_free(sorted);
}

static void put_origin(struct sm_jtable_writer *w, const struct sm_receipt *r)
{
	sm_jtable_open(w, "source", '{');
	sm_jtable_put_text(w, "kind", r->source_kind);
	sm_jtable_put_text(w, "from", r->source_from);
	sm_jtable_close(w, '}');
	if (r->artifact_name[0]) {
		sm_jtable_open(w, "artifact", '{');
		sm_jtable_put_text(w, "name", r->artifact_name);
		sm_jtable_put_text(w, "format", r->artifact_format);
		sm_jtable_put_number(w, "size", r->artifact_size);
		sm_jtable_put_text(w, "sha256", r->artifact_sha256);
		sm_jtable_close(w, '}');
	}
	sm_jtable_open(w, "verified", '{');
	sm_jtable_put_text(w, "method", r->verified_method);
	sm_jtable_put_text(w, "algorithm", r->verified_alg);
	sm_jtable_put_text(w, "fingerprint", r->verified_fpr);
	sm_jtable_put_text(w, "key", r->verified_key);
	sm_jtable_put_text(w, "reason", r->verified_reason);
	if (r->verified_created)
		sm_jtable_put_time(w, "signed", r->verified_created);
	sm_jtable_close(w, '}');
}

int sm_receipt_put(const struct sm_receipt *r, struct sm_buf *out,
		   struct sm_err *e)
{
	struct sm_jtable_writer w = { out, 0, true };
	struct sm_receipt check;
	size_t from = out->len;
	int ret;

	sm_jtable_open(&w, NULL, '{');
	sm_jtable_put_text(&w, "format", FORMAT);
	sm_jtable_put_number(&w, "schema", SCHEMA);
	sm_jtable_put_text(&w, "version", r->version);
	sm_jtable_put_time(&w, "installed", r->installed);
	sm_jtable_put_text(&w, "installer", r->installer);
	put_origin(&w, r);
	sm_jtable_put_text(&w, "dir", r->dir);
	sm_jtable_put_text(&w, "link", r->link);
	sm_jtable_put_text(&w, "previous", r->previous);
	put_files(&w, r);
	sm_jtable_close(&w, '}');
	if (out->err)
		return sm_err_set(e, out->err, "receipt is too large");
	ret = sm_receipt_parse(&check,
			       sm_str_sub(sm_buf_str(out), from, out->len), e);
	if (ret == 0)
		sm_receipt_release(&check);
	return ret;
}
