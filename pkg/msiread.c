/*
 * Reading Windows Installer packages.
 *
 * Rule: nothing of the input is trusted: numbers of texts and sizes of tables
 * are compared before they are used, and a way up the folders ends after as
 * many steps as there are folders.
 */
#include "common/def.h"
#include "pkg/msiread.h"

#include "common/os/clock.h"

#define IS_TEXT 0x0800u
#define IS_BINARY 0x0900u
#define KIND 0x0F00u
#define WIDTH 0x00FFu
#define TABLES_MAX 1024
#define LONG_REFS 0x8000u
#define TABLE_MARK 0x4840

static int damaged(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "installer database is damaged");
}

static uint32_t le(struct sm_str s, size_t at, size_t n)
{
	uint32_t v = 0;

	while (n-- && at + n < s.len)
		v = v << 8 | (uint8_t)s.ptr[at + n];
	return v;
}

/* --- names of streams ------------------------------------------------------ */

/* The reverse of pkg_msidb_name; other characters than ASCII become '?'. */
static bool decode_name(const struct pkg_cfbread_stream *s,
			char out[PKG_MSIREAD_NAME_MAX])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz._";
	bool table = s->n_name && s->name[0] == TABLE_MARK;
	size_t n = 0;

	for (size_t i = table; i < s->n_name; i++) {
		unsigned u = s->name[i];

		if (u >= 0x3800 && u < 0x4800) {
			out[n++] = digits[(u - 0x3800) & 63];
			out[n++] = digits[(u - 0x3800) >> 6 & 63];
		} else if (u >= 0x4800 && u < 0x4840) {
			out[n++] = digits[u - 0x4800];
		} else {
			out[n++] = u && u < 0x7f ? (char)u : '?';
		}
	}
	out[n] = '\0';
	return table;
}

static void name_streams(struct pkg_msiread *m)
{
	m->name = sm_arena_alloc(&m->arena, m->cfb.n + 1, sizeof(*m->name));
	m->is_table =
		sm_arena_alloc(&m->arena, m->cfb.n + 1, sizeof(*m->is_table));
	for (size_t i = 0; i < m->cfb.n; i++)
		m->is_table[i] = decode_name(&m->cfb.stream[i], m->name[i]);
}

static struct sm_str stream_of(const struct pkg_msiread *m, const char *name,
			       bool table)
{
	for (size_t i = 0; i < m->cfb.n; i++)
		if (m->is_table[i] == table && !strcmp(m->name[i], name))
			return m->cfb.stream[i].data;
	return sm_str(NULL);
}

const struct sm_str *pkg_msiread_stream(const struct pkg_msiread *m,
					const char *name)
{
	for (size_t i = 0; i < m->cfb.n; i++)
		if (!m->is_table[i] && !strcmp(m->name[i], name))
			return &m->cfb.stream[i].data;
	return NULL;
}

/* --- texts ----------------------------------------------------------------- */

/* Each has a length and a number of uses, of two bytes. A length of 0 that is
 * used says that the next four bytes are the length. */
static int read_pool(struct pkg_msiread *m, struct sm_err *e)
{
	struct sm_str pool = stream_of(m, "_StringPool", true);
	struct sm_str data = stream_of(m, "_StringData", true);
	size_t n = pool.len / 4, at = 0;

	if (pool.len < 4)
		return damaged(e);
	m->ref_size = le(pool, 2, 2) & LONG_REFS ? 3 : 2;
	m->text = sm_arena_alloc(&m->arena, n, sizeof(*m->text));
	m->n_texts = 1;
	for (size_t i = 1; i < n; i++) {
		uint32_t len = le(pool, 4 * i, 2),
			 uses = le(pool, 4 * i + 2, 2);

		if (!len && uses && ++i < n)
			len = le(pool, 4 * i, 4);
		if (len > data.len - at)
			return damaged(e);
		m->text[m->n_texts++] = sm_str_sub(data, at, len);
		at += len;
	}
	return 0;
}

/* --- tables ---------------------------------------------------------------- */

static size_t cell_size(const struct pkg_msiread *m, unsigned type)
{
	if ((type & KIND) != IS_BINARY && type & IS_TEXT)
		return m->ref_size;
	return (type & (KIND | WIDTH) & ~0x0F00u) == 4 ? 4 : 2;
}

static bool is_text(unsigned type)
{
	return type & IS_TEXT && (type & KIND) != IS_BINARY;
}

