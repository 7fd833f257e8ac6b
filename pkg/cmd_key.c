/*
 * smpkg key generate, certify, export, show.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/fs.h"
#include "common/path.h"
#include "pkg/apkkey.h"
#include "pkg/key.h"
#include "pkg/sign.h"
#include "pkg/signer.h"

struct args {
	const char *type;
	const char *name;
	const char *output;
	struct pkg_cmd_key key;
	bool apk;
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
	int64_t when;
	int r;

	if (!a->name || !a->output) {
		r = sm_err_set(e, SM_EUSAGE, "--name and --output are needed");
		goto out;
	}
	if ((r = pkg_cmd_now(&when, e)) < 0)
		goto out;
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

/* For apk: the bare key, in a file of the name that its signatures have. */
static int export_apk(struct sm_out *o, const struct args *a,
		      const struct pkg_key *k, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if ((r = pkg_apkkey_put(k, &text, e)) < 0)
		goto out;
	pkg_apkkey_name(k, &name);
	if (a->output)
		sm_path_join(&path, sm_str(a->output), sm_buf_str(&name));
	r = put_out(o, a->output ? sm_buf_z(&path) : NULL, &text, 0644, e);
out:
	sm_buf_release(&text);
	sm_buf_release(&name);
	sm_buf_release(&path);
	return r;
}

static int export_public(struct sm_out *o, const struct args *a,
			 struct pkg_key *k, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	int r;

	if (a->apk)
		return export_apk(o, a, k, e);
	if ((r = pkg_key_put_public(k, &text, e)) == 0)
		r = put_out(o, a->output, &text, 0644, e);
	sm_buf_release(&text);
	return r;
}

/* The bare public key of --public-key, PEM; NULL if none is given. */
static int read_public(const char *path, EVP_PKEY **pub, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	BIO *b = NULL;
	int r = 0;

	*pub = NULL;
	if (!path)
		return 0;
	if ((r = sm_fs_read(path, PKG_KEY_FILE_MAX, &text, e)) < 0)
		goto out;
	b = BIO_new_mem_buf(text.ptr, (int)text.len);
	if (b)
		*pub = PEM_read_bio_PUBKEY(b, NULL, NULL, NULL);
	if (!*pub)
		r = sm_err_set(e, SM_EFORMAT, "'%s' is no public key in PEM",
			       path);
	BIO_free(b);
	ERR_clear_error();
out:
	sm_buf_release(&text);
	return r;
}

static int certify(struct sm_out *o, const struct args *a, struct pkg_key *k,
		   struct sm_err *e)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);
	EVP_PKEY *pub = NULL;
	int64_t when;
	int r;

	if (!a->name || !a->output || !a->key.name)
		return sm_err_set(e, SM_EUSAGE,
				  "--key, --name and --output are needed");
	if (!pkg_signer_is(a->key.name))
		return sm_err_set(e, SM_EUSAGE,
				  "--key is not pkcs11:URI or "
				  "command:PROGRAM; smpkg key generate makes "
				  "a key in a file");
	if ((r = pkg_cmd_now(&when, e)) < 0)
		return r;
	if ((r = read_public(a->key.public_key, &pub, e)) < 0)
		return r;
	r = pkg_key_certify(k, a->key.name, pub, sm_str(a->name),
			    (uint32_t)when, e);
	if (r < 0) {
		pkg_sign_put_name(&shown, a->key.name);
		sm_err_wrap(e, r, "cannot use the key '%s'", sm_buf_z(&shown));
	} else {
		r = export_public(o, a, k, e);
	}
	EVP_PKEY_free(pub);
	sm_buf_release(&shown);
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

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const char *verb = line->args[0];
	const struct args *a = args;
	bool makes = !strcmp(verb, "generate") || !strcmp(verb, "certify");
	struct pkg_key k;
	int r;

	if (!makes && strcmp(verb, "export") != 0 && strcmp(verb, "show") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "'%s': not one of generate, certify, "
				  "export, show",
				  verb);
	if (!makes && !a->key.name)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	pkg_key_init(&k);
	if (!strcmp(verb, "generate"))
		r = generate(o, a, &k, e);
	else if (makes)
		r = certify(o, a, &k, e);
	else if ((r = pkg_cmd_load_key(&k, &a->key, e)) == 0 &&
		 !strcmp(verb, "export"))
		r = export_public(o, a, &k, e);
	if (r == 0 && strcmp(verb, "export") != 0)
		show(o, &k);
	pkg_key_release(&k);
	return r;
}

int pkg_cmd_key(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 't', "type", "NAME",
		  "ed25519, rsa3072, rsa4096 or p256 [default: ed25519]",
		  SM_OPTION_STR, &a.type },
		{ 'n', "name", "TEXT", "user id: Name <address>", SM_OPTION_STR,
		  &a.name },
		PKG_CMD_KEY(a.key, "secret key to certify, export or show"),
		{ 'o', "output", "FILE",
		  "where to write; export writes to standard output "
		  "otherwise",
		  SM_OPTION_STR, &a.output },
		{ 0, "apk", NULL,
		  "export an RSA key for /etc/apk/keys; --output is a folder",
		  SM_OPTION_FLAG, &a.apk },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "key generate|certify|export|show [options]",
		.about = "Make a signing key, make an OpenPGP key of one held "
			 "elsewhere, print a key's public part or its "
			 "fingerprint.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 1,
		.max_args = 1,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
