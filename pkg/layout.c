/*
 * The official tree.
 *
 * Rule: every file is complete before its name exists, its signature follows
 * it, and the pointer to the newest release comes after all of them.
 */
#include "common/def.h"
#include "pkg/layout.h"

#include "common/fs.h"
#include "common/os/clock.h"
#include "pkg/format.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"

static const char plugin_name[] = "session-manager-plugin";

/* Which folder gets what for which machine; PACKAGING.md 1.1. */
static const struct pkg_layout_row rows[] = {
	{ "linux-x86_64", "x86_64", "linux_64bit", "rpm",
	  "session-manager-plugin.rpm", true },
	{ "linux-x86_64", "x86_64", "ubuntu_64bit", "deb",
	  "session-manager-plugin.deb", true },
	{ "linux-x86_64", "x86_64", "linux_64bit", "bundle",
	  "sessionmanager-bundle.zip", false },
	{ "linux-i386", "i386", "linux_32bit", "rpm",
	  "session-manager-plugin.rpm", true },
	{ "linux-i386", "i386", "ubuntu_32bit", "deb",
	  "session-manager-plugin.deb", true },
	{ "linux-i386", "i386", "linux_32bit", "bundle",
	  "sessionmanager-bundle.zip", false },
	{ "linux-aarch64", "aarch64", "linux_arm64", "rpm",
	  "session-manager-plugin.rpm", true },
	{ "linux-aarch64", "aarch64", "ubuntu_arm64", "deb",
	  "session-manager-plugin.deb", true },
	{ "linux-aarch64", "aarch64", "linux_arm64", "bundle",
	  "sessionmanager-bundle.zip", false },
	{ "windows-x86_64", "x86_64", "windows", "winzip",
	  "SessionManagerPlugin.zip", false },
	{ "macos-x86_64", "x86_64", "mac", "pkg", "session-manager-plugin.pkg",
	  false },
	{ "macos-aarch64", "aarch64", "mac_arm64", "pkg",
	  "session-manager-plugin.pkg", false },
	{ "macos-x86_64", "x86_64", "mac", "bundle",
	  "sessionmanager-bundle.zip", false },
	{ "macos-aarch64", "aarch64", "mac_arm64", "bundle",
	  "sessionmanager-bundle.zip", false },
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

bool pkg_layout_has(const struct pkg_layout *l,
		    const struct pkg_layout_row *row)
{
	for (size_t i = 0; i < l->n_targets; i++)
		if (is_target(&l->target[i], row->target))
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
			  "macos-aarch64, windows-x86_64",
			  (int)t.name_len, t.name);
}

/* One file below OUT/RELEASE/FOLDER. */
static int put_in(const struct pkg_layout *l, const char *release,
		  const char *folder, const char *name, struct sm_str data,
		  struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_buf_printf(&path, "%s/%s%s%s", l->out, release, *folder ? "/" : "",
		      folder);
	if ((r = sm_fs_mkdirs(sm_buf_z(&path), 0755, e)) < 0)
		goto out;
	sm_buf_printf(&path, "/%s", name);
	r = sm_fs_write_atomic(sm_buf_z(&path), data, 0644, e);
	if (r == 0 && l->done)
		l->done(l->user, sm_buf_z(&path), data.len);
out:
	sm_buf_release(&path);
	return r;
}

/* The same file below the version and below latest. */
static int put(const struct pkg_layout *l, const char *folder, const char *name,
	       struct sm_str data, struct sm_err *e)
{
	int r = put_in(l, l->build.want.version, folder, name, data, e);

	if (r < 0 || l->version_only)
		return r;
	return put_in(l, "latest", folder, name, data, e);
}

static uint32_t sign_time(const struct pkg_layout *l)
{
	int64_t sec = l->build.epoch_sec;

	if (sec < 0)
		sec = sm_os_clock_wall_ms() / 1000;
	return pkg_pgpsign_time(l->key, (uint32_t)sec);
}

static int put_sig(const struct pkg_layout *l, const char *folder,
		   const char *name, struct sm_str data, struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig_name = SM_BUF_INIT(SM_BUF_SMALL);
	int r = 0;

	if (!l->key)
		goto out;
	r = pkg_pgpsign_put_data(l->key, data, sign_time(l), &sig, e);
	if (r < 0)
		goto out;
	sm_buf_printf(&sig_name, "%s.sig", name);
	r = put(l, folder, sm_buf_z(&sig_name), sm_buf_str(&sig), e);
out:
	sm_buf_release(&sig);
	sm_buf_release(&sig_name);
	return r;
}

/* session-manager-plugin.sig: of the binary that is inside the package. */
static int put_bare(const struct pkg_layout *l,
		    const struct pkg_layout_row *row, const char *dir,
		    struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf data = SM_BUF_INIT(PKG_FILELIST_FILE_MAX);
	int r;

	sm_buf_printf(&path, "%s/bin/%s", dir, plugin_name);
	r = sm_fs_read(sm_buf_z(&path), PKG_FILELIST_FILE_MAX, &data, e);
	if (r == 0)
		r = put_sig(l, row->folder, plugin_name, sm_buf_str(&data), e);
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

static int put_row(const struct pkg_layout *l, const struct pkg_layout_row *row,
		   const char *dir, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	const char *roots[1 + PKG_ROOTS_MAX] = { dir };
	struct pkg_build b = l->build;
	int r;

	for (size_t i = 0; i < l->build.roots.n; i++)
		roots[1 + i] = l->build.roots.dir[i];
	b.roots.dir = roots;
	b.roots.n = 1 + l->build.roots.n;
	b.want.format = row->format;
	b.want.arch = row->arch;
	b.key = rpm_key(l->key);
	if ((r = pkg_build_run(&b, &out, &name, e)) < 0)
		goto out;
	if ((r = put(l, row->folder, row->file, sm_buf_str(&out), e)) < 0)
		goto out;
	r = put_sig(l, row->folder, row->file, sm_buf_str(&out), e);
	if (r == 0 && row->bare && l->key)
		r = put_bare(l, row, dir, e);
out:
	sm_buf_release(&out);
	sm_buf_release(&name);
	return r;
}

int pkg_layout_write(const struct pkg_layout *l, struct sm_err *e)
{
	struct sm_str version = sm_str(l->build.want.version);
	int r;

	for (size_t t = 0; t < l->n_targets; t++) {
		for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
			if (!is_target(&l->target[t], rows[i].target))
				continue;
			r = put_row(l, &rows[i], l->target[t].dir, e);
			if (r < 0)
				return r;
		}
	}
	return put(l, "", "VERSION", version, e);
}
