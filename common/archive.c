/*
 * Archives from outside, over libarchive. The library decodes; every
 * decision about names, kinds, sizes and modes is made here, before a byte
 * is written.
 *
 * Rule: an entry is judged when it is met, and one bad entry ends it all.
 * Files are only created where nothing was, below folders that this module
 * made or the caller gave, never below a link.
 */
#include "common/def.h"
#include "common/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "common/mem.h"
#include "common/nameset.h"
#include "common/xzdict.h"

#define CHUNK ((size_t)64 << 10)
#define RATIO_FREE ((uint64_t)1 << 20)

struct sm_archive {
	struct archive *ar;
	struct archive_entry *entry;
	int fd;
	uint64_t base, len, pos; /* the range, and the place in it */
	struct sm_archive_limits limits;
	uint32_t n_entries;
	uint64_t all_bytes;
	uint64_t size; /* of the entry just met */
	struct sm_nameset names;
	struct sm_err io; /* of the read callback */
	char clean[SM_ARCHIVE_NAME_MAX];
	char link[SM_ARCHIVE_NAME_MAX];
	char chunk[CHUNK];
};

/* --- names ----------------------------------------------------------------- */

/* A part of a path that is the same file on every system we run on. */
static bool part_ok(struct sm_str part)
{
	size_t i;

	if (!part.len || part.ptr[part.len - 1] == '.' ||
	    part.ptr[part.len - 1] == ' ')
		return false; /* also "." and ".." */
	for (i = 0; i < part.len; i++)
		if ((uint8_t)part.ptr[i] < 0x20 || part.ptr[i] == 0x7f ||
		    part.ptr[i] == '\\' || part.ptr[i] == ':')
			return false;
	return true;
}

int sm_archive_clean(struct sm_str name, char *out, struct sm_err *e)
{
	struct sm_str rest, part;

	while (sm_str_starts(name, "./"))
		name = sm_str_sub(name, 2, name.len);
	if (sm_str_ends(name, "/") && name.len > 1)
		name.len--;
	out[0] = '\0';
	if (!name.len || sm_str_eqz(name, "."))
		return 0;
	if (name.len >= SM_ARCHIVE_NAME_MAX)
		return sm_err_set(e, SM_EVERIFY, "an entry's name is too long");
	if (!sm_str_utf8(name))
		return sm_err_set(e, SM_EVERIFY,
				  "an entry's name is not UTF-8");
	for (rest = name; sm_str_split(&rest, '/', &part);)
		if (!part_ok(part))
			return sm_err_set(e, SM_EVERIFY,
					  "entry '%.*s' has an unsafe name",
					  SM_STR_ARG(name));
	memcpy(out, name.ptr, name.len);
	out[name.len] = '\0';
	return 0;
}

/*
 * A link stays inside if its ".." stand only at the front and do not climb
 * above the root. The folder that a link lies in is real (nameset.h), so
 * what it climbs is what the text says, and links that it passes obey the
 * same rule.
 */
static int check_link(const char *name, const char *text)
{
	struct sm_str rest = sm_str(text), part;
	bool front = true;
	size_t depth = 0;

	for (; *name; name++)
		depth += *name == '/';
	while (sm_str_split(&rest, '/', &part)) {
		if (front && sm_str_eqz(part, "..")) {
			if (!depth--)
				return SM_EVERIFY;
			continue;
		}
		front = false;
		if (!part_ok(part))
			return SM_EVERIFY;
	}
	return text[0] ? 0 : SM_EVERIFY;
}

/* --- the library ----------------------------------------------------------- */

static la_ssize_t on_read(struct archive *ar, void *user, const void **p)
{
	struct sm_archive *a = user;
	uint64_t left = a->len - a->pos;
	int64_t n;

	*p = a->chunk;
	n = sm_os_file_read_at(a->fd, a->chunk,
			       left < CHUNK ? (size_t)left : CHUNK,
			       a->base + a->pos, &a->io);
	if (n < 0) {
		archive_set_error(ar, EIO, "read");
		return -1;
	}
	a->pos += (uint64_t)n;
	return (la_ssize_t)n;
}

