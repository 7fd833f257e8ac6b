/*
 * smpkg verify: the detached signature, the one inside a macOS package or a
 * Windows program, and the digests inside.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/authenticode.h"
#include "common/deb.h"
#include "common/flatcheck.h"
#include "common/fs.h"
#include "common/openpgp.h"
#include "common/os/clock.h"
#include "common/package.h"
#include "common/xarsig.h"
#include "pkg/foreign.h"
#include "pkg/roots.h"

/* What is asked for. */
struct args {
	struct sm_option_list keys, roots, tsa_roots, publishers;
	const char *team;
	bool any_purpose, system_roots;
	bool help;
};

/* What that comes to. */
struct trust {
	struct sm_openpgp_ring ring;
	bool has_keys;             /* --key was given */
	bool has_roots;            /* --roots or --system-roots was */
	struct sm_cms_policy x509; /* of macOS packages */
	struct sm_cms_policy exe;  /* of Windows programs */
	struct sm_arena arena;     /* owns the roots */
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
	if (t->has_roots)
		r = sm_xarsig_verify(&pkg.xar, fd, &t->x509, who, e);
	if (r == 0)
		r = sm_flatcheck_run(&pkg, fd, e);
	sm_flatpkg_release(&pkg);
	return r;
}

struct verdict {
	bool detached, inside; /* which signatures were good */
	bool program;          /* a Windows program */
	bool installer;        /* a package for the Windows Installer */
	bool package;          /* p is filled */
	struct pkg_foreign other;
	bool origin; /* so was the one inside a deb, by: */
	struct sm_openpgp_result origin_by;
	struct sm_openpgp_result pgp;
	struct sm_cms_signer x509;
	struct sm_package p;
};

