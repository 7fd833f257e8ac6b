/*
 * Packages made by the stock tools (dpkg-deb, rpmbuild, 7z), read and
 * unpacked; then cut off and changed. A tool that is not here skips its part.
 */
#include "common/def.h"
#include "common/package.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <zlib.h>

#include "common/appended.h"
#include "common/fs.h"
#include "common/os/process.h"

#define WAIT_MS 60000

static char dir[512];

/* A plugin that says x86_64 in its ELF header, and the rest of the tree. */
static const char make_tree[] =
	"set -e; cd \"$1\"; R=root/usr/local/sessionmanagerplugin\n"
	"mkdir -p $R/bin $R/logs root/etc\n"
	"{ printf '\\177ELF\\002\\001\\001\\000'; head -c 8 /dev/zero\n"
	"  printf '\\002\\000\\076\\000'; head -c 70000 /dev/urandom; }"
	" >$R/bin/session-manager-plugin\n"
	"chmod 755 $R/bin/session-manager-plugin\n"
	"for f in LICENSE NOTICE README.md RELEASENOTES.md THIRD-PARTY"
	" seelog.xml.template; do echo $f >$R/$f; done\n"
	"printf 1.2.707.0 >$R/VERSION; echo user >$R/seelog.xml\n"
	"echo x >root/etc/other\n"
	"mkdir -p b/sessionmanager-bundle; cp -R $R/. b/sessionmanager-bundle\n"
	"echo '#!/bin/sh' >b/sessionmanager-bundle/install\n";

static const char make_deb[] =
	"set -e; cd \"$1\"; mkdir -p root/DEBIAN\n"
	"printf 'Package: session-manager-plugin\\nVersion: 1.2.707.0-1\\n"
	"Architecture: amd64\\nMaintainer: x <x@localhost>\\n"
	"Description: x\\n more\\n' >root/DEBIAN/control\n"
	"dpkg-deb --root-owner-group -Z$2 -b root $2.deb; rm -r root/DEBIAN\n";

static const char make_rpm[] =
	"set -e; cd \"$1\"\n"
	"printf '%%define _build_id_links none\\nName: session-manager-plugin\\n"
	"Version: 1.2.707.0\\nRelease: 1\\nSummary: x\\nLicense: x\\n"
	"AutoReqProv: no\\n"
	"%%description\\nx\\n%%install\\ncp -R %s/root/. %%{buildroot}\\n"
	"%%files\\n/usr/local/sessionmanagerplugin\\n/etc/other\\n' \"$1\" >x.spec\n"
	"rpmbuild -bb --quiet --target x86_64 --define \"_topdir $1/rpm\""
	" --define '__os_install_post %{nil}' --define 'debug_package %{nil}'"
	" --define \"_binary_payload $2\" x.spec\n"
	"mv rpm/RPMS/x86_64/*.rpm $3.rpm\n";

static const char make_zip[] =
	"set -e; cd \"$1\"\n"
	"(cd b && 7z a -bd ../bundle.zip sessionmanager-bundle)\n"
	"(cd root/usr/local/sessionmanagerplugin && mv bin bin0 && mkdir bin"
	" && printf MZ >bin/session-manager-plugin.exe"
	" && head -c 58 /dev/zero >>bin/session-manager-plugin.exe"
	" && printf '\\100\\000\\000\\000PE\\000\\000\\144\\206'"
	" >>bin/session-manager-plugin.exe && rm VERSION"
	" && 7z a -bd \"$1/package.zip\" . -x!bin0 && mv bin/* bin0 )\n"
	"7z a -bd win.zip package.zip\n";

/* A component package, its payload in the old octal cpio. */
static const char make_pkg[] =
	"set -e; cd \"$1\"; mkdir x; (cd root && find . | bsdtar -cnf -"
	" --format odc --uid 0 --gid 0 -T - | gzip -n) >x/Payload\n"
	"printf '<?xml version=\"1.0\"?><pkg-info format-version=\"2\""
	" identifier=\"session-manager-plugin\" version=\"1.2.707.0\"/>'"
	" >x/PackageInfo; (cd x && bsdtar --format xar"
	" --options compression=none,toc-checksum=sha1 -cf ../x.pkg Payload PackageInfo)\n"
	"mkdir y; mv x y/app.pkg; echo '<x/>' >y/Distribution\n"
	"(cd y && bsdtar --format xar --options compression=none -cf ../y.pkg"
	" app.pkg Distribution)\n";

