/*
 * The option table at work. Matching, order of evaluation and error texts are
 * optparse's (Python's library reference): a value may begin with a dash, a
 * lone "-" is an argument, arguments and options may be mixed.
 */
#include "common/def.h"
#include "common/options.h"

#include "common/mem.h"

#define HELP_WIDTH 79  /* columns used of 80 */
#define HELP_COLUMN 24 /* where the second column begins */

struct walk {
	const struct sm_option *table;
	size_t n;
	int argc;
	char **argv;
	int at; /* next word of argv */
	bool help;
	struct sm_err *e;
};

static bool takes_value(const struct sm_option *o)
{
	return o->kind != SM_OPTION_FLAG && o->kind != SM_OPTION_HELP;
}

static int store_u32(const struct sm_option *o, const char *shown,
		     const char *value, struct sm_err *e)
{
	uint64_t n;

	if (sm_str_u64(sm_str(value), UINT32_MAX, &n) < 0)
		return sm_err_set(e, SM_EUSAGE,
				  "option %s: invalid integer value: '%s'",
				  shown, value);
	*(uint32_t *)o->value = (uint32_t)n;
	return 0;
}

static int store_list(const struct sm_option *o, const char *shown,
		      const char *value, struct sm_err *e)
{
	struct sm_option_list *list = o->value;

	if (list->n >= SM_OPTION_LIST_MAX)
		return sm_err_set(e, SM_EUSAGE,
				  "option %s: given more than %d times", shown,
				  SM_OPTION_LIST_MAX);
	list->value[list->n++] = value;
	return 0;
}

/* `shown` is the option's name in messages: "-i" or "--install-dir". */
static int store(struct walk *w, const struct sm_option *o, const char *shown,
		 const char *value)
{
	switch (o->kind) {
	case SM_OPTION_HELP:
		w->help = true;
		*(bool *)o->value = true;
		return 0;
	case SM_OPTION_FLAG:
		*(bool *)o->value = true;
		return 0;
	case SM_OPTION_STR:
		*(const char **)o->value = value;
		return 0;
	case SM_OPTION_U32:
		return store_u32(o, shown, value, w->e);
	default:
		return store_list(o, shown, value, w->e);
	}
}

/* The value in the next word, which is used up. */
static int next_value(struct walk *w, const char *shown, const char **value)
{
	if (w->at >= w->argc)
		return sm_err_set(w->e, SM_EUSAGE,
				  "%s option requires 1 argument", shown);
	*value = w->argv[w->at++];
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int ambiguous(struct walk *w, struct sm_str typed)
{
	const char **names = sm_mem_zalloc(w->n, sizeof(*names));
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	size_t i, n = 0;

	for (i = 0; i < w->n; i++) {
		const char *name = w->table[i].name;

		if (name &&
		    sm_str_eq(sm_str_sub(sm_str(name), 0, typed.len), typed))
			names[n++] = name;
	}
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 0; i < n; i++)
		(void)sm_buf_printf(&text, "%s--%s", i ? ", " : "", names[i]);
	(void)sm_err_set(w->e, SM_EUSAGE, "ambiguous option: --%.*s (%s?)",
			 SM_STR_ARG(typed), sm_buf_z(&text));
	sm_buf_release(&text);
	sm_mem_free(names);
	return SM_EUSAGE;
}

/* By whole name or by a prefix that fits only one. */
static int find_long(struct walk *w, struct sm_str typed,
		     const struct sm_option **found)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++) {
		const struct sm_option *o = &w->table[i];
		struct sm_str name = sm_str(o->name);

		if (!o->name)
			continue;
		if (sm_str_eq(name, typed)) {
			*found = o;
			return 0;
		}
		if (sm_str_eq(sm_str_sub(name, 0, typed.len), typed)) {
			*found = o;
			n++;
		}
	}
	if (n > 1)
		return ambiguous(w, typed);
	if (!n)
		return sm_err_set(w->e, SM_EUSAGE, "no such option: --%.*s",
				  SM_STR_ARG(typed));
	return 0;
}

static int parse_long(struct walk *w, const char *word)
{
	const char *equals = strchr(word, '='), *value = NULL;
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);
	const struct sm_option *o = NULL;
	struct sm_str typed = sm_str(word);
	int r;

	if (equals)
		typed.len = (size_t)(equals - word);
	if ((r = find_long(w, typed, &o)) < 0)
		return r;
	(void)sm_buf_printf(&shown, "--%s", o->name); /* cut is fine */
	if (!takes_value(o) && equals) {
		r = sm_err_set(w->e, SM_EUSAGE,
			       "%s option does not take a value",
			       sm_buf_z(&shown));
		goto out;
	}
	if (equals)
		value = equals + 1;
	else if (takes_value(o) &&
		 (r = next_value(w, sm_buf_z(&shown), &value)) < 0)
		goto out;
	r = store(w, o, sm_buf_z(&shown), value);
