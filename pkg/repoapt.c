/*
 * An apt repository.
 *
 * Rule: the indices follow from the pool alone, so that adding a package is
 * copying it there and running this again. A client that has an older
 * InRelease still finds the indices of it under by-hash.
 */
#include "common/def.h"
#include "pkg/repoapt.h"

#include "common/deb.h"
#include "common/digest.h"
#include "common/mem.h"
#include "common/os/clock.h"
#include "common/path.h"
#include "pkg/arc.h"
#include "pkg/check.h"
#include "pkg/clearsign.h"
#include "pkg/repo.h"

#define POOL "pool"
#define ARCHS_MAX 16

/* Packages of one architecture. */
struct arch {
	char name[32];
	struct sm_buf text;
};

struct apt {
	const struct pkg_repo *repo;
	struct arch arch[ARCHS_MAX];
	size_t n_archs;
	struct sm_buf sums; /* of Release */
};

/* --- one deb --------------------------------------------------------------- */

static int read_deb(const char *path, struct sm_deb *d, struct sm_buf *control,
		    struct sm_err *e)
{
	int fd, r;

	fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	if ((r = sm_deb_read(d, fd, e)) < 0)
		goto out;
	if (control && (r = sm_deb_control(d, fd, control, e)) < 0)
		goto out;
	if (pkg_check_name(d->package) || !pkg_repo_is_word(d->version, ":") ||
	    !pkg_repo_is_word(d->arch, ""))
		r = sm_err_set(e, SM_EFORMAT,
			       "its name, version or architecture cannot be "
			       "part of a file name");
	else if (!strcmp(d->arch, "all"))
		r = sm_err_set(e, SM_ENOTSUP,
			       "packages for all architectures are not served");
out:
	sm_os_file_close(fd);
	if (r < 0)
		sm_err_wrap(e, r, "cannot publish '%s'", path);
	return r;
}

static int add_deb(const struct pkg_repo *repo, const char *from,
		   struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	const char *version;
	struct sm_deb d;
	int r;

	if ((r = read_deb(from, &d, NULL, e)) < 0)
		return r;
	version = strchr(d.version, ':'); /* an epoch is not in the name */
	version = version ? version + 1 : d.version;
	sm_buf_printf(&path, POOL "/main/%c/%s/%s_%s_%s.deb", d.package[0],
		      d.package, d.package, version, d.arch);
	r = pkg_repo_add(repo, from, sm_buf_z(&path), e);
	sm_buf_release(&path);
	return r;
}

/* --- Packages -------------------------------------------------------------- */

static struct arch *find_arch(struct apt *a, const char *name)
{
	struct arch *arch;

	for (size_t i = 0; i < a->n_archs; i++)
		if (!strcmp(a->arch[i].name, name))
			return &a->arch[i];
	if (a->n_archs == ARCHS_MAX)
		return NULL;
	arch = &a->arch[a->n_archs++];
	(void)snprintf(arch->name, sizeof(arch->name), "%s", name);
	sm_buf_init(&arch->text, PKG_REPO_INDEX_MAX);
	return arch;
}

/* One stanza: the control fields, and where the file is. */
static int check_control(struct sm_str control, struct sm_err *e)
{
	static const char *const ours[] = { "Filename", "Size", "SHA256" };

	for (size_t i = 0; i < SM_ARRAY_LEN(ours); i++)
		if (sm_deb_field(control, ours[i]).len)
			return sm_err_set(e, SM_EFORMAT,
					  "its control file has a field '%s'",
					  ours[i]);
	if (sm_str_find(control, sm_str("\n\n")) >= 0)
		return sm_err_set(e, SM_EFORMAT,
				  "its control file has an empty line");
	return 0;
}