static bool sh(const char *script, const char *a, const char *b)
{
	const char *argv[] = { "sh", "-c", script, "sh", dir, a, b, NULL };
	struct sm_buf err = SM_BUF_INIT(SM_BUF_SMALL);
	int status = -1;

	if (sm_os_process_run(argv, WAIT_MS, NULL, &err, &status, NULL) < 0)
		status = -1;
	if (status != 0)
		print_message("# %s", sm_buf_z(&err));
	sm_buf_release(&err);
	return status == 0;
}

static bool have(const char *tool)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	bool found = sm_os_process_which(tool, &path) == 0;

	if (!found)
		print_message("# skipped: %s is not here\n", tool);
	sm_buf_release(&path);
	return found;
}

static int set_up(void **state)
{
	SM_UNUSED(state);
	if (sm_os_dir_temp("/tmp/sm-package-", dir, sizeof(dir), NULL) < 0)
		return -1;
	return sh(make_tree, "", "") ? 0 : -1;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	return sm_fs_remove_tree(dir, NULL);
}

static int open_file(const char *name)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = sm_os_file_open(path, SM_FILE_READ, 0, NULL);
	assert_true(fd >= 0);
	return fd;
}

struct seen {
	char names[2048];
	unsigned files;
};

static int note(void *user, const struct sm_archive_done *d, struct sm_err *e)
{
	struct seen *s = user;
	size_t n = strlen(s->names);

	SM_UNUSED(e);
	snprintf(s->names + n, sizeof(s->names) - n, " %s", d->path);
	s->files += d->type == SM_FILE_REGULAR;
	return 0;
}

static int unpack(int fd, struct seen *s, enum sm_arch *arch, struct sm_err *e)
{
	char to[600];
	int r;

	memset(s, 0, sizeof(*s));
	snprintf(to, sizeof(to), "%s/out", dir);
	assert_int_equal(sm_fs_remove_tree(to, NULL), 0);
	assert_int_equal(sm_os_dir_make(to, 0700, NULL), 0);
	r = sm_package_extract(fd, to, note, s, arch, e);
	return r;
}

/* A good package: its facts, and exactly the payload on the disk. */
static void good(const char *file, struct sm_package want, unsigned files)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_package p;
	enum sm_arch arch = SM_ARCH_OTHER;
	struct seen s;
	int fd = open_file(file);

	if (sm_package_read(&p, fd, &e) < 0)
		fail_msg("%s: %s", file, e.msg);
	assert_int_equal(p.format, want.format);
	assert_string_equal(p.name, "session-manager-plugin");
	assert_string_equal(p.version, want.version);
	assert_string_equal(p.release, want.release);
	assert_int_equal(p.arch, SM_ARCH_X86_64);
	assert_int_equal(p.has_digests, want.has_digests);
	if (unpack(fd, &s, &arch, &e) < 0)
		fail_msg("%s: %s", file, e.msg);
	assert_int_equal(arch, SM_ARCH_X86_64);
	assert_int_equal(s.files, files);
	assert_non_null(strstr(s.names, " bin/session-manager-plugin"));
	assert_null(strstr(s.names, "seelog.xml "));
	assert_null(strstr(s.names, "other"));
	assert_null(strstr(s.names, " install"));
	sm_os_file_close(fd);
}

/* The file with its first `keep` bytes, one of them changed if `flip` >= 0. */
static int altered(const char *file, size_t keep, long flip)
{
	static struct sm_buf all = SM_BUF_INIT((size_t)1 << 20);
	char path[600];
	int fd = sm_os_file_temp(NULL, NULL);

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	sm_buf_clear(&all);
	assert_int_equal(sm_fs_read(path, all.max, &all, NULL), 0);
	if (flip >= 0)
		all.ptr[flip] ^= 1;
	if (keep > all.len)
		keep = all.len;
	assert_int_equal(
		sm_os_file_write_all(fd, sm_str_n(all.ptr, keep), NULL), 0);
	return fd;
}

