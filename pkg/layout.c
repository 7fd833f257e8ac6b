/*
 * The official tree.
 *
 * Rule: a version appears whole, by one rename, and the pointer to the newest
 * comes after it; a run that was cut off leaves a folder that the next one
 * removes. Packages are made on all processors, files are written in the
 * order of the table.
 */
#include "common/def.h"
#include "pkg/layout.h"

#include "common/fs.h"
#include "common/os/clock.h"
#include "common/path.h"
#include "pkg/format.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/pool.h"

static const char plugin_name[] = "session-manager-plugin";

/* Programs that some formats are made of. */
static const char installer[] = "session-manager-installer";
static const char setup[] = "session-manager-setup.exe";

/* Which folder gets what for which machine; PACKAGING.md 1.1. The official
 * tree has one folder for Windows, and neither msi nor run files. */
static const struct pkg_layout_row rows[] = {
	{ "linux-x86_64", "x86_64", "linux_64bit", "rpm",
	  "session-manager-plugin.rpm", true, NULL },
	{ "linux-x86_64", "x86_64", "ubuntu_64bit", "deb",
	  "session-manager-plugin.deb", true, NULL },
	{ "linux-x86_64", "x86_64", "linux_64bit", "bundle",
	  "sessionmanager-bundle.zip", false, NULL },
	{ "linux-x86_64", "x86_64", "linux_64bit", "run",
	  "session-manager-plugin.run", false, installer },
	{ "linux-i386", "i386", "linux_32bit", "rpm",
	  "session-manager-plugin.rpm", true, NULL },
	{ "linux-i386", "i386", "ubuntu_32bit", "deb",
	  "session-manager-plugin.deb", true, NULL },
	{ "linux-i386", "i386", "linux_32bit", "bundle",
	  "sessionmanager-bundle.zip", false, NULL },
	{ "linux-i386", "i386", "linux_32bit", "run",
	  "session-manager-plugin.run", false, installer },
	{ "linux-aarch64", "aarch64", "linux_arm64", "rpm",
	  "session-manager-plugin.rpm", true, NULL },
	{ "linux-aarch64", "aarch64", "ubuntu_arm64", "deb",
	  "session-manager-plugin.deb", true, NULL },
	{ "linux-aarch64", "aarch64", "linux_arm64", "bundle",
	  "sessionmanager-bundle.zip", false, NULL },
	{ "linux-aarch64", "aarch64", "linux_arm64", "run",
	  "session-manager-plugin.run", false, installer },
	{ "windows-x86_64", "x86_64", "windows", "winzip",
	  "SessionManagerPlugin.zip", false, NULL },
	{ "windows-x86_64", "x86_64", "windows", "exe",
	  "SessionManagerPluginSetup.exe", false, setup },
	{ "windows-x86_64", "x86_64", "windows", "msi",
	  "SessionManagerPlugin.msi", false, NULL },
	{ "windows-i386", "i386", "windows_32bit", "winzip",
	  "SessionManagerPlugin.zip", false, NULL },
	{ "windows-i386", "i386", "windows_32bit", "exe",
	  "SessionManagerPluginSetup.exe", false, setup },
	{ "windows-i386", "i386", "windows_32bit", "msi",
	  "SessionManagerPlugin.msi", false, NULL },
	{ "windows-aarch64", "aarch64", "windows_arm64", "winzip",
	  "SessionManagerPlugin.zip", false, NULL },
	{ "windows-aarch64", "aarch64", "windows_arm64", "exe",
	  "SessionManagerPluginSetup.exe", false, setup },
	{ "windows-aarch64", "aarch64", "windows_arm64", "msi",
	  "SessionManagerPlugin.msi", false, NULL },
	{ "macos-x86_64", "x86_64", "mac", "pkg", "session-manager-plugin.pkg",
	  false, NULL },
	{ "macos-aarch64", "aarch64", "mac_arm64", "pkg",
	  "session-manager-plugin.pkg", false, NULL },
	{ "macos-x86_64", "x86_64", "mac", "bundle",
	  "sessionmanager-bundle.zip", false, NULL },
	{ "macos-aarch64", "aarch64", "mac_arm64", "bundle",
	  "sessionmanager-bundle.zip", false, NULL },
};

