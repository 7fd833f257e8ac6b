/*
 * smpkg layout: the tree of a release.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "pkg/cmssign.h"
#include "pkg/guard.h"
#include "pkg/key.h"
#include "pkg/layout.h"
#include "pkg/tsa.h"

struct args {
	struct pkg_cmd_source source;
	struct pkg_cmd_key key;
	const char *output;
	struct pkg_cmd_cert cert;
	struct pkg_cmd_cert exe_cert;
	struct pkg_cmd_stamp stamp;
	struct sm_option_list targets;
	bool embed_origin;
	bool help;
};

static int check_args(const struct args *a, struct sm_err *e)
{
	if (!a->source.manifest || !a->output || a->targets.n == 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --output and --target are "
				  "needed");
	if (a->embed_origin && !a->key.name)
		return sm_err_set(e, SM_EUSAGE, "--embed-origin needs --key");
	return pkg_cmd_check_certs(&a->cert, &a->exe_cert, &a->stamp, e);
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	struct pkg_cmssign cert = PKG_CMSSIGN_INIT;
	struct pkg_cmssign exe_cert = PKG_CMSSIGN_INIT;
	struct sm_arena arena = SM_ARENA_INIT;
	struct pkg_tsa tsa;
	struct pkg_guard guard = { 0 };
	struct pkg_layout l;
	struct pkg_key key;
	int r;

	SM_UNUSED(line);
	memset(&l, 0, sizeof(l));
	pkg_key_init(&key);
	if ((r = check_args(a, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_source(&l.build, &a->source, e)) < 0)
		goto out;
	for (size_t i = 0; i < a->targets.n; i++)
		if ((r = pkg_layout_add(&l, a->targets.value[i], e)) < 0)
			goto out;
	if (a->key.name && (r = pkg_cmd_load_key(&key, &a->key, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_stamp(&tsa, &a->stamp, &arena, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_cert(&cert, &a->cert, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_cert(&exe_cert, &a->exe_cert, e)) < 0)
		goto out;
	l.out = a->output;
	l.key = a->key.name ? &key : NULL;
	l.build.cert = a->cert.chain ? &cert : NULL;
	l.exe_cert = a->exe_cert.chain ? &exe_cert : NULL;
	cert.tsa = exe_cert.tsa = tsa.url ? &tsa : NULL;
	l.build.embed_origin = a->embed_origin;
	l.done = pkg_cmd_show_file;
	l.user = o;
	r = pkg_guard_begin(&guard, a->output, e);
	if (r == 0)
		r = pkg_layout_write(&l, e);
	pkg_guard_end(&guard);
out:
	pkg_cmssign_release(&cert);
	pkg_cmssign_release(&exe_cert);
	sm_arena_release(&arena);
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_layout(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		PKG_CMD_MANIFEST(a.source),
		{ 't', "target", "NAME=DIR",
		  "binaries for linux-x86_64, linux-i386, linux-aarch64, "
		  "macos-x86_64, macos-aarch64, windows-x86_64, windows-i386 or "
		  "windows-aarch64, below "
		  "DIR/bin; may be repeated",
		  SM_OPTION_LIST, &a.targets },
		PKG_CMD_ROOT(a.source),
		{ 'o', "output", "DIR", "where VERSION/ and latest/ are made",
		  SM_OPTION_STR, &a.output },
		PKG_CMD_KEY(a.key, "sign everything with this secret key"),
		PKG_CMD_ORIGIN(a.embed_origin),
		PKG_CMD_CERT(a.cert, "macOS packages"),
		PKG_CMD_EXE_CERT(a.exe_cert),
		PKG_CMD_STAMP(a.stamp),
		PKG_CMD_VERSION(a.source),
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "layout --manifest FILE --target NAME=DIR --output "
			 "DIR [options]",
		.about = "Build all packages of a release in the official "
			 "layout.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
