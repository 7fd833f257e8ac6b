/*
 * Windows Installer databases: one pool of texts, and a stream for each table
 * in which the cells stand column by column, as numbers of two or four bytes.
 *
 * Rule: zero is null; a text is its number in the pool, a number has its sign
 * bit turned. Rows are sorted by their cells, which puts the keys, the first
 * columns, in the order in which they are looked up.
 */
#include "common/def.h"
#include "pkg/msidb.h"

#include "common/mem.h"

#define STRINGS_MAX 65535 /* numbers of two bytes */
#define STRING_MAX 65535
#define USES_MAX 65535
#define STREAM_MAX ((size_t)32 << 20)
#define CODEPAGE_ASCII 1252
#define CODEPAGE_UTF8 65001

#define IS_TEXT 0x0800u
#define WIDTH 0x00FFu

/* The tables that describe the others stand behind them. */
enum {
	T_VALIDATION,
	T_TABLES,
	T_COLUMNS,
	T_N
};

#define TEXT PKG_MSIDB_TEXT
#define KEY PKG_MSIDB_KEY
#define NUL PKG_MSIDB_NULL
#define I2 PKG_MSIDB_I2
#define I4 PKG_MSIDB_I4

/* clang-format off */
static const struct pkg_msidb_table system_table[T_N] = {
	{ "_Validation", {
		{ "Table", KEY | TEXT(32), "Identifier", NULL, NULL, 0, 0 },
		{ "Column", KEY | TEXT(32), "Identifier", NULL, NULL, 0, 0 },
		{ "Nullable", TEXT(4), NULL, "Y;N;@", NULL, 0, 0 },
		{ "MinValue", NUL | I4, NULL, NULL, NULL,
			-INT32_MAX, INT32_MAX },
		{ "MaxValue", NUL | I4, NULL, NULL, NULL,
			-INT32_MAX, INT32_MAX },
		{ "KeyTable", NUL | TEXT(255), "Identifier", NULL, NULL, 0, 0 },
		{ "KeyColumn", NUL | I2, NULL, NULL, NULL, 1, 32 },
		{ "Category", NUL | TEXT(32), "Text", NULL, NULL, 0, 0 },
		{ "Set", NUL | TEXT(255), "Text", NULL, NULL, 0, 0 },
		{ "Description", NUL | TEXT(255), "Text", NULL, NULL, 0, 0 },
	} },
	{ "_Tables", {
		{ "Name", KEY | TEXT(64), NULL, NULL, NULL, 0, 0 },
	} },
	{ "_Columns", {
		{ "Table", KEY | TEXT(64), NULL, NULL, NULL, 0, 0 },
		{ "Number", KEY | I2, NULL, NULL, NULL, 0, 0 },
		{ "Name", TEXT(64), NULL, NULL, NULL, 0, 0 },
		{ "Type", I2, NULL, NULL, NULL, 0, 0 },
	} },
};
/* clang-format on */

static void le16(struct sm_buf *b, unsigned v)
{
	sm_buf_put_u8(b, (uint8_t)v);
	sm_buf_put_u8(b, (uint8_t)(v >> 8));
}

static void le32(struct sm_buf *b, uint32_t v)
{
	le16(b, v & 0xffff);
	le16(b, v >> 16);
}

void pkg_msidb_init(struct pkg_msidb *db, const struct pkg_msidb_table *table,
		    size_t n_tables)
{
	memset(db, 0, sizeof(*db));
	db->table = table;
	db->n_tables = n_tables;
	db->ascii = true;
	if (n_tables > PKG_MSIDB_TABLES_MAX) {
		db->n_tables = 0;
		sm_err_set(&db->err, SM_ELIMIT, "more than %d tables",
			   PKG_MSIDB_TABLES_MAX);
	}
}

void pkg_msidb_release(struct pkg_msidb *db)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(db->rows); i++)
		sm_mem_free(db->rows[i].row);
	sm_mem_free(db->string);
	sm_arena_release(&db->arena);
	memset(db, 0, sizeof(*db));
}

static const struct pkg_msidb_table *table_at(const struct pkg_msidb *db,
					      size_t i)
{
	return i < db->n_tables ? &db->table[i] :
				  &system_table[i - db->n_tables];
}

static size_t n_columns(const struct pkg_msidb_table *t)
{
	size_t n = 0;

	while (n < PKG_MSIDB_COLUMNS_MAX && t->column[n].name)
		n++;
	return n;
}