static bool is_target(const struct pkg_layout_target *t, const char *name)
{
	return sm_str_eqz(sm_str_n(t->name, t->name_len), name);
}

const struct pkg_layout_row *pkg_layout_rows(size_t *n)
{
	*n = SM_ARRAY_LEN(rows);
	return rows;
}

/* True if the row is made of this target. */
static bool is_made(const struct pkg_layout_target *t,
		    const struct pkg_layout_row *row)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	bool made = is_target(t, row->target);

	if (made && row->needs) {
		sm_buf_printf(&path, "%s/bin/%s", t->dir, row->needs);
		made = sm_os_file_stat(sm_buf_z(&path), true, &st, NULL) == 0;
	}
	sm_buf_release(&path);
	return made;
}

bool pkg_layout_has(const struct pkg_layout *l,
		    const struct pkg_layout_row *row)
{
	for (size_t i = 0; i < l->n_targets; i++)
		if (is_made(&l->target[i], row))
			return true;
	return false;
}

int pkg_layout_add(struct pkg_layout *l, const char *text, struct sm_err *e)
{
	const char *equals = strchr(text, '=');
	struct pkg_layout_target t;

	if (!equals || !equals[1])
		return sm_err_set(e, SM_EUSAGE,
				  "target '%s' is not of the form NAME=DIR",
				  text);
	t.name = text;
	t.name_len = (size_t)(equals - text);
	t.dir = equals + 1;
	if (l->n_targets == PKG_LAYOUT_TARGETS_MAX)
		return sm_err_set(e, SM_EUSAGE, "too many targets");
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		if (!is_target(&t, rows[i].target))
			continue;
		l->target[l->n_targets++] = t;
		return 0;
	}
	return sm_err_set(e, SM_EUSAGE,
			  "unknown target '%.*s': not one of linux-x86_64, "
			  "linux-i386, linux-aarch64, macos-x86_64, "
			  "macos-aarch64, windows-x86_64, "
			  "windows-i386, windows-aarch64",
			  (int)t.name_len, t.name);
}

/* What is made of one row for one target. */
struct job {
	const struct pkg_layout_row *row;
	const char *dir; /* of the target */
	struct sm_buf data;
	struct sm_buf sig;      /* of data */
	struct sm_buf bare_sig; /* of the program in it */
};

struct work {
	const struct pkg_layout *l;
	const char *dir; /* where VERSION/ is written */
	struct job *job;
	size_t n;
};

static void join(struct sm_buf *path, const char *dir, const char *folder,
		 const char *name, const char *ext)
{
	sm_buf_printf(path, "%s/%s%s%s%s", dir, folder, *folder ? "/" : "",
		      name, ext);
}

/* One file of the tree; who is told hears of its final place. */
static int put(const struct work *w, const char *folder, const char *name,
	       const char *ext, struct sm_str data, struct sm_err *e)
{
	const struct pkg_layout *l = w->l;
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_buf_printf(&path, "%s/%s", w->dir, folder);
	if ((r = sm_fs_mkdirs(sm_buf_z(&path), 0755, e)) < 0)
		goto out;
	sm_buf_clear(&path);
	join(&path, w->dir, folder, name, ext);
	r = sm_fs_write_atomic(sm_buf_z(&path), data, 0644, e);
	if (r < 0 || !l->done)
		goto out;
	sm_buf_clear(&path);
	sm_buf_printf(&path, "%s/", l->out);
	join(&path, l->build.want.version, folder, name, ext);
	l->done(l->user, sm_buf_z(&path), data.len);
out:
	sm_buf_release(&path);
	return r;
}

