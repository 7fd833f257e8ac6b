/*
 * SSM Distributor.
 *
 * Rule: manifest.json comes last: it names the zips by their digests. A zip
 * has the released package as it is, and two scripts of ours.
 */
#include "common/def.h"
#include "pkg/distrib.h"

#include "common/fs.h"
#include "common/jtable.h"
#include "common/path.h"
#include "pkg/facts.h"
#include "pkg/format.h"
#include "pkg/zipw.h"

/* Made from pkg/fleet when this is built: deb_install_sh and so on. */
#include "pkg/fleet_scripts.inc"

/* Platforms as the agent reports them; each list ends with NULL. */
static const char *const deb_platforms[] = { "debian", "raspbian", "ubuntu",
					     NULL };
static const char *const rpm_platforms[] = {
	"almalinux", "amazon", "centos", "fedora", "opensuse", "opensuseleap",
	"oracle",    "redhat", "rocky",  "suse",   NULL
};
static const char *const mac_platforms[] = { "mac_os_x", NULL };
static const char *const win_platforms[] = { "windows", NULL };

#define BLOB(a)                              \
	{                                    \
		(const char *)(a), sizeof(a) \
	}

static const struct family {
	const char *const *platforms;
	const char *ext; /* of the scripts */
	struct sm_str install, uninstall;
} deb = { deb_platforms, "sh", BLOB(deb_install_sh), BLOB(deb_uninstall_sh) },
  rpm = { rpm_platforms, "sh", BLOB(rpm_install_sh), BLOB(rpm_uninstall_sh) },
  mac = { mac_platforms, "sh", BLOB(mac_install_sh), BLOB(mac_uninstall_sh) },
  win = { win_platforms, "ps1", BLOB(win_install_ps1),
	  BLOB(win_uninstall_ps1) };

/* Which file of the release serves which machines; `arch` is the agent's. */
static const struct row {
	const struct family *family;
	const char *arch;
	const char *path;
	const char *zip;
} rows[] = {
	{ &deb, "386", "ubuntu_32bit/session-manager-plugin.deb",
	  "deb_386.zip" },
	{ &deb, "arm64", "ubuntu_arm64/session-manager-plugin.deb",
	  "deb_arm64.zip" },
	{ &deb, "x86_64", "ubuntu_64bit/session-manager-plugin.deb",
	  "deb_x86_64.zip" },
	{ &mac, "arm64", "mac_arm64/sessionmanager-bundle.zip",
	  "mac_arm64.zip" },
	{ &mac, "x86_64", "mac/sessionmanager-bundle.zip", "mac_x86_64.zip" },
	{ &rpm, "386", "linux_32bit/session-manager-plugin.rpm",
	  "rpm_386.zip" },
	{ &rpm, "arm64", "linux_arm64/session-manager-plugin.rpm",
	  "rpm_arm64.zip" },
	{ &rpm, "x86_64", "linux_64bit/session-manager-plugin.rpm",
	  "rpm_x86_64.zip" },
	{ &win, "x86_64", "windows/SessionManagerPlugin.zip",
	  "windows_x86_64.zip" },
};

static const struct family *const families[] = { &rpm, &deb, &mac, &win };

/* What was written for a row; size 0: the release has nothing for it. */
struct made {
	char sha256[SM_SHA256_HEX];
	size_t size;
};

static int put_script(struct pkg_zipw *z, const char *name,
		      const struct family *f, struct sm_str text,
		      int64_t epoch_sec, struct sm_err *e)
{
	char path[32];
	const struct pkg_arc_entry entry = { path, PKG_ARC_FILE, 0755, NULL,
					     NULL, epoch_sec,    text };

	(void)snprintf(path, sizeof(path), "%s.%s", name, f->ext);
	return pkg_zipw_put(z, &entry, e);
}

static int make_zip(const struct row *row, struct sm_str package,
		    int64_t epoch_sec, struct sm_buf *out, struct sm_err *e)
{
	const struct pkg_arc_entry entry = { strrchr(row->path, '/') + 1,
					     PKG_ARC_FILE,
					     0644,
					     NULL,
					     NULL,
					     epoch_sec,
					     package };
	const struct family *f = row->family;
	struct pkg_zipw z;
	int r;

	pkg_zipw_begin(&z, out);
	if ((r = put_script(&z, "install", f, f->install, epoch_sec, e)) < 0)
		goto out;
	r = put_script(&z, "uninstall", f, f->uninstall, epoch_sec, e);
	if (r < 0)
		goto out;
	if ((r = pkg_zipw_put(&z, &entry, e)) < 0)
		goto out;
	r = pkg_zipw_finish(&z, e);
out:
	pkg_zipw_release(&z);
	return r;
}