static int put_stanza(struct apt *a, const char *path, const char *rel,
		      struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT(PKG_REPO_PACKAGE_MAX);
	struct sm_buf control = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[SM_SHA256_SIZE];
	char hex[SM_SHA256_HEX];
	struct arch *arch;
	struct sm_deb d;
	int r;

	if ((r = read_deb(path, &d, &control, e)) < 0)
		goto out;
	if ((r = check_control(sm_str_trim(sm_buf_str(&control)), e)) < 0) {
		sm_err_wrap(e, r, "cannot publish '%s'", path);
		goto out;
	}
	if ((r = sm_fs_read(path, PKG_REPO_PACKAGE_MAX, &data, e)) < 0)
		goto out;
	r = sm_digest_bytes(SM_DIGEST_SHA256, sm_buf_str(&data), digest, e);
	if (r < 0)
		goto out;
	sm_digest_hex(digest, sizeof(digest), hex);
	arch = find_arch(a, d.arch);
	if (!arch) {
		r = sm_err_set(e, SM_ELIMIT, "more than %d architectures",
			       ARCHS_MAX);
		goto out;
	}
	sm_buf_put_str(&arch->text, sm_str_trim(sm_buf_str(&control)));
	r = sm_buf_printf(&arch->text,
			  "\nFilename: " POOL "/%s\nSize: %zu\nSHA256: %s\n\n",
			  rel, data.len, hex);
	if (r < 0)
		sm_err_set(e, r, "too many packages");
out:
	sm_buf_release(&data);
	sm_buf_release(&control);
	return r;
}

static int on_pool(void *user, const char *rel, const struct sm_file_info *st,
		   struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct apt *a = user;
	int r;

	if (st->type != SM_FILE_REGULAR || !sm_str_ends(sm_str(rel), ".deb"))
		return 0;
	sm_buf_printf(&path, "%s/" POOL "/%s", a->repo->dir, rel);
	r = put_stanza(a, sm_buf_z(&path), rel, e);
	sm_buf_release(&path);
	return r;
}

/* --- indices --------------------------------------------------------------- */

/* One index file under its name and by its hash, and its line of Release. */
static int put_index(struct apt *a, const char *arch, const char *ext,
		     struct sm_str data, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[SM_SHA256_SIZE];
	char hex[SM_SHA256_HEX];
	int r;

	r = sm_digest_bytes(SM_DIGEST_SHA256, data, digest, e);
	if (r < 0)
		goto out;
	sm_digest_hex(digest, sizeof(digest), hex);
	sm_buf_printf(&path, "dists/%s/main/binary-%s/by-hash/SHA256/%s",
		      a->repo->suite, arch, hex);
	if ((r = pkg_repo_put(a->repo, sm_buf_z(&path), data, e)) < 0)
		goto out;
	sm_buf_clear(&path);
	sm_buf_printf(&path, "dists/%s/main/binary-%s/Packages%s",
		      a->repo->suite, arch, ext);
	if ((r = pkg_repo_put(a->repo, sm_buf_z(&path), data, e)) < 0)
		goto out;
	sm_buf_printf(&a->sums, " %s %zu main/binary-%s/Packages%s\n", hex,
		      data.len, arch, ext);
out:
	sm_buf_release(&path);
	return r;
}

static int put_arch(struct apt *a, const struct arch *arch, struct sm_err *e)
{
	static const struct {
		const char *ext;
		enum pkg_arc_filter filter;
	} packed[] = { { ".gz", PKG_ARC_GZIP }, { ".xz", PKG_ARC_XZ } };
	struct sm_buf data = SM_BUF_INIT(PKG_REPO_INDEX_MAX);
	struct sm_str text = sm_buf_str(&arch->text);
	int r;

	r = put_index(a, arch->name, "", text, e);
	for (size_t i = 0; r == 0 && i < SM_ARRAY_LEN(packed); i++) {
		sm_buf_clear(&data);
		r = pkg_arc_compress(text, packed[i].filter, &data, e);
		if (r == 0)
			r = put_index(a, arch->name, packed[i].ext,
				      sm_buf_str(&data), e);
	}
	sm_buf_release(&data);
	return r;
}

/* RFC 2822, in UTC, with the name that apt knows. */
static int put_date(struct sm_buf *out, const char *field, int64_t sec)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;

	if (sm_os_clock_utc(sec, &tm) < 0)
		return SM_ELIMIT;
	return sm_buf_printf(out, "%s: %.3s, %02d %.3s %d %02d:%02d:%02d UTC\n",
			     field, days + (ptrdiff_t)3 * tm.tm_wday,
			     tm.tm_mday, months + (ptrdiff_t)3 * tm.tm_mon,
			     tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
			     tm.tm_sec);
}