/* Cut anywhere, it is refused with a message, and so is its unpacking. */
static void cut(const char *file)
{
	struct sm_file_info st;
	struct sm_err e = SM_ERR_INIT;
	struct sm_package p;
	struct seen s;
	int fd = open_file(file);
	uint64_t at;

	assert_int_equal(sm_os_file_fstat(fd, &st, NULL), 0);
	sm_os_file_close(fd);
	for (at = 0; at < st.size; at += st.size / 40) {
		fd = altered(file, (size_t)at, -1);
		sm_err_clear(&e);
		if (sm_package_read(&p, fd, &e) >= 0)
			fail_msg("%s cut to %u is accepted", file,
				 (unsigned)at);
		assert_true(e.msg[0] != '\0');
		assert_null(strchr(e.msg, '\n'));
		assert_true(unpack(fd, &s, NULL, &e) < 0);
		sm_os_file_close(fd);
	}
}

static void deb(void **state)
{
	struct sm_package want = { 0 };

	SM_UNUSED(state);
	if (!have("dpkg-deb"))
		skip();
	want.format = SM_PACKAGE_DEB;
	snprintf(want.version, sizeof(want.version), "1.2.707.0");
	snprintf(want.release, sizeof(want.release), "1");
	assert_true(sh(make_deb, "xz", ""));
	assert_true(sh(make_deb, "gzip", ""));
	assert_true(sh(make_deb, "zstd", ""));
	good("xz.deb", want, 8);
	good("gzip.deb", want, 8);
	good("zstd.deb", want, 8);
	cut("xz.deb");
	cut("gzip.deb");
}

static void rpm(void **state)
{
	struct sm_package want = { 0 };
	struct sm_file_info st;
	struct sm_package p;
	struct sm_err e = SM_ERR_INIT;
	int fd;
	size_t at;

	SM_UNUSED(state);
	if (!have("rpmbuild"))
		skip();
	want.format = SM_PACKAGE_RPM;
	snprintf(want.version, sizeof(want.version), "1.2.707.0");
	snprintf(want.release, sizeof(want.release), "1");
	want.has_digests = true;
	assert_true(sh(make_rpm, "w6.gzdio", "gzip"));
	assert_true(sh(make_rpm, "w6.xzdio", "xz"));
	good("gzip.rpm", want, 8);
	good("xz.rpm", want, 8);
	cut("gzip.rpm");
	/* a byte of header or payload changed: its own digests tell */
	fd = open_file("gzip.rpm");
	assert_int_equal(sm_os_file_fstat(fd, &st, NULL), 0);
	sm_os_file_close(fd);
	for (at = 5000; at < st.size; at += st.size / 60) {
		fd = altered("gzip.rpm", (size_t)st.size, (long)at);
		if (sm_package_read(&p, fd, &e) >= 0)
			fail_msg("byte %u changed is accepted", (unsigned)at);
		sm_os_file_close(fd);
	}
}

static void zip(void **state)
{
	struct sm_package want = { 0 };

	SM_UNUSED(state);
	if (!have("7z"))
		skip();
	assert_true(sh(make_zip, "", ""));
	want.format = SM_PACKAGE_BUNDLE;
	snprintf(want.version, sizeof(want.version), "1.2.707.0");
	good("bundle.zip", want, 8);
	cut("bundle.zip");
	want.format = SM_PACKAGE_WINZIP;
	want.version[0] = '\0';
	good("win.zip", want, 7);
}

/* The number behind a tag, and the rest of the text behind that. */
static uint64_t number(const char **text, const char *tag)
{
	const char *at = strstr(*text, tag);

	if (!at) {
		*text = NULL;
		return 0;
	}
	*text = at + strlen(tag);
	return strtoull(*text, NULL, 10);
}

/*
 * libarchive's writer fills a xar up with what was left in its buffer, which
 * no other does: cut it off behind the last file.
 */
static void trim(const char *file)
{
	static char toc[20000];
	uLongf len = sizeof(toc) - 1;
	struct sm_buf all = SM_BUF_INIT((size_t)1 << 20);
	const char *text = toc;
	uint64_t end = 0, size, packed;
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	assert_int_equal(sm_fs_read(path, all.max, &all, NULL), 0);
	packed = (uint64_t)(uint8_t)all.ptr[14] << 8 | (uint8_t)all.ptr[15];
	assert_int_equal(uncompress((Bytef *)toc, &len,
				    (const Bytef *)all.ptr + 28, (uLong)packed),
			 Z_OK);
	while (size = number(&text, "<length>"), text) {
		size += number(&text, "<offset>");
		end = size > end ? size : end;
	}
	sm_buf_truncate(&all, 28 + packed + end);
	assert_int_equal(sm_fs_write_atomic(path, sm_buf_str(&all), 0644, NULL),
			 0);
	sm_buf_release(&all);
}