static int put_out(const char *out, const char *name, struct sm_str data,
		   struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_path_join(&path, sm_str(out), sm_str(name));
	r = sm_fs_write_atomic(sm_buf_z(&path), data, 0644, e);
	sm_buf_release(&path);
	return r;
}

static int write_row(const struct pkg_facts *f, const struct row *row,
		     const char *out, int64_t epoch_sec, struct made *made,
		     struct sm_err *e)
{
	struct sm_buf zip = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct pkg_facts_file file = { 0 };
	uint8_t digest[SM_SHA256_SIZE];
	int r;

	if ((r = pkg_facts_read(f, row->path, &file, e)) < 0)
		goto out;
	r = make_zip(row, sm_buf_str(&file.data), epoch_sec, &zip, e);
	if (r < 0)
		goto out;
	r = sm_digest_bytes(SM_DIGEST_SHA256, sm_buf_str(&zip), digest, e);
	if (r < 0)
		goto out;
	sm_digest_hex(digest, sizeof(digest), made->sha256);
	made->size = zip.len;
	r = put_out(out, row->zip, sm_buf_str(&zip), e);
out:
	sm_buf_release(&file.data);
	sm_buf_release(&zip);
	return r;
}

/* --- manifest.json --------------------------------------------------------- */

static void put_platform(struct sm_jtable_writer *w, const char *platform,
			 const struct family *family, const struct made *made)
{
	sm_jtable_open(w, platform, '{');
	sm_jtable_open(w, "_any", '{');
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		if (rows[i].family != family || !made[i].size)
			continue;
		sm_jtable_open(w, rows[i].arch, '{');
		sm_jtable_put_text(w, "file", rows[i].zip);
		sm_jtable_close(w, '}');
	}
	sm_jtable_close(w, '}');
	sm_jtable_close(w, '}');
}

static bool has_family(const struct family *family, const struct made *made)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++)
		if (rows[i].family == family && made[i].size)
			return true;
	return false;
}

static void put_files(struct sm_jtable_writer *w, const struct made *made)
{
	sm_jtable_open(w, "files", '{');
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		if (!made[i].size)
			continue;
		sm_jtable_open(w, rows[i].zip, '{');
		sm_jtable_open(w, "checksums", '{');
		sm_jtable_put_text(w, "sha256", made[i].sha256);
		sm_jtable_close(w, '}');
		sm_jtable_put_number(w, "size", made[i].size);
		sm_jtable_close(w, '}');
	}
	sm_jtable_close(w, '}');
}

static void put_manifest(const struct pkg_facts *f, const struct made *made,
			 struct sm_buf *out)
{
	struct sm_jtable_writer w = { out, 0, true };

	sm_jtable_open(&w, NULL, '{');
	sm_jtable_put_text(&w, "schemaVersion", "2.0");
	sm_jtable_put_text(&w, "version", f->version);
	sm_jtable_put_text(&w, "publisher", f->manifest.vendor);
	sm_jtable_open(&w, "packages", '{');
	for (size_t i = 0; i < SM_ARRAY_LEN(families); i++) {
		const char *const *p = families[i]->platforms;

		if (!has_family(families[i], made))
			continue;
		for (; *p; p++)
			put_platform(&w, *p, families[i], made);
	}
	sm_jtable_close(&w, '}');
	put_files(&w, made);
	sm_jtable_close(&w, '}');
}

int pkg_distrib_write(const struct pkg_facts *f, const char *out,
		      int64_t epoch_sec, struct sm_err *e)
{
	struct made made[SM_ARRAY_LEN(rows)] = { 0 };
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	size_t n = 0;
	int r;

	if ((r = sm_fs_mkdirs(out, 0755, e)) < 0)
		goto out;
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		if (!pkg_facts_has(f, rows[i].path))
			continue;
		r = write_row(f, &rows[i], out, epoch_sec, &made[i], e);
		if (r < 0)
			goto out;
		n++;
	}
	if (!n) {
		r = sm_err_set(e, SM_ENOTFOUND,
			       "'%s' has no package for Distributor", f->dir);
		goto out;
	}
	put_manifest(f, made, &text);
	r = put_out(out, "manifest.json", sm_buf_str(&text), e);
out:
	sm_buf_release(&text);
	return r;
}
