/*
 * Reader of seelog.xml, on expat. Rule: an element's levels and format are
 * those of its parents unless it narrows or replaces them; they are kept on a
 * stack while reading, and outputs take what is on its top. Formats may be
 * defined behind their use, so ids are resolved at the end.
 *
 * It does not open, roll or watch anything.
 */
#include "common/def.h"
#include "plugin/seelog.h"

#include <expat.h>

#include "common/os/clock.h"

/* seelog's own when no formatid is in force. */
#define DEFAULT_FORMAT "%Ns [%Level] %Msg%n"

enum place {
	IN_ROOT,
	IN_OUTPUTS, /* outputs, filter, splitter, buffered */
	IN_FORMATS,
	IN_EXCEPTIONS,
	IN_NOTHING /* skipped with everything below */
};

struct level {
	enum place place;
	unsigned levels;
	const char *format_id; /* in the arena, or NULL */
};

struct format {
	const char *id, *text;
};

struct reader {
	XML_Parser xml;
	struct plug_seelog *s;
	struct level stack[PLUG_SEELOG_DEPTH];
	unsigned depth;
	struct format format[PLUG_SEELOG_FORMATS];
	size_t n_formats;
	struct sm_err *e;
	int r; /* of the first failure found in a handler */
};

void plug_seelog_init(struct plug_seelog *s)
{
	memset(s, 0, sizeof(*s));
}

