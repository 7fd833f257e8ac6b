/*
 * smpkg fleet: entries for the catalogues of other tools.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/version.h"
#include "pkg/fleet.h"
#include "pkg/facts.h"
#include "pkg/key.h"
#include "pkg/sign.h"

struct args {
	const char *manifest;
	const char *release;
	const char *version;
	const char *key;
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

static int run(const struct args *a, const struct pkg_fleet *t,
	       struct sm_err *e)
{
	const char *version = a->version ? a->version : sm_version();
	struct pkg_facts f = { .dir = NULL };
	struct pkg_key key;
	int r;

	pkg_key_init(&key);
	if (!a->manifest || !a->release || !t->out || !t->url || !a->key) {
		r = sm_err_set(e, SM_EUSAGE,
			       "--manifest, --release, --url, --output and "
			       "--key are needed");
		goto out;
	}
	if ((r = pkg_sign_load_key(&key, a->key, e)) < 0)
		goto out;
	r = pkg_facts_load(&f, a->manifest, a->release, version, &key, e);
	if (r == 0)
		r = pkg_fleet_write(t, &f, e);
	pkg_facts_release(&f);
out:
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_fleet(struct sm_out *o, int argc, char **argv)
{
	struct pkg_fleet t = {
		.identifier = "SessionManagerPlugin.SessionManagerPlugin",
		.done = print_done,
		.user = o,
	};
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 'm', "manifest", "FILE", "description of the packages",
		  SM_OPTION_STR, &a.manifest },
		{ 0, "release", "DIR", "what smpkg release made", SM_OPTION_STR,
		  &a.release },
		{ 0, "url", "URL", "where that is served, https", SM_OPTION_STR,
		  &t.url },
		{ 0, "identifier", "NAME",
		  "Publisher.Package for winget [default: "
		  "SessionManagerPlugin.SessionManagerPlugin]",
		  SM_OPTION_STR, &t.identifier },
		{ 'o', "output", "DIR", "where a folder for each tool is made",
		  SM_OPTION_STR, &t.out },
		{ 'k', "key", "FILE", "the key that signed the release",
		  SM_OPTION_STR, &a.key },
		{ 0, "set-version", "VERSION",
		  "which version of it [default: that of smpkg]", SM_OPTION_STR,
		  &a.version },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"fleet --manifest FILE --release DIR --url URL --output DIR "
		"--key FILE [options]",
		"Make entries for winget, scoop, Homebrew, AutoPkg and Intune.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		0,
		0
	};
	struct sm_err e = SM_ERR_INIT;
	int r;

	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r > 0)
		r = run(&a, &t, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
	else
		r = r < 0 ? 2 : 0;
	pkg_cmd_release(&line);
	return r;
}