static uint32_t sign_time(const struct pkg_layout *l)
{
	int64_t sec = l->build.epoch_sec;

	if (sec < 0)
		sec = sm_os_clock_wall_ms() / 1000;
	return pkg_pgpsign_time(l->key, (uint32_t)sec);
}

static int sign(const struct pkg_layout *l, struct sm_str data,
		struct sm_buf *sig, struct sm_err *e)
{
	if (!l->key)
		return 0;
	return pkg_pgpsign_put_data(l->key, data, sign_time(l), sig, e);
}

/* session-manager-plugin.sig: of the program that is inside the package. */
static int sign_bare(const struct pkg_layout *l, struct job *job,
		     struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf data = SM_BUF_INIT(PKG_FILELIST_FILE_MAX);
	int r;

	sm_buf_printf(&path, "%s/bin/%s", job->dir, plugin_name);
	r = sm_fs_read(sm_buf_z(&path), PKG_FILELIST_FILE_MAX, &data, e);
	if (r == 0)
		r = sign(l, sm_buf_str(&data), &job->bare_sig, e);
	sm_buf_release(&path);
	sm_buf_release(&data);
	return r;
}

/* rpm knows RSA and the older form of Ed25519; with another key the packages
 * are signed beside, not inside. */
static const struct pkg_key *rpm_key(const struct pkg_key *key)
{
	if (key &&
	    (key->pub.alg == SM_PGPKEY_RSA || key->pub.alg == SM_PGPKEY_EDDSA))
		return key;
	return NULL;
}

static int make_job(void *user, size_t index, struct sm_err *e)
{
	const struct work *w = user;
	const struct pkg_layout *l = w->l;
	struct job *job = &w->job[index];
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	const char *roots[1 + PKG_ROOTS_MAX] = { job->dir };
	struct pkg_build b = l->build;
	int r;

	for (size_t i = 0; i < l->build.roots.n; i++)
		roots[1 + i] = l->build.roots.dir[i];
	b.roots.dir = roots;
	b.roots.n = 1 + l->build.roots.n;
	b.want.format = job->row->format;
	b.want.arch = job->row->arch;
	if (sm_str_starts(sm_str(job->row->target), "windows-"))
		b.cert = l->exe_cert;
	b.key = strcmp(job->row->format, "rpm") ? l->key : rpm_key(l->key);
	if ((r = pkg_build_run(&b, &job->data, &name, e)) < 0)
		goto out;
	if ((r = sign(l, sm_buf_str(&job->data), &job->sig, e)) < 0)
		goto out;
	if (job->row->bare && l->key)
		r = sign_bare(l, job, e);
out:
	sm_buf_release(&name);
	return r;
}

static void release_job(struct job *job)
{
	sm_buf_release(&job->data);
	sm_buf_release(&job->sig);
	sm_buf_release(&job->bare_sig);
}

static int put_job(void *user, size_t index, struct sm_err *e)
{
	const struct work *w = user;
	struct job *job = &w->job[index];
	const struct pkg_layout_row *row = job->row;
	int r;

	r = put(w, row->folder, row->file, "", sm_buf_str(&job->data), e);
	if (r == 0 && job->sig.len)
		r = put(w, row->folder, row->file, ".sig",
			sm_buf_str(&job->sig), e);
	if (r == 0 && job->bare_sig.len)
		r = put(w, row->folder, plugin_name, ".sig",
			sm_buf_str(&job->bare_sig), e);
	release_job(job);
	return r;
}

static void add_job(struct work *w, const struct pkg_layout_row *row,
		    const char *dir)
{
	struct job *job = &w->job[w->n++];

	job->row = row;
	job->dir = dir;
	sm_buf_init(&job->data, PKG_FORMAT_ARTIFACT_MAX);
	sm_buf_init(&job->sig, SM_BUF_SMALL);
	sm_buf_init(&job->bare_sig, SM_BUF_SMALL);
}

