/*
 * smpkg: makes, signs and checks the packages of the Session Manager plugin.
 */
#include "common/def.h"

#include "common/os/env.h"
#include "common/version.h"
#include "pkg/cmd.h"
#include "pkg/guard.h"

static const struct {
	const char *name;
	const char *about;
	int (*run)(struct sm_out *o, int argc, char **argv);
} commands[] = {
	{ "build", "build one package from a manifest", pkg_cmd_build },
	{ "layout", "build all packages in the official layout",
	  pkg_cmd_layout },
	{ "release", "build a release and publish it in the channel",
	  pkg_cmd_publish },
	{ "repo", "add packages to an apt or yum repository", pkg_cmd_repo },
	{ "distributor", "make a package for SSM Distributor",
	  pkg_cmd_distributor },
	{ "fleet", "make entries for other tools' catalogues", pkg_cmd_fleet },
	{ "sign", "write detached signatures", pkg_cmd_sign },
	{ "verify", "check signatures and digests", pkg_cmd_verify },
	{ "inspect", "show what is in a package", pkg_cmd_inspect },
	{ "diff", "show where two packages differ", pkg_cmd_diff },
	{ "universal", "join Mach-O programs of several machines",
	  pkg_cmd_universal },
	{ "staple", "put the notary's ticket behind a macOS package",
	  pkg_cmd_staple },
	{ "key", "make, export and show signing keys", pkg_cmd_key },
};

static void print_usage(FILE *f)
{
	(void)fprintf(f, "Usage: smpkg COMMAND [options]\n\nCommands:\n");
	for (size_t i = 0; i < SM_ARRAY_LEN(commands); i++)
		(void)fprintf(f, "  %-11s  %s\n", commands[i].name,
			      commands[i].about);
	(void)fprintf(f, "\nOptions:\n"
			 "  -h, --help     show this help; after a command, "
			 "its own\n"
			 "  --version      show the version\n");
}

static int dispatch(struct sm_out *o, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < SM_ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run(o, argc - 1, argv + 1);
	if (!strcmp(name, "-h") || !strcmp(name, "--help")) {
		print_usage(o->out);
		return 0;
	}
	if (!strcmp(name, "--version")) {
		sm_out_say(o, "%s", sm_version());
		return 0;
	}
	print_usage(o->err);
	if (*name)
		sm_out_error(o, "no such command: %s", name);
	return 2;
}

int main(int argc, char **argv)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_out o;
	int status;

	/* zip holds local times: the same everywhere (pkg/parts.c) */
	if (sm_os_env_set("TZ", "UTC0") < 0)
		return 1;
	sm_out_init(&o, "smpkg");
	status = dispatch(&o, argc, argv);
	if (sm_out_flush(&o, &e) < 0 && status == 0) {
		sm_out_error(&o, "%s", sm_err_msg(&e));
		status = 1;
	}
	pkg_guard_die();
	return status;
}
