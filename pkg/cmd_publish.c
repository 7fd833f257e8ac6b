/*
 * smpkg release: a version, published.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "pkg/cmssign.h"
#include "pkg/guard.h"
#include "pkg/key.h"
#include "pkg/release.h"
#include "pkg/tsa.h"

#define DAYS_DEFAULT 30
#define DAYS_MAX 3650

struct args {
	struct pkg_cmd_source source;
	struct pkg_cmd_key key;
	struct pkg_release release;
	const char *output;
	struct pkg_cmd_cert cert;
	struct pkg_cmd_cert exe_cert;
	struct pkg_cmd_stamp stamp;
	struct sm_option_list targets;
	uint32_t issued;
	bool help;
};

static int check_args(const struct args *a, struct sm_err *e)
{
	const struct pkg_release *r = &a->release;

	if (!a->output || !a->key.name)
		return sm_err_set(e, SM_EUSAGE,
				  "--output and --key are needed");
	if (r->refresh && a->targets.n)
		return sm_err_set(e, SM_EUSAGE,
				  "--refresh builds nothing: no --target");
	if (!r->refresh &&
	    (!a->source.manifest || !r->sources || !a->targets.n))
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --sources and --target are "
				  "needed");
	if (!r->days || r->days > DAYS_MAX)
		return sm_err_set(e, SM_EUSAGE, "--days: not from 1 to %d",
				  DAYS_MAX);
	return pkg_cmd_check_certs(&a->cert, &a->exe_cert, &a->stamp, e);
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	struct args *a = args;
	struct pkg_release *r = &a->release;
	struct pkg_layout *l = &r->layout;
	struct pkg_cmssign cert = PKG_CMSSIGN_INIT;
	struct pkg_cmssign exe_cert = PKG_CMSSIGN_INIT;
	struct sm_arena arena = SM_ARENA_INIT;
	struct pkg_guard guard = { 0 };
	struct pkg_tsa tsa;
	struct pkg_key key;
	int ret;

	SM_UNUSED(line);
	pkg_key_init(&key);
	if ((ret = check_args(a, e)) < 0)
		goto out;
	for (size_t i = 0; i < a->targets.n; i++)
		if ((ret = pkg_layout_add(l, a->targets.value[i], e)) < 0)
			goto out;
	if ((ret = pkg_cmd_load_source(&l->build, &a->source, e)) < 0)
		goto out;
	if ((ret = pkg_cmd_load_key(&key, &a->key, e)) < 0)
		goto out;
	if ((ret = pkg_cmd_load_cert(&cert, &a->cert, e)) < 0)
		goto out;
	if ((ret = pkg_cmd_load_cert(&exe_cert, &a->exe_cert, e)) < 0)
		goto out;
	if ((ret = pkg_cmd_load_stamp(&tsa, &a->stamp, &arena, e)) < 0)
		goto out;
	l->build.cert = a->cert.chain ? &cert : NULL;
	l->exe_cert = a->exe_cert.chain ? &exe_cert : NULL;
	cert.tsa = exe_cert.tsa = tsa.url ? &tsa : NULL;
	r->issued_sec = a->issued ? (int64_t)a->issued :
				    sm_os_clock_wall_ms() / 1000;
	l->key = &key;
	l->out = a->output;
	l->done = pkg_cmd_show_file;
	l->user = o;
	ret = pkg_guard_begin(&guard, a->output, e);
	if (ret == 0)
		ret = pkg_release_write(r, e);
	pkg_guard_end(&guard);
out:
	l->key = NULL;
	l->build.cert = l->exe_cert = NULL;
	pkg_cmssign_release(&cert);
	pkg_cmssign_release(&exe_cert);
	sm_arena_release(&arena);
	pkg_key_release(&key);
	return ret;
}

int pkg_cmd_publish(struct sm_out *o, int argc, char **argv)
{
	struct args a = { .release = { .days = DAYS_DEFAULT } };
	const struct sm_option table[] = {
		PKG_CMD_MANIFEST(a.source),
		{ 't', "target", "NAME=DIR", "binaries, as for layout",
		  SM_OPTION_LIST, &a.targets },
		PKG_CMD_ROOT(a.source),
		{ 'o', "output", "DIR",
		  "where VERSION/, channel.json and latest are made",
		  SM_OPTION_STR, &a.output },
		PKG_CMD_KEY(a.key, "sign everything with this secret key"),
		PKG_CMD_ORIGIN(a.release.layout.build.embed_origin),
		PKG_CMD_CERT(a.cert, "macOS packages"),
		PKG_CMD_EXE_CERT(a.exe_cert),
		PKG_CMD_STAMP(a.stamp),
		{ 0, "sources", "FILE",
		  "pinned sources, for the bill of materials", SM_OPTION_STR,
		  &a.release.sources },
		{ 0, "history", "FILE",
		  "release history [default: the one built in]", SM_OPTION_STR,
		  &a.release.history },
		{ 0, "days", "N",
		  "the channel expires after so many "
		  "[default: 30]",
		  SM_OPTION_U32, &a.release.days },
		{ 0, "issued", "SECONDS",
		  "time of the channel [default: the time of day]",
		  SM_OPTION_U32, &a.issued },
		{ 0, "refresh", NULL,
		  "build nothing, issue the channel again with the states of "
		  "the history",
		  SM_OPTION_FLAG, &a.release.refresh },
		PKG_CMD_VERSION(a.source),
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "release --manifest FILE --target NAME=DIR --sources "
			 "FILE --output DIR --key KEY [options]",
		.about = "Make a release and publish it in the release "
			 "channel.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
