/*
 * smpkg layout: the tree of a release.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/version.h"
#include "pkg/cmssign.h"
#include "pkg/key.h"
#include "pkg/layout.h"
#include "pkg/sign.h"

struct args {
	const char *manifest;
	const char *output;
	const char *version;
	const char *key;
	const char *cert;
	const char *cert_key;
	struct sm_option_list roots;
	struct sm_option_list targets;
	bool help;
};

static void print_done(void *user, const char *path, size_t bytes)
{
	sm_out_say(user, "%10zu  %s", bytes, path);
}

static int run(const struct args *a, struct pkg_layout *l, struct pkg_key *key,
	       struct pkg_cmssign *cert, struct sm_err *e)
{
	int r;

	if (!a->manifest || !a->output || a->targets.n == 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --output and --target are "
				  "needed");
	if (a->roots.n > PKG_ROOTS_MAX)
		return sm_err_set(e, SM_EUSAGE, "more than %d roots",
				  PKG_ROOTS_MAX);
	for (size_t i = 0; i < a->targets.n; i++)
		if ((r = pkg_layout_add(l, a->targets.value[i], e)) < 0)
			return r;
	if (a->key && (r = pkg_sign_load_key(key, a->key, e)) < 0)
		return r;
	l->key = a->key ? key : NULL;
	if (a->cert_key && !a->cert)
		return sm_err_set(e, SM_EUSAGE, "--cert-key needs --cert");
	if (a->cert &&
	    (r = pkg_cmssign_load(cert, a->cert, a->cert_key, e)) < 0)
		return r;
	l->build.cert = a->cert ? cert : NULL;
	if ((r = pkg_cmd_epoch(&l->build.epoch_sec, e)) < 0)
		return r;
	return pkg_layout_write(l, e);
}

int pkg_cmd_layout(struct sm_out *o, int argc, char **argv)
{
	static const char *const here[] = { "." };
	struct args a;
	const struct sm_option table[] = {
		{ 'm', "manifest", "FILE", "description of the packages",
		  SM_OPTION_STR, &a.manifest },
		{ 't', "target", "NAME=DIR",
		  "binaries for linux-x86_64, linux-i386, linux-aarch64, "
		  "macos-x86_64, macos-aarch64 or windows-x86_64, below "
		  "DIR/bin; may be repeated",
		  SM_OPTION_LIST, &a.targets },
		{ 'r', "root", "DIR",
		  "look for other sources here; may be repeated [default: .]",
		  SM_OPTION_LIST, &a.roots },
		{ 'o', "output", "DIR", "where VERSION/ and latest/ are made",
		  SM_OPTION_STR, &a.output },
		{ 'k', "key", "FILE", "sign everything with this secret key",
		  SM_OPTION_STR, &a.key },
		{ 0, "cert", "FILE",
		  "sign macOS packages inside: PEM certificates, the "
		  "signer's first, then those that issued it",
		  SM_OPTION_STR, &a.cert },
		{ 0, "cert-key", "FILE",
		  "RSA key of --cert, PEM [default: in the same file]",
		  SM_OPTION_STR, &a.cert_key },
		{ 0, "set-version", "VERSION",
		  "what @VERSION@ stands for [default: that of smpkg]",
		  SM_OPTION_STR, &a.version },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"layout --manifest FILE --target NAME=DIR --output DIR "
		"[options]",
		"Build all packages of a release in the official layout.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		0,
		0
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_layout l;
	struct pkg_cmssign cert = PKG_CMSSIGN_INIT;
	struct pkg_key key;
	int r;

	memset(&a, 0, sizeof(a));
	memset(&l, 0, sizeof(l));
	pkg_key_init(&key);
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0) {
		r = r < 0 ? 2 : 0;
		goto out;
	}
	l.out = a.output;
	l.build.manifest = a.manifest;
	l.build.want.version = a.version ? a.version : sm_version();
	l.build.want.exe = "";
	l.build.roots.dir = a.roots.n ? a.roots.value : here;
	l.build.roots.n = a.roots.n ? a.roots.n : 1;
	l.done = print_done;
	l.user = o;
	r = run(&a, &l, &key, &cert, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
out:
	pkg_cmssign_release(&cert);
	pkg_key_release(&key);
	pkg_cmd_release(&line);
	return r;
}
