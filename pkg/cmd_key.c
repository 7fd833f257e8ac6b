/*
 * smpkg key generate, export, show.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/os/clock.h"
#include "pkg/key.h"
#include "pkg/sign.h"

struct args {
	const char *type;
	const char *name;
	const char *output;
	const char *key;
	bool help;
};

/* To a file in one step, or to standard output. */
static int put_out(struct sm_out *o, const char *path, const struct sm_buf *b,
		   unsigned mode, struct sm_err *e)
{
	if (path)
		return sm_fs_write_atomic(path, sm_buf_str(b), mode, e);
	if (fwrite(b->ptr, 1, b->len, o->out) != b->len)
		return sm_err_set(e, SM_EIO, "cannot write");
	return 0;
}

static int generate(struct sm_out *o, const struct args *a, struct pkg_key *k,
		    struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	int64_t when = -1;
	int r;

	if (!a->name || !a->output) {
		r = sm_err_set(e, SM_EUSAGE, "--name and --output are needed");
		goto out;
	}
	if ((r = pkg_cmd_epoch(&when, e)) < 0)
		goto out;
	if (when < 0)
		when = sm_os_clock_wall_ms() / 1000;
	r = pkg_key_generate(k, a->type ? a->type : "ed25519", sm_str(a->name),
			     (uint32_t)when, e);
	if (r < 0)
		goto out;
	if ((r = pkg_key_put_secret(k, &text, e)) < 0)
		goto out;
	r = put_out(o, a->output, &text, 0600, e);
out:
	sm_buf_release(&text);
	return r;
}

static int export_public(struct sm_out *o, const struct args *a,
			 struct pkg_key *k, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	int r;

	if ((r = pkg_key_put_public(k, &text, e)) == 0)
		r = put_out(o, a->output, &text, 0644, e);
	sm_buf_release(&text);
	return r;
}

static void show(struct sm_out *o, const struct pkg_key *k)
{
	char hex[SM_PGPKEY_FPR_HEX];
	char alg[16];

	sm_pgpkey_fpr_hex(&k->pub, hex);
	sm_pgpkey_alg_name(&k->pub, alg, sizeof(alg));
	sm_out_say(o, "%s  %s  %s", hex, alg, sm_buf_z(&k->uid));
}

static int run(struct sm_out *o, const char *verb, const struct args *a,
	       struct pkg_key *k, struct sm_err *e)
{
	int r;

	if (!strcmp(verb, "generate")) {
		if ((r = generate(o, a, k, e)) == 0)
			show(o, k);
		return r;
	}
	if (strcmp(verb, "export") && strcmp(verb, "show"))
		return sm_err_set(e, SM_EUSAGE,
				  "'%s': not one of generate, export, show",
				  verb);
	if (!a->key)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	if ((r = pkg_sign_load_key(k, a->key, e)) < 0)
		return r;
	if (!strcmp(verb, "export"))
		return export_public(o, a, k, e);
	show(o, k);
	return 0;
}

int pkg_cmd_key(struct sm_out *o, int argc, char **argv)
{
	struct args a;
	const struct sm_option table[] = {
		{ 't', "type", "NAME",
		  "ed25519, rsa3072, rsa4096 or p256 [default: ed25519]",
		  SM_OPTION_STR, &a.type },
		{ 'n', "name", "TEXT", "user id: Name <address>", SM_OPTION_STR,
		  &a.name },
		{ 'k', "key", "FILE", "secret key to export or show",
		  SM_OPTION_STR, &a.key },
		{ 'o', "output", "FILE",
		  "where to write; export writes to standard output "
		  "otherwise",
		  SM_OPTION_STR, &a.output },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"key generate|export|show [options]",
		"Make a signing key, print its public part or its fingerprint.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		1,
		1
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key key;
	int r;

	memset(&a, 0, sizeof(a));
	pkg_key_init(&key);
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0)
		r = r < 0 ? 2 : 0;
	else
		r = run(o, line.args[0], &a, &key, &e) < 0 ?
			    pkg_cmd_fail(o, &e) :
			    0;
	pkg_key_release(&key);
	pkg_cmd_release(&line);
	return r;
}