static void pkg(void **state)
{
	struct sm_package want = { 0 }, p;
	struct sm_file_info st;
	struct sm_err e = SM_ERR_INIT;
	uint64_t at;
	int fd;

	SM_UNUSED(state);
	if (!have("bsdtar"))
		skip();
	assert_true(sh(make_pkg, "", ""));
	trim("x.pkg");
	trim("y.pkg");
	want.format = SM_PACKAGE_PKG;
	snprintf(want.version, sizeof(want.version), "1.2.707.0");
	want.has_digests = true;
	good("x.pkg", want, 8);
	good("y.pkg", want, 8);
	cut("x.pkg");
	fd = open_file("x.pkg");
	assert_int_equal(sm_os_file_fstat(fd, &st, NULL), 0);
	sm_os_file_close(fd);
	for (at = 28; at < st.size; at += st.size / 200) {
		fd = altered("x.pkg", (size_t)st.size, (long)at);
		if (sm_package_read(&p, fd, &e) >= 0)
			fail_msg("byte %u changed is accepted", (unsigned)at);
		sm_os_file_close(fd);
	}
}

/* Programs: one plain, one with the section that WiX's have. */
static const char make_programs[] =
	"set -e; cd \"$1\"\n"
	"printf '\\177ELF and more' >stub.elf\n"
	"echo 'int main(void){return 0;}' >a.c\n"
	"x86_64-w64-mingw32-gcc -Os -s a.c -o stub.exe\n"
	"echo '__attribute__((section(\".wixburn\"))) int x = 1;' >>a.c\n"
	"x86_64-w64-mingw32-gcc -Os a.c -o burn.exe\n";

/* FILE, a copy of `stub` with the archive behind it. */
static void append(const char *stub, const char *archive, const char *file)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf zip = SM_BUF_INIT((size_t)1 << 20);
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, stub);
	assert_int_equal(sm_fs_read(path, out.max, &out, NULL), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, archive);
	assert_int_equal(sm_fs_read(path, zip.max, &zip, NULL), 0);
	assert_int_equal(sm_appended_put(&out, sm_buf_str(&zip), NULL), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	assert_int_equal(sm_fs_write_atomic(path, sm_buf_str(&out), 0755, NULL),
			 0);
	sm_buf_release(&out);
	sm_buf_release(&zip);
}

static void refused_file(const char *file, int code, const char *why)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_package p;
	struct seen s;
	int fd = open_file(file);

	assert_int_equal(sm_package_read(&p, fd, &e), code);
	assert_non_null(strstr(e.msg, why));
	assert_int_equal(unpack(fd, &s, NULL, &e), code);
	sm_os_file_close(fd);
}

static void self(void **state)
{
	struct sm_package want = { 0 }, p;
	struct sm_file_info st;
	struct sm_err e = SM_ERR_INIT;
	uint64_t at;
	int fd;

	SM_UNUSED(state);
	if (!have("7z") || !have("x86_64-w64-mingw32-gcc"))
		skip();
	assert_true(sh(make_programs, "", ""));
	assert_true(sh("cd \"$1/b\" && 7z a -bd ../self.zip ."
		       " && echo hello >../hello && 7z a -bd ../other.zip"
		       " ../hello",
		       "", ""));
	append("stub.elf", "self.zip", "x.run");
	append("stub.exe", "self.zip", "x.exe");
	snprintf(want.version, sizeof(want.version), "1.2.707.0");
	want.has_digests = true;
	want.format = SM_PACKAGE_RUN;
	good("x.run", want, 8);
	want.format = SM_PACKAGE_EXE;
	good("x.exe", want, 8);
	cut("x.run");
	fd = open_file("x.run");
	assert_int_equal(sm_os_file_fstat(fd, &st, NULL), 0);
	sm_os_file_close(fd);
	for (at = 32; at < st.size; at += st.size / 100) {
		fd = altered("x.run", (size_t)st.size, (long)at);
		if (sm_package_read(&p, fd, &e) >= 0)
			fail_msg("byte %u changed is accepted", (unsigned)at);
		sm_os_file_close(fd);
	}
	append("stub.elf", "other.zip", "other.run");
	refused_file("other.run", SM_EFORMAT, "holds no plugin");
	append("stub.elf", "hello", "text.run");
	refused_file("text.run", SM_EFORMAT, "archive");
	/* a program alone is no package */
	refused_file("stub.exe", SM_EFORMAT, "not a package");
	refused_file("stub.elf", SM_EFORMAT, "not a package");
	refused_file("burn.exe", SM_ENOTSUP, "use the zip");
}

