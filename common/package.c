/*
 * One face for every package format. A row of the table says what a format
 * is called, how its facts are read and how its payload is opened; extraction
 * is the same for all. A format is added with one row and its reader's file.
 */
#include "common/def.h"
#include "common/package.h"

#include "common/appended.h"
#include "common/bundle.h"
#include "common/burn.h"
#include "common/deb.h"
#include "common/flatpkg.h"
#include "common/pe.h"
#include "common/rpm.h"

#define ROOT "usr/local/sessionmanagerplugin/" /* PACKAGING.md 1.2 */
#define PLUGIN "bin/session-manager-plugin"
#define PLUGIN_EXE "bin/session-manager-plugin.exe"
#define NAME "session-manager-plugin"
#define HEAD 1024

/* An open payload: its archive and the front of the names that count. */
struct payload {
	struct sm_archive *archive;
	char prefix[SM_ARCHIVE_NAME_MAX];
	int temp; /* a descriptor that the archive reads, or -1 */
};

struct reader {
	const char *name;
	int (*read)(struct sm_package *p, int fd, struct sm_err *e);
	int (*open)(struct payload *p, int fd, struct sm_err *e);
};

/* --- executables ----------------------------------------------------------- */

struct machine {
	uint32_t code;
	enum sm_arch arch;
};

/* e_machine of ELF, cputype of Mach-O, Machine of PE. */
static const struct machine elf_machines[] = { { 62, SM_ARCH_X86_64 },
					       { 3, SM_ARCH_I386 },
					       { 183, SM_ARCH_AARCH64 },
					       { 0, SM_ARCH_OTHER } };
static const struct machine macho_machines[] = { { 0x01000007, SM_ARCH_X86_64 },
						 { 0x0100000c,
						   SM_ARCH_AARCH64 },
						 { 0, SM_ARCH_OTHER } };
static const struct machine pe_machines[] = { { 0x8664, SM_ARCH_X86_64 },
					      { 0x14c, SM_ARCH_I386 },
					      { 0xaa64, SM_ARCH_AARCH64 },
					      { 0, SM_ARCH_OTHER } };

static enum sm_arch look_up(const struct machine *m, uint32_t code)
{
	while (m->code && m->code != code)
		m++;
	return m->arch;
}

/* Little endian, all three; 0 beyond the end. */
static uint32_t le(struct sm_str s, size_t at, size_t n)
{
	uint32_t v = 0;

	if (at > s.len || s.len - at < n)
		return 0;
	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at + n];
	return v;
}

enum sm_arch sm_package_binary_arch(struct sm_str head)
{
	size_t pe;

	if (le(head, 0, 4) == 0x464c457f) /* 7f E L F */
		return look_up(elf_machines, le(head, 18, 2));
	if (le(head, 0, 4) == 0xfeedfacf)
		return look_up(macho_machines, le(head, 4, 4));
	if (le(head, 0, 2) == 0x5a4d) { /* M Z */
		pe = le(head, 0x3c, 4);
		if (le(head, pe, 4) == 0x4550) /* P E 0 0 */
			return look_up(pe_machines, le(head, pe + 4, 2));
	}
	return SM_ARCH_OTHER;
}

static const char *binary_text(struct sm_str head)
{
	if (le(head, 0, 4) == 0x464c457f)
		return "ELF";
	if (le(head, 0, 4) == 0xfeedfacf || le(head, 0, 4) == 0xbebafeca)
		return "Mach-O";
	if (le(head, 0, 2) == 0x5a4d)
		return "PE";
	return "unknown";
}

/* --- names ----------------------------------------------------------------- */

/* Words of Debian and rpm. */
static enum sm_arch arch_of(const char *word)
{
	static const struct {
		const char *word;
		enum sm_arch arch;
	} words[] = {
		{ "amd64", SM_ARCH_X86_64 },  { "x86_64", SM_ARCH_X86_64 },
		{ "i386", SM_ARCH_I386 },     { "i486", SM_ARCH_I386 },
		{ "i586", SM_ARCH_I386 },     { "i686", SM_ARCH_I386 },
		{ "arm64", SM_ARCH_AARCH64 }, { "aarch64", SM_ARCH_AARCH64 },
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i].word))
			return words[i].arch;
	return SM_ARCH_OTHER;
}

/* Contract files, PACKAGING.md 1.2; seelog.xml and logs/ are the user's. */
bool sm_package_is_payload(const char *path)
{
	static const char *const files[] = {
		PLUGIN,    PLUGIN_EXE,  "seelog.xml.template", "LICENSE",
		"NOTICE",  "README.md", "RELEASENOTES.md",     "THIRD-PARTY",
		"VERSION",
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(files); i++)
		if (!strcmp(path, files[i]))
			return true;
	return false;
}