static bool is_ascii(struct sm_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* The number of a text in the pool, which counts its uses. */
static int intern(struct pkg_msidb *db, struct sm_str text, uint32_t *number)
{
	struct pkg_msidb_string *s = NULL;
	size_t i;

	for (i = 0; i < db->n_strings && !s; i++)
		if (sm_str_eq(db->string[i].text, text))
			s = &db->string[i];
	if (s) {
		*number = (uint32_t)i;
		return ++s->n_uses > USES_MAX ? SM_ELIMIT : 0;
	}
	if (db->n_strings == STRINGS_MAX || text.len > STRING_MAX)
		return SM_ELIMIT;
	if (db->n_strings == db->cap_strings) {
		db->cap_strings = db->cap_strings ? 2 * db->cap_strings : 256;
		db->string = sm_mem_realloc(db->string, db->cap_strings,
					    sizeof(*db->string));
	}
	s = &db->string[db->n_strings++];
	s->text = sm_arena_str(&db->arena, text);
	s->n_uses = 1;
	db->ascii = db->ascii && is_ascii(text);
	*number = (uint32_t)db->n_strings;
	return 0;
}

static int put_text(struct pkg_msidb *db, unsigned type, struct sm_str text,
		    uint32_t *cell)
{
	if (!(type & IS_TEXT) || !sm_str_utf8(text))
		return SM_EFORMAT;
	if ((type & WIDTH) && text.len > (type & WIDTH))
		return SM_ELIMIT;
	return intern(db, text, cell);
}

static int put_number(unsigned type, int32_t v, uint32_t *cell)
{
	if (type & IS_TEXT)
		return SM_EFORMAT;
	if ((type & WIDTH) == 2) {
		if (v < -INT16_MAX || v > INT16_MAX)
			return SM_ELIMIT;
		*cell = (uint32_t)(v + 0x8000);
		return 0;
	}
	if (v == INT32_MIN)
		return SM_ELIMIT;
	*cell = (uint32_t)v ^ 0x80000000u;
	return 0;
}

static int put_cell(struct pkg_msidb *db, const struct pkg_msidb_column *c,
		    const struct pkg_msidb_value *v, uint32_t *cell)
{
	*cell = 0;
	if (v->kind == PKG_MSIDB_V_NUMBER)
		return put_number(c->type, v->number, cell);
	if (v->kind == PKG_MSIDB_V_TEXT && v->text && *v->text)
		return put_text(db, c->type, sm_str(v->text), cell);
	return c->type & NUL ? 0 : SM_ENOTFOUND;
}

static struct pkg_msidb_row *new_row(struct pkg_msidb_rows *rows)
{
	if (rows->n == PKG_MSIDB_ROWS_MAX)
		return NULL;
	if (rows->n == rows->cap) {
		rows->cap = rows->cap ? 2 * rows->cap : 16;
		rows->row = sm_mem_realloc(rows->row, rows->cap,
					   sizeof(*rows->row));
	}
	memset(&rows->row[rows->n], 0, sizeof(*rows->row));
	return &rows->row[rows->n++];
}

static const char *cell_cause(int r)
{
	if (r == SM_ENOTFOUND)
		return "may not be empty";
	return r == SM_ELIMIT ? "too long or too large" : "wrong kind";
}

void pkg_msidb_put(struct pkg_msidb *db, size_t table,
		   const struct pkg_msidb_value *value, size_t n)
{
	const struct pkg_msidb_table *t;
	struct pkg_msidb_row *row;
	int r;

	if (db->err.code)
		return;
	t = table_at(db, table);
	if (n != n_columns(t)) {
		sm_err_set(&db->err, SM_EFORMAT,
			   "table %s: a row of %zu cells, not %zu", t->name, n,
			   n_columns(t));
		return;
	}
	row = new_row(&db->rows[table]);
	if (!row) {
		sm_err_set(&db->err, SM_ELIMIT, "table %s: too many rows",
			   t->name);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		r = put_cell(db, &t->column[i], &value[i], &row->cell[i]);
		if (r < 0) {
			sm_err_set(&db->err, r, "table %s: %s '%s': %s",
				   t->name, t->column[i].name,
				   value[i].text ? value[i].text : "",
				   cell_cause(r));
			return;
		}
	}
}

static struct pkg_msidb_value text(const char *z)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_TEXT, z, 0 };
}

static struct pkg_msidb_value number(int32_t v)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_NUMBER, NULL, v };
}

static struct pkg_msidb_value number_if(bool is, int32_t v)
{
	return is ? number(v) : text(NULL);
}

