/*
 * Windows Installer packages, one for each architecture, for all users of the
 * machine. Destinations in the manifest are below Program Files; the deepest
 * folder that holds all of them is INSTALLFOLDER. What has a program in it is
 * put on the system's PATH.
 *
 * Rule: every file is a component of its own, whose GUID follows from package
 * name, architecture and path, so that it is the same in all versions. All
 * other GUIDs follow from the name, too; that of the package follows from its
 * contents. An older version, or the same again, is replaced; a newer one
 * stays. No dialogs.
 *
 * Shape:  docs/manifest.md; pkg/msischema.h.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "common/digest.h"
#include "pkg/cab.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/msinames.h"
#include "pkg/msischema.h"
#include "pkg/pever.h"
#include "pkg/programs.h"

#define ID_MAX 40
#define SIGNATURE_MAX ((size_t)1 << 20)
#define PATH_BYTES 256 /* of a destination */
#define CABINET "tree.cab"
#define FEATURE "Complete"
#define EPOCH_MIN 315532800u /* MS-DOS times begin in 1980 */
#define FIELDS 3             /* of a version that are compared */

/* Source: Windows Installer, attributes of the Component, File, Registry,
 * RegLocator and Upgrade tables. */
#define COMPONENT_64 256
#define FILE_VITAL 512
#define ROOT_MACHINE 2
#define LOCATOR_VALUE 2
#define LOCATOR_64 16
#define UPGRADE_KEEP_FEATURES 1
#define UPGRADE_ONLY_DETECT 2
#define UPGRADE_MAX_INCLUSIVE 512

static const struct arch {
	const char *name, *template_text, *file, *folder, *folder_name;
	int32_t component, locator, schema;
} arches[] = {
	{ "x86_64", "x64;1033", "x64", "ProgramFiles64Folder", "PFiles64",
	  COMPONENT_64, LOCATOR_VALUE | LOCATOR_64, 200 },
	{ "i386", "Intel;1033", "x86", "ProgramFilesFolder", "PFiles", 0,
	  LOCATOR_VALUE, 200 },
	{ "aarch64", "Arm64;1033", "arm64", "ProgramFiles64Folder", "PFiles64",
	  COMPONENT_64, LOCATOR_VALUE | LOCATOR_64, 500 },
};

struct msi {
	const struct pkg_manifest *m;
	const struct pkg_filelist *list;
	const struct arch *arch;
	struct sm_str root; /* INSTALLFOLDER's path */
	struct pkg_msinames names;
	uint8_t space[16]; /* UpgradeCode; the others are below it */
	struct sm_arena arena;
	struct pkg_msidb db;
	struct pkg_cfb cfb;
	struct pkg_cab_file *file; /* in the cabinet's order */
	size_t n_files;
	struct sm_buf cab;
};

static struct pkg_msidb_value text(const char *z)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_TEXT, z, 0 };
}

static struct pkg_msidb_value number(int32_t v)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_NUMBER, NULL, v };
}

static struct pkg_msidb_value nothing(void)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_NULL, NULL, 0 };
}

#define PUT(s, table, ...)                                                \
	pkg_msidb_put(                                                    \
		&(s)->db, table,                                          \
		(const struct pkg_msidb_value[]){ __VA_ARGS__ },          \
		sizeof((const struct pkg_msidb_value[]){ __VA_ARGS__ }) / \
			sizeof(struct pkg_msidb_value))

/* --- GUIDs ------------------------------------------------------------------- */

/* Below the upgrade code: "KIND:WHAT". SHA-1 is there; RFC 9562 needs it. */
static int named(const struct msi *s, const char *kind, const char *what,
		 uint8_t out[16], struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	int r = sm_buf_printf(&name, "%s:%s", kind, what);

	r = r < 0 ? sm_err_set(e, r, "'%s' is too long", what) :
		    pkg_msinames_uuid(s->space, sm_buf_z(&name), out, e);
	sm_buf_release(&name);
	return r;
}