/* "[epoch:]version[-revision]" into its parts. */
static void split_version(struct sm_package *p, const char *text)
{
	struct sm_str s = sm_str(text);
	long colon = sm_str_chr(s, ':', 0), dash;

	if (colon >= 0)
		s = sm_str_sub(s, (size_t)colon + 1, s.len);
	dash = sm_str_rchr(s, '-');
	if (dash >= 0) {
		snprintf(p->release, sizeof(p->release), "%s",
			 s.ptr + dash + 1);
		s.len = (size_t)dash;
	}
	snprintf(p->version, sizeof(p->version), "%.*s", SM_STR_ARG(s));
}

/* --- formats --------------------------------------------------------------- */

/* To the end of every entry, so that damage shows now and not later. */
static int scan_all(struct sm_archive *a, struct sm_err *e)
{
	struct sm_buf none = SM_BUF_INIT(0);
	struct sm_archive_entry en;
	int r;

	while ((r = sm_archive_next(a, &en, e)) > 0)
		if (en.type == SM_FILE_REGULAR &&
		    (r = sm_archive_scan(a, &none, 0, e)) < 0)
			break;
	return r;
}

static int deb_open(struct payload *p, int fd, struct sm_err *e)
{
	struct sm_archive_range range;
	struct sm_deb d;
	int r;

	if ((r = sm_deb_read(&d, fd, e)) < 0)
		return r;
	snprintf(p->prefix, sizeof(p->prefix), "%s", ROOT);
	range.offset = d.data.offset;
	range.len = d.data.size;
	return sm_archive_open_new(&p->archive, fd, range, SM_ARCHIVE_TAR, NULL,
				   e);
}

static int deb_read(struct sm_package *p, int fd, struct sm_err *e)
{
	struct payload data = { NULL, "", -1 };
	struct sm_deb d;
	int r;

	if ((r = sm_deb_read(&d, fd, e)) < 0)
		return r;
	snprintf(p->name, sizeof(p->name), "%s", d.package);
	split_version(p, d.version);
	snprintf(p->arch_text, sizeof(p->arch_text), "%s", d.arch);
	p->arch = arch_of(d.arch);
	if ((r = deb_open(&data, fd, e)) < 0)
		return r;
	r = scan_all(data.archive, e);
	sm_archive_free(data.archive);
	return r;
}

static int rpm_open(struct payload *p, int fd, struct sm_err *e)
{
	struct sm_archive_range range;
	struct sm_rpm rpm;
	int r;

	if ((r = sm_rpm_read(&rpm, fd, e)) < 0)
		return r;
	snprintf(p->prefix, sizeof(p->prefix), "%s", ROOT);
	range.offset = rpm.payload;
	range.len = rpm.payload_size;
	return sm_archive_open_new(&p->archive, fd, range, SM_ARCHIVE_CPIO,
				   NULL, e);
}

static int rpm_read(struct sm_package *p, int fd, struct sm_err *e)
{
	struct payload data = { NULL, "", -1 };
	struct sm_rpm rpm;
	int r;

	if ((r = sm_rpm_read(&rpm, fd, e)) < 0)
		return r;
	snprintf(p->name, sizeof(p->name), "%s", rpm.name);
	snprintf(p->version, sizeof(p->version), "%s", rpm.version);
	snprintf(p->release, sizeof(p->release), "%s", rpm.release);
	snprintf(p->arch_text, sizeof(p->arch_text), "%s", rpm.arch);
	p->arch = arch_of(rpm.arch);
	p->has_digests = rpm.header_digest && rpm.payload_digest;
	if ((r = rpm_open(&data, fd, e)) < 0)
		return r;
	r = scan_all(data.archive, e);
	sm_archive_free(data.archive);
	return r;
}

/* Facts and payload of the zip in this part of the file. */
static int zip_read_in(struct sm_package *p, int fd,
		       struct sm_archive_range range, struct sm_err *e)
{
	struct sm_bundle b;
	struct sm_str head;
	int r;

	if ((r = sm_bundle_read(&b, fd, range, e)) < 0)
		return r;
	head = sm_str_n(b.head, b.head_len);
	p->format = b.windows ? SM_PACKAGE_WINZIP : SM_PACKAGE_BUNDLE;
	snprintf(p->name, sizeof(p->name), "%s", NAME);
	snprintf(p->version, sizeof(p->version), "%s", b.version);
	snprintf(p->arch_text, sizeof(p->arch_text), "%s", binary_text(head));
	p->arch = sm_package_binary_arch(head);
	return 0;
}

