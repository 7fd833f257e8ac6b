/*
 * Files of an rpm.
 *
 * Rule: header and payload are made from one list in one order. Folders that
 * the distribution owns (/usr, /usr/local, ...) are left out even where they
 * are parents of ours, so that erasing the package does not touch them.
 */
#include "common/def.h"
#include "pkg/rpmfiles.h"

#include <rpm/rpmfiles.h>
#include <rpm/rpmtag.h>

#include "common/digest.h"
#include "pkg/rpmclass.h"
#include "pkg/rpmhdr.h"

#define RPM_PATH_MAX 300
#define RPM_DIGEST_SHA256 8 /* PGPHASHALGO_SHA256 */

/* File type bits of a mode, POSIX sys/stat.h values as cpio stores them. */
#define MODE_DIR 0040000u
#define MODE_FILE 0100000u
#define MODE_LINK 0120000u

/* Folders of the file system hierarchy, owned by the package "filesystem". */
static const char *const system_dirs[] = { "etc",           "lib",
					   "opt",           "usr",
					   "usr/bin",       "usr/lib",
					   "usr/local",     "usr/local/bin",
					   "usr/local/lib", "usr/local/share",
					   "usr/share",     "usr/share/doc",
					   "usr/share/man", "var",
					   "var/lib" };

static bool is_system_dir(const struct pkg_file *f)
{
	if (!(f->flags & PKG_FILELIST_IMPLIED))
		return false;
	for (size_t i = 0; i < SM_ARRAY_LEN(system_dirs); i++)
		if (!strcmp(f->path, system_dirs[i]))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct pkg_file *const *fa = a;
	const struct pkg_file *const *fb = b;

	return strcmp((*fa)->path, (*fb)->path);
}

void pkg_rpmfiles_init(struct pkg_rpmfiles *f, const struct pkg_filelist *l)
{
	f->file = sm_mem_zalloc(l->n + 1, sizeof(const struct pkg_file *));
	f->n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (!is_system_dir(&l->file[i]))
			f->file[f->n++] = &l->file[i];
	qsort(f->file, f->n, sizeof(const struct pkg_file *), compare);
}

void pkg_rpmfiles_release(struct pkg_rpmfiles *f)
{
	sm_mem_free(f->file);
	f->file = NULL;
	f->n = 0;
}

static uint16_t full_mode(const struct pkg_file *f)
{
	static const unsigned kinds[] = { MODE_FILE, MODE_DIR, MODE_LINK };

	return (uint16_t)(kinds[f->type] | f->mode);
}

static uint32_t file_flags(const struct pkg_file *f)
{
	uint32_t flags = 0;

	if (f->flags & PKG_FILELIST_CONFIG)
		flags |= RPMFILE_CONFIG | RPMFILE_NOREPLACE;
	if (f->flags & PKG_FILELIST_DOC)
		flags |= RPMFILE_DOC;
	return flags;
}

/* Columns of the file table, allocated together. */
struct columns {
	struct sm_arena arena;
	uint32_t *size, *mtime, *flags, *verify, *device, *inode, *dir;
	uint32_t *colour, *class;
	uint16_t *mode, *rdev;
	const char **digest, **link, **user, **group, **lang, **base, **dirs;
	const char **classes;
	size_t n_dirs, n_classes;
	uint32_t total;
};

static void columns_alloc(struct columns *c, size_t n)
{
	uint32_t **words[] = { &c->size,   &c->mtime,  &c->flags,
			       &c->verify, &c->device, &c->inode,
			       &c->dir,    &c->colour, &c->class };
	const char ***texts[] = { &c->digest, &c->link, &c->user, &c->group,
				  &c->lang,   &c->base, &c->dirs, &c->classes };

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < SM_ARRAY_LEN(words); i++)
		*words[i] = sm_arena_alloc(&c->arena, n, sizeof(uint32_t));
	for (size_t i = 0; i < SM_ARRAY_LEN(texts); i++)
		*texts[i] = sm_arena_alloc(&c->arena, n, sizeof(char *));
	c->mode = sm_arena_alloc(&c->arena, n, sizeof(uint16_t));
	c->rdev = sm_arena_alloc(&c->arena, n, sizeof(uint16_t));
}

/* Number of a text in a list of columns, added if it is new. */
static uint32_t find_text(struct columns *c, const char **list, size_t *n,
			  const struct sm_buf *text)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (!strcmp(list[i], sm_buf_z(text)))
			return (uint32_t)i;
	list[(*n)++] = sm_arena_dup(&c->arena, sm_buf_str(text));
	return (uint32_t)i;
}

static uint32_t find_dir(struct columns *c, const char *path, const char *base)
{
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	uint32_t i;

	sm_buf_printf(&dir, "/%.*s", (int)(base - path), path);
	i = find_text(c, c->dirs, &c->n_dirs, &dir);
	sm_buf_release(&dir);
	return i;
}

static uint32_t find_class(struct columns *c, const struct pkg_file *f)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	uint32_t i;

	(void)pkg_rpmclass_put(f, &text);
	i = find_text(c, c->classes, &c->n_classes, &text);
	sm_buf_release(&text);
	return i;
}

