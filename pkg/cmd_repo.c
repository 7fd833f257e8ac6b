/*
 * smpkg repo: repositories for apt and yum.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "pkg/guard.h"
#include "pkg/key.h"
#include "pkg/repo.h"
#include "pkg/repoapt.h"
#include "pkg/repoyum.h"

/* apt's users see an outdated mirror after that. */
#define DAYS_DEFAULT 30
#define DAYS_MAX 3650

struct args {
	struct pkg_cmd_key key;
	const char *suite;
	const char *origin;
	uint32_t days;
	bool help;
};

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	struct pkg_repo repo = {
		.dir = line->args[1],
		.days = a->days,
		.suite = a->suite ? a->suite : "stable",
		.origin = a->origin ? a->origin : "session-manager-plugin",
		.package = line->args + 2,
		.n_packages = line->n_args - 2,
	};
	struct pkg_guard guard = { 0 };
	struct pkg_key key;
	int r;

	SM_UNUSED(o);
	if (!a->key.name)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	if (a->days > DAYS_MAX)
		return sm_err_set(e, SM_EUSAGE, "--days: more than %d",
				  DAYS_MAX);
	pkg_key_init(&key);
	if ((r = pkg_cmd_load_key(&key, &a->key, e)) < 0)
		goto out;
	repo.key = &key;
	if ((r = pkg_cmd_now(&repo.now_sec, e)) < 0)
		goto out;
	if ((r = pkg_guard_begin(&guard, repo.dir, e)) < 0)
		goto out;
	if (!strcmp(line->args[0], "apt"))
		r = pkg_repoapt_write(&repo, e);
	else if (!strcmp(line->args[0], "yum"))
		r = pkg_repoyum_write(&repo, e);
	else
		r = sm_err_set(e, SM_EUSAGE, "repo '%s': not apt or yum",
			       line->args[0]);
out:
	pkg_guard_end(&guard);
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_repo(struct sm_out *o, int argc, char **argv)
{
	struct args a = { .days = DAYS_DEFAULT };
	const struct sm_option table[] = {
		PKG_CMD_KEY(a.key, "sign the index with this secret key"),
		{ 0, "suite", "NAME",
		  "suite of an apt repository "
		  "[default: stable]",
		  SM_OPTION_STR, &a.suite },
		{ 0, "origin", "TEXT",
		  "who publishes, for apt [default: session-manager-plugin]",
		  SM_OPTION_STR, &a.origin },
		{ 0, "days", "N",
		  "apt refuses the index after so many; 0: never "
		  "[default: 30]",
		  SM_OPTION_U32, &a.days },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "repo apt|yum DIR [PACKAGE...] --key KEY [options]",
		.about = "Add packages to a repository and write its index "
			 "again.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 2,
		.max_args = SIZE_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