static int put_release(struct apt *a, struct sm_buf *out, struct sm_err *e)
{
	const struct pkg_repo *repo = a->repo;
	int r;

	sm_buf_printf(out, "Origin: %s\nLabel: %s\nSuite: %s\nCodename: %s\n",
		      repo->origin, repo->origin, repo->suite, repo->suite);
	if ((r = put_date(out, "Date", repo->now_sec)) == 0 && repo->days)
		r = put_date(out, "Valid-Until",
			     repo->now_sec + (int64_t)repo->days * 86400);
	if (r < 0)
		return sm_err_set(e, r, "cannot write the date");
	sm_buf_puts(out, "Acquire-By-Hash: yes\nArchitectures:");
	for (size_t i = 0; i < a->n_archs; i++)
		sm_buf_printf(out, " %s", a->arch[i].name);
	sm_buf_puts(out, "\nComponents: main\nSHA256:\n");
	r = sm_buf_put_str(out, sm_buf_str(&a->sums));
	return r < 0 ? sm_err_set(e, r, "Release is too large") : 0;
}

static int put_signed(struct apt *a, struct sm_str release, struct sm_err *e)
{
	const struct pkg_repo *repo = a->repo;
	struct sm_buf inline_text = SM_BUF_INIT(PKG_REPO_INDEX_MAX);
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	size_t folder;
	int r;

	r = pkg_clearsign_put(repo->key, release, pkg_repo_time(repo),
			      &inline_text, e);
	if (r < 0)
		goto out;
	sm_buf_printf(&path, "dists/%s/", repo->suite);
	folder = path.len;
	sm_buf_puts(&path, "Release.gpg");
	r = pkg_repo_put_signature(repo, sm_buf_z(&path), release, e);
	if (r < 0)
		goto out;
	sm_buf_truncate(&path, folder);
	sm_buf_puts(&path, "Release");
	if ((r = pkg_repo_put(repo, sm_buf_z(&path), release, e)) < 0)
		goto out;
	sm_buf_truncate(&path, folder);
	sm_buf_puts(&path, "InRelease");
	r = pkg_repo_put(repo, sm_buf_z(&path), sm_buf_str(&inline_text), e);
out:
	sm_buf_release(&inline_text);
	sm_buf_release(&path);
	return r;
}

static int write_indices(struct apt *a, struct sm_err *e)
{
	struct sm_buf release = SM_BUF_INIT(PKG_REPO_INDEX_MAX);
	int r;

	for (size_t i = 0; i < a->n_archs; i++)
		if ((r = put_arch(a, &a->arch[i], e)) < 0)
			goto out;
	if ((r = put_release(a, &release, e)) < 0)
		goto out;
	r = put_signed(a, sm_buf_str(&release), e);
out:
	sm_buf_release(&release);
	return r;
}

int pkg_repoapt_write(const struct pkg_repo *r, struct sm_err *e)
{
	struct apt *a = sm_mem_zalloc(1, sizeof(*a));
	int ret = 0;

	a->repo = r;
	sm_buf_init(&a->sums, SM_BUF_SMALL);
	if (!pkg_repo_is_word(r->suite, "")) {
		ret = sm_err_set(e, SM_EUSAGE, "suite '%s' is not one word",
				 r->suite);
		goto out;
	}
	for (size_t i = 0; i < r->n_packages; i++)
		if ((ret = add_deb(r, r->package[i], e)) < 0)
			goto out;
	if ((ret = pkg_repo_walk(r, POOL, on_pool, a, e)) < 0)
		goto out;
	if (!a->n_archs) {
		ret = sm_err_set(e, SM_EUSAGE, "there is no package in '%s'",
				 r->dir);
		goto out;
	}
	if ((ret = pkg_repo_put_keys(r, e)) == 0)
		ret = write_indices(a, e);
out:
	for (size_t i = 0; i < a->n_archs; i++)
		sm_buf_release(&a->arch[i].text);
	sm_buf_release(&a->sums);
	sm_mem_free(a);
	return ret;
}
