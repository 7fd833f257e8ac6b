/*
 * One generator a shell; all three walk the same tables, so that a new option
 * is completed as soon as it is parsed.
 */
#include "common/def.h"
#include "installer/complete.h"

#define PROGRAM "session-manager-installer"

/* Options whose values are a fixed list. */
static const struct {
	const char *option, *values;
} choices[] = {
	{ "platform", "linux macos windows" },
	{ "arch", "x86_64 i386 aarch64" },
	{ "format", "deb rpm bundle zip pkg exe run" },
};

static const char *values_of(const struct sm_option *o)
{
	size_t i;

	for (i = 0; o->name && i < SM_ARRAY_LEN(choices); i++) {
		if (!strcmp(o->name, choices[i].option))
			return choices[i].values;
	}
	return NULL;
}

static bool takes_value(const struct sm_option *o)
{
	return o->kind != SM_OPTION_FLAG && o->kind != SM_OPTION_HELP;
}

/* The words of one table on one line. */
static void put_words(struct sm_buf *out, const struct inst_settings *s)
{
	struct sm_buf words = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str rest, word;

	(void)sm_options_words(s->table, s->n_table, &words); /* fits */
	rest = sm_buf_str(&words);
	while (sm_str_split(&rest, '\n', &word)) {
		if (word.len)
			(void)sm_buf_printf(out, " %.*s", SM_STR_ARG(word));
	}
	sm_buf_release(&words);
}

static void put_verbs(struct sm_buf *out, const struct inst_verb *const *verb,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)sm_buf_printf(out, "%s%s", i ? " " : "", verb[i]->name);
}

/*
 * Options in front of a command belong to the bundle's contract: place, act
 * and keep; they are what the program takes without a command.
 */
static void contract(struct inst_settings *s)
{
	inst_settings_init(s, INST_SETTINGS_CONTRACT);
}

static void put_bash(struct sm_buf *out, const struct inst_verb *const *verb,
		     size_t n)
{
	struct inst_settings s;
	size_t i;

	(void)sm_buf_puts(out, "# bash completion for " PROGRAM "\n"
			       "_session_manager_installer()\n{\n"
			       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
			       "prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
			       "\tCOMPREPLY=()\n"
			       "\tcase $prev in\n");
	for (i = 0; i < SM_ARRAY_LEN(choices); i++)
		(void)sm_buf_printf(out,
				    "\t--%s) COMPREPLY=($(compgen -W '%s' -- "
				    "\"$cur\")); return ;;\n",
				    choices[i].option, choices[i].values);
	(void)sm_buf_puts(out, "\tesac\n\tcase ${COMP_WORDS[1]} in\n");
	for (i = 0; i < n; i++) {
		inst_settings_init(&s, verb[i]->groups);
		(void)sm_buf_printf(out, "\t%s) words='%s", verb[i]->name,
				    verb[i]->words ? verb[i]->words : "");
		put_words(out, &s);
		(void)sm_buf_puts(out, "' ;;\n");
	}
	(void)sm_buf_puts(out, "\t*) words='");
	contract(&s);
	put_words(out, &s);
	(void)sm_buf_puts(out,
			  "' ;;\n\tesac\n"
			  "\t[ \"$COMP_CWORD\" -gt 1 ] || words=\"$words ");
	put_verbs(out, verb, n);
	(void)sm_buf_puts(
		out,
		"\"\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		"}\n"
		"complete -o default -F _session_manager_installer " PROGRAM
		"\n");
}

/* Text between apostrophes; `also` is escaped with a backslash. */
static void put_quoted(struct sm_buf *out, const char *text, const char *also)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)sm_buf_puts(out, "'\\''"); /* sticks */
		else if (strchr(also, *text))
			(void)sm_buf_printf(out, "\\%c", *text);
		else
			(void)sm_buf_put(out, text, 1); /* sticks */
	}
}

static void zsh_name(struct sm_buf *out, const struct sm_option *o,
		     const char *dashes, const char *name, size_t len)
{
	const char *values = values_of(o);

	(void)sm_buf_printf(out, " \\\n\t\t\t'%s%.*s", dashes, (int)len, name);
	if (takes_value(o) && dashes[1])
		(void)sm_buf_puts(out, "="); /* sticks */
	(void)sm_buf_puts(out, "[");         /* sticks */
	put_quoted(out, o->help, "[]:\\");
	(void)sm_buf_puts(out, "]"); /* sticks */
	if (takes_value(o))
		(void)sm_buf_printf(out, ":%s:%s%s%s", o->metavar,
				    values ? "(" : "_files",
				    values ? values : "", values ? ")" : "");
	(void)sm_buf_puts(out, "'"); /* sticks */
}