out:
	sm_buf_release(&shown);
	return r;
}

static const struct sm_option *find_short(const struct walk *w, char letter)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->table[i].letter == letter)
			return &w->table[i];
	}
	return NULL;
}

/* -abc: flags in one word; -iVALUE: the rest is the value. */
static int parse_short(struct walk *w, const char *letters)
{
	const struct sm_option *o;
	char shown[3] = "-?";
	const char *value = NULL;
	int r;

	for (; *letters && !w->help; letters++) {
		shown[1] = *letters;
		o = find_short(w, *letters);
		if (!o)
			return sm_err_set(w->e, SM_EUSAGE, "no such option: %s",
					  shown);
		if (!takes_value(o)) {
			if ((r = store(w, o, shown, NULL)) < 0)
				return r;
			continue;
		}
		if (letters[1])
			return store(w, o, shown, letters + 1);
		if ((r = next_value(w, shown, &value)) < 0)
			return r;
		return store(w, o, shown, value);
	}
	return 0;
}

int sm_options_parse(const struct sm_option *table, size_t n, int argc,
		     char **argv, const char **args, size_t *n_args,
		     struct sm_err *e)
{
	struct walk w = { table, n, argc, argv, 1, false, e };
	bool only_args = false;
	const char *word;
	int r = 0;

	*n_args = 0;
	while (r == 0 && w.at < argc && !w.help) {
		word = argv[w.at++];
		if (only_args || word[0] != '-' || !word[1])
			args[(*n_args)++] = word;
		else if (!strcmp(word, "--"))
			only_args = true;
		else if (word[1] == '-')
			r = parse_long(&w, word + 2);
		else
			r = parse_short(&w, word + 1);
	}
	return r;
}

/* "-i DIR, --install-dir=DIR" */
static void put_names(const struct sm_option *o, struct sm_buf *out)
{
	const char *meta = o->metavar ? o->metavar : "VALUE";

	/* a full buffer sticks; the caller asks it */
	if (o->letter)
		(void)sm_buf_printf(out, "-%c", o->letter);
	if (o->letter && takes_value(o))
		(void)sm_buf_printf(out, " %s", meta);
	if (o->letter && o->name)
		(void)sm_buf_puts(out, ", ");
	if (o->name)
		(void)sm_buf_printf(out, "--%s", o->name);
	if (o->name && takes_value(o))
		(void)sm_buf_printf(out, "=%s", meta);
}

/* Columns that UTF-8 text takes: its characters. */
static size_t columns(struct sm_str s)
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Words of `text` from column `at` on, wrapped under the second column. */
static void put_wrapped(struct sm_buf *out, struct sm_str text, size_t at)
{
	struct sm_str word;
	bool first = true;

	while (sm_str_split(&text, ' ', &word)) {
		if (!word.len)
			continue;
		if (!first && at + 1 + columns(word) > HELP_WIDTH) {
			(void)sm_buf_puts(out, "\n"); /* sticks */
			(void)sm_buf_put_fill(out, ' ', HELP_COLUMN);
			at = HELP_COLUMN;
		} else if (!first) {
			(void)sm_buf_puts(out, " "); /* sticks */
			at++;
		}
		(void)sm_buf_put_str(out, word); /* sticks */
		at += columns(word);
		first = false;
	}
	(void)sm_buf_puts(out, "\n"); /* sticks */
}

int sm_options_help(const struct sm_option *table, size_t n, struct sm_buf *out)
{
	size_t i, start, used;

	(void)sm_buf_puts(out, "Options:\n"); /* sticks */
	for (i = 0; i < n; i++) {
		if (!table[i].help)
			continue;
		start = out->len;
		(void)sm_buf_puts(out, "  "); /* sticks */
		put_names(&table[i], out);
		if (out->err)
			break;
		used = columns(sm_str_sub(sm_buf_str(out), start, out->len));
		if (used + 2 > HELP_COLUMN) {
			(void)sm_buf_puts(out, "\n"); /* sticks */
			used = 0;
		}
		(void)sm_buf_put_fill(out, ' ', HELP_COLUMN - used);
		put_wrapped(out, sm_str(table[i].help), HELP_COLUMN);
	}
	return out->err;
}

int sm_options_words(const struct sm_option *table, size_t n,
		     struct sm_buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!table[i].help)
			continue;
		if (table[i].letter)
			(void)sm_buf_printf(out, "-%c\n", table[i].letter);
		if (table[i].name)
			(void)sm_buf_printf(out, "--%s\n", table[i].name);
	}
	return out->err;
}