static int add_column(struct pkg_msiread_table *t, struct sm_str name,
		      unsigned type, struct sm_err *e)
{
	struct pkg_msiread_column *c = &t->column[t->n_columns];

	if (t->n_columns == PKG_MSIREAD_COLUMNS_MAX)
		return sm_err_set(e, SM_ELIMIT, "too many columns");
	c->name = name;
	c->type = type;
	c->at = 0; /* until place() */
	t->n_columns++;
	return 0;
}

/* Cells lie column by column. */
static int place(const struct pkg_msiread *m, struct pkg_msiread_table *t,
		 struct sm_err *e)
{
	size_t row = 0, at = 0;

	for (size_t i = 0; i < t->n_columns; i++)
		row += cell_size(m, t->column[i].type);
	if (!row || t->data.len % row)
		return damaged(e);
	t->n_rows = t->data.len / row;
	for (size_t i = 0; i < t->n_columns; i++) {
		t->column[i].at = at;
		at += t->n_rows * cell_size(m, t->column[i].type);
	}
	return 0;
}

static uint32_t raw_cell(const struct pkg_msiread *m,
			 const struct pkg_msiread_table *t, size_t row,
			 size_t column)
{
	const struct pkg_msiread_column *c = &t->column[column];
	size_t size = cell_size(m, c->type);

	return le(t->data, c->at + row * size, size);
}

static struct sm_str text_cell(const struct pkg_msiread *m,
			       const struct pkg_msiread_table *t, size_t row,
			       size_t column)
{
	uint32_t number = raw_cell(m, t, row, column);

	return number < m->n_texts ? m->text[number] : sm_str(NULL);
}

/* _Columns describes all tables, itself not. */
static int open_columns(struct pkg_msiread *m, struct pkg_msiread_table *t,
			struct sm_err *e)
{
	memset(t, 0, sizeof(*t));
	t->name = sm_str("_Columns");
	t->data = stream_of(m, "_Columns", true);
	(void)add_column(t, sm_str("Table"), IS_TEXT, e);
	(void)add_column(t, sm_str("Number"), 2, e);
	(void)add_column(t, sm_str("Name"), IS_TEXT, e);
	(void)add_column(t, sm_str("Type"), 2, e);
	return place(m, t, e);
}

static struct pkg_msiread_table *table_of(struct pkg_msiread *m,
					  struct sm_str name)
{
	struct pkg_msiread_table *t;
	char z[PKG_MSIREAD_NAME_MAX];

	for (size_t i = 0; i < m->n_tables; i++)
		if (sm_str_eq(m->table[i].name, name))
			return &m->table[i];
	if (m->n_tables == TABLES_MAX || !name.len || name.len >= sizeof(z))
		return NULL;
	t = &m->table[m->n_tables++];
	memset(t, 0, sizeof(*t));
	memcpy(z, name.ptr, name.len);
	z[name.len] = '\0';
	t->name = name;
	t->data = stream_of(m, z, true);
	return t;
}