/* A key for a table: a letter and the digits of a GUID. */
static int make_id(const struct msi *s, char letter, const char *path,
		   char out[ID_MAX], struct sm_err *e)
{
	uint8_t u[16];
	int r = named(s, "path", path, u, e);

	out[0] = letter;
	if (r == 0)
		sm_digest_hex(u, sizeof(u), out + 1);
	return r;
}

/* --- names and folders ------------------------------------------------------- */

static bool is_below(struct sm_str path, struct sm_str folder)
{
	return path.len > folder.len && path.ptr[folder.len] == '/' &&
	       sm_str_eq(sm_str_sub(path, 0, folder.len), folder);
}

/* "SHORT|long", or the name if it is short. */
static const char *both_names(struct msi *s, size_t at)
{
	const char *name = pkg_msinames_base(s->list->file[at].path);
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	const char *z;

	if (!*s->names.brief[at])
		return name;
	sm_buf_printf(&b, "%s|%s", s->names.brief[at], name);
	z = sm_arena_dup(&s->arena, sm_buf_str(&b));
	sm_buf_release(&b);
	return z;
}

/* The deepest folder that holds all files. */
static int find_root(struct msi *s, struct sm_err *e)
{
	bool any = false;

	for (size_t i = 0; i < s->list->n; i++) {
		const struct pkg_file *f = &s->list->file[i];

		if (f->type == PKG_ARC_DIR)
			continue;
		if (f->type == PKG_ARC_LINK)
			return sm_err_set(e, SM_EFORMAT,
					  "%s: files: '/%s' is a link, which "
					  "an msi cannot hold",
					  s->m->file, f->path);
		if (!any)
			s->root = pkg_msinames_parent(sm_str(f->path));
		any = true;
		while (s->root.len && !is_below(sm_str(f->path), s->root))
			s->root = pkg_msinames_parent(s->root);
	}
	if (!s->root.len)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: files: an msi needs one folder below "
				  "Program Files that holds all files",
				  s->m->file);
	return 0;
}

/* Keys of the folder of a path, or of the folder itself. */
static int folder_id(const struct msi *s, struct sm_str path, char out[ID_MAX],
		     struct sm_err *e)
{
	char z[PATH_BYTES];

	if (!path.len || sm_str_eq(path, s->root)) {
		(void)snprintf(out, ID_MAX, "%s",
			       path.len ? PKG_MSISCHEMA_FOLDER :
					  s->arch->folder);
		return 0;
	}
	(void)snprintf(z, sizeof(z), "%.*s", SM_STR_ARG(path));
	return make_id(s, 'D', z, out, e);
}

static int put_folders(struct msi *s, struct sm_err *e)
{
	char id[ID_MAX], up[ID_MAX];
	int r;

	PUT(s, PKG_MSISCHEMA_DIRECTORY, text("TARGETDIR"), nothing(),
	    text("SourceDir"));
	PUT(s, PKG_MSISCHEMA_DIRECTORY, text(s->arch->folder),
	    text("TARGETDIR"), text(s->arch->folder_name));
	for (size_t i = 0; i < s->list->n; i++) {
		struct sm_str path = sm_str(s->list->file[i].path);

		if (s->list->file[i].type != PKG_ARC_DIR)
			continue;
		if ((r = folder_id(s, path, id, e)) < 0 ||
		    (r = folder_id(s, pkg_msinames_parent(path), up, e)) < 0)
			return r;
		PUT(s, PKG_MSISCHEMA_DIRECTORY, text(id), text(up),
		    text(both_names(s, i)));
	}
	return 0;
}

/* --- files ------------------------------------------------------------------- */

/* What the installer compares with the file that is there: the version of a
 * program, the MD5 of anything else. */