static int columns_fill(struct columns *c, size_t i, const struct pkg_file *f,
			uint32_t mtime_sec, struct sm_err *e)
{
	char hex[SM_SHA256_HEX] = "";
	uint8_t digest[SM_DIGEST_MAX];
	const char *base = strrchr(f->path, '/');
	int r;

	base = base ? base + 1 : f->path;
	if (f->type == PKG_ARC_FILE) {
		r = sm_digest_bytes(SM_DIGEST_SHA256, f->data, digest, e);
		if (r < 0)
			return r;
		sm_digest_hex(digest, SM_SHA256_SIZE, hex);
		c->total += (uint32_t)f->data.len;
	}
	c->size[i] = (uint32_t)f->data.len; /* of a link: its text */
	c->mtime[i] = mtime_sec;
	c->flags[i] = file_flags(f);
	c->verify[i] = UINT32_MAX; /* check everything */
	c->device[i] = 1;
	c->inode[i] = (uint32_t)i + 1;
	c->dir[i] = find_dir(c, f->path, base);
	c->colour[i] = pkg_rpmclass_colour(f);
	c->class[i] = find_class(c, f);
	c->mode[i] = full_mode(f);
	c->digest[i] = sm_arena_dup(&c->arena, sm_str(hex));
	c->link[i] =
		f->type == PKG_ARC_LINK ? sm_arena_dup(&c->arena, f->data) : "";
	c->user[i] = f->owner;
	c->group[i] = f->group;
	c->lang[i] = "";
	c->base[i] = base;
	return 0;
}

static void columns_put(const struct columns *c, size_t n, struct pkg_rpmhdr *h)
{
	pkg_rpmhdr_u32(h, RPMTAG_SIZE, c->total);
	pkg_rpmhdr_u32s(h, RPMTAG_FILESIZES, c->size, n);
	pkg_rpmhdr_u16s(h, RPMTAG_FILEMODES, c->mode, n);
	pkg_rpmhdr_u16s(h, RPMTAG_FILERDEVS, c->rdev, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILEMTIMES, c->mtime, n);
	pkg_rpmhdr_strs(h, RPMTAG_FILEDIGESTS, c->digest, n);
	pkg_rpmhdr_strs(h, RPMTAG_FILELINKTOS, c->link, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILEFLAGS, c->flags, n);
	pkg_rpmhdr_strs(h, RPMTAG_FILEUSERNAME, c->user, n);
	pkg_rpmhdr_strs(h, RPMTAG_FILEGROUPNAME, c->group, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILEVERIFYFLAGS, c->verify, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILEDEVICES, c->device, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILEINODES, c->inode, n);
	pkg_rpmhdr_strs(h, RPMTAG_FILELANGS, c->lang, n);
	pkg_rpmhdr_u32s(h, RPMTAG_DIRINDEXES, c->dir, n);
	pkg_rpmhdr_strs(h, RPMTAG_BASENAMES, c->base, n);
	pkg_rpmhdr_strs(h, RPMTAG_DIRNAMES, c->dirs, c->n_dirs);
	pkg_rpmhdr_u32s(h, RPMTAG_FILECOLORS, c->colour, n);
	pkg_rpmhdr_u32s(h, RPMTAG_FILECLASS, c->class, n);
	pkg_rpmhdr_strs(h, RPMTAG_CLASSDICT, c->classes, c->n_classes);
	pkg_rpmhdr_u32(h, RPMTAG_FILEDIGESTALGO, RPM_DIGEST_SHA256);
}

int pkg_rpmfiles_tags(const struct pkg_rpmfiles *f, uint32_t mtime_sec,
		      struct pkg_rpmhdr *h, struct sm_err *e)
{
	struct columns c;
	int r = 0;

	columns_alloc(&c, f->n);
	for (size_t i = 0; i < f->n && r == 0; i++)
		r = columns_fill(&c, i, f->file[i], mtime_sec, e);
	if (r == 0)
		columns_put(&c, f->n, h);
	sm_arena_release(&c.arena);
	return r;
}

int pkg_rpmfiles_payload(const struct pkg_rpmfiles *f, uint32_t mtime_sec,
			 struct sm_buf *out, struct sm_err *e)
{
	struct pkg_arc *a = NULL;
	char path[RPM_PATH_MAX];
	struct pkg_arc_entry entry;
	int r;

	r = pkg_arc_new(&a, PKG_ARC_NEWC, PKG_ARC_PLAIN, out, e);
	for (size_t i = 0; i < f->n && r == 0; i++) {
		memset(&entry, 0, sizeof(entry));
		(void)snprintf(path, sizeof(path), "./%s", f->file[i]->path);
		entry.path = path;
		entry.type = f->file[i]->type;
		entry.mode = f->file[i]->mode;
		entry.mtime_sec = mtime_sec;
		entry.data = f->file[i]->data;
		r = pkg_arc_put(a, &entry, e);
	}
	if (r == 0)
		r = pkg_arc_finish(a, e);
	pkg_arc_free(a);
	return r;
}