void plug_seelog_release(struct plug_seelog *s)
{
	sm_arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

static int fail(struct reader *p, int code, const char *what, const char *value)
{
	if (p->r < 0)
		return p->r;
	p->r = sm_err_set(p->e, code, "line %lu: %s%s%.100s%s",
			  (unsigned long)XML_GetCurrentLineNumber(p->xml), what,
			  value ? " '" : "", value ? value : "",
			  value ? "'" : "");
	(void)XML_StopParser(p->xml, XML_FALSE); /* the parse call reports */
	return code;
}

static const char *attribute(const char **list, const char *name)
{
	for (; *list; list += 2) {
		if (!strcmp(list[0], name))
			return list[1];
	}
	return NULL;
}

static const char *keep(struct reader *p, const char *z)
{
	return sm_arena_dup(&p->s->arena, sm_str(z));
}

/* --- levels ----------------------------------------------------------------- */

static int parse_level(struct reader *p, struct sm_str name,
		       enum sm_log_level *level)
{
	char z[32];

	if (sm_log_level_parse(level, sm_str_trim(name)) >= 0)
		return 0;
	(void)snprintf(z, sizeof(z), "%.*s",
		       SM_STR_ARG(sm_str_sub(name, 0, 20)));
	return fail(p, SM_EFORMAT, "unknown level", z);
}

/* "error, critical" */
static int parse_list(struct reader *p, const char *list, unsigned *mask)
{
	struct sm_str rest = sm_str(list), piece;
	enum sm_log_level level;
	int r;

	*mask = 0;
	while (sm_str_split(&rest, ',', &piece)) {
		if ((r = parse_level(p, piece, &level)) < 0)
			return r;
		if (level != SM_LOG_OFF)
			*mask |= PLUG_SEELOG_BIT(level);
	}
	return 0;
}

/* minlevel and maxlevel, or levels; everything without any of them. */
static int parse_levels(struct reader *p, const char **attributes,
			unsigned *mask)
{
	const char *list = attribute(attributes, "levels");
	const char *low = attribute(attributes, "minlevel");
	const char *high = attribute(attributes, "maxlevel");
	enum sm_log_level min = SM_LOG_TRACE, max = SM_LOG_CRITICAL;
	int r;

	if (list)
		return parse_list(p, list, mask);
	if (low && (r = parse_level(p, sm_str(low), &min)) < 0)
		return r;
	if (high && (r = parse_level(p, sm_str(high), &max)) < 0)
		return r;
	*mask = PLUG_SEELOG_ALL & ~(PLUG_SEELOG_BIT(min) - 1u);
	if (max == SM_LOG_OFF)
		*mask = 0;
	else
		*mask &= (PLUG_SEELOG_BIT(max) << 1) - 1u;
	return 0;
}

/* --- elements ---------------------------------------------------------------- */

static int parse_number(struct reader *p, const char **attributes,
			const char *name, uint64_t max, uint64_t *value)
{
	const char *z = attribute(attributes, name);

	if (!z)
		return 0;
	if (sm_str_u64(sm_str_trim(sm_str(z)), max, value) < 0)
		return fail(p, SM_EFORMAT, "not a usable number", z);
	return 0;
}

static struct plug_seelog_output *add_output(struct reader *p,
					     const struct level *at)
{
	struct plug_seelog_output *o;

	if (p->s->n_outputs == PLUG_SEELOG_OUTPUTS) {
		(void)fail(p, SM_ELIMIT, "too many outputs", NULL);
		return NULL;
	}
	o = &p->s->output[p->s->n_outputs++];
	o->levels = at->levels;
	o->format = at->format_id; /* an id until the end */
	return o;
}

static int take_console(struct reader *p, const struct level *at)
{
	struct plug_seelog_output *o = add_output(p, at);

	if (!o)
		return p->r;
	o->kind = PLUG_SEELOG_CONSOLE;
	return 0;
}

static int take_file(struct reader *p, const char **attributes,
		     const struct level *at)
{
	const char *path = attribute(attributes, "path");
	struct plug_seelog_output *o;

	if (!path || !path[0])
		return fail(p, SM_EFORMAT, "file without path", NULL);
	if (!(o = add_output(p, at)))
		return p->r;
	o->kind = PLUG_SEELOG_FILE;
	o->path = keep(p, path);
	return 0;
}

/* Rolling by date is not done: such a file just grows. */
static int take_rolling(struct reader *p, const char **attributes,
			const struct level *at)
{
	const char *path = attribute(attributes, "filename");
	const char *type = attribute(attributes, "type");
	uint64_t size = PLUG_SEELOG_SIZE, rolls = PLUG_SEELOG_ROLLS;
	struct plug_seelog_output *o;
	int r;

	if (!path || !path[0])
		return fail(p, SM_EFORMAT, "rollingfile without filename",
			    NULL);
	if ((r = parse_number(p, attributes, "maxsize", INT64_MAX, &size)) <
		    0 ||
	    (r = parse_number(p, attributes, "maxrolls", INT32_MAX, &rolls)) <
		    0)
		return r;
	if (!size)
		return fail(p, SM_EFORMAT, "maxsize of no bytes", NULL);
	if (!(o = add_output(p, at)))
		return p->r;
	o->kind = type && !strcmp(type, "date") ? PLUG_SEELOG_FILE :
						  PLUG_SEELOG_ROLLING;
	o->path = keep(p, path);
	o->max_size = size;
	o->max_rolls = (unsigned)rolls;
	return 0;
}

static int take_output(struct reader *p, const char *name,
		       const char **attributes, struct level *at)
{
	const char *id = attribute(attributes, "formatid");
	unsigned only;
	int r;

	if (id)
		at->format_id = keep(p, id);
	if (!strcmp(name, "filter")) {
		if ((r = parse_levels(p, attributes, &only)) < 0)
			return r;
		at->levels &= only;
		at->place = IN_OUTPUTS;
		return 0;
	}
	if (!strcmp(name, "splitter") || !strcmp(name, "buffered")) {
		at->place = IN_OUTPUTS;
		return 0;
	}
	at->place = IN_NOTHING;
	if (!strcmp(name, "console"))
		return take_console(p, at);
	if (!strcmp(name, "file"))
		return take_file(p, attributes, at);
	if (!strcmp(name, "rollingfile"))
		return take_rolling(p, attributes, at);
	return 0; /* smtp, conn and what is unknown */
}

static int take_format(struct reader *p, const char *name,
		       const char **attributes)
{
	const char *id = attribute(attributes, "id");
	const char *text = attribute(attributes, "format");

	if (strcmp(name, "format") != 0)
		return 0;
	if (!id || !text)
		return fail(p, SM_EFORMAT, "format without id or format", NULL);
	if (p->n_formats == PLUG_SEELOG_FORMATS)
		return fail(p, SM_ELIMIT, "too many formats", NULL);
	p->format[p->n_formats].id = keep(p, id);
	p->format[p->n_formats++].text = keep(p, text);
	return 0;
}

static int take_exception(struct reader *p, const char *name,
			  const char **attributes)
{
	struct plug_seelog_exception *x;
	const char *file = attribute(attributes, "filepattern");
	const char *func = attribute(attributes, "funcpattern");
	int r;

	if (strcmp(name, "exception") != 0)
		return 0;
	if (p->s->n_exceptions == PLUG_SEELOG_EXCEPTIONS)
		return fail(p, SM_ELIMIT, "too many exceptions", NULL);
	x = &p->s->exception[p->s->n_exceptions];
	if ((r = parse_levels(p, attributes, &x->levels)) < 0)
		return r;
	x->file = file ? keep(p, file) : NULL;
	x->func = func ? keep(p, func) : NULL;
	p->s->n_exceptions++;
	return 0;
}

static int take_root(struct reader *p, const char *name,
		     const char **attributes, struct level *at)
{
	if (strcmp(name, "seelog") != 0)
		return fail(p, SM_EFORMAT, "the root is not seelog but", name);
	at->place = IN_ROOT;
	at->levels = PLUG_SEELOG_ALL;
	at->format_id = NULL;
	return parse_levels(p, attributes, &p->s->levels);
}

static int take_section(struct reader *p, const char *name,
			const char **attributes, struct level *at)
{
	const char *id = attribute(attributes, "formatid");

	at->place = IN_NOTHING;
	if (!strcmp(name, "outputs"))
		at->place = IN_OUTPUTS;
	else if (!strcmp(name, "formats"))
		at->place = IN_FORMATS;
	else if (!strcmp(name, "exceptions"))
		at->place = IN_EXCEPTIONS;
	if (id && at->place == IN_OUTPUTS)
		at->format_id = keep(p, id);
	return 0;
}

static void on_start(void *user, const char *name, const char **attributes)
{
	struct reader *p = user;
	struct level *at;

	if (p->r < 0)
		return;
	if (p->depth == PLUG_SEELOG_DEPTH) {
		(void)fail(p, SM_ELIMIT, "nested too deeply", NULL);
		return;
	}
	at = &p->stack[p->depth++];
	if (p->depth == 1) {
		(void)take_root(p, name, attributes, at);
		return;
	}
	*at = at[-1];
	switch (at->place) {
	case IN_ROOT:
		(void)take_section(p, name, attributes, at);
		break;
	case IN_OUTPUTS:
		(void)take_output(p, name, attributes, at);
		break;
	case IN_FORMATS:
		at->place = IN_NOTHING;
		(void)take_format(p, name, attributes);
		break;
	case IN_EXCEPTIONS:
		at->place = IN_NOTHING;
		(void)take_exception(p, name, attributes);
		break;
	case IN_NOTHING:
		break;
	}
}

static void on_end(void *user, const char *name)
{
	struct reader *p = user;

	SM_UNUSED(name);
	p->depth--;
}

/* Entities could grow without bound, and no configuration has any. */
static void on_doctype(void *user, const char *name, const char *system,
		       const char *public_id, int has_internal)
{
	SM_UNUSED(name);
	SM_UNUSED(system);
	SM_UNUSED(public_id);
	SM_UNUSED(has_internal);
	(void)fail(user, SM_EFORMAT, "a document type is not allowed", NULL);
}

static int resolve_formats(struct reader *p)
{
	size_t i, k;

	for (i = 0; i < p->s->n_outputs; i++) {
		struct plug_seelog_output *o = &p->s->output[i];
		const char *id = o->format;

		o->format = DEFAULT_FORMAT;
		/* seelog's predefined ones, which nobody is told to use */
		if (!id || !strncmp(id, "std:", 4))
			continue;
		for (k = 0; k < p->n_formats; k++) {
			if (!strcmp(p->format[k].id, id))
				break;
		}
		if (k == p->n_formats)
			return sm_err_set(p->e, SM_EFORMAT,
					  "format id '%.100s' is not defined",
					  id);
		o->format = p->format[k].text;
	}
	return 0;
}

static int parse(struct reader *p, struct sm_str xml)
{
	if (XML_Parse(p->xml, xml.len ? xml.ptr : "", (int)xml.len, 1) ==
	    XML_STATUS_OK)
		return resolve_formats(p);
	if (p->r < 0)
		return p->r;
	return sm_err_set(p->e, SM_EFORMAT, "line %lu: %s",
			  (unsigned long)XML_GetCurrentLineNumber(p->xml),
			  XML_ErrorString(XML_GetErrorCode(p->xml)));
}

int plug_seelog_parse(struct plug_seelog *s, struct sm_str xml,
		      struct sm_err *e)
{
	struct reader p = { .s = s, .e = e };
	int r;

	if (xml.len > PLUG_SEELOG_MAX)
		return sm_err_set(e, SM_ELIMIT, "more than %zu bytes",
				  PLUG_SEELOG_MAX);
	p.xml = XML_ParserCreate(NULL);
	if (!p.xml)
		sm_mem_exhausted();
	XML_SetUserData(p.xml, &p);
	XML_SetElementHandler(p.xml, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(p.xml, on_doctype);
	r = parse(&p, xml);
	XML_ParserFree(p.xml);
	if (r < 0)
		plug_seelog_release(s);
	return r;
}

/* --- records ------------------------------------------------------------------ */

/* '*' any run, '?' one character; without recursion. */
static bool matches(const char *pattern, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			from = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

unsigned plug_seelog_levels(const struct plug_seelog *s, const char *file,
			    const char *func)
{
	size_t i;

	for (i = 0; i < s->n_exceptions; i++) {
		const struct plug_seelog_exception *x = &s->exception[i];

		if ((!x->file || matches(x->file, file)) &&
		    (!x->func || matches(x->func, func)))
			return x->levels;
	}
	return s->levels;
}

enum sm_log_level plug_seelog_min(const struct plug_seelog *s)
{
	unsigned some = s->levels, wanted = 0, level;
	size_t i;

	for (i = 0; i < s->n_exceptions; i++)
		some |= s->exception[i].levels;
	for (i = 0; i < s->n_outputs; i++)
		wanted |= s->output[i].levels;
	for (level = SM_LOG_TRACE; level < SM_LOG_OFF; level++) {
		if (some & wanted & PLUG_SEELOG_BIT(level))
			break;
	}
	return (enum sm_log_level)level;
}

enum verb {
	V_DATE,
	V_TIME,
	V_UTCDATE,
	V_UTCTIME,
	V_UPPER, /* WARN */
	V_WORD,  /* Warn */
	V_UP3,   /* WRN */
	V_WORD3, /* Wrn */
	V_LETTER,
	V_FUNC,
	V_FUNCSHORT,
	V_FILE,
	V_LINE,
	V_MSG,
	V_NS,
	V_NEWLINE,
	V_TAB,
	V_PERCENT
};

/* A longer name comes before one that begins it. PROTOCOL.md 12.3. */
static const struct {
	const char *name;
	enum verb verb;
} verbs[] = {
	{ "Date", V_DATE },
	{ "Time", V_TIME },
	{ "UTCDate", V_UTCDATE },
	{ "UTCTime", V_UTCTIME },
	{ "LEVEL", V_UPPER },
	{ "Level", V_WORD },
	{ "LEV", V_UP3 },
	{ "Lev", V_WORD3 },
	{ "FuncShort", V_FUNCSHORT },
	{ "Func", V_FUNC },
	{ "File", V_FILE },
	{ "RelFile", V_FILE },
	{ "FullPath", V_FILE },
	{ "Line", V_LINE },
	{ "Msg", V_MSG },
	{ "Ns", V_NS },
	{ "l", V_LETTER },
	{ "n", V_NEWLINE },
	{ "t", V_TAB },
	{ "%", V_PERCENT },
};

static const char *const words[] = { "Trace", "Debug",    "Info", "Warn",
				     "Error", "Critical", "Off" };
static const char *const upper3[] = { "TRC", "DBG", "INF", "WRN",
				      "ERR", "CRT", "OFF" };
static const char *const word3[] = { "Trc", "Dbg", "Inf", "Wrn",
				     "Err", "Crt", "Off" };

static void put_time(struct sm_buf *out, bool date, bool utc, int64_t wall_ms)
{
	char z[64];
	struct tm tm;
	int64_t sec = wall_ms / 1000;
	int r = utc ? sm_os_clock_utc(sec, &tm) : sm_os_clock_local(sec, &tm);

	if (r < 0)
		return;
	if (date ? strftime(z, sizeof(z), "%Y-%m-%d", &tm) :
		   strftime(z, sizeof(z), "%H:%M:%S", &tm))
		(void)sm_buf_puts(out, z); /* errors stick */
}

static void put_message(struct sm_buf *out, struct sm_str msg)
{
	size_t i;

	for (i = 0; i < msg.len; i++) {
		unsigned char c = (unsigned char)msg.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			c = '?';
		(void)sm_buf_put_u8(out, c);
	}
}

static void put_verb(struct sm_buf *out, enum verb v,
		     const struct sm_log_record *rec)
{
	const char *dot;

	switch (v) {
	case V_DATE:
	case V_UTCDATE:
		put_time(out, true, v == V_UTCDATE, rec->wall_ms);
		break;
	case V_TIME:
	case V_UTCTIME:
		put_time(out, false, v == V_UTCTIME, rec->wall_ms);
		break;
	case V_UPPER:
		(void)sm_buf_puts(out, sm_log_level_name(rec->level));
		break;
	case V_WORD:
		(void)sm_buf_puts(out, words[rec->level]);
		break;
	case V_UP3:
		(void)sm_buf_puts(out, upper3[rec->level]);
		break;
	case V_WORD3:
		(void)sm_buf_puts(out, word3[rec->level]);
		break;
	case V_LETTER:
		(void)sm_buf_put_u8(out, (uint8_t)(word3[rec->level][0] | 32));
		break;
	case V_FUNC:
		(void)sm_buf_puts(out, rec->func);
		break;
	case V_FUNCSHORT:
		dot = strrchr(rec->func, '.');
		(void)sm_buf_puts(out, dot ? dot + 1 : rec->func);
		break;
	case V_FILE:
		(void)sm_buf_puts(out, rec->file);
		break;
	case V_LINE:
		(void)sm_buf_printf(out, "%d", rec->line);
		break;
	case V_MSG:
		put_message(out, rec->msg);
		break;
	case V_NS:
		(void)sm_buf_printf(out, "%lld000000", (long long)rec->wall_ms);
		break;
	case V_NEWLINE:
		(void)sm_buf_put_u8(out, '\n');
		break;
	case V_TAB:
		(void)sm_buf_put_u8(out, '\t');
		break;
	default:
		(void)sm_buf_put_u8(out, '%');
		break;
	}
}

/* Bytes of an argument in parentheses at `z`, 0 if there is none. */
static size_t argument(const char *z)
{
	const char *end = *z == '(' ? strchr(z, ')') : NULL;

	return end ? (size_t)(end - z) + 1 : 0;
}

int plug_seelog_format(struct sm_buf *out, const char *format,
		       const struct sm_log_record *rec)
{
	const char *z = format;
	size_t i, n;

	while (*z) {
		if (*z != '%') {
			n = strcspn(z, "%");
			(void)sm_buf_put(out, z, n);
			z += n;
			continue;
		}
		z++;
		for (i = 0; i < SM_ARRAY_LEN(verbs); i++) {
			n = strlen(verbs[i].name);
			if (!strncmp(z, verbs[i].name, n))
				break;
		}
		if (i == SM_ARRAY_LEN(verbs)) {
			(void)sm_buf_put_u8(out, '%');
			continue;
		}
		put_verb(out, verbs[i].verb, rec);
		z += n;
		if (verbs[i].verb <= V_UTCTIME)
			z += argument(z);
	}
	return out->err;
}
