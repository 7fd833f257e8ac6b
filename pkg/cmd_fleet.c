/*
 * smpkg fleet: entries for the catalogues of other tools.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "pkg/facts.h"
#include "pkg/fleet.h"

#define IDENTIFIER "SessionManagerPlugin.SessionManagerPlugin"

struct args {
	struct pkg_cmd_published from;
	struct pkg_fleet tools;
	bool help;
};

static void print_done(void *user, const char *path, const char *lacks)
{
	if (lacks)
		sm_out_warn(user, "%s is left out: the release has no '%s'",
			    path, lacks);
	else
		sm_out_say(user, "%s", path);
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	struct args *a = args;
	struct pkg_facts f = { .dir = NULL };
	int r;

	SM_UNUSED(line);
	a->tools.done = print_done;
	a->tools.user = o;
	if (!a->tools.out || !a->tools.url)
		return sm_err_set(e, SM_EUSAGE,
				  "--url and --output are needed");
	r = pkg_cmd_load_published(&f, &a->from, e);
	if (r == 0)
		r = pkg_fleet_write(&a->tools, &f, e);
	pkg_facts_release(&f);
	return r;
}

int pkg_cmd_fleet(struct sm_out *o, int argc, char **argv)
{
	struct args a = { .tools.identifier = IDENTIFIER };
	const struct sm_option table[] = {
		PKG_CMD_PUBLISHED(a.from),
		{ 0, "url", "URL", "where that is served, https", SM_OPTION_STR,
		  &a.tools.url },
		{ 0, "identifier", "NAME",
		  "Publisher.Package for winget [default: "
		  "SessionManagerPlugin.SessionManagerPlugin]",
		  SM_OPTION_STR, &a.tools.identifier },
		{ 'o', "output", "DIR", "where a folder for each tool is made",
		  SM_OPTION_STR, &a.tools.out },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "fleet --manifest FILE --release DIR --url URL "
			 "--output DIR --key KEY [options]",
		.about = "Make entries for winget, scoop, Homebrew, AutoPkg "
			 "and Intune.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