static void refused(const char *bytes, size_t len, int code, const char *why)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_package p;
	int fd = sm_os_file_temp(NULL, NULL);

	assert_int_equal(sm_os_file_write_all(fd, sm_str_n(bytes, len), NULL),
			 0);
	assert_int_equal(sm_package_read(&p, fd, &e), code);
	if (!strstr(e.msg, why))
		fail_msg("'%s' does not say '%s'", e.msg, why);
	sm_os_file_close(fd);
}

static void not_packages(void **state)
{
	SM_UNUSED(state);
	refused("", 0, SM_EFORMAT, "the file is empty");
	refused("hello", 5, SM_EFORMAT, "not a package");
	refused("<Error>", 7, SM_EFORMAT, "HTML or XML");
	refused("!<arch>\n", 8, SM_EFORMAT, "deb is cut off");
	refused("!<arch>\nxx", 10, SM_EFORMAT, "deb is damaged");
	refused("\xed\xab\xee\xdb", 4, SM_EFORMAT, "rpm is cut off");
	refused("PK\3\4xxxx", 8, SM_EFORMAT, "archive");
}

static void names(void **state)
{
	SM_UNUSED(state);
	assert_true(sm_package_is_payload("bin/session-manager-plugin"));
	assert_true(sm_package_is_payload("VERSION"));
	assert_true(sm_package_is_payload("THIRD-PARTY"));
	assert_false(sm_package_is_payload("seelog.xml"));
	assert_false(sm_package_is_payload("install"));
	assert_false(sm_package_is_payload("bin"));
	assert_false(sm_package_is_payload(""));
	assert_string_equal(sm_package_format_name(SM_PACKAGE_RPM), "rpm");
}

static void binaries(void **state)
{
	char elf[64] = "\x7f"
		       "ELF";
	char macho[16] = "\xcf\xfa\xed\xfe\x0c\0\0\x01";
	char pe[0x60] = "MZ";

	SM_UNUSED(state);
	elf[18] = 62;
	assert_int_equal(sm_package_binary_arch(sm_str_n(elf, 64)),
			 SM_ARCH_X86_64);
	elf[18] = 3;
	assert_int_equal(sm_package_binary_arch(sm_str_n(elf, 64)),
			 SM_ARCH_I386);
	elf[18] = (char)183;
	assert_int_equal(sm_package_binary_arch(sm_str_n(elf, 64)),
			 SM_ARCH_AARCH64);
	assert_int_equal(sm_package_binary_arch(sm_str_n(elf, 19)),
			 SM_ARCH_OTHER);
	assert_int_equal(sm_package_binary_arch(sm_str_n(macho, 16)),
			 SM_ARCH_AARCH64);
	pe[0x3c] = 0x50;
	memcpy(pe + 0x50, "PE\0\0\x64\x86", 6);
	assert_int_equal(sm_package_binary_arch(sm_str_n(pe, sizeof(pe))),
			 SM_ARCH_X86_64);
	memset(pe + 0x3c, 0xff, 4);
	assert_int_equal(sm_package_binary_arch(sm_str_n(pe, sizeof(pe))),
			 SM_ARCH_OTHER);
	assert_int_equal(sm_package_binary_arch(sm_str("#!/bin/sh")),
			 SM_ARCH_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deb),   cmocka_unit_test(rpm),
		cmocka_unit_test(pkg),   cmocka_unit_test(zip),
		cmocka_unit_test(self),  cmocka_unit_test(not_packages),
		cmocka_unit_test(names), cmocka_unit_test(binaries),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