static void describe_column(struct pkg_msidb *db,
			    const struct pkg_msidb_table *t, size_t i)
{
	const struct pkg_msidb_column *c = &t->column[i];
	bool range = c->min != 0 || c->max != 0;
	const struct pkg_msidb_value columns[] = {
		text(t->name),
		number((int32_t)i + 1),
		text(c->name),
		number((int32_t)c->type),
	};
	const struct pkg_msidb_value validation[] = {
		text(t->name),
		text(c->name),
		text(c->type & NUL ? "Y" : "N"),
		number_if(range, c->min),
		number_if(range, c->max),
		text(c->key_table),
		number_if(c->key_table != NULL, 1),
		text(c->category),
		text(c->set),
		text(NULL),
	};

	pkg_msidb_put(db, db->n_tables + T_COLUMNS, columns,
		      SM_ARRAY_LEN(columns));
	pkg_msidb_put(db, db->n_tables + T_VALIDATION, validation,
		      SM_ARRAY_LEN(validation));
}

/* _Tables and _Columns do not stand in themselves. */
static void describe(struct pkg_msidb *db)
{
	for (size_t i = 0; i <= db->n_tables + T_VALIDATION; i++) {
		const struct pkg_msidb_table *t = table_at(db, i);
		const struct pkg_msidb_value name = text(t->name);

		pkg_msidb_put(db, db->n_tables + T_TABLES, &name, 1);
		for (size_t k = 0; k < n_columns(t); k++)
			describe_column(db, t, k);
	}
}

static int cmp_row(const void *a, const void *b)
{
	const struct pkg_msidb_row *x = a, *y = b;

	for (size_t i = 0; i < PKG_MSIDB_COLUMNS_MAX; i++)
		if (x->cell[i] != y->cell[i])
			return x->cell[i] < y->cell[i] ? -1 : 1;
	return 0;
}

static bool same_key(const struct pkg_msidb_table *t,
		     const struct pkg_msidb_row *a,
		     const struct pkg_msidb_row *b)
{
	for (size_t i = 0; i < n_columns(t) && t->column[i].type & KEY; i++)
		if (a->cell[i] != b->cell[i])
			return false;
	return true;
}

static int add_stream(struct pkg_msidb *db, const char *name,
		      struct sm_buf *data, struct pkg_cfb *out,
		      struct sm_err *e)
{
	uint16_t units[PKG_CFB_NAME_MAX];
	int n = pkg_msidb_name(name, true, units);
	struct sm_str kept;

	if (n < 0)
		return sm_err_set(e, n, "'%s' is too long for a table", name);
	if (data->err)
		return sm_err_set(e, data->err, "table %s is too large", name);
	kept = sm_arena_str(&db->arena, sm_buf_str(data));
	return pkg_cfb_add(out, units, (size_t)n, kept, e);
}

static int put_table(struct pkg_msidb *db, size_t i, struct pkg_cfb *out,
		     struct sm_err *e)
{
	const struct pkg_msidb_table *t = table_at(db, i);
	struct pkg_msidb_rows *rows = &db->rows[i];
	struct sm_buf data = SM_BUF_INIT(STREAM_MAX);
	int r;

	if (!rows->n)
		return 0; /* no stream, no rows */
	qsort(rows->row, rows->n, sizeof(*rows->row), cmp_row);
	for (size_t k = 1; k < rows->n; k++)
		if (same_key(t, &rows->row[k - 1], &rows->row[k]))
			return sm_err_set(e, SM_EFORMAT,
					  "table %s: two rows with one key",
					  t->name);
	for (size_t c = 0; c < n_columns(t); c++)
		for (size_t k = 0; k < rows->n; k++)
			if ((t->column[c].type & (IS_TEXT | WIDTH)) == 4)
				le32(&data, rows->row[k].cell[c]);
			else
				le16(&data, rows->row[k].cell[c]);
	r = add_stream(db, t->name, &data, out, e);
	sm_buf_release(&data);
	return r;
}

static int put_pool(struct pkg_msidb *db, struct pkg_cfb *out, struct sm_err *e)
{
	struct sm_buf pool = SM_BUF_INIT(STREAM_MAX);
	struct sm_buf data = SM_BUF_INIT(STREAM_MAX);
	int r;

	le32(&pool, db->ascii ? CODEPAGE_ASCII : CODEPAGE_UTF8);
	for (size_t i = 0; i < db->n_strings; i++) {
		le16(&pool, (unsigned)db->string[i].text.len);
		le16(&pool, db->string[i].n_uses);
		sm_buf_put_str(&data, db->string[i].text);
	}
	r = add_stream(db, "_StringPool", &pool, out, e);
	if (r == 0)
		r = add_stream(db, "_StringData", &data, out, e);
	sm_buf_release(&pool);
	sm_buf_release(&data);
	return r;
}

int pkg_msidb_finish(struct pkg_msidb *db, struct pkg_cfb *out,
		     struct sm_err *e)
{
	int r;

	describe(db);
	if (db->err.code)
		return sm_err_set(e, db->err.code, "%s", db->err.msg);
	for (size_t i = 0; i < db->n_tables + T_N; i++)
		if ((r = put_table(db, i, out, e)) < 0)
			return r;
	return put_pool(db, out, e);
}

