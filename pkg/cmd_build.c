/*
 * smpkg build: one artifact from a manifest.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/path.h"
#include "pkg/build.h"
#include "pkg/cmssign.h"
#include "pkg/format.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/sign.h"
#include "pkg/tsa.h"

struct args {
	struct pkg_cmd_source source;
	struct pkg_cmd_key key;
	const char *format;
	const char *arch;
	const char *output;
	struct pkg_cmd_cert cert;
	struct pkg_cmd_stamp stamp;
	const char *toc;
	bool detached;
	bool embed_origin;
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

static int write_artifact(struct sm_out *o, const struct args *a,
			  const struct pkg_build *b, const struct pkg_key *key,
			  struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int64_t now;
	int r;

	if ((r = pkg_cmd_now(&now, e)) < 0)
		goto out;
	if ((r = pkg_build_run(b, &data, &name, e)) < 0)
		goto out;
	output_path(a, &name, &path);
	r = sm_fs_write_atomic(sm_buf_z(&path), sm_buf_str(&data),
			       pkg_format_mode(pkg_format_find(a->format)), e);
	if (r < 0)
		goto out;
	if (a->key.name)
		r = pkg_sign_file(key, sm_buf_z(&path),
				  pkg_pgpsign_time(key, (uint32_t)now), e);
	if (r >= 0)
		sm_out_say(o, "%s", sm_buf_z(&path));
out:
	sm_buf_release(&data);
	sm_buf_release(&name);
	sm_buf_release(&path);
	return r;
}

static int check_args(const struct args *a, struct sm_err *e)
{
	if (!a->source.manifest || !a->format || !a->arch)
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --format and --arch are needed");
	if (!pkg_format_find(a->format))
		return sm_err_set(e, SM_EUSAGE,
				  "format '%s': not one of deb, rpm, pkg, "
				  "apk, targz, bundle, zip, winzip, exe, msi, "
				  "run",
				  a->format);
	if (a->toc && strcmp(a->format, "pkg") != 0)
		return sm_err_set(e, SM_EUSAGE, "--toc is for format pkg");
	if (a->cert.chain && strcmp(a->format, "pkg") != 0 &&
	    strcmp(a->format, "exe") != 0 && strcmp(a->format, "winzip") != 0 &&
	    strcmp(a->format, "msi") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--cert is for formats pkg, exe, msi and "
				  "winzip");
	if (a->toc && strcmp(a->toc, "sha1") != 0 &&
	    strcmp(a->toc, "sha256") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "--toc '%s': not sha256 or sha1", a->toc);
	if (a->embed_origin &&
	    (strcmp(a->format, "deb") != 0 || !a->key.name || a->detached))
		return sm_err_set(e, SM_EUSAGE,
				  "--embed-origin is for format deb, with "
				  "--key");
	return pkg_cmd_check_certs(&a->cert, NULL, &a->stamp, e);
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	struct pkg_cmssign cert = PKG_CMSSIGN_INIT;
	struct sm_arena arena = SM_ARENA_INIT;
	struct pkg_tsa tsa;
	struct pkg_build b;
	struct pkg_key key;
	int r;

	SM_UNUSED(line);
	memset(&b, 0, sizeof(b));
	pkg_key_init(&key);
	if ((r = check_args(a, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_source(&b, &a->source, e)) < 0)
		goto out;
	if (a->key.name && (r = pkg_cmd_load_key(&key, &a->key, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_stamp(&tsa, &a->stamp, &arena, e)) < 0)
		goto out;
	if ((r = pkg_cmd_load_cert(&cert, &a->cert, e)) < 0)
		goto out;
	b.want.format = a->format;
	b.want.arch = a->arch;
	b.key = a->key.name && !a->detached ? &key : NULL;
	b.cert = a->cert.chain ? &cert : NULL;
	cert.tsa = tsa.url ? &tsa : NULL;
	b.sha1_toc = a->toc && !strcmp(a->toc, "sha1");
	b.embed_origin = a->embed_origin;
	r = write_artifact(o, a, &b, &key, e);
out:
	pkg_cmssign_release(&cert);
	sm_arena_release(&arena);
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_build(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		PKG_CMD_MANIFEST(a.source),
		{ 'f', "format", "NAME",
		  "deb, rpm, apk, pkg, targz, bundle, zip, winzip, exe, msi "
		  "or run",
		  SM_OPTION_STR, &a.format },
		{ 'a', "arch", "NAME", "x86_64, i386, aarch64 or universal",
		  SM_OPTION_STR, &a.arch },
		PKG_CMD_ROOT(a.source),
		{ 'o', "output", "PATH",
		  "file to write, or a folder [default: .]", SM_OPTION_STR,
		  &a.output },
		PKG_CMD_KEY(a.key,
			    "sign with this secret key: inside (rpm) and "
			    "beside (.sig)"),
		PKG_CMD_CERT(a.cert,
			     "a pkg, an exe, an msi, or the programs in "
			     "a winzip"),
		PKG_CMD_STAMP(a.stamp),
		{ 0, "toc", "NAME",
		  "digest of a pkg: sha256, or sha1 for old readers "
		  "[default: sha256]",
		  SM_OPTION_STR, &a.toc },
		{ 0, "detached", NULL, "sign only beside, not inside",
		  SM_OPTION_FLAG, &a.detached },
		PKG_CMD_ORIGIN(a.embed_origin),
		PKG_CMD_VERSION(a.source),
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "build --manifest FILE --format NAME --arch NAME "
			 "[options]",
		.about = "Build one package.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