static int put_identity(struct msi *s, const struct pkg_file *f, const char *id,
			char version[32], char language[8], struct sm_err *e)
{
	struct pkg_pever v;
	uint8_t digest[SM_DIGEST_MAX];
	int32_t part[4];
	int r = pkg_pever_read(&v, f->data);

	*version = *language = '\0';
	if (r == 0) {
		(void)snprintf(version, 32, "%u.%u.%u.%u", v.part[0], v.part[1],
			       v.part[2], v.part[3]);
		(void)snprintf(language, 8, "%u", v.language);
		return 0;
	}
	if (r == SM_EFORMAT)
		return sm_err_set(e, r, "%s: files: '/%s' has no sound version",
				  s->m->file, f->path);
	if ((r = sm_digest_bytes(SM_DIGEST_MD5, f->data, digest, e)) < 0)
		return r;
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *p = digest + 4 * i;

		part[i] =
			(int32_t)(p[0] | (uint32_t)p[1] << 8 |
				  (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
		if (part[i] == INT32_MIN)
			return 0; /* which cannot be said */
	}
	PUT(s, PKG_MSISCHEMA_FILE_HASH, text(id), number(0), number(part[0]),
	    number(part[1]), number(part[2]), number(part[3]));
	return 0;
}

/* Component and feature of a file. */
static int put_component(struct msi *s, const struct pkg_file *f,
			 const char *id, const char *component,
			 char guid[PKG_MSINAMES_GUID], struct sm_err *e)
{
	char dir[ID_MAX], kind[32];
	uint8_t u[16];
	int r;

	(void)snprintf(kind, sizeof(kind), "component-%s", s->arch->name);
	if ((r = named(s, kind, f->path, u, e)) < 0 ||
	    (r = folder_id(s, pkg_msinames_parent(sm_str(f->path)), dir, e)) <
		    0)
		return r;
	pkg_msinames_guid(u, guid);
	PUT(s, PKG_MSISCHEMA_COMPONENT, text(component), text(guid), text(dir),
	    number(s->arch->component), nothing(), text(id));
	PUT(s, PKG_MSISCHEMA_FEATURE_COMPONENTS, text(FEATURE),
	    text(component));
	return 0;
}

/* The first program of a folder puts it on the PATH: [~] is what is there,
 * "=-*" sets it, takes it away at removal, for the system. */
static int put_path(struct msi *s, size_t at, const char *component,
		    struct sm_err *e)
{
	struct sm_str path = sm_str(s->list->file[at].path);
	char dir[ID_MAX], id[ID_MAX], value[ID_MAX + 8];
	int r;

	if (!sm_str_ends(path, ".exe"))
		return 0;
	for (size_t i = 0; i < at; i++) {
		struct sm_str other = sm_str(s->list->file[i].path);

		if (sm_str_ends(other, ".exe") &&
		    sm_str_eq(pkg_msinames_parent(other),
			      pkg_msinames_parent(path)))
			return 0;
	}
	if ((r = folder_id(s, pkg_msinames_parent(path), dir, e)) < 0 ||
	    (r = make_id(s, 'E', path.ptr, id, e)) < 0)
		return r;
	(void)snprintf(value, sizeof(value), "[~];[%s]", dir);
	PUT(s, PKG_MSISCHEMA_ENVIRONMENT, text(id), text("=-*PATH"),
	    text(value), text(component));
	return 0;
}

/* The machine remembers INSTALLFOLDER, for repair and the next version. */
static void put_memory(struct msi *s, const char *component)
{
	struct sm_buf key = SM_BUF_INIT(SM_BUF_SMALL);

	sm_buf_printf(&key, "Software\\%s", s->m->name);
	PUT(s, PKG_MSISCHEMA_REGISTRY, text("Folder"), number(ROOT_MACHINE),
	    text(sm_buf_z(&key)), text("Folder"),
	    text("[" PKG_MSISCHEMA_FOLDER "]"), text(component));
	PUT(s, PKG_MSISCHEMA_LOCATOR, text("Folder"), number(ROOT_MACHINE),
	    text(sm_buf_z(&key)), text("Folder"), number(s->arch->locator));
	PUT(s, PKG_MSISCHEMA_SEARCH, text(PKG_MSISCHEMA_BEFORE),
	    text("Folder"));
	sm_buf_release(&key);
}

static int put_file(struct msi *s, size_t at, struct sm_err *e)
{
	const struct pkg_file *f = &s->list->file[at];
	char id[ID_MAX], component[ID_MAX], guid[PKG_MSINAMES_GUID];
	char version[32], language[8];
	int r;

	if ((r = make_id(s, 'F', f->path, id, e)) < 0 ||
	    (r = make_id(s, 'C', f->path, component, e)) < 0 ||
	    (r = put_component(s, f, id, component, guid, e)) < 0 ||
	    (r = put_identity(s, f, id, version, language, e)) < 0 ||
	    (r = put_path(s, at, component, e)) < 0)
		return r;
	s->file[s->n_files].name = sm_arena_dup(&s->arena, sm_str(id));
	s->file[s->n_files++].data = f->data;
	PUT(s, PKG_MSISCHEMA_FILE, text(id), text(component),
	    text(both_names(s, at)), number((int32_t)f->data.len),
	    text(version), text(language), number(FILE_VITAL),
	    number((int32_t)s->n_files));
	if (s->n_files == 1)
		put_memory(s, component);
	return 0;
}

static int put_files(struct msi *s, struct sm_err *e)
{
	int r;

	s->file = sm_arena_alloc(&s->arena, s->list->n, sizeof(*s->file));
	for (size_t i = 0; i < s->list->n; i++)
		if (s->list->file[i].type == PKG_ARC_FILE &&
		    (r = put_file(s, i, e)) < 0)
			return r;
	PUT(s, PKG_MSISCHEMA_FEATURE, text(FEATURE), nothing(), text(FEATURE),
	    nothing(), number(1), number(1), text(PKG_MSISCHEMA_FOLDER),
	    number(0));
	PUT(s, PKG_MSISCHEMA_MEDIA, number(1), number((int32_t)s->n_files),
	    nothing(), text("#" CABINET), nothing(), nothing());
	return 0;
}

/* --- the product ------------------------------------------------------------- */

/* "session-manager-plugin" is shown as "Session Manager Plugin". */
static const char *product_name(struct msi *s)
{
	char *z = sm_arena_dup(&s->arena, sm_str(s->m->name));

	for (char *p = z; *p; p++) {
		if (*p == '-')
			*p = ' ';
		if (*p >= 'a' && *p <= 'z' && (p == z || p[-1] == ' '))
			*p = (char)(*p - 'a' + 'A');
	}
	return z;
}

/* The vendor, or the maintainer without the address. */
static const char *manufacturer(struct msi *s)
{
	struct sm_str z = sm_str(s->m->maintainer);

	if (*s->m->vendor)
		return s->m->vendor;
	return sm_arena_dup(&s->arena,
			    sm_str_trim(sm_str_sub(z, 0, strcspn(z.ptr, "<"))));
}

static void put_property(struct msi *s, const char *name, const char *value)
{
	PUT(s, PKG_MSISCHEMA_PROPERTY, text(name), text(value));
}

static int put_product(struct msi *s, struct sm_err *e)
{
	char guid[PKG_MSINAMES_GUID], what[160];
	uint8_t u[16];
	int r;

	(void)snprintf(what, sizeof(what), "%s-%s-%s", s->m->version,
		       s->m->release, s->arch->name);
	if ((r = named(s, "product", what, u, e)) < 0)
		return r;
	pkg_msinames_guid(u, guid);
	put_property(s, "ProductCode", guid);
	pkg_msinames_guid(s->space, guid);
	put_property(s, "UpgradeCode", guid);
	put_property(s, "ProductName", product_name(s));
	put_property(s, "ProductVersion", s->m->version);
	put_property(s, "ProductLanguage", "1033");
	put_property(s, "Manufacturer", manufacturer(s));
	put_property(s, "ALLUSERS", "1");
	put_property(s, "ARPCOMMENTS", s->m->summary);
	put_property(s, "ARPHELPLINK", s->m->url);
	put_property(s, "ARPURLINFOABOUT", s->m->url);
	put_property(s, "ARPNOMODIFY", "1");
	/* files are ours, so what is there is replaced whatever its age */
	put_property(s, "REINSTALLMODE", "amus");
	put_property(s, "SecureCustomProperties",
		     PKG_MSISCHEMA_FOLDER ";" PKG_MSISCHEMA_BEFORE
					  ";" PKG_MSISCHEMA_OLDER
					  ";" PKG_MSISCHEMA_NEWER);
	return 0;
}

/* The installer compares three numbers, so the same three are "older". */
static void put_upgrade(struct msi *s)
{
	struct sm_str rest = sm_str(s->m->version), piece;
	char guid[PKG_MSINAMES_GUID], version[32];
	size_t dots = 0;

	while (dots < FIELDS && sm_str_split(&rest, '.', &piece))
		dots++;
	(void)snprintf(version, sizeof(version), "%.*s",
		       (int)(piece.ptr + piece.len - s->m->version),
		       s->m->version);
	pkg_msinames_guid(s->space, guid);
	PUT(s, PKG_MSISCHEMA_UPGRADE, text(guid), text("0.0.0"), text(version),
	    nothing(), number(UPGRADE_KEEP_FEATURES | UPGRADE_MAX_INCLUSIVE),
	    nothing(), text(PKG_MSISCHEMA_OLDER));
	PUT(s, PKG_MSISCHEMA_UPGRADE, text(guid), text(version), nothing(),
	    nothing(), number(UPGRADE_ONLY_DETECT), nothing(),
	    text(PKG_MSISCHEMA_NEWER));
	PUT(s, PKG_MSISCHEMA_LAUNCH, text("NOT " PKG_MSISCHEMA_NEWER),
	    text("A newer version of [ProductName] is installed. Remove it "
		 "first if you want this one."));
}

/* --- the file ---------------------------------------------------------------- */

static int put_cabinet(struct msi *s, struct sm_err *e)
{
	uint16_t name[PKG_CFB_NAME_MAX];
	int n = pkg_msidb_name(CABINET, false, name), r;

	r = pkg_cab_put(s->file, s->n_files, s->m->epoch_sec, &s->cab, e);
	if (r < 0)
		return r;
	return pkg_cfb_add(&s->cfb, name, (size_t)n, sm_buf_str(&s->cab), e);
}

/* The package's GUID: of all streams, and of the summary without it. */
static int package_code(struct msi *s, struct sm_str summary,
			char guid[PKG_MSINAMES_GUID], struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint8_t digest[SM_DIGEST_MAX], u[16];
	char hex[SM_SHA256_HEX];
	int r = sm_digest_start(&d, SM_DIGEST_SHA256, e);

	if (r < 0)
		return r;
	pkg_cfb_sort(&s->cfb);
	for (size_t i = 0; i < s->cfb.n; i++) {
		const struct pkg_cfb_stream *stream = &s->cfb.stream[i];
		uint64_t len = stream->data.len;
		uint8_t head[8];

		for (size_t k = 0; k < sizeof(head); k++)
			head[k] = (uint8_t)(len >> (8 * k));
		sm_digest_add(&d, head, sizeof(head));
		sm_digest_add(&d, stream->data.ptr, stream->data.len);
	}
	sm_digest_add(&d, summary.ptr, summary.len);
	sm_digest_finish(&d, digest);
	sm_digest_hex(digest, SM_SHA256_SIZE, hex);
	r = named(s, "package", hex, u, e);
	if (r == 0)
		pkg_msinames_guid(u, guid);
	return r;
}

/* A stream whose name stands there as it is. */
static int add_plain(struct msi *s, const char *name, const struct sm_buf *data,
		     struct sm_err *e)
{
	uint16_t units[PKG_CFB_NAME_MAX];
	size_t n = 0;

	for (; name[n] && n < PKG_CFB_NAME_MAX; n++)
		units[n] = (uint8_t)name[n];
	return pkg_cfb_add(&s->cfb, units, n, sm_buf_str(data), e);
}

static int put_summary(struct msi *s, struct sm_buf *out, struct sm_err *e)
{
	char guid[PKG_MSINAMES_GUID] = "";
	const struct pkg_msidb_summary summary = {
		.subject = product_name(s),
		.author = manufacturer(s),
		.comments = s->m->summary,
		.template_text = s->arch->template_text,
		.code = guid,
		.program = "smpkg",
		.when_sec = s->m->epoch_sec,
		.schema = s->arch->schema,
		.words = 2,
	};
	int r;

	if ((r = pkg_msidb_summary(&summary, out)) < 0)
		return sm_err_set(e, r, "the summary is too large");
	if ((r = package_code(s, sm_buf_str(out), guid, e)) < 0)
		return r;
	sm_buf_clear(out);
	if ((r = pkg_msidb_summary(&summary, out)) < 0)
		return sm_err_set(e, r, "the summary is too large");
	return add_plain(s, "\5SummaryInformation", out, e);
}

/* Signatures take the streams in the order of their names' bytes, a name before
 * those that begin with it. */
static int by_name(const void *a, const void *b)
{
	const struct pkg_cfb_stream *const *x = a, *const *y = b;

	for (size_t i = 0; i < (*x)->n_name && i < (*y)->n_name; i++) {
		unsigned p = (*x)->name[i], q = (*y)->name[i];

		p = (p & 0xff) << 8 | p >> 8;
		q = (q & 0xff) << 8 | q >> 8;
		if (p != q)
			return p < q ? -1 : 1;
	}
	return (*x)->n_name < (*y)->n_name ? -1 : 1; /* never the same */
}

/* All streams, and the root's class: what a signature is over. */
static int digest_streams(const struct msi *s, uint8_t *out, struct sm_err *e)
{
	const struct pkg_cfb_stream *stream[PKG_CFB_STREAMS_MAX];
	struct sm_digest d = SM_DIGEST_INIT;
	int r = sm_digest_start(&d, SM_DIGEST_SHA256, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < s->cfb.n; i++)
		stream[i] = &s->cfb.stream[i];
	qsort(stream, s->cfb.n, sizeof(stream[0]), by_name);
	for (size_t i = 0; i < s->cfb.n; i++)
		sm_digest_add(&d, stream[i]->data.ptr, stream[i]->data.len);
	sm_digest_add(&d, s->cfb.clsid, sizeof(s->cfb.clsid));
	sm_digest_finish(&d, out);
	return 0;
}

/* Authenticode, as one stream more; `sig` must outlive the compound file. */
static int sign_inside(struct msi *s, struct sm_buf *sig, struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	if (!s->m->cert)
		return 0;
	if ((r = digest_streams(s, digest, e)) < 0 ||
	    (r = pkg_programs_put_package(s->m, digest, sig, e)) < 0)
		return r;
	return add_plain(s, "\5DigitalSignature", sig, e);
}

static int fill(struct msi *s, struct sm_err *e)
{
	/* the URL name space of RFC 9562 6.6 */
	static const uint8_t urls[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad,
					  0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0,
					  0x4f, 0xd4, 0x30, 0xc8 };
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_buf_printf(&name, "msi:%s", s->m->name);
	r = pkg_msinames_uuid(urls, sm_buf_z(&name), s->space, e);
	sm_buf_release(&name);
	if (r < 0 || (r = find_root(s, e)) < 0)
		return r;
	pkg_msinames_make(&s->names, s->list, &s->arena);
	if ((r = put_product(s, e)) < 0 || (r = put_folders(s, e)) < 0 ||
	    (r = put_files(s, e)) < 0)
		return r;
	put_upgrade(s);
	pkg_msischema_sequences(&s->db);
	if ((r = pkg_msidb_finish(&s->db, &s->cfb, e)) < 0)
		return sm_err_wrap(e, r, "%s", s->m->file);
	return put_cabinet(s, e);
}

static const struct arch *find_arch(const char *name)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(arches); i++)
		if (!strcmp(arches[i].name, name))
			return &arches[i];
	return NULL;
}

