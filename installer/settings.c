/*
 * The option table. The texts of -h, -i and -b are those of the official
 * bundle script in substance: both defaults, and the note on PATH.
 */
#include "common/def.h"
#include "installer/settings.h"

#include "common/os/process.h"
#include "installer/place.h"

/* The next free row: without a letter and a value's name, a flag. */
static struct sm_option *add(struct inst_settings *s, const char *name,
			     void *value, const char *help)
{
	struct sm_option *o = &s->table[s->n_table++];

	o->name = name;
	o->kind = SM_OPTION_FLAG;
	o->value = value;
	o->help = help;
	return o;
}

/* The same with a value. */
static struct sm_option *add_value(struct inst_settings *s, const char *name,
				   const char *metavar, void *value,
				   const char *help)
{
	struct sm_option *o = add(s, name, value, help);

	o->kind = SM_OPTION_STR;
	o->metavar = metavar;
	return o;
}

static void add_place(struct inst_settings *s)
{
	add_value(s, "install-dir", "DIR", &s->dir, inst_place_dir_help)
		->letter = 'i';
	add_value(s, "bin-location", "LINK", &s->link, inst_place_link_help)
		->letter = 'b';
	add(s, "user", &s->user,
	    "Install below the home directory, without root.");
}

static void add_source(struct inst_settings *s)
{
	add_value(
		s, "from", "WHERE", &s->from,
		"Address, directory or file to take the plugin from. Default: the "
		"official location.");
}

static void add_key(struct inst_settings *s)
{
	add_value(
		s, "key", "FILE", &s->keys,
		"OpenPGP public key to trust instead of the built-in one; may be "
		"repeated.")
		->kind = SM_OPTION_LIST;
	add_value(s, "roots", "FILE", &s->roots,
		  "PEM roots for the signature inside a setup program or a "
		  "macOS package that has none beside it; may be repeated.")
		->kind = SM_OPTION_LIST;
	add_value(s, "publisher", "NAME", &s->publishers,
		  "Who must have made the signature inside; may be repeated, "
		  "one is enough.")
		->kind = SM_OPTION_LIST;
}

static void add_pick(struct inst_settings *s)
{
	add_value(s, "platform", "NAME", &s->platform,
		  "linux, macos or windows. Default: this one.");
	add_value(s, "arch", "NAME", &s->arch,
		  "x86_64, i386 or aarch64. Default: this machine's.");
	add_value(
		s, "format", "NAME", &s->format,
		"deb, rpm, bundle, zip, pkg, exe or run. Default: the platform's usual "
		"one.");
}

void inst_settings_init(struct inst_settings *s, unsigned groups)
{
	struct sm_option *o;

	memset(s, 0, sizeof(*s));
	s->keep = INST_SETTINGS_KEEP;
	o = add(s, "help", &s->help, "Show this help message and exit.");
	o->letter = 'h';
	o->kind = SM_OPTION_HELP;
	if (groups & INST_GROUP_PLACE)
		add_place(s);
	if (groups & INST_GROUP_SOURCE)
		add_source(s);
	if (groups & INST_GROUP_BUNDLED)
		add(s, "bundled", &s->bundled,
		    "Install what this program carries, never from elsewhere. "
		    "The default of a self-contained installer.");
	if (groups & (INST_GROUP_SOURCE | INST_GROUP_KEY))
		add_key(s);
	if (groups & INST_GROUP_PICK)
		add_pick(s);
	if (groups & INST_GROUP_OUTPUT)
		add_value(s, "output", "DIR", &s->output,
			  "Directory to download into. Default: the working "
			  "directory.")
			->letter = 'o';
	if (groups & INST_GROUP_ACT) {
		add(s, "dry-run", &s->dry_run,
		    "Print the steps and change nothing.");
		add(s, "force", &s->force,
		    "Replace what this installer did not make, also files of a "
		    "package.");
	}
	if (groups & INST_GROUP_KEEP) {
		add_value(
			s, "keep", "N", &s->keep,
			"Versions to keep for rollback, with the new one. Default: "
			"3")
			->kind = SM_OPTION_U32;
		add(s, "no-probe", &s->no_probe,
		    "Do not run the plugin before it is switched to.");
	}
	if (groups & INST_GROUP_DOWN)
		add(s, "allow-downgrade", &s->allow_downgrade,
		    "Install an older version over a newer one.");
	if (groups & INST_GROUP_PURGE)
		add(s, "purge", &s->purge, "Also remove seelog.xml and logs.");
	if (groups & INST_GROUP_COMPAT) {
		add(s, "compat", &s->compat,
		    "Exit with status 0 on failure, as the official script.");
		add(s, "version", &s->version,
		    "Show the version of this program and exit.");
	}
	if (groups & INST_GROUP_REGION)
		add_value(
			s, "region", "REGION", &s->region,
			"Region whose endpoints are tried. Default: AWS_REGION, "
			"AWS_DEFAULT_REGION, else us-east-1.");
	if (groups & INST_GROUP_JSON)
		add(s, "json", &s->json, "Print results as JSON.");
	add(s, "quiet", &s->quiet, "Print errors only.")->letter = 'q';
	add(s, "verbose", &s->verbose, "Say what is being done.")->letter = 'v';
}

int inst_settings_parse(struct inst_settings *s, int argc, char **argv,
			size_t max_args, struct sm_out *out, struct sm_err *e)
{
	int r;

	if (argc > INST_ARGS_MAX)
		return sm_err_set(e, SM_EUSAGE, "too many arguments");
	r = sm_options_parse(s->table, s->n_table, argc, argv, s->args,
			     &s->n_args, e);
	if (r < 0)
		return r;
	out->verbosity = s->quiet ? -1 : s->verbose ? 1 : 0;
	out->json = s->json;
	if (!s->keep)
		return sm_err_set(e, SM_EUSAGE,
				  "option --keep: at least 1, the new version");
	if (!s->help && s->n_args > max_args)
		return sm_err_set(e, SM_EUSAGE, "unexpected argument: %s",
				  s->args[max_args]);
	return 0;
}

void inst_settings_help(const struct inst_settings *s, struct sm_out *out,
			const char *usage, const char *text)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(&b, "Usage: install %s\n\n%s%s", usage, text,
			    text[0] ? "\n" : "");
	(void)sm_options_help(s->table, s->n_table, &b);
	(void)fwrite(b.ptr, 1, b.len, out->out); /* sm_out_flush reports */
	sm_buf_release(&b);
}

const char *inst_settings_hint(const struct inst_settings *s,
			       const struct sm_err *e)
{
	if (e->code != SM_EPERM || !e->os || s->user || sm_os_process_is_root())
		return "";
	return " (use sudo, or --user to install below the home directory)";
}

int inst_settings_command(const struct inst_verb *v, int argc, char **argv,
			  struct sm_out *out)
{
	struct inst_settings s;
	struct sm_err e = SM_ERR_INIT;
	int r;

	inst_settings_init(&s, v->groups);
	r = inst_settings_parse(&s, argc, argv, v->max_args, out, &e);
	if (r == SM_EUSAGE)
		fprintf(out->err, "Usage: install %s\n\n", v->usage);
	if (r >= 0 && s.help)
		inst_settings_help(&s, out, v->usage, v->text);
	else if (r >= 0)
		r = v->run(&s, out, &e);
	if (r >= 0)
		r = sm_out_flush(out, &e);
	if (r < 0)
		sm_out_error(out, "%s%s", sm_err_msg(&e),
			     inst_settings_hint(&s, &e));
	return r < 0 ? sm_out_exit_code(r) : 0;
}
