/*
 * smpkg verify: the detached signature, the one inside a macOS package, and
 * the digests inside.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/flatcheck.h"
#include "common/fs.h"
#include "common/openpgp.h"
#include "common/os/clock.h"
#include "common/package.h"
#include "common/xarsig.h"

/* What is asked for. */
struct args {
	struct sm_option_list keys, roots;
	const char *team;
	bool any_purpose;
	bool help;
};

/* What that comes to. */
struct trust {
	struct sm_openpgp_ring ring;
	bool has_keys; /* --key was given */
	struct sm_cms_policy x509;
	struct sm_arena arena; /* owns the roots */
};

/* FILE.sig over the open file. */
static int verify_detached(const struct trust *t, const char *path, int fd,
			   struct sm_openpgp_result *res, struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int r;

	sm_buf_printf(&name, "%s.sig", path);
	r = sm_fs_read(sm_buf_z(&name), SM_PGPPACKET_MAX, &sig, e);
	if (r == SM_ENOTFOUND)
		r = sm_err_set(e, SM_EVERIFY, "'%s' has no signature '%s'",
			       path, sm_buf_z(&name));
	if (r < 0)
		goto out;
	r = sm_openpgp_verify_fd(&t->ring, fd, sm_buf_str(&sig),
				 sm_os_clock_wall_ms() / 1000, res, e);
	if (r < 0)
		sm_err_wrap(e, r = SM_EVERIFY, "'%s'", path);
out:
	sm_buf_release(&name);
	sm_buf_release(&sig);
	return r;
}

/* The signature inside a macOS package, if roots are given to judge it by,
 * and that its parts agree. */
static int verify_pkg(const struct trust *t, int fd, struct sm_cms_signer *who,
		      struct sm_err *e)
{
	struct sm_flatpkg pkg;
	int r;

	if ((r = sm_flatpkg_read(&pkg, fd, e)) < 0)
		return r;
	if (t->x509.n_roots)
		r = sm_xarsig_verify(&pkg.xar, fd, &t->x509, who, e);
	if (r == 0)
		r = sm_flatcheck_run(&pkg, fd, e);
	sm_flatpkg_release(&pkg);
	return r;
}

struct verdict {
	bool detached, inside; /* which signatures were good */
	struct sm_openpgp_result pgp;
	struct sm_cms_signer x509;
	struct sm_package p;
};

static void print_verdict(struct sm_out *o, const char *path,
			  const struct verdict *v)
{
	if (v->inside)
		sm_out_say(o, "%s: good signature inside by %s, team %s", path,
			   v->x509.cn, v->x509.team[0] ? v->x509.team : "-");
	if (v->detached)
		sm_out_say(o, "%s: good %s signature by %s %s; %s %s %s %s",
			   path, v->pgp.alg, v->pgp.fpr, v->pgp.user_id,
			   sm_package_format_name(v->p.format), v->p.name,
			   v->p.version, v->p.arch_text);
}

/* One file: signatures first, then what the container says of itself. The
 * signature inside takes the place of FILE.sig if only that can be judged. */
static int verify_one(struct sm_out *o, const struct trust *t, const char *path,
		      struct sm_err *e)
{
	enum sm_package_format format;
	struct verdict v;
	int fd;
	int r;

	memset(&v, 0, sizeof(v));
	fd = r = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return r;
	if (sm_package_detect(fd, &format, NULL) == 0)
		v.inside = format == SM_PACKAGE_PKG && t->x509.n_roots;
	v.detached = !v.inside || t->has_keys;
	if (v.detached && (r = verify_detached(t, path, fd, &v.pgp, e)) < 0)
		goto out;
	if ((r = sm_package_read(&v.p, fd, e)) == 0 &&
	    v.p.format == SM_PACKAGE_PKG)
		r = verify_pkg(t, fd, &v.x509, e);
	if (r < 0)
		sm_err_wrap(e, r = SM_EVERIFY, "'%s'", path);
	else
		print_verdict(o, path, &v);
out:
	sm_os_file_close(fd);
	return r;
}