static int msi_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	/* 000C1084-0000-0000-C000-000000000046: a package */
	static const uint8_t clsid[16] = {
		0x84, 0x10, 0x0C, 0x00, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46
	};
	struct sm_buf summary = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SIGNATURE_MAX);
	struct msi s;
	int r;

	SM_UNUSED(key); /* OpenPGP signs beside it */
	memset(&s, 0, sizeof(s));
	s.m = m;
	s.list = l;
	s.arch = find_arch(m->arch);
	sm_buf_init(&s.cab, PKG_FORMAT_ARTIFACT_MAX);
	memcpy(s.cfb.clsid, clsid, sizeof(clsid));
	pkg_msidb_init(&s.db, pkg_msischema_tables, PKG_MSISCHEMA_N);
	r = pkg_programs_sign(m, l, "", e);
	if (r == 0)
		r = fill(&s, e);
	if (r == 0)
		r = put_summary(&s, &summary, e);
	if (r == 0)
		r = sign_inside(&s, &sig, e);
	if (r == 0)
		r = pkg_cfb_write(&s.cfb, out, e);
	pkg_msidb_release(&s.db);
	sm_arena_release(&s.arena);
	sm_buf_release(&s.cab);
	sm_buf_release(&summary);
	sm_buf_release(&sig);
	return r;
}