static int read_tables(struct pkg_msiread *m, struct sm_err *e)
{
	struct pkg_msiread_table columns, *t;
	int r;

	if ((r = open_columns(m, &columns, e)) < 0)
		return r;
	m->table = sm_arena_alloc(
		&m->arena,
		columns.n_rows < TABLES_MAX ? columns.n_rows + 1 : TABLES_MAX,
		sizeof(*m->table));
	for (size_t i = 0; i < columns.n_rows; i++) {
		t = table_of(m, text_cell(m, &columns, i, 0));
		if (!t)
			return damaged(e);
		r = add_column(t, text_cell(m, &columns, i, 2),
			       raw_cell(m, &columns, i, 3) ^ 0x8000, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < m->n_tables; i++)
		if ((r = place(m, &m->table[i], e)) < 0)
			return sm_err_wrap(e, r, "table %.*s",
					   SM_STR_ARG(m->table[i].name));
	return 0;
}

int pkg_msiread_open(struct pkg_msiread *m, struct sm_str file,
		     struct sm_err *e)
{
	int r;

	memset(m, 0, sizeof(*m));
	if ((r = pkg_cfbread_parse(&m->cfb, file, e)) < 0)
		return r;
	name_streams(m);
	if ((r = read_pool(m, e)) < 0)
		return r;
	return read_tables(m, e);
}

void pkg_msiread_release(struct pkg_msiread *m)
{
	pkg_cfbread_release(&m->cfb);
	sm_arena_release(&m->arena);
	memset(m, 0, sizeof(*m));
}

const struct pkg_msiread_table *pkg_msiread_table(const struct pkg_msiread *m,
						  const char *name)
{
	for (size_t i = 0; i < m->n_tables; i++)
		if (sm_str_eqz(m->table[i].name, name))
			return &m->table[i];
	return NULL;
}

static size_t column_of(const struct pkg_msiread_table *t, const char *name)
{
	size_t i = 0;

	while (i < t->n_columns && !sm_str_eqz(t->column[i].name, name))
		i++;
	return i;
}

void pkg_msiread_put(const struct pkg_msiread *m,
		     const struct pkg_msiread_table *t, size_t row,
		     const char *column, struct sm_buf *out)
{
	size_t i = column_of(t, column);
	uint32_t raw;

	if (i == t->n_columns || row >= t->n_rows)
		return;
	raw = raw_cell(m, t, row, i);
	if (is_text(t->column[i].type))
		sm_buf_put_str(out, text_cell(m, t, row, i));
	else if (raw && cell_size(m, t->column[i].type) == 4)
		sm_buf_printf(out, "%lld",
			      (long long)raw - INT64_C(0x80000000));
	else if (raw)
		sm_buf_printf(out, "%d", (int)raw - 0x8000);
}

/* The row whose first column is this text; n_rows if there is none. */
static size_t row_of(const struct pkg_msiread *m,
		     const struct pkg_msiread_table *t, struct sm_str key)
{
	size_t i = 0;

	while (i < t->n_rows && !sm_str_eq(text_cell(m, t, i, 0), key))
		i++;
	return i;
}

void pkg_msiread_property(const struct pkg_msiread *m, const char *name,
			  struct sm_buf *out)
{
	const struct pkg_msiread_table *t = pkg_msiread_table(m, "Property");

	if (t)
		pkg_msiread_put(m, t, row_of(m, t, sm_str(name)), "Value", out);
}

/* --- where files go -------------------------------------------------------- */

static struct sm_str named_cell(const struct pkg_msiread *m,
				const struct pkg_msiread_table *t, size_t row,
				const char *column)
{
	size_t i = column_of(t, column);

	return i < t->n_columns && row < t->n_rows &&
			       is_text(t->column[i].type) ?
		       text_cell(m, t, row, i) :
		       sm_str(NULL);
}

/* "SHORT|long" or one name; of "target:source" the target. */
static struct sm_str long_name(struct sm_str s)
{
	long at = sm_str_chr(s, ':', 0);

	if (at >= 0)
		s = sm_str_sub(s, 0, (size_t)at);
	at = sm_str_chr(s, '|', 0);
	return at >= 0 ? sm_str_sub(s, (size_t)at + 1, s.len) : s;
}

/* Put `name` and a slash in front. */
static void prepend(struct sm_buf *out, size_t base, struct sm_str name)
{
	struct sm_buf rest = SM_BUF_INIT(out->max);

	sm_buf_put_str(&rest, sm_str_sub(sm_buf_str(out), base, out->len));
	sm_buf_truncate(out, base);
	sm_buf_put_str(out, name);
	sm_buf_puts(out, "/");
	sm_buf_put_str(out, sm_buf_str(&rest));
	sm_buf_release(&rest);
}

int pkg_msiread_path(const struct pkg_msiread *m, size_t row,
		     struct sm_buf *out, struct sm_err *e)
{
	const struct pkg_msiread_table *f = pkg_msiread_table(m, "File");
	const struct pkg_msiread_table *c = pkg_msiread_table(m, "Component");
	const struct pkg_msiread_table *d = pkg_msiread_table(m, "Directory");
	size_t base = out->len, at;
	struct sm_str dir, up;

	if (!f || !c || !d)
		return damaged(e);
	sm_buf_put_str(out, long_name(named_cell(m, f, row, "FileName")));
	at = row_of(m, c, named_cell(m, f, row, "Component_"));
	dir = named_cell(m, c, at, "Directory_");
	for (size_t i = 0; i <= d->n_rows; i++) {
		at = row_of(m, d, dir);
		if (at == d->n_rows)
			return damaged(e);
		up = named_cell(m, d, at, "Directory_Parent");
		if (!up.len || sm_str_eq(up, dir))
			return 0; /* TARGETDIR */
		if (sm_str_eqz(up, "TARGETDIR")) {
			prepend(out, base, dir); /* what Windows calls it */
			return out->err ? damaged(e) : 0;
		}
		prepend(out, base,
			long_name(named_cell(m, d, at, "DefaultDir")));
		dir = up;
	}
	return damaged(e);
}

/* --- the summary ----------------------------------------------------------- */

static void put_value(struct sm_str s, size_t at, struct sm_buf *out)
{
	uint64_t ticks;
	char date[32] = "";
	struct tm tm;

	switch (le(s, at, 4)) {
	case 2: /* VT_I2 */
		sm_buf_printf(out, "%u", le(s, at + 4, 2));
		break;
	case 3: /* VT_I4 */
		sm_buf_printf(out, "%u", le(s, at + 4, 4));
		break;
	case 30: /* VT_LPSTR, with its NUL */
		s = sm_str_sub(s, at + 8, le(s, at + 4, 4));
		sm_buf_put_str(out, sm_str_sub(s, 0, s.len ? s.len - 1 : 0));
		break;
	case 64: /* VT_FILETIME: 100 ns since 1601 */
		ticks = (uint64_t)le(s, at + 8, 4) << 32 | le(s, at + 4, 4);
		if (sm_os_clock_utc((int64_t)(ticks / 10000000) -
					    INT64_C(11644473600),
				    &tm) == 0)
			(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
				       &tm);
		sm_buf_puts(out, date);
		break;
	default:
		sm_buf_puts(out, "?");
	}
}

int pkg_msiread_summary(const struct pkg_msiread *m, struct sm_buf *out,
			struct sm_err *e)
{
	static const char *const names[] = {
		NULL,       "codepage", "title",    "subject", "author",
		"keywords", "comments", "template", "last by", "code",
		NULL,       "printed",  "created",  "saved",   "schema",
		"words",    NULL,       NULL,       "program", "security",
	};
	const struct sm_str *all = pkg_msiread_stream(m, PKG_MSIREAD_SUMMARY);
	struct sm_str s;
	uint32_t n;

	if (!all || all->len < 48)
		return damaged(e);
	s = sm_str_sub(*all, le(*all, 44, 4), all->len);
	n = le(s, 4, 4);
	if (n > s.len / 8)
		return damaged(e);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = le(s, 8 + 8 * (size_t)i, 4);

		if (id < SM_ARRAY_LEN(names) && names[id])
			sm_buf_printf(out, "%s: ", names[id]);
		else
			sm_buf_printf(out, "%u: ", id);
		put_value(s, le(s, 12 + 8 * (size_t)i, 4), out);
		sm_buf_puts(out, "\n");
	}
	return out->err ? damaged(e) : 0;
}

