/*
 * smpkg sign: detached signatures; with a certificate, Windows programs.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "pkg/cmssign.h"
#include "pkg/key.h"
#include "pkg/pesign.h"
#include "pkg/sign.h"
#include "pkg/tsa.h"

/* What the form with a certificate takes. */
struct inside {
	const char *cert, *name, *url;
	struct pkg_cmd_stamp stamp;
};

/* A signature inside has the time that SOURCE_DATE_EPOCH says, or none: what
 * proves the time is a time stamp. */
static int run_inside(struct sm_out *o, const struct inside *a,
		      const char *key_path, const struct pkg_cmd_line *line,
		      struct sm_err *e)
{
	struct pkg_cmssign c = PKG_CMSSIGN_INIT;
	struct sm_arena arena = SM_ARENA_INIT;
	struct pkg_pesign s = { 0 };
	struct pkg_tsa tsa;
	int r;

	if ((r = pkg_cmd_epoch(&s.when_sec, e)) < 0 ||
	    (r = pkg_cmd_load_stamp(&tsa, &a->stamp, &arena, e)) < 0 ||
	    (r = pkg_cmssign_load(&c, a->cert, key_path, e)) < 0)
		goto out;
	s.key = c.key;
	s.cert = c.cert;
	s.n_certs = c.n;
	s.program = a->name;
	s.url = a->url;
	s.tsa = tsa.url ? &tsa : NULL;
	for (size_t i = 0; i < line->n_args && r >= 0; i++) {
		r = pkg_pesign_file(&s, line->args[i], e);
		if (r >= 0)
			sm_out_say(o, "%s", line->args[i]);
	}
out:
	pkg_cmssign_release(&c);
	sm_arena_release(&arena);
	return r;
}

static int run_beside(struct sm_out *o, const struct pkg_cmd_key *from,
		      const struct pkg_cmd_line *line, struct sm_err *e)
{
	struct pkg_key key;
	int64_t when;
	int r;

	if (!from->name)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	if ((r = pkg_cmd_now(&when, e)) < 0)
		return r;
	pkg_key_init(&key);
	r = pkg_cmd_load_key(&key, from, e);
	for (size_t i = 0; i < line->n_args && r >= 0; i++) {
		r = pkg_sign_file(&key, line->args[i], (uint32_t)when, e);
		if (r >= 0)
			sm_out_say(o, "%s.sig", line->args[i]);
	}
	pkg_key_release(&key);
	return r;
}

struct args {
	struct pkg_cmd_key key;
	struct inside inside;
	bool help;
};

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	const struct inside *in = &a->inside;

	if (!in->cert &&
	    (in->stamp.url || in->stamp.roots.n || in->name || in->url))
		return sm_err_set(e, SM_EUSAGE,
				  "--timestamp, --tsa-roots, --name and --url "
				  "need --cert");
	if (in->cert && a->key.public_key)
		return sm_err_set(e, SM_EUSAGE,
				  "--cert has the public key: no --public-key");
	if (in->cert)
		return run_inside(o, in, a->key.name, line, e);
	return run_beside(o, &a->key, line, e);
}

int pkg_cmd_sign(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		PKG_CMD_KEY(a.key, "secret key"),
		{ 0, "cert", "FILE",
		  "sign Windows programs inside: PEM certificates, the "
		  "signer's first, then those that issued it; --key is its "
		  "key, PEM [default: in the same file]",
		  SM_OPTION_STR, &a.inside.cert },
		PKG_CMD_STAMP(a.inside.stamp),
		{ 0, "name", "TEXT", "what the program is called",
		  SM_OPTION_STR, &a.inside.name },
		{ 0, "url", "URL", "where more about it is to be found",
		  SM_OPTION_STR, &a.inside.url },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "sign --key KEY [--cert FILE] FILE...",
		.about = "Write FILE.sig beside each file, or sign Windows "
			 "programs inside.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 1,
		.max_args = SIZE_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