static int zip_open_in(struct payload *p, int fd, struct sm_archive_range range,
		       struct sm_err *e)
{
	struct sm_bundle b;
	int r;

	if ((r = sm_bundle_read(&b, fd, range, e)) < 0)
		return r;
	memcpy(p->prefix, b.prefix, sizeof(p->prefix));
	if (b.windows) {
		if ((r = sm_bundle_open_inner(&b, fd, e)) < 0)
			return r;
		p->temp = fd = r;
		range = SM_ARCHIVE_WHOLE;
	}
	return sm_archive_open_new(&p->archive, fd, range, SM_ARCHIVE_ZIP, NULL,
				   e);
}

static int zip_read(struct sm_package *p, int fd, struct sm_err *e)
{
	return zip_read_in(p, fd, SM_ARCHIVE_WHOLE, e);
}

static int zip_open(struct payload *p, int fd, struct sm_err *e)
{
	return zip_open_in(p, fd, SM_ARCHIVE_WHOLE, e);
}

/* The archive that an installer carries, its digest compared. */
static int find_appended(int fd, struct sm_archive_range *range,
			 struct sm_err *e)
{
	struct sm_appended a;
	int r;

	r = sm_appended_find(fd, &a, e);
	if (r == SM_ENOTFOUND && sm_burn_is_burn(fd))
		return sm_err_set(e, SM_ENOTSUP,
				  "a setup program made with WiX cannot be "
				  "opened here; use the zip, "
				  "SessionManagerPlugin.zip, instead");
	if (r == 0)
		r = sm_appended_check(fd, &a, e);
	*range = sm_appended_range(&a);
	return r;
}

static int self_read(struct sm_package *p, int fd, struct sm_err *e)
{
	enum sm_package_format format = p->format;
	struct sm_archive_range range;
	int r;

	if ((r = find_appended(fd, &range, e)) < 0 ||
	    (r = zip_read_in(p, fd, range, e)) < 0)
		return r;
	p->format = format;
	p->has_digests = true;
	return 0;
}

static int self_open(struct payload *p, int fd, struct sm_err *e)
{
	struct sm_archive_range range;
	int r;

	if ((r = find_appended(fd, &range, e)) < 0)
		return r;
	return zip_open_in(p, fd, range, e);
}

static int pkg_open(struct payload *p, int fd, struct sm_err *e)
{
	struct sm_archive_range range;
	struct sm_flatpkg pkg;
	int r;

	if ((r = sm_flatpkg_read(&pkg, fd, e)) < 0)
		return r;
	snprintf(p->prefix, sizeof(p->prefix), "%s", ROOT);
	range.offset = pkg.payload;
	range.len = pkg.payload_size;
	r = sm_archive_open_new(&p->archive, fd, range, SM_ARCHIVE_CPIO, NULL,
				e);
	sm_flatpkg_release(&pkg);
	return r;
}

/* Every entry to its end; the plugin's first bytes say its machine. */
static int pkg_scan(struct sm_package *p, struct sm_archive *a,
		    struct sm_err *e)
{
	struct sm_buf head = SM_BUF_INIT(HEAD);
	struct sm_archive_entry en;
	bool plugin;
	int r;

	while ((r = sm_archive_next(a, &en, e)) > 0) {
		plugin = !strcmp(en.name, ROOT PLUGIN);
		if (en.type == SM_FILE_REGULAR &&
		    (r = sm_archive_scan(a, &head, plugin ? HEAD : 0, e)) < 0)
			break;
	}
	p->arch = sm_package_binary_arch(sm_buf_str(&head));
	snprintf(p->arch_text, sizeof(p->arch_text), "%s",
		 binary_text(sm_buf_str(&head)));
	sm_buf_release(&head);
	return r;
}

static int pkg_read(struct sm_package *p, int fd, struct sm_err *e)
{
	struct payload data = { NULL, "", -1 };
	struct sm_flatpkg pkg;
	int r;

	if ((r = sm_flatpkg_read(&pkg, fd, e)) < 0)
		return r;
	snprintf(p->name, sizeof(p->name), "%s", pkg.identifier);
	snprintf(p->version, sizeof(p->version), "%s", pkg.version);
	p->has_digests = pkg.xar.has_digest;
	sm_flatpkg_release(&pkg);
	if ((r = pkg_open(&data, fd, e)) < 0)
		return r;
	r = pkg_scan(p, data.archive, e);
	sm_archive_free(data.archive);
	return r;
}