static int load_roots(struct trust *t, const struct args *a, struct sm_err *e)
{
	struct sm_buf pem = SM_BUF_INIT((size_t)1 << 20);
	int r = 0;

	sm_xarsig_developer_id(&t->x509, a->team ? a->team : "",
			       sm_os_clock_wall_ms() / 1000);
	if (a->any_purpose) {
		t->x509.eku = "";
		t->x509.marker = "";
	}
	for (size_t i = 0; i < a->roots.n && r == 0; i++) {
		sm_buf_clear(&pem);
		r = sm_fs_read(a->roots.value[i], pem.max, &pem, e);
		if (r == 0 &&
		    (r = sm_xarsig_add_roots(&t->x509, sm_buf_str(&pem),
					     &t->arena, e)) < 0)
			sm_err_wrap(e, r, "cannot use the roots '%s'",
				    a->roots.value[i]);
	}
	if (r == 0 && !a->roots.n && (a->team || a->any_purpose))
		r = sm_err_set(e, SM_EUSAGE,
			       "--team and --any-purpose need --roots");
	sm_buf_release(&pem);
	return r;
}

static int load_ring(struct sm_openpgp_ring *ring,
		     const struct sm_option_list *keys, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int r = 0;

	for (size_t i = 0; i < keys->n && r >= 0; i++) {
		sm_buf_clear(&text);
		r = sm_fs_read(keys->value[i], SM_PGPPACKET_MAX, &text, e);
		if (r < 0)
			break;
		r = sm_openpgp_ring_add(ring, sm_buf_str(&text), e);
		if (r < 0)
			sm_err_wrap(e, r, "cannot use the key '%s'",
				    keys->value[i]);
	}
	if (keys->n == 0)
		r = sm_openpgp_ring_add_aws(ring);
	sm_buf_release(&text);
	return r;
}

int pkg_cmd_verify(struct sm_out *o, int argc, char **argv)
{
	struct args a;
	struct trust t;
	const struct sm_option table[] = {
		{ 'k', "key", "FILE",
		  "public key to trust; may be repeated [default: the key "
		  "that AWS publishes]",
		  SM_OPTION_LIST, &a.keys },
		{ 0, "roots", "FILE",
		  "PEM certificates to which the signature inside a macOS pkg "
		  "must lead; may be repeated",
		  SM_OPTION_LIST, &a.roots },
		{ 0, "team", "ID",
		  "team (OU) that must have signed a macOS pkg inside",
		  SM_OPTION_STR, &a.team },
		{ 0, "any-purpose", NULL,
		  "take certificates that are not of the kind Developer ID "
		  "Installer",
		  SM_OPTION_FLAG, &a.any_purpose },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP,
		  &a.help },
	};
	struct pkg_cmd_line line = {
		"verify [--key FILE] [--roots FILE] FILE...",
		"Check FILE.sig, the signature inside a macOS pkg, and the "
		"digests inside each package.",
		table,
		SM_ARRAY_LEN(table),
		&a.help,
		NULL,
		0,
		1,
		SIZE_MAX
	};
	struct sm_err e = SM_ERR_INIT;
	int r;

	memset(&a, 0, sizeof(a));
	memset(&t, 0, sizeof(t));
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0) {
		r = r < 0 ? 2 : 0;
		goto out;
	}
	t.has_keys = a.keys.n > 0;
	if ((r = load_ring(&t.ring, &a.keys, &e)) >= 0)
		r = load_roots(&t, &a, &e);
	for (size_t i = 0; i < line.n_args && r >= 0; i++)
		r = verify_one(o, &t, line.args[i], &e);
	r = r < 0 ? pkg_cmd_fail(o, &e) : 0;
out:
	sm_openpgp_ring_release(&t.ring);
	sm_arena_release(&t.arena);
	pkg_cmd_release(&line);
	return r;
}