/* --- signatures ------------------------------------------------------------ */

/* In the order of the bytes of their names; a longer one after its beginning. */
static int by_name(const void *a, const void *b)
{
	const struct pkg_cfbread_stream *const *x = a, *const *y = b;

	for (size_t i = 0; i < (*x)->n_name && i < (*y)->n_name; i++) {
		unsigned p = (*x)->name[i], q = (*y)->name[i];

		p = (p & 0xff) << 8 | p >> 8;
		q = (q & 0xff) << 8 | q >> 8;
		if (p != q)
			return p < q ? -1 : 1;
	}
	return (*x)->n_name < (*y)->n_name ? -1 : (*x)->n_name > (*y)->n_name;
}

int pkg_msiread_digest(const struct pkg_msiread *m, enum sm_digest_alg alg,
		       uint8_t *out, struct sm_err *e)
{
	const struct pkg_cfbread_stream **s =
		sm_mem_zalloc(m->cfb.n + 1, sizeof(*s));
	struct sm_digest d = SM_DIGEST_INIT;
	size_t n = 0;
	int r = sm_digest_start(&d, alg, e);

	if (r < 0)
		goto out;
	for (size_t i = 0; i < m->cfb.n; i++)
		if (m->is_table[i] ||
		    strcmp(m->name[i], PKG_MSIREAD_SIGNATURE) != 0)
			s[n++] = &m->cfb.stream[i];
	qsort(s, n, sizeof(*s), by_name);
	for (size_t i = 0; i < n; i++)
		sm_digest_add(&d, s[i]->data.ptr, s[i]->data.len);
	sm_digest_add(&d, m->cfb.clsid, sizeof(m->cfb.clsid));
	sm_digest_finish(&d, out);
out:
	sm_mem_free(s);
	return r;
}