static la_int64_t on_seek(struct archive *ar, void *user, la_int64_t offset,
			  int whence)
{
	struct sm_archive *a = user;
	la_int64_t from = 0;

	SM_UNUSED(ar);
	if (whence == SEEK_CUR)
		from = (la_int64_t)a->pos;
	else if (whence == SEEK_END)
		from = (la_int64_t)a->len;
	offset += from;
	if (offset < 0 || (uint64_t)offset > a->len)
		return ARCHIVE_FATAL;
	a->pos = (uint64_t)offset;
	return offset;
}

static la_int64_t on_skip(struct archive *ar, void *user, la_int64_t n)
{
	struct sm_archive *a = user;
	uint64_t left = a->len - a->pos;

	SM_UNUSED(ar);
	if (n < 0)
		return 0;
	if ((uint64_t)n > left)
		n = (la_int64_t)left;
	a->pos += (uint64_t)n;
	return n;
}

/* Why the library gave up: our own read error, or what it says. */
static int failed(struct sm_archive *a, const char *name, struct sm_err *e)
{
	const char *why = archive_error_string(a->ar);

	if (a->io.code) {
		if (e)
			*e = a->io;
		return a->io.code;
	}
	if (name)
		return sm_err_set(e, SM_EFORMAT, "cannot read entry '%s': %s",
				  name, why ? why : "damaged archive");
	return sm_err_set(e, SM_EFORMAT, "cannot read archive: %s",
			  why ? why : "damaged archive");
}

/*
 * Only what is decoded in this process: for a filter that it was built
 * without, libarchive would start a program (and says ARCHIVE_WARN).
 */
static int choose(struct archive *ar, unsigned kinds)
{
	if (archive_read_support_filter_gzip(ar) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(ar) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(ar) != ARCHIVE_OK)
		return SM_ENOTSUP;
	if ((kinds & SM_ARCHIVE_TAR &&
	     archive_read_support_format_tar(ar) != ARCHIVE_OK) ||
	    (kinds & SM_ARCHIVE_CPIO &&
	     archive_read_support_format_cpio(ar) != ARCHIVE_OK) ||
	    (kinds & SM_ARCHIVE_ZIP &&
	     archive_read_support_format_zip_seekable(ar) != ARCHIVE_OK))
		return SM_ENOTSUP;
	return 0;
}

static int check_memory(struct sm_archive *a, struct sm_err *e)
{
	char head[6];
	uint64_t dict = 0;
	int64_t n;
	int r;

	n = sm_os_file_read_at(a->fd, head, sizeof(head), a->base, e);
	if (n < 0)
		return (int)n;
	if (!sm_xzdict_is_xz(sm_str_n(head, (size_t)n)))
		return 0;
	if ((r = sm_xzdict_largest(a->fd, a->base, a->len, &dict, e)) < 0)
		return r;
	if (dict > SM_ARCHIVE_XZ_DICT_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "xz stream asks for a dictionary of %llu "
				  "MiB",
				  (unsigned long long)(dict >> 20));
	return 0;
}

/*
 * One compression at most: check_memory and the ratio know of one. What the
 * library counts last is the file itself.
 */
static int check_filters(struct sm_archive *a, struct sm_err *e)
{
	if (archive_filter_count(a->ar) > 2)
		return sm_err_set(e, SM_EVERIFY,
				  "archive is compressed more than once");
	return 0;
}

/* The range inside the file. */
static int set_range(struct sm_archive *a, uint64_t offset, uint64_t len,
		     struct sm_err *e)
{
	struct sm_file_info st;
	int r;

	if ((r = sm_os_file_fstat(a->fd, &st, e)) < 0)
		return r;
	if (offset > st.size)
		return sm_err_set(e, SM_EFORMAT, "archive is cut off");
	if (len == UINT64_MAX)
		len = st.size - offset;
	if (len > st.size - offset)
		return sm_err_set(e, SM_EFORMAT, "archive is cut off");
	a->base = offset;
	a->len = len;
	return 0;
}

