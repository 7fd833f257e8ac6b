/*
 * smpkg distributor: a package for SSM Distributor.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "common/version.h"
#include "pkg/distrib.h"
#include "pkg/facts.h"
#include "pkg/key.h"
#include "pkg/sign.h"

struct args {
	const char *manifest;
	const char *release;
	const char *output;
	const char *version;
	const char *key;
	bool help;
};

static int run(const struct args *a, struct sm_err *e)
{
	const char *version = a->version ? a->version : sm_version();
	struct pkg_facts f = { .dir = NULL };
	struct pkg_key key;
	int64_t epoch_sec;
	int r;

	pkg_key_init(&key);
	if (!a->manifest || !a->release || !a->output || !a->key) {
		r = sm_err_set(e, SM_EUSAGE,
			       "--manifest, --release, --output and --key are "
			       "needed");
		goto out;
	}
	if ((r = pkg_cmd_epoch(&epoch_sec, e)) < 0)
		goto out;
	if (epoch_sec < 0)
		epoch_sec = sm_os_clock_wall_ms() / 1000;
	if ((r = pkg_sign_load_key(&key, a->key, e)) < 0)
		goto out;
	r = pkg_facts_load(&f, a->manifest, a->release, version, &key, e);
	if (r == 0)
		r = pkg_distrib_write(&f, a->output, epoch_sec, e);
	pkg_facts_release(&f);
out:
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_distributor(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 'm', "manifest", "FILE", "description of the packages",
		  SM_OPTION_STR, &a.manifest },
		{ 0, "release", "DIR", "what smpkg release made", SM_OPTION_STR,
		  &a.release },
		{ 'o', "output", "DIR", "where manifest.json and zips are made",
		  SM_OPTION_STR, &a.output },
		{ 'k', "key", "FILE", "the key that signed the release",
		  SM_OPTION_STR, &a.key },
		{ 0, "set-version", "VERSION",
		  "which version of it [default: that of smpkg]", SM_OPTION_STR,
		  &a.version },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"distributor --manifest FILE --release DIR --output DIR "
		"--key FILE",
		"Make a package for SSM Distributor from a release.",
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
		r = run(&a, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
	else
		r = r < 0 ? 2 : 0;
	pkg_cmd_release(&line);
	return r;
}
