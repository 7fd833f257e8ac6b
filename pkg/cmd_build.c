/*
 * smpkg build: one artifact from a manifest.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/os/clock.h"
#include "common/path.h"
#include "common/version.h"
#include "pkg/build.h"
#include "pkg/cmssign.h"
#include "pkg/format.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/sign.h"

struct args {
	const char *manifest;
	const char *format;
	const char *arch;
	const char *output;
	const char *version;
	const char *key;
	const char *cert;
	const char *cert_key;
	const char *toc;
	struct sm_option_list roots;
	bool detached;
	bool help;
};

/* The folder's file of the conventional name, or the name given. */
static int output_path(const struct args *a, const struct sm_buf *name,
		       struct sm_buf *path)
{
	struct sm_file_info st;
	const char *out = a->output ? a->output : ".";

	if (sm_os_file_stat(out, true, &st, NULL) == 0 &&
	    st.type == SM_FILE_DIR)
		return sm_path_join(path, sm_str(out), sm_buf_str(name));
	return sm_buf_puts(path, out);
}

static int run(struct sm_out *o, const struct args *a, struct pkg_build *b,
	       struct pkg_key *key, struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_cmssign cert = PKG_CMSSIGN_INIT;
	int64_t now = sm_os_clock_wall_ms() / 1000;
	int r;

	if (a->key && (r = pkg_sign_load_key(key, a->key, e)) < 0)
		goto out;
	b->key = a->key && !a->detached ? key : NULL;
	if (a->cert &&
	    (r = pkg_cmssign_load(&cert, a->cert, a->cert_key, e)) < 0)
		goto out;
	b->cert = a->cert ? &cert : NULL;
	b->sha1_toc = a->toc && !strcmp(a->toc, "sha1");
	if ((r = pkg_cmd_epoch(&b->epoch_sec, e)) < 0)
		goto out;
	if ((r = pkg_build_run(b, &data, &name, e)) < 0)
		goto out;
	output_path(a, &name, &path);
	r = sm_fs_write_atomic(sm_buf_z(&path), sm_buf_str(&data), 0644, e);
	if (r < 0)
		goto out;
	if (b->epoch_sec >= 0)
		now = b->epoch_sec;
	if (a->key)
		r = pkg_sign_file(key, sm_buf_z(&path),
				  pkg_pgpsign_time(key, (uint32_t)now), e);
	if (r >= 0)
		sm_out_say(o, "%s", sm_buf_z(&path));
out:
	pkg_cmssign_release(&cert);
	sm_buf_release(&data);
	sm_buf_release(&name);
	sm_buf_release(&path);
	return r;
}

static int check_args(const struct args *a, struct sm_err *e)
{
	if (!a->manifest || !a->format || !a->arch)
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --format and --arch are needed");
	if (!pkg_format_find(a->format))
		return sm_err_set(e, SM_EUSAGE,
				  "format '%s': not one of deb, rpm, pkg, "
				  "bundle, zip, winzip",
				  a->format);
	if ((a->cert || a->toc) && strcmp(a->format, "pkg") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--cert and --toc are for format pkg");
	if (a->cert_key && !a->cert)
		return sm_err_set(e, SM_EUSAGE, "--cert-key needs --cert");
	if (a->toc && strcmp(a->toc, "sha1") != 0 &&
	    strcmp(a->toc, "sha256") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--toc '%s': not sha256 or sha1", a->toc);
	if (a->roots.n > PKG_ROOTS_MAX)
		return sm_err_set(e, SM_EUSAGE, "more than %d roots",
				  PKG_ROOTS_MAX);
	return 0;
}

int pkg_cmd_build(struct sm_out *o, int argc, char **argv)
{
	static const char *const here[] = { "." };
	struct args a;
	const struct sm_option table[] = {
		{ 'm', "manifest", "FILE", "description of the package",
		  SM_OPTION_STR, &a.manifest },
		{ 'f', "format", "NAME", "deb, rpm, pkg, bundle, zip or winzip",
		  SM_OPTION_STR, &a.format },
		{ 'a', "arch", "NAME", "x86_64, i386, aarch64 or universal",
		  SM_OPTION_STR, &a.arch },
		{ 'r', "root", "DIR",
		  "look for sources here; may be repeated, the first that "
		  "has a file wins [default: .]",
		  SM_OPTION_LIST, &a.roots },
		{ 'o', "output", "PATH",
		  "file to write, or a folder [default: .]", SM_OPTION_STR,
		  &a.output },
		{ 'k', "key", "FILE",
		  "sign with this secret key: inside (rpm) and beside (.sig)",
		  SM_OPTION_STR, &a.key },
		{ 0, "cert", "FILE",
		  "sign a pkg inside: PEM certificates, the signer's first, "
		  "then those that issued it",
		  SM_OPTION_STR, &a.cert },
		{ 0, "cert-key", "FILE",
		  "RSA key of --cert, PEM [default: in the same file]",
		  SM_OPTION_STR, &a.cert_key },
		{ 0, "toc", "NAME",
		  "digest of a pkg: sha256, or sha1 for old readers "
		  "[default: sha256]",
		  SM_OPTION_STR, &a.toc },
		{ 0, "detached", NULL, "sign only beside, not inside",
		  SM_OPTION_FLAG, &a.detached },
		{ 0, "set-version", "VERSION",
		  "what @VERSION@ stands for [default: that of smpkg]",
		  SM_OPTION_STR, &a.version },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"build --manifest FILE --format NAME --arch NAME [options]",
		"Build one package.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		0,
		0
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_build b;
	struct pkg_key key;
	int r;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	pkg_key_init(&key);
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0) {
		r = r < 0 ? 2 : 0;
		goto out;
	}
	b.manifest = a.manifest;
	b.want.format = a.format;
	b.want.arch = a.arch;
	b.want.version = a.version ? a.version : sm_version();
	b.want.exe = "";
	b.roots.dir = a.roots.n ? a.roots.value : here;
	b.roots.n = a.roots.n ? a.roots.n : 1;
	r = check_args(&a, &e);
	if (r == 0)
		r = run(o, &a, &b, &key, &e);
	r = r < 0 ? pkg_cmd_fail(o, &e) : 0;
out:
	pkg_key_release(&key);
	pkg_cmd_release(&line);
	return r;
}