int sm_archive_open_new(struct sm_archive **out, int fd,
			struct sm_archive_range range, unsigned kinds,
			const struct sm_archive_limits *limits,
			struct sm_err *e)
{
	static const struct sm_archive_limits usual = SM_ARCHIVE_LIMITS_DEFAULT;
	struct sm_archive *a = sm_mem_zalloc(1, sizeof(*a));
	int r;

	*out = NULL;
	a->fd = fd;
	a->limits = limits ? *limits : usual;
	if ((r = set_range(a, range.offset, range.len, e)) < 0 ||
	    (r = check_memory(a, e)) < 0)
		goto out;
	a->ar = archive_read_new();
	if (!a->ar)
		sm_mem_exhausted();
	if ((r = choose(a->ar, kinds)) < 0) {
		sm_err_set(e, r,
			   "the archive library was built without a "
			   "decoder that is needed");
		goto out;
	}
	archive_read_set_read_callback(a->ar, on_read);
	archive_read_set_seek_callback(a->ar, on_seek);
	archive_read_set_skip_callback(a->ar, on_skip);
	archive_read_set_callback_data(a->ar, a);
	if (archive_read_open1(a->ar) != ARCHIVE_OK) {
		r = failed(a, NULL, e);
		goto out;
	}
	if ((r = check_filters(a, e)) < 0)
		goto out;
	*out = a;
	a = NULL;
out:
	sm_archive_free(a);
	return r;
}

void sm_archive_free(struct sm_archive *a)
{
	if (!a)
		return;
	archive_read_free(a->ar);
	sm_nameset_release(&a->names);
	sm_mem_free(a);
}

/* --- entries --------------------------------------------------------------- */

static int judge_type(struct sm_archive *a, struct sm_archive_entry *en,
		      struct sm_err *e)
{
	const char *text;

	if (archive_entry_hardlink(a->entry))
		return sm_err_set(e, SM_EVERIFY, "entry '%s' is a hard link",
				  a->clean);
	if (archive_entry_is_encrypted(a->entry))
		return sm_err_set(e, SM_EVERIFY, "entry '%s' is encrypted",
				  a->clean);
	switch (archive_entry_filetype(a->entry)) {
	case AE_IFREG:
		en->type = SM_FILE_REGULAR;
		return 0;
	case AE_IFDIR:
		en->type = SM_FILE_DIR;
		return 0;
	case AE_IFLNK:
		break;
	default:
		return sm_err_set(e, SM_EVERIFY,
				  "entry '%s' is a device or another special "
				  "file",
				  a->clean);
	}
	en->type = SM_FILE_LINK;
	text = archive_entry_symlink(a->entry);
	if (!text || strlen(text) >= sizeof(a->link) ||
	    !sm_str_utf8(sm_str(text)) || check_link(a->clean, text) < 0)
		return sm_err_set(e, SM_EVERIFY,
				  "entry '%s' is a link that may lead outside",
				  a->clean);
	memcpy(a->link, text, strlen(text) + 1);
	return 0;
}

static int judge_size(struct sm_archive *a, struct sm_archive_entry *en,
		      struct sm_err *e)
{
	const struct sm_archive_limits *l = &a->limits;
	la_int64_t size = 0;