static int tar_open(struct payload *p, int fd, struct sm_err *e)
{
	snprintf(p->prefix, sizeof(p->prefix), "%s", ROOT);
	return sm_archive_open_new(&p->archive, fd, SM_ARCHIVE_WHOLE,
				   SM_ARCHIVE_TAR, NULL, e);
}

/* Alpine's ".PKGINFO": its pkgver is version, "-r" and release. */
static void take_pkginfo(struct sm_package *p, struct sm_str text)
{
	static const char key[] = "pkgver = ";
	struct sm_str line;
	long dash;

	p->format = SM_PACKAGE_APK;
	while (sm_str_split(&text, '\n', &line)) {
		if (!sm_str_starts(line, key))
			continue;
		dash = sm_str_rchr(line, '-');
		if (dash >= 0 &&
		    sm_str_starts(sm_str_sub(line, (size_t)dash, 2), "-r"))
			snprintf(p->release, sizeof(p->release), "%.*s",
				 SM_STR_ARG(sm_str_sub(line, (size_t)dash + 2,
						       line.len)));
	}
}

/* One entry, to its end; three of them say what this is. */
static int tar_take(struct sm_package *p, struct sm_archive *a,
		    const struct sm_archive_entry *en, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	bool plugin = !strcmp(en->name, ROOT PLUGIN);
	bool version = !strcmp(en->name, ROOT "VERSION");
	bool info = !strcmp(en->name, ".PKGINFO");
	int r;

	r = sm_archive_scan(a, &text,
			    plugin || version || info ? text.max - 1 : 0, e);
	if (r < 0)
		goto out;
	if (plugin)
		p->arch = sm_package_binary_arch(sm_buf_str(&text));
	if (plugin)
		snprintf(p->arch_text, sizeof(p->arch_text), "%s",
			 binary_text(sm_buf_str(&text)));
	if (version)
		snprintf(p->version, sizeof(p->version), "%.*s",
			 SM_STR_ARG(sm_str_trim(sm_buf_str(&text))));
	if (info)
		take_pkginfo(p, sm_buf_str(&text));
out:
	sm_buf_release(&text);
	return r;
}

static int tar_read(struct sm_package *p, int fd, struct sm_err *e)
{
	struct payload data = { NULL, "", -1 };
	struct sm_archive_entry en;
	int r;

	if ((r = tar_open(&data, fd, e)) < 0)
		return r;
	while ((r = sm_archive_next(data.archive, &en, e)) > 0)
		if (en.type == SM_FILE_REGULAR &&
		    (r = tar_take(p, data.archive, &en, e)) < 0)
			break;
	sm_archive_free(data.archive);
	if (r == 0 && (!p->version[0] || !p->arch_text[0]))
		r = sm_err_set(e, SM_EFORMAT,
			       "archive does not hold the plugin");
	snprintf(p->name, sizeof(p->name), "%s", NAME);
	return r;
}

static const struct reader readers[] = {
	[SM_PACKAGE_DEB] = { "deb", deb_read, deb_open },
	[SM_PACKAGE_RPM] = { "rpm", rpm_read, rpm_open },
	[SM_PACKAGE_BUNDLE] = { "bundle", zip_read, zip_open },
	[SM_PACKAGE_WINZIP] = { "zip", zip_read, zip_open },
	[SM_PACKAGE_PKG] = { "pkg", pkg_read, pkg_open },
	[SM_PACKAGE_EXE] = { "exe", self_read, self_open },
	[SM_PACKAGE_RUN] = { "run", self_read, self_open },
	[SM_PACKAGE_TARGZ] = { "targz", tar_read, tar_open },
	[SM_PACKAGE_APK] = { "apk", tar_read, tar_open },
};

const char *sm_package_format_name(enum sm_package_format f)
{
	return readers[f].name;
}

/* --- the interface --------------------------------------------------------- */

/* A program that carries an archive, sound or not, or WiX's kind of it. The
 * bare plugin is no package. */
static bool is_self(int fd, struct sm_str head)
{
	struct sm_appended a;

	if (!strcmp(binary_text(head), "unknown"))
		return false;
	return sm_appended_find(fd, &a, NULL) != SM_ENOTFOUND ||
	       sm_burn_is_burn(fd);
}

