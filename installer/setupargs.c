/*
 * Pure: tables and comparisons.
 */
#include "common/def.h"
#include "installer/setupargs.h"

#include "common/str.h"

const char inst_setupargs_help[] =
	"SessionManagerPluginSetup [/install | /repair | /uninstall | "
	"/layout [DIR]]\n"
	"    [/passive | /quiet] [/norestart] [/log FILE] [Name=Value]...\n\n"
	"/install      install or update; the default\n"
	"/repair       install the same version again\n"
	"/uninstall    remove the plugin\n"
	"/layout DIR   copy this program to DIR\n"
	"/passive      show progress, ask nothing\n"
	"/quiet, /q, /silent, /s\n"
	"              show nothing; the result is the exit code\n"
	"/norestart    never restart the machine, which it never does\n"
	"/log FILE     write what is done to FILE\n\n"
	"InstallFolder=DIR   where to install; /D=DIR is the same\n"
	"Scope=user          for this user only, without an administrator\n"
	"Force=1             also replace a newer version\n\n"
	"Exit codes: 0 done, 3010 done and the old version still runs, 1602\n"
	"cancelled, 1603 failed, 1605 nothing to remove, 1618 another\n"
	"installation is running, 1638 a newer version is installed, 1639 wrong\n"
	"command line, 740 an administrator is needed.\n";

enum kind {
	ACT,
	SHOW,
	PASS, /* nothing to do about it */
	LOG
};

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
	int value;
} switches[] = {
	{ "install",       ACT,  INST_SETUP_INSTALL },
	{ "i",             ACT,  INST_SETUP_INSTALL },
	{ "package",       ACT,  INST_SETUP_INSTALL },
	{ "repair",        ACT,  INST_SETUP_REPAIR },
	{ "modify",        ACT,  INST_SETUP_REPAIR },
	{ "uninstall",     ACT,  INST_SETUP_UNINSTALL },
	{ "x",             ACT,  INST_SETUP_UNINSTALL },
	{ "layout",        ACT,  INST_SETUP_LAYOUT },
	{ "help",          ACT,  INST_SETUP_HELP },
	{ "h",             ACT,  INST_SETUP_HELP },
	{ "?",             ACT,  INST_SETUP_HELP },
	{ "passive",       SHOW, INST_SETUP_PASSIVE },
	{ "quiet",         SHOW, INST_SETUP_QUIET },
	{ "q",             SHOW, INST_SETUP_QUIET },
	{ "silent",        SHOW, INST_SETUP_QUIET },
	{ "s",             SHOW, INST_SETUP_QUIET },
	{ "norestart",     PASS, 0 },
	{ "promptrestart", PASS, 0 },
	{ "forcerestart",  PASS, 0 },
	{ "log",           LOG,  0 },
	{ "l",             LOG,  0 },
};
/* clang-format on */

/* The value behind "NAME=", or NULL. */
static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	if (strlen(word) <= n || word[n] != '=' ||
	    !sm_str_eq_nocase(sm_str_n(word, n), sm_str(name)))
		return NULL;
	return word + n + 1;
}

static void variable(struct inst_setupargs *s, const char *word)
{
	const char *v;

	if ((v = value_of(word, "InstallFolder")) ||
	    (v = value_of(word, "InstallDir")))
		s->dir = *v ? v : NULL;
	else if ((v = value_of(word, "Scope")))
		s->user = sm_str_eq_nocase(sm_str(v), sm_str("user"));
	else if ((v = value_of(word, "Force")))
		s->force = !strcmp(v, "1");
}

static int take(struct inst_setupargs *s, const char *name, const char *next,
		struct sm_err *e)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(switches); i++) {
		if (!sm_str_eq_nocase(sm_str(name), sm_str(switches[i].name)))
			continue;
		switch (switches[i].kind) {
		case ACT:
			s->act = (enum inst_setupargs_act)switches[i].value;
			if (s->act != INST_SETUP_LAYOUT || !next ||
			    next[0] == '/' || next[0] == '-')
				return 0;
			s->layout = next;
			return 1;
		case SHOW:
			s->show = (enum inst_setupargs_show)switches[i].value;
			return 0;
		case LOG:
			if (!next)
				return sm_err_set(e, SM_EUSAGE,
						  "/%s needs a file", name);
			s->log = next;
			return 1;
		case PASS:
			return 0;
		}
	}
	return sm_err_set(e, SM_EUSAGE, "unknown switch: /%s", name);
}

int inst_setupargs_parse(struct inst_setupargs *s, int argc, char **argv,
			 struct sm_err *e)
{
	const char *word, *v;
	int i, r;

	memset(s, 0, sizeof(*s));
	for (i = 1; i < argc; i++) {
		word = argv[i];
		if (word[0] == '-' && word[1] == '-')
			word++;
		if (word[0] != '/' && word[0] != '-') {
			if (!strchr(word, '='))
				return sm_err_set(e, SM_EUSAGE,
						  "unexpected word: %s", word);
			variable(s, word);
			continue;
		}
		if ((v = value_of(word + 1, "D"))) {
			s->dir = *v ? v : NULL;
			continue;
		}
		r = take(s, word + 1, i + 1 < argc ? argv[i + 1] : NULL, e);
		if (r < 0)
			return r;
		i += r;
	}
	return 0;
}

int inst_setupargs_status(int code)
{
	if (code >= 0)
		return INST_SETUP_DONE;
	switch (code) {
	case SM_ECANCEL:
		return INST_SETUP_CANCELLED;
	case SM_EBUSY:
		return INST_SETUP_BUSY;
	case SM_EUSAGE:
		return INST_SETUP_USAGE;
	default:
		return INST_SETUP_FAILED;
	}
}

enum inst_setupargs_rise inst_setupargs_rise(const struct inst_setupargs *s,
					     bool elevated, bool own)
{
	bool chooses = s->show == INST_SETUP_FULL && !s->dir && !s->user &&
		       s->act == INST_SETUP_INSTALL;

	if (elevated || s->act == INST_SETUP_LAYOUT ||
	    s->act == INST_SETUP_HELP || (own && !chooses))
		return INST_SETUP_STAY;
	return s->show == INST_SETUP_QUIET ? INST_SETUP_REFUSE :
					     INST_SETUP_RISE;
}