/* Three numbers are compared, each in its bits. Source: "ProductVersion". */
static int check_version(const struct pkg_manifest *m, struct sm_err *e)
{
	static const unsigned max[] = { 255, 255, 65535, 65535 };
	struct sm_str rest = sm_str(m->version), piece;
	uint64_t v;

	for (size_t i = 0; sm_str_split(&rest, '.', &piece); i++)
		if (i >= SM_ARRAY_LEN(max) || sm_str_u64(piece, max[i], &v) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "%s:1: version: '%s' is above "
					  "255.255.65535.65535, which is all "
					  "that an msi can say",
					  m->file, m->version);
	return 0;
}

/* Names that Windows takes; two that differ in case are one. */
static int check_files(const struct pkg_manifest *m, struct sm_err *e)
{
	static const char *const cause[] = {
		"has a character that no name on Windows has",
		"ends with a dot or a space, which Windows drops"
	};

	for (size_t i = 0; i < m->n_files; i++) {
		const struct pkg_source *f = &m->files[i];
		struct sm_str rest = sm_str(f->destination), part;
		const char *what = NULL;

		if (strpbrk(f->destination, "\\:*?\"<>|"))
			what = cause[0];
		while (sm_str_split(&rest, '/', &part))
			if (sm_str_ends(part, ".") || sm_str_ends(part, " "))
				what = cause[1];
		for (size_t k = 0; k < i && !what; k++)
			if (sm_str_eq_nocase(sm_str(f->destination),
					     sm_str(m->files[k].destination)))
				what = "is there in other letters already";
		if (what)
			return sm_err_set(e, SM_EFORMAT,
					  "%s:%u: files[%u].destination: '%s' "
					  "%s",
					  m->file, f->line, f->index,
					  f->destination, what);
	}
	return 0;
}

static int msi_check(const struct pkg_manifest *m, struct sm_err *e)
{
	int r = pkg_format_no_scripts(m, e);

	if (r < 0)
		return r;
	if (!find_arch(m->arch))
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: architectures: there is no msi for %s",
				  m->file, m->arch);
	if (m->epoch_sec < EPOCH_MIN)
		return sm_err_set(e, SM_EFORMAT,
				  "an msi cannot hold a time before 1980");
	if (m->n_links)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:%u: links: an msi has no links", m->file,
				  m->links[0].line);
	if ((r = check_version(m, e)) < 0)
		return r;
	return check_files(m, e);
}

static int msi_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	const struct arch *a = find_arch(m->arch);

	return sm_buf_printf(out, "%s-%s-%s.msi", m->name, m->version,
			     a ? a->file : m->arch);
}

const struct pkg_format pkg_fmt_msi = { "msi", ".msi", msi_check, msi_filename,
					msi_write };