int sm_package_detect(int fd, enum sm_package_format *f, struct sm_err *e)
{
	char bytes[16];
	struct sm_str head;
	int64_t n;

	if ((n = sm_os_file_read_at(fd, bytes, sizeof(bytes), 0, e)) < 0)
		return (int)n;
	head = sm_str_n(bytes, (size_t)n);
	if (sm_deb_is_deb(head))
		*f = SM_PACKAGE_DEB;
	else if (sm_rpm_is_rpm(head))
		*f = SM_PACKAGE_RPM;
	else if (sm_bundle_is_zip(head))
		*f = SM_PACKAGE_BUNDLE; /* or WINZIP, says the reader */
	else if (sm_xar_is_xar(head))
		*f = SM_PACKAGE_PKG;
	else if (sm_str_starts(head, "\x1f\x8b"))
		*f = SM_PACKAGE_TARGZ; /* or APK, says the reader */
	else if (is_self(fd, head))
		*f = sm_pe_is_pe(head) ? SM_PACKAGE_EXE : SM_PACKAGE_RUN;
	else if (!n)
		return sm_err_set(e, SM_EFORMAT, "the file is empty");
	else if (head.ptr[0] == '<')
		return sm_err_set(e, SM_EFORMAT,
				  "not a package but HTML or XML text");
	else
		return sm_err_set(e, SM_EFORMAT, "not a package");
	return 0;
}

static int detect(int fd, enum sm_package_format *f, struct sm_err *e)
{
	struct sm_file_info st;
	int r;

	if ((r = sm_os_file_fstat(fd, &st, e)) < 0)
		return r;
	if (st.type != SM_FILE_REGULAR)
		return sm_err_set(e, SM_EFORMAT, "not a regular file");
	if (st.size > SM_PACKAGE_MAX)
		return sm_err_set(e, SM_ELIMIT, "package is too large");
	return sm_package_detect(fd, f, e);
}

int sm_package_read(struct sm_package *p, int fd, struct sm_err *e)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->arch = SM_ARCH_OTHER;
	if ((r = detect(fd, &p->format, e)) < 0)
		return r;
	return readers[p->format].read(p, fd, e);
}

struct extraction {
	const char *prefix;
	bool plugin; /* seen */
	const char *dir;
	enum sm_arch arch;
	sm_archive_done_fn *done;
	void *user;
};

static int pick(void *user, const struct sm_archive_entry *en, char *dest,
		struct sm_err *e)
{
	struct extraction *x = user;
	size_t n = strlen(x->prefix);

	SM_UNUSED(e);
	if (strncmp(en->name, x->prefix, n) != 0 ||
	    en->type != SM_FILE_REGULAR || !sm_package_is_payload(en->name + n))
		return 0;
	snprintf(dest, SM_ARCHIVE_NAME_MAX, "%s", en->name + n);
	return 1;
}

/* The plugin, just written: whose machine is it for? */
static int look_at_plugin(struct extraction *x, const char *path,
			  struct sm_err *e)
{
	struct sm_buf full = SM_BUF_INIT(SM_BUF_SMALL);
	char head[HEAD];
	int64_t n;
	int fd;

	sm_buf_printf(&full, "%s/%s", x->dir, path);
	fd = sm_os_file_open(sm_buf_z(&full), SM_FILE_READ | SM_FILE_NOFOLLOW,
			     0, e);
	sm_buf_release(&full);
	if (fd < 0)
		return fd;
	n = sm_os_file_read_at(fd, head, sizeof(head), 0, e);
	sm_os_file_close(fd);
	if (n < 0)
		return (int)n;
	x->arch = sm_package_binary_arch(sm_str_n(head, (size_t)n));
	x->plugin = true;
	return 0;
}

static int done(void *user, const struct sm_archive_done *d, struct sm_err *e)
{
	struct extraction *x = user;
	int r;

	if (!strcmp(d->path, PLUGIN) || !strcmp(d->path, PLUGIN_EXE))
		if ((r = look_at_plugin(x, d->path, e)) < 0)
			return r;
	return x->done ? x->done(x->user, d, e) : 0;
}

int sm_package_extract(int fd, const char *dir, sm_archive_done_fn *fn,
		       void *user, enum sm_arch *arch, struct sm_err *e)
{
	struct payload p = { NULL, "", -1 };
	struct extraction x = { p.prefix, false, dir, SM_ARCH_OTHER, fn, user };
	struct sm_archive_sink sink = { dir, pick, done, &x, false };
	enum sm_package_format f = SM_PACKAGE_DEB;
	int r;

	if ((r = detect(fd, &f, e)) < 0 ||
	    (r = readers[f].open(&p, fd, e)) < 0 ||
	    (r = sm_archive_extract(p.archive, &sink, e)) < 0)
		goto out;
	if (!x.plugin)
		r = sm_err_set(e, SM_EFORMAT,
			       "package does not hold the plugin");
	else if (arch)
		*arch = x.arch;
out:
	sm_archive_free(p.archive);
	if (p.temp >= 0)
		sm_os_file_close(p.temp);
	return r;
}
