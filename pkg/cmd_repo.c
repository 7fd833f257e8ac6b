/*
 * smpkg repo: repositories for apt and yum.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "pkg/key.h"
#include "pkg/repo.h"
#include "pkg/repoapt.h"
#include "pkg/repoyum.h"
#include "pkg/sign.h"

/* apt's users see an outdated mirror after that. */
#define DAYS_DEFAULT 30
#define DAYS_MAX 3650

struct args {
	const char *key;
	const char *suite;
	const char *origin;
	uint32_t days;
	bool help;
};

static int run(const struct args *a, const struct pkg_cmd_line *line,
	       struct sm_err *e)
{
	struct pkg_repo repo = {
		.dir = line->args[1],
		.days = a->days,
		.suite = a->suite ? a->suite : "stable",
		.origin = a->origin ? a->origin : "session-manager-plugin",
		.package = line->args + 2,
		.n_packages = line->n_args - 2,
	};
	struct pkg_key key;
	int r;

	if (!a->key)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	if (a->days > DAYS_MAX)
		return sm_err_set(e, SM_EUSAGE, "--days: more than %d",
				  DAYS_MAX);
	pkg_key_init(&key);
	if ((r = pkg_sign_load_key(&key, a->key, e)) < 0)
		goto out;
	repo.key = &key;
	if ((r = pkg_cmd_epoch(&repo.now_sec, e)) < 0)
		goto out;
	if (repo.now_sec < 0)
		repo.now_sec = sm_os_clock_wall_ms() / 1000;
	if (!strcmp(line->args[0], "apt"))
		r = pkg_repoapt_write(&repo, e);
	else if (!strcmp(line->args[0], "yum"))
		r = pkg_repoyum_write(&repo, e);
	else
		r = sm_err_set(e, SM_EUSAGE, "repo '%s': not apt or yum",
			       line->args[0]);
out:
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_repo(struct sm_out *o, int argc, char **argv)
{
	struct args a = { .days = DAYS_DEFAULT };
	const struct sm_option table[] = {
		{ 'k', "key", "FILE", "sign the index with this secret key",
		  SM_OPTION_STR, &a.key },
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
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"repo apt|yum DIR [PACKAGE...] --key FILE [options]",
		"Add packages to a repository and write its index again.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		2,
		SIZE_MAX
	};
	struct sm_err e = SM_ERR_INIT;
	int r;

	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r > 0)
		r = run(&a, &line, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
	else
		r = r < 0 ? 2 : 0;
	pkg_cmd_release(&line);
	return r;
}