	if (en->type == SM_FILE_REGULAR && archive_entry_size_is_set(a->entry))
		size = archive_entry_size(a->entry);
	if (size < 0)
		return sm_err_set(e, SM_EFORMAT, "entry '%s' has a bad size",
				  a->clean);
	en->size = (uint64_t)size;
	a->size = en->size;
	if (en->size > l->file_bytes)
		return sm_err_set(e, SM_ELIMIT,
				  "entry '%s' is too large (%llu bytes)",
				  a->clean, (unsigned long long)en->size);
	if (en->size > l->all_bytes - a->all_bytes)
		return sm_err_set(e, SM_ELIMIT,
				  "archive unpacks to more than "
				  "%llu bytes",
				  (unsigned long long)l->all_bytes);
	a->all_bytes += en->size;
	if (a->all_bytes > RATIO_FREE &&
	    (a->all_bytes - RATIO_FREE) / l->ratio > a->len)
		return sm_err_set(e, SM_ELIMIT,
				  "archive unpacks to more than %u times its "
				  "size",
				  l->ratio);
	return 0;
}

/*
 * What every zip program writes, and nothing that asks for memory as it likes
 * (lzma, xz, ppmd). The library tells the method in its name of the format.
 */
static int judge_method(struct sm_archive *a, struct sm_err *e)
{
	struct sm_str name = sm_str(archive_format_name(a->ar));

	if ((archive_format(a->ar) & ARCHIVE_FORMAT_BASE_MASK) !=
		    ARCHIVE_FORMAT_ZIP ||
	    sm_str_ends(name, "(deflation)") ||
	    sm_str_ends(name, "(uncompressed)"))
		return 0;
	return sm_err_set(e, SM_EVERIFY,
			  "entry '%s' is compressed in a way that is not "
			  "accepted",
			  a->clean);
}

static int judge(struct sm_archive *a, struct sm_archive_entry *en,
		 struct sm_err *e)
{
	int r;

	a->link[0] = '\0';
	if ((r = judge_type(a, en, e)) < 0 || (r = judge_method(a, e)) < 0 ||
	    (r = judge_size(a, en, e)) < 0)
		return r;
	en->name = a->clean;
	en->link = a->link;
	en->mode = archive_entry_perm(a->entry) & 0111 ? 0755 : 0644;
	if (en->type == SM_FILE_DIR)
		en->mode = 0755;
	return sm_nameset_claim(&a->names, a->clean, en->type, e);
}

static int take_name(struct sm_archive *a, struct sm_err *e)
{
	const char *name = archive_entry_pathname(a->entry);

	/* a zip's UTF-8 name has no form in the "C" locale */
	if (!name)
		name = archive_entry_pathname_utf8(a->entry);
	if (!name)
		return sm_err_set(e, SM_EVERIFY,
				  "an entry's name is not UTF-8");
	return sm_archive_clean(sm_str(name), a->clean, e);
}

int sm_archive_next(struct sm_archive *a, struct sm_archive_entry *en,
		    struct sm_err *e)
{
	int r;

	memset(en, 0, sizeof(*en));
	do {
		r = archive_read_next_header(a->ar, &a->entry);
		if (r == ARCHIVE_EOF)
			return 0;
		/* a warning is about the name's spelling here, see below */
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return failed(a, NULL, e);
		if (a->n_entries++ == a->limits.entries)
			return sm_err_set(e, SM_ELIMIT,
					  "archive has more than %u entries",
					  a->limits.entries);
		if ((r = take_name(a, e)) < 0)
			return r;
		if (!a->clean[0] &&
		    archive_entry_filetype(a->entry) != AE_IFDIR)
			return sm_err_set(e, SM_EVERIFY,
					  "an entry has no name");
	} while (!a->clean[0]);
	r = judge(a, en, e);
	return r < 0 ? r : 1;
}

/* One piece of the entry's contents; 0 at its end. */
static int64_t piece(struct sm_archive *a, char *p, uint64_t done,
		     struct sm_err *e)
{
	la_ssize_t n = archive_read_data(a->ar, p, CHUNK);

	if (n < 0)
		return failed(a, a->clean, e);
	if ((uint64_t)n > a->size - done)
		return sm_err_set(e, SM_EFORMAT,
				  "entry '%s' is longer than it says",
				  a->clean);
	if (n == 0 && done < a->size)
		return sm_err_set(e, SM_EFORMAT, "entry '%s' is cut off",
				  a->clean);
	return (int64_t)n;
}

