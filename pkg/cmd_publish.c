/*
 * smpkg release: a version, published.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "common/version.h"
#include "pkg/key.h"
#include "pkg/release.h"
#include "pkg/sign.h"

#define DAYS_DEFAULT 30
#define DAYS_MAX 3650

struct args {
	const char *manifest;
	const char *output;
	const char *version;
	const char *key;
	struct sm_option_list roots;
	struct sm_option_list targets;
	uint32_t issued;
	bool help;
};

static void print_done(void *user, const char *path, size_t bytes)
{
	sm_out_say(user, "%10zu  %s", bytes, path);
}

static int check_args(const struct args *a, const struct pkg_release *r,
		      struct sm_err *e)
{
	if (!a->output || !a->key)
		return sm_err_set(e, SM_EUSAGE,
				  "--output and --key are needed");
	if (r->refresh && a->targets.n)
		return sm_err_set(e, SM_EUSAGE,
				  "--refresh builds nothing: no --target");
	if (!r->refresh && (!a->manifest || !r->sources || !a->targets.n))
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --sources and --target are "
				  "needed");
	if (a->roots.n > PKG_ROOTS_MAX)
		return sm_err_set(e, SM_EUSAGE, "more than %d roots",
				  PKG_ROOTS_MAX);
	if (!r->days || r->days > DAYS_MAX)
		return sm_err_set(e, SM_EUSAGE, "--days: not from 1 to %d",
				  DAYS_MAX);
	return 0;
}

static int run(struct sm_out *o, const struct args *a, struct pkg_release *r,
	       struct sm_err *e)
{
	static const char *const here[] = { "." };
	struct pkg_layout *l = &r->layout;
	struct pkg_key key;
	int ret;

	pkg_key_init(&key);
	if ((ret = check_args(a, r, e)) < 0)
		goto out;
	for (size_t i = 0; i < a->targets.n; i++)
		if ((ret = pkg_layout_add(l, a->targets.value[i], e)) < 0)
			goto out;
	if ((ret = pkg_sign_load_key(&key, a->key, e)) < 0)
		goto out;
	if ((ret = pkg_cmd_epoch(&l->build.epoch_sec, e)) < 0)
		goto out;
	r->issued_sec = a->issued ? (int64_t)a->issued :
				    sm_os_clock_wall_ms() / 1000;
	l->key = &key;
	l->out = a->output;
	l->build.manifest = a->manifest;
	l->build.want.version = a->version ? a->version : sm_version();
	l->build.want.exe = "";
	l->build.roots.dir = a->roots.n ? a->roots.value : here;
	l->build.roots.n = a->roots.n ? a->roots.n : 1;
	l->done = print_done;
	l->user = o;
	ret = pkg_release_write(r, e);
out:
	l->key = NULL;
	pkg_key_release(&key);
	return ret;
}

int pkg_cmd_publish(struct sm_out *o, int argc, char **argv)
{
	struct pkg_release rel = { .days = DAYS_DEFAULT };
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 'm', "manifest", "FILE", "description of the packages",
		  SM_OPTION_STR, &a.manifest },
		{ 't', "target", "NAME=DIR", "binaries, as for layout",
		  SM_OPTION_LIST, &a.targets },
		{ 'r', "root", "DIR",
		  "look for other sources here; may be repeated [default: .]",
		  SM_OPTION_LIST, &a.roots },
		{ 'o', "output", "DIR",
		  "where VERSION/, channel.json and latest are made",
		  SM_OPTION_STR, &a.output },
		{ 'k', "key", "FILE", "sign everything with this secret key",
		  SM_OPTION_STR, &a.key },
		{ 0, "sources", "FILE",
		  "pinned sources, for the bill of materials", SM_OPTION_STR,
		  &rel.sources },
		{ 0, "history", "FILE",
		  "release history [default: the one built in]", SM_OPTION_STR,
		  &rel.history },
		{ 0, "days", "N",
		  "the channel expires after so many "
		  "[default: 30]",
		  SM_OPTION_U32, &rel.days },
		{ 0, "issued", "SECONDS",
		  "time of the channel [default: the time of day]",
		  SM_OPTION_U32, &a.issued },
		{ 0, "refresh", NULL,
		  "build nothing, issue the channel again with the states of "
		  "the history",
		  SM_OPTION_FLAG, &rel.refresh },
		{ 0, "set-version", "VERSION",
		  "what @VERSION@ stands for [default: that of smpkg]",
		  SM_OPTION_STR, &a.version },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"release --manifest FILE --target NAME=DIR --sources FILE "
		"--output DIR --key FILE [options]",
		"Make a release and publish it in the release channel.",
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
		r = run(o, &a, &rel, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
	else
		r = r < 0 ? 2 : 0;
	pkg_cmd_release(&line);
	return r;
}