/* 0 to 63, or -1. */
static int digit64(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 36;
	return c == '.' ? 62 : c == '_' ? 63 : -1;
}

int pkg_msidb_name(const char *z, bool table, uint16_t name[PKG_CFB_NAME_MAX])
{
	int n = 0;

	if (table)
		name[n++] = 0x4840;
	while (*z) {
		int a = digit64(z[0]), b = a < 0 ? -1 : digit64(z[1]);

		if (n == PKG_CFB_NAME_MAX || (uint8_t)*z >= 0x80)
			return SM_EFORMAT;
		if (b >= 0)
			name[n++] = (uint16_t)(0x3800 + (b << 6) + a);
		else if (a >= 0)
			name[n++] = (uint16_t)(0x4800 + a);
		else
			name[n++] = (uint16_t)*z;
		z += b >= 0 ? 2 : 1;
	}
	return n;
}

/* --- the summary ---------------------------------------------------------- */

enum {
	VT_I2 = 2,
	VT_I4 = 3,
	VT_LPSTR = 30,
	VT_FILETIME = 64
};

struct property {
	uint32_t id, type;
	const char *text;
	int64_t number;
};

static void put_property(struct sm_buf *b, const struct property *p)
{
	size_t len;

	le32(b, p->type);
	switch (p->type) {
	case VT_LPSTR:
		len = strlen(p->text) + 1;
		le32(b, (uint32_t)len);
		sm_buf_put(b, p->text, len);
		sm_buf_put_fill(b, 0, (4 - len % 4) % 4);
		break;
	case VT_FILETIME: /* 100 ns since 1601 */
		le32(b, (uint32_t)(uint64_t)p->number);
		le32(b, (uint32_t)((uint64_t)p->number >> 32));
		break;
	default:
		le32(b, (uint32_t)p->number);
	}
}

static void put_section(struct sm_buf *b, const struct property *p, size_t n)
{
	struct sm_buf values = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf index = SM_BUF_INIT(SM_BUF_SMALL);
	uint32_t head = (uint32_t)(8 + 8 * n);

	for (size_t i = 0; i < n; i++) {
		le32(&index, p[i].id);
		le32(&index, head + (uint32_t)values.len);
		put_property(&values, &p[i]);
	}
	le32(b, head + (uint32_t)values.len);
	le32(b, (uint32_t)n);
	sm_buf_put_str(b, sm_buf_str(&index));
	sm_buf_put_str(b, sm_buf_str(&values));
	if (values.err)
		b->err = values.err;
	sm_buf_release(&values);
	sm_buf_release(&index);
}

int pkg_msidb_summary(const struct pkg_msidb_summary *s, struct sm_buf *out)
{
	/* F29F85E0-4FF9-1068-AB91-08002B27B3D9: [MS-OLEPS] 2.21 */
	static const uint8_t format[16] = { 0xE0, 0x85, 0x9F, 0xF2, 0xF9, 0x4F,
					    0x68, 0x10, 0xAB, 0x91, 0x08, 0x00,
					    0x2B, 0x27, 0xB3, 0xD9 };
	int64_t when = (s->when_sec + INT64_C(11644473600)) * 10000000;
	bool ascii = is_ascii(sm_str(s->subject)) &&
		     is_ascii(sm_str(s->author)) &&
		     is_ascii(sm_str(s->comments));
	const struct property property[] = {
		{ 1, VT_I2, NULL, ascii ? CODEPAGE_ASCII : CODEPAGE_UTF8 },
		{ 2, VT_LPSTR, "Installation Database", 0 },
		{ 3, VT_LPSTR, s->subject, 0 },
		{ 4, VT_LPSTR, s->author, 0 },
		{ 5, VT_LPSTR, "Installer", 0 },
		{ 6, VT_LPSTR, s->comments, 0 },
		{ 7, VT_LPSTR, s->template_text, 0 },
		{ 9, VT_LPSTR, s->code, 0 },
		{ 12, VT_FILETIME, NULL, when },
		{ 13, VT_FILETIME, NULL, when },
		{ 14, VT_I4, NULL, s->schema },
		{ 15, VT_I4, NULL, s->words },
		{ 18, VT_LPSTR, s->program, 0 },
		{ 19, VT_I4, NULL, 2 }, /* better not written to */
	};

	le16(out, 0xFFFE); /* little endian */
	le16(out, 0);
	le32(out, 0x00020006); /* made by Windows 6.2, as others say */
	sm_buf_put_fill(out, 0, 16);
	le32(out, 1); /* one section */
	sm_buf_put(out, format, sizeof(format));
	le32(out, 48); /* where it begins */
	put_section(out, property, SM_ARRAY_LEN(property));
	return out->err;
}