int sm_archive_read(struct sm_archive *a, struct sm_buf *out, struct sm_err *e)
{
	char *p = sm_mem_alloc(CHUNK);
	uint64_t done = 0;
	int64_t n;

	while ((n = piece(a, p, done, e)) > 0) {
		done += (uint64_t)n;
		if (sm_buf_put(out, p, (size_t)n) < 0) {
			n = sm_err_set(e, SM_ELIMIT, "entry '%s' is too large",
				       a->clean);
			break;
		}
	}
	sm_mem_free(p);
	return (int)n;
}

int sm_archive_scan(struct sm_archive *a, struct sm_buf *head, size_t keep,
		    struct sm_err *e)
{
	char *p = sm_mem_alloc(CHUNK);
	uint64_t done = 0;
	size_t want;
	int64_t n;

	while ((n = piece(a, p, done, e)) > 0) {
		want = done < keep ? keep - (size_t)done : 0;
		if (want > (size_t)n)
			want = (size_t)n;
		if (want && sm_buf_put(head, p, want) < 0) {
			n = sm_err_set(e, SM_ELIMIT, "entry '%s' is too large",
				       a->clean);
			break;
		}
		done += (uint64_t)n;
	}
	sm_mem_free(p);
	return (int)n;
}

int sm_archive_copy(struct sm_archive *a, int fd, uint8_t *sha256,
		    uint64_t *size, struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint8_t digest[SM_SHA256_SIZE];
	char *p = NULL;
	uint64_t done = 0;
	int64_t n;
	int r;

	if ((r = sm_digest_start(&d, SM_DIGEST_SHA256, e)) < 0)
		return r;
	p = sm_mem_alloc(CHUNK);
	while ((n = piece(a, p, done, e)) > 0) {
		done += (uint64_t)n;
		sm_digest_add(&d, p, (size_t)n);
		r = sm_os_file_write_all(fd, sm_str_n(p, (size_t)n), e);
		if (r < 0)
			goto out;
	}
	if ((r = (int)n) < 0)
		goto out;
	sm_digest_finish(&d, digest);
	if (sha256)
		memcpy(sha256, digest, sizeof(digest));
	if (size)
		*size = done;
out:
	sm_digest_release(&d);
	sm_mem_free(p);
	return r;
}

/* --- extraction ------------------------------------------------------------ */

struct target {
	const struct sm_archive_sink *sink;
	struct sm_nameset names; /* what was made, folders first */
	struct sm_buf path;      /* sink->dir and one name */
};

static const char *path_of(struct target *t, const char *name, size_t len)
{
	sm_buf_clear(&t->path);
	sm_buf_printf(&t->path, "%s/%.*s", t->sink->dir, (int)len, name);
	return sm_buf_z(&t->path);
}

static int notify(struct target *t, const struct sm_archive_done *d,
		  struct sm_err *e)
{
	return t->sink->done ? t->sink->done(t->sink->user, d, e) : 0;
}

static int make_dir(struct target *t, const char *name, size_t len,
		    struct sm_err *e)
{
	struct sm_archive_done d = { 0 };
	char text[SM_ARCHIVE_NAME_MAX];
	const struct sm_nameset_name *n = sm_nameset_find(&t->names, name, len);
	const char *path;
	int r;

	if (n && n->type == SM_FILE_DIR)
		return 0;
	if (n)
		return sm_err_set(e, SM_EVERIFY,
				  "entry '%s' is a file and a folder", n->text);
	memcpy(text, name, len);
	text[len] = '\0';
	sm_nameset_add(&t->names, text, SM_FILE_DIR);
	path = path_of(t, name, len);
	if ((r = sm_os_dir_make(path, 0755, e)) < 0 ||
	    (r = sm_os_file_chmod(path, 0755, e)) < 0)
		return r;
	d.path = text;
	d.type = SM_FILE_DIR;
	d.mode = 0755;
	d.link = "";
	return notify(t, &d, e);
}