/* Everything of the version below `dir`, VERSION last. */
static int write_tree(const struct pkg_layout *l, const char *dir,
		      struct sm_err *e)
{
	struct work w = { l, dir, NULL, 0 };
	struct pkg_pool pool = { 0, make_job, put_job, &w, l->workers };
	int r;

	w.job = sm_mem_zalloc(l->n_targets * SM_ARRAY_LEN(rows) + 1,
			      sizeof(*w.job));
	for (size_t t = 0; t < l->n_targets; t++)
		for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++)
			if (is_made(&l->target[t], &rows[i]))
				add_job(&w, &rows[i], l->target[t].dir);
	pool.n = w.n;
	r = pkg_pool_run(&pool, e);
	if (r == 0)
		r = put(&w, "", "VERSION", "", sm_str(l->build.want.version),
			e);
	for (size_t i = 0; i < w.n; i++)
		release_job(&w.job[i]);
	sm_mem_free(w.job);
	return r;
}

int pkg_layout_check_latest(const char *out, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int r = 0;

	sm_path_join(&path, sm_str(out), sm_str("latest"));
	if (sm_os_file_stat(sm_buf_z(&path), false, &st, NULL) == 0 &&
	    st.type != SM_FILE_LINK)
		r = sm_err_set(e, SM_EEXIST,
			       "'%s' is no link: remove it, it is made again",
			       sm_buf_z(&path));
	sm_buf_release(&path);
	return r;
}

/* The names of one run below OUT. */
struct names {
	struct sm_buf final, fresh, old, latest;
};

/* A version that is there already is moved aside first: only then is there a
 * moment without it. */
static int publish(const struct names *n, const char *version, struct sm_err *e)
{
	const char *final = sm_buf_z(&n->final);
	struct sm_file_info st;
	int r = 0;

	if (sm_os_file_stat(final, false, &st, NULL) == 0) {
		if ((r = sm_fs_remove_tree(sm_buf_z(&n->old), e)) < 0)
			return r;
		r = sm_os_file_rename(final, sm_buf_z(&n->old), e);
		if (r < 0)
			return r;
	}
	if ((r = sm_os_file_rename(sm_buf_z(&n->fresh), final, e)) < 0)
		return r;
	if ((r = sm_os_link_swap(version, sm_buf_z(&n->latest), e)) < 0)
		return r;
	return sm_fs_remove_tree(sm_buf_z(&n->old), e);
}

int pkg_layout_write(const struct pkg_layout *l, struct sm_err *e)
{
	const char *version = l->build.want.version;
	struct names n;
	struct sm_err ignored = SM_ERR_INIT;
	int r;

	memset(&n, 0, sizeof(n));
	n.final.max = n.fresh.max = n.old.max = n.latest.max = SM_BUF_SMALL;
	sm_buf_printf(&n.final, "%s/%s", l->out, version);
	sm_buf_printf(&n.fresh, "%s/.new-%s", l->out, version);
	sm_buf_printf(&n.old, "%s/.old-%s", l->out, version);
	sm_buf_printf(&n.latest, "%s/latest", l->out);
	if (l->dir) {
		r = write_tree(l, l->dir, e);
		goto out;
	}
	if ((r = pkg_layout_check_latest(l->out, e)) < 0)
		goto out;
	if ((r = sm_fs_remove_tree(sm_buf_z(&n.fresh), e)) < 0)
		goto out;
	r = write_tree(l, sm_buf_z(&n.fresh), e);
	if (r == 0)
		r = publish(&n, version, e);
	if (r < 0)
		(void)sm_fs_remove_tree(sm_buf_z(&n.fresh), &ignored);
out:
	sm_buf_release(&n.final);
	sm_buf_release(&n.fresh);
	sm_buf_release(&n.old);
	sm_buf_release(&n.latest);
	return r;
}