static void print_inside(struct sm_out *o, const char *path,
			 const struct sm_cms_signer *who, bool program)
{
	char date[32] = "";
	struct tm tm;

	sm_out_say(o, "%s: good signature inside by %s, %s %s", path, who->cn,
		   program ? "publisher" : "team",
		   program      ? who->org[0] ? who->org : "-" :
		   who->team[0] ? who->team :
				  "-");
	if (!who->stamped_sec)
		return;
	if (sm_os_clock_utc(who->stamped_sec, &tm) == 0)
		(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	sm_out_say(o, "%s: time stamp %s by %s", path, date, who->stamp_by);
}

static void print_verdict(struct sm_out *o, const char *path,
			  const struct verdict *v)
{
	if (v->inside)
		print_inside(o, path, &v->x509, v->program || v->installer);
	if (v->origin)
		sm_out_say(o, "%s: good %s signature inside by %s %s", path,
			   v->origin_by.alg, v->origin_by.fpr,
			   v->origin_by.user_id);
	if (v->detached && v->package)
		sm_out_say(o, "%s: good %s signature by %s %s; %s %s %s %s",
			   path, v->pgp.alg, v->pgp.fpr, v->pgp.user_id,
			   sm_package_format_name(v->p.format), v->p.name,
			   v->p.version, v->p.arch_text);
	else if (v->detached)
		sm_out_say(o, "%s: good %s signature by %s %s%s%s", path,
			   v->pgp.alg, v->pgp.fpr, v->pgp.user_id,
			   *v->other.about ? "; " : "", v->other.about);
}

/* What the file is, and so which signature it can have inside. */
static int look_at(const struct trust *t, int fd, struct verdict *v,
		   struct sm_err *e)
{
	enum sm_package_format format;
	char head[8];
	int64_t n = sm_os_file_read_at(fd, head, sizeof(head), 0, e);

	if (n < 0)
		return (int)n;
	v->program = sm_pe_is_pe(sm_str_n(head, (size_t)n));
	v->installer = pkg_foreign_is_installer(sm_str_n(head, (size_t)n));
	v->package = sm_package_detect(fd, &format, NULL) == 0;
	v->inside = t->has_roots && (v->program || v->installer ||
				     (v->package && format == SM_PACKAGE_PKG));
	v->detached = !v->inside || t->has_keys;
	return 0;
}

static int verify_program(const struct trust *t, int fd, struct verdict *v,
			  struct sm_err *e)
{
	struct sm_authenticode a;
	int r = sm_authenticode_verify(&t->exe, fd, &a, e);

	v->x509 = a.signer;
	return r;
}

/* The signature inside a deb, if there is one: by the same keys. */
static int verify_deb(const struct trust *t, int fd, struct verdict *v,
		      struct sm_err *e)
{
	struct sm_deb d;
	int r;

	if ((r = sm_deb_read(&d, fd, e)) < 0 || d.origin.size == 0)
		return r;
	r = sm_deb_verify_origin(&d, fd, &t->ring, sm_os_clock_wall_ms() / 1000,
				 &v->origin_by, e);
	v->origin = r == 0;
	return r;
}

/* A file that is no package of the plugin: what is signed beside it may be
 * anything, but a container must be whole. */
static int verify_other(const struct trust *t, const char *path,
			struct verdict *v, struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT((size_t)SM_PACKAGE_MAX);
	struct sm_err why = *e;
	int r;

	v->package = false;
	sm_err_clear(e);
	if ((r = sm_fs_read(path, (size_t)SM_PACKAGE_MAX, &data, e)) < 0)
		goto out;
	if (v->installer && v->inside)
		r = pkg_foreign_verify(&t->exe, sm_buf_str(&data), &v->x509, e);
	if (r == 0 && pkg_foreign_look(&v->other, sm_buf_str(&data)) < 0) {
		*e = why; /* the plugin's, but damaged */
		r = why.code;
	}
out:
	sm_buf_release(&data);
	return r;
}

/* The file's own structure. A signed program need not be a package. */
static int verify_contents(const struct trust *t, const char *path, int fd,
			   struct verdict *v, struct sm_err *e)
{
	int r;

	if (v->program && v->inside && (r = verify_program(t, fd, v, e)) < 0)
		return r;
	if (v->program && v->inside && !v->package)
		return 0;
	v->package = true;
	if ((r = sm_package_read(&v->p, fd, e)) == SM_ENOTSUP && v->program &&
	    v->inside) {
		sm_err_clear(e);
		v->package = false;
		return 0;
	}
	if (r == SM_EFORMAT)
		return verify_other(t, path, v, e);
	if (r == 0 && v->p.format == SM_PACKAGE_PKG)
		r = verify_pkg(t, fd, &v->x509, e);
	if (r == 0 && v->p.format == SM_PACKAGE_DEB)
		r = verify_deb(t, fd, v, e);
	return r;
}

/* One file: signatures first, then what the container says of itself. The
 * signature inside takes the place of FILE.sig if only that can be judged. */
static int verify_one(struct sm_out *o, const struct trust *t, const char *path,
		      struct sm_err *e)
{
	struct verdict v;
	int fd;
	int r;

	memset(&v, 0, sizeof(v));
	fd = r = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return r;
	if ((r = look_at(t, fd, &v, e)) < 0 ||
	    (v.detached && (r = verify_detached(t, path, fd, &v.pgp, e)) < 0))
		goto out;
	if ((r = verify_contents(t, path, fd, &v, e)) < 0)
		sm_err_wrap(e, r = SM_EVERIFY, "'%s'", path);
	else
		print_verdict(o, path, &v);
out:
	sm_os_file_close(fd);
	return r;
}

static int load_roots(struct trust *t, const struct args *a, struct sm_err *e)
{
	int64_t now = sm_os_clock_wall_ms() / 1000;
	int r;

	sm_xarsig_developer_id(&t->x509, a->team ? a->team : "", now);
	if (a->any_purpose) {
		t->x509.eku = "";
		t->x509.marker = "";
	}
	sm_authenticode_policy(&t->exe, now);
	t->exe.publisher = a->publishers.value;
	t->exe.n_publishers = a->publishers.n;
	t->x509.system_roots = t->exe.system_roots = a->system_roots;
	t->has_roots = a->roots.n || a->system_roots;
	if (!t->has_roots &&
	    (a->team || a->any_purpose || a->tsa_roots.n || a->publishers.n))
		return sm_err_set(e, SM_EUSAGE,
				  "--team, --publisher, --any-purpose and "
				  "--tsa-roots need --roots or --system-roots");
	r = pkg_roots_load(&t->x509, &a->roots, &a->tsa_roots, &t->arena, e);
	if (r < 0)
		return r;
	memcpy(t->exe.root, t->x509.root, sizeof(t->exe.root));
	memcpy(t->exe.tsa_root, t->x509.tsa_root, sizeof(t->exe.tsa_root));
	t->exe.n_roots = t->x509.n_roots;
	t->exe.n_tsa_roots = t->x509.n_tsa_roots;
	return 0;
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

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	struct trust t;
	int r;

	memset(&t, 0, sizeof(t));
	t.has_keys = a->keys.n > 0;
	if ((r = load_ring(&t.ring, &a->keys, e)) >= 0)
		r = load_roots(&t, a, e);
	for (size_t i = 0; i < line->n_args && r >= 0; i++)
		r = verify_one(o, &t, line->args[i], e);
	sm_openpgp_ring_release(&t.ring);
	sm_arena_release(&t.arena);
	return r;
}

int pkg_cmd_verify(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 'k', "key", "FILE",
		  "public key to trust; may be repeated [default: the key "
		  "that AWS publishes]",
		  SM_OPTION_LIST, &a.keys },
		{ 0, "roots", "FILE",
		  "PEM certificates to which the signature inside a macOS pkg "
		  "or a Windows program must lead; may be repeated",
		  SM_OPTION_LIST, &a.roots },
		{ 0, "tsa-roots", "FILE",
		  "the same for its time stamp [default: --roots]",
		  SM_OPTION_LIST, &a.tsa_roots },
		{ 0, "system-roots", NULL,
		  "trust the roots of this machine as well", SM_OPTION_FLAG,
		  &a.system_roots },
		{ 0, "publisher", "NAME",
		  "organisation (or CN) that must have signed a Windows "
		  "program; may be repeated, one is enough",
		  SM_OPTION_LIST, &a.publishers },
		{ 0, "team", "ID",
		  "team (OU) that must have signed a macOS pkg inside",
		  SM_OPTION_STR, &a.team },
		{ 0, "any-purpose", NULL,
		  "take certificates that are not of the kind Developer ID "
		  "Installer",
		  SM_OPTION_FLAG, &a.any_purpose },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "verify [--key FILE] [--roots FILE] FILE...",
		.about = "Check FILE.sig, the signature inside a deb, a macOS "
			 "pkg, an msi or a Windows program, and the digests "
			 "inside "
			 "each package.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 1,
		.max_args = SIZE_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
