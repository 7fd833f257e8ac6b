/*
 * Windows Installer packages as containers.
 *
 * Rule: a cabinet inside is opened, and its files, which have keys for names,
 * are called by where they are installed. One that no row of the File table
 * names keeps its key.
 */
#include "common/def.h"
#include "pkg/msiparts.h"

#include "pkg/msiread.h"

#define TABLE_TEXT_MAX ((size_t)16 << 20)

static int add(struct pkg_parts *p, const char *name, struct sm_str data,
	       struct sm_err *e)
{
	struct pkg_part *part;
	int r = pkg_parts_add(p, name, &part, e);

	return r < 0 ? r : pkg_parts_fill(p, part, data, e);
}

static int add_summary(struct pkg_parts *p, const struct pkg_msiread *m,
		       struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(TABLE_TEXT_MAX);
	int r = pkg_msiread_summary(m, &text, e);

	if (r == 0)
		r = add(p, "summary", sm_buf_str(&text), e);
	sm_buf_release(&text);
	return r;
}

/* The names of the columns, then a row a line, cells parted by tabs. */
static int add_table(struct pkg_parts *p, const struct pkg_msiread *m,
		     const struct pkg_msiread_table *t, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(TABLE_TEXT_MAX);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	char column[PKG_MSIREAD_NAME_MAX];
	int r;

	for (size_t i = 0; i < t->n_columns; i++)
		sm_buf_printf(&text, "%s%.*s", i ? "\t" : "",
			      SM_STR_ARG(t->column[i].name));
	sm_buf_puts(&text, "\n");
	for (size_t row = 0; row < t->n_rows && !text.err; row++) {
		for (size_t i = 0; i < t->n_columns; i++) {
			(void)snprintf(column, sizeof(column), "%.*s",
				       SM_STR_ARG(t->column[i].name));
			sm_buf_puts(&text, i ? "\t" : "");
			pkg_msiread_put(m, t, row, column, &text);
		}
		sm_buf_puts(&text, "\n");
	}
	sm_buf_printf(&name, "table %.*s", SM_STR_ARG(t->name));
	r = text.err ? sm_err_set(e, text.err, "too much data") :
		       add(p, sm_buf_z(&name), sm_buf_str(&text), e);
	sm_buf_release(&text);
	sm_buf_release(&name);
	return r;
}

/* --- files ----------------------------------------------------------------- */

/* Where the file with this key goes, or NULL. */
static const char *path_of(struct pkg_parts *p, const struct pkg_msiread *m,
			   const char *key)
{
	const struct pkg_msiread_table *t = pkg_msiread_table(m, "File");
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err ignored = SM_ERR_INIT;
	const char *path = NULL;

	for (size_t i = 0; t && i < t->n_rows && !path; i++) {
		sm_buf_clear(&text);
		pkg_msiread_put(m, t, i, "File", &text);
		if (!sm_str_eqz(sm_buf_str(&text), key))
			continue;
		sm_buf_clear(&text);
		if (pkg_msiread_path(m, i, &text, &ignored) < 0)
			break;
		path = sm_arena_dup(&p->arena, sm_buf_str(&text));
	}
	sm_buf_release(&text);
	return path;
}

static int add_cabinet(struct pkg_parts *p, const struct pkg_msiread *m,
		       struct sm_str data, struct sm_err *e)
{
	struct pkg_parts cab;
	struct pkg_part *part;
	const char *path;
	int r = pkg_parts_read(&cab, data, e);

	for (size_t i = 0; i < cab.n && r == 0; i++) {
		path = path_of(p, m, cab.part[i].name);
		r = pkg_parts_add(p, path ? path : cab.part[i].name, &part, e);
		if (r < 0)
			break;
		part->field[PKG_PARTS_TYPE] = "file";
		if (cab.part[i].field[PKG_PARTS_TIME])
			part->field[PKG_PARTS_TIME] = sm_arena_dup(
				&p->arena,
				sm_str(cab.part[i].field[PKG_PARTS_TIME]));
		r = pkg_parts_fill(p, part, cab.part[i].data, e);
	}
	pkg_parts_release(&cab);
	return r;
}

static int add_streams(struct pkg_parts *p, const struct pkg_msiread *m,
		       struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	int r = 0;

	for (size_t i = 0; i < m->cfb.n && r == 0; i++) {
		struct sm_str data = m->cfb.stream[i].data;

		if (m->is_table[i] || !strcmp(m->name[i], PKG_MSIREAD_SUMMARY))
			continue;
		if (sm_str_starts(data, "MSCF")) {
			r = add_cabinet(p, m, data, e);
			continue;
		}
		sm_buf_clear(&name);
		if (!strcmp(m->name[i], PKG_MSIREAD_SIGNATURE))
			sm_buf_puts(&name, "signature");
		else
			sm_buf_printf(&name, "stream %s", m->name[i]);
		r = add(p, sm_buf_z(&name), data, e);
	}
	sm_buf_release(&name);
	return r;
}

int pkg_msiparts_read(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct pkg_msiread m;
	int r;

	if ((r = pkg_msiread_open(&m, data, e)) == 0)
		r = add_summary(p, &m, e);
	for (size_t i = 0; i < m.n_tables && r == 0; i++)
		r = add_table(p, &m, &m.table[i], e);
	if (r == 0)
		r = add_streams(p, &m, e);
	pkg_msiread_release(&m);
	return r;
}