static int make_parents(struct target *t, const char *name, struct sm_err *e)
{
	size_t i;
	int r;

	for (i = 1; name[i]; i++)
		if (name[i] == '/' && (r = make_dir(t, name, i, e)) < 0)
			return r;
	return 0;
}

static int make_file(struct sm_archive *a, struct target *t, const char *name,
		     unsigned mode, struct sm_err *e)
{
	struct sm_archive_done d = { 0 };
	const char *path = path_of(t, name, strlen(name));
	int fd, r;

	fd = sm_os_file_open(path,
			     SM_FILE_WRITE | SM_FILE_CREATE | SM_FILE_EXCL |
				     SM_FILE_NOFOLLOW,
			     0600, e);
	if (fd < 0)
		return fd;
	if ((r = sm_archive_copy(a, fd, d.sha256, &d.size, e)) < 0 ||
	    (r = sm_os_file_fchmod(fd, mode, e)) < 0)
		goto out;
	r = sm_os_file_sync(fd, e);
out:
	sm_os_file_close(fd);
	if (r < 0)
		return sm_err_wrap(e, r, "cannot write '%s'", path);
	d.path = name;
	d.type = SM_FILE_REGULAR;
	d.mode = mode;
	d.link = "";
	return notify(t, &d, e);
}

static int make_link(struct target *t, const char *name, const char *text,
		     struct sm_err *e)
{
	struct sm_archive_done d = { 0 };
	int r;

	if (!t->sink->links || check_link(name, text) < 0)
		return sm_err_set(e, SM_EVERIFY, "entry '%s' is a link", name);
	r = sm_os_link_make(text, path_of(t, name, strlen(name)), e);
	if (r < 0)
		return r;
	d.path = name;
	d.type = SM_FILE_LINK;
	d.mode = 0777;
	d.link = text;
	return notify(t, &d, e);
}

static int extract_one(struct sm_archive *a, struct target *t,
		       const struct sm_archive_entry *en, struct sm_err *e)
{
	char want[SM_ARCHIVE_NAME_MAX], dest[SM_ARCHIVE_NAME_MAX];
	int r;

	snprintf(want, sizeof(want), "%s", en->name);
	if (t->sink->pick) {
		r = t->sink->pick(t->sink->user, en, want, e);
		if (r <= 0)
			return r;
	}
	if ((r = sm_archive_clean(sm_str(want), dest, e)) < 0 || !dest[0])
		return r;
	if ((r = make_parents(t, dest, e)) < 0)
		return r;
	if (en->type == SM_FILE_DIR)
		return make_dir(t, dest, strlen(dest), e);
	if ((r = sm_nameset_claim(&t->names, dest, en->type, e)) < 0)
		return r;
	if (en->type == SM_FILE_LINK)
		return make_link(t, dest, en->link, e);
	return make_file(a, t, dest, en->mode, e);
}

/* Folders after their contents, the target last. */
static int sync_dirs(struct target *t, struct sm_err *e)
{
	size_t i;
	int r;

	for (i = t->names.n; i-- > 0;) {
		const char *name = t->names.name[i].text;

		if (t->names.name[i].type != SM_FILE_DIR)
			continue;
		r = sm_os_dir_sync(path_of(t, name, strlen(name)), e);
		if (r < 0)
			return r;
	}
	return sm_os_dir_sync(t->sink->dir, e);
}

int sm_archive_extract(struct sm_archive *a, const struct sm_archive_sink *s,
		       struct sm_err *e)
{
	struct target t = { s, SM_NAMESET_INIT, SM_BUF_INIT(SM_BUF_SMALL) };
	struct sm_archive_entry en;
	int r;

	while ((r = sm_archive_next(a, &en, e)) > 0)
		if ((r = extract_one(a, &t, &en, e)) < 0)
			break;
	if (r == 0)
		r = sync_dirs(&t, e);
	sm_nameset_release(&t.names);
	sm_buf_release(&t.path);
	return r;
}