static void put_zsh_table(struct sm_buf *out, const struct inst_settings *s)
{
	size_t i;

	(void)sm_buf_puts(out, "\t\t_arguments"); /* sticks */
	for (i = 0; i < s->n_table; i++) {
		const struct sm_option *o = &s->table[i];

		if (o->letter)
			zsh_name(out, o, "-", &o->letter, 1);
		if (o->name)
			zsh_name(out, o, "--", o->name, strlen(o->name));
	}
}

static void put_zsh(struct sm_buf *out, const struct inst_verb *const *verb,
		    size_t n)
{
	struct inst_settings s;
	size_t i;

	(void)sm_buf_puts(out, "#compdef " PROGRAM "\n"
			       "_session_manager_installer()\n{\n"
			       "\tif (( CURRENT == 2 )) && [[ $words[2] != -* "
			       "]]; then\n\t\tcompadd -- ");
	put_verbs(out, verb, n);
	(void)sm_buf_puts(out, "\n\t\treturn\n\tfi\n\tcase $words[2] in\n");
	for (i = 0; i < n; i++) {
		inst_settings_init(&s, verb[i]->groups);
		(void)sm_buf_printf(out, "\t%s)\n", verb[i]->name);
		put_zsh_table(out, &s);
		if (verb[i]->words)
			(void)sm_buf_printf(out, " \\\n\t\t\t'2:word:(%s)'",
					    verb[i]->words);
		(void)sm_buf_puts(out, " \\\n\t\t\t'*:file:_files' ;;\n");
	}
	contract(&s);
	(void)sm_buf_puts(out, "\t*)\n");
	put_zsh_table(out, &s);
	/* as a file of fpath this text is the function: it must complete now */
	(void)sm_buf_puts(out, " \\\n\t\t\t'*:file:_files' ;;\n\tesac\n}\n"
			       "if [[ $funcstack[1] == _" PROGRAM " ]]; then\n"
			       "\t_session_manager_installer \"$@\"\nelse\n"
			       "\tcompdef _session_manager_installer " PROGRAM
			       "\nfi\n");
}

static void put_fish_table(struct sm_buf *out, const struct inst_settings *s,
			   const char *condition)
{
	size_t i;

	for (i = 0; i < s->n_table; i++) {
		const struct sm_option *o = &s->table[i];
		const char *values = values_of(o);

		(void)sm_buf_printf(out, "complete -c " PROGRAM " -n '%s'",
				    condition);
		if (o->letter)
			(void)sm_buf_printf(out, " -s %c", o->letter);
		if (o->name)
			(void)sm_buf_printf(out, " -l %s", o->name);
		if (values)
			(void)sm_buf_printf(out, " -x -a '%s'", values);
		else if (takes_value(o))
			(void)sm_buf_puts(out, " -r"); /* sticks */
		(void)sm_buf_puts(out, " -d '");       /* sticks */
		put_quoted(out, o->help, "\\");
		(void)sm_buf_puts(out, "'\n"); /* sticks */
	}
}

static void put_fish(struct sm_buf *out, const struct inst_verb *const *verb,
		     size_t n)
{
	struct inst_settings s;
	char condition[80];
	size_t i;

	(void)sm_buf_puts(out, "# fish completion for " PROGRAM "\n");
	contract(&s);
	put_fish_table(out, &s, "__fish_use_subcommand");
	for (i = 0; i < n; i++) {
		(void)sm_buf_printf(out,
				    "complete -c " PROGRAM
				    " -n __fish_use_subcommand -a %s\n",
				    verb[i]->name);
		(void)snprintf(condition, sizeof(condition),
			       "__fish_seen_subcommand_from %s", verb[i]->name);
		if (verb[i]->words)
			(void)sm_buf_printf(out,
					    "complete -c " PROGRAM
					    " -n '%s' -a '%s'\n",
					    condition, verb[i]->words);
		inst_settings_init(&s, verb[i]->groups);
		put_fish_table(out, &s, condition);
	}
}

int inst_complete_script(const char *shell, const struct inst_verb *const *verb,
			 size_t n, struct sm_buf *out, struct sm_err *e)
{
	if (!strcmp(shell, "bash"))
		put_bash(out, verb, n);
	else if (!strcmp(shell, "zsh"))
		put_zsh(out, verb, n);
	else if (!strcmp(shell, "fish"))
		put_fish(out, verb, n);
	else
		return sm_err_set(e, SM_EUSAGE,
				  "no completion for '%s' (bash, zsh or fish)",
				  shell);
	return out->err ? sm_err_set(e, out->err, "completion is too long") : 0;
}
