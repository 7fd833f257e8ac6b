/*
 * The list of files of one package.
 *
 * Rule: a source is opened once, must be a regular file (a link at its end is
 * followed: build folders are full of them), and is read whole; what is
 * written later is what was read here, so digests and contents agree.
 */
#include "common/def.h"
#include "pkg/filelist.h"

#include "common/fs.h"
#include "common/os/file.h"
#include "common/path.h"
#include "pkg/manifest.h"

void pkg_filelist_init(struct pkg_filelist *l)
{
	memset(l, 0, sizeof(*l));
}

void pkg_filelist_release(struct pkg_filelist *l)
{
	sm_mem_free(l->file);
	sm_arena_release(&l->arena);
	memset(l, 0, sizeof(*l));
}

const struct pkg_file *pkg_filelist_find(const struct pkg_filelist *l,
					 const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->file[i].path, path))
			return &l->file[i];
	return NULL;
}

static struct pkg_file *append(struct pkg_filelist *l, const char *path)
{
	struct pkg_file *f;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 32;
		l->file = sm_mem_realloc(l->file, l->cap, sizeof(*l->file));
	}
	f = &l->file[l->n++];
	memset(f, 0, sizeof(*f));
	f->path = path;
	f->owner = "root";
	f->group = "root";
	f->type = PKG_ARC_FILE;
	f->mode = 0644;
	return f;
}

/* Open the source below the first root that has it. */
static int open_source(const struct pkg_roots *roots, const char *source,
		       struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int fd = SM_ENOTFOUND;

	for (size_t i = 0; i < roots->n && fd == SM_ENOTFOUND; i++) {
		sm_buf_clear(&path);
		sm_path_join(&path, sm_str(roots->dir[i]), sm_str(source));
		sm_err_clear(e);
		fd = sm_os_file_open(sm_buf_z(&path), SM_FILE_READ, 0, e);
		if (fd < 0)
			fd = e->code;
	}
	if (fd == SM_ENOTFOUND)
		sm_err_set(e, fd, "cannot find '%s' below '%s'%s", source,
			   roots->dir[0], roots->n > 1 ? " or the others" : "");
	sm_buf_release(&path);
	return fd;
}

static int read_open(struct pkg_filelist *l, struct pkg_file *f, int fd,
		     const char *source, struct sm_err *e)
{
	struct sm_file_info st;
	char *data;
	int64_t got;
	int r;

	if ((r = sm_os_file_fstat(fd, &st, e)) < 0)
		return r;
	if (st.type != SM_FILE_REGULAR)
		return sm_err_set(e, SM_EFORMAT, "'%s' is not a regular file",
				  source);
	if (st.size > PKG_FILELIST_FILE_MAX ||
	    l->total_bytes + st.size > PKG_FILELIST_TOTAL_MAX)
		return sm_err_set(e, SM_ELIMIT, "'%s' makes it too large",
				  source);
	data = sm_arena_alloc(&l->arena, (size_t)st.size + 1, 1);
	got = sm_os_file_read(fd, data, (size_t)st.size + 1, e);
	if (got < 0)
		return (int)got;
	if ((uint64_t)got != st.size)
		return sm_err_set(e, SM_EIO, "'%s' changed while it was read",
				  source);
	f->data = sm_str_n(data, (size_t)st.size);
	l->total_bytes += st.size;
	if (st.mtime_sec > l->newest_sec)
		l->newest_sec = st.mtime_sec;
	return 0;
}

static int read_source(struct pkg_filelist *l, struct pkg_file *f,
		       const struct pkg_roots *roots, const char *source,
		       struct sm_err *e)
{
	int fd = open_source(roots, source, e);
	int r;

	if (fd < 0)
		return fd;
	r = read_open(l, f, fd, source, e);
	sm_os_file_close(fd);
	return r;
}

static int add_source(struct pkg_filelist *l, const struct pkg_source *s,
		      const struct pkg_roots *roots, struct sm_err *e)
{
	struct sm_arena *a = &l->arena;
	struct pkg_file *f;

	f = append(l, sm_arena_dup(a, sm_str(s->destination + 1)));
	f->mode = s->mode;
	f->owner = sm_arena_dup(a, sm_str(s->owner));
	f->group = sm_arena_dup(a, sm_str(s->group));
	switch (s->type) {
	case PKG_SOURCE_DIR:
		f->type = PKG_ARC_DIR;
		return 0;
	case PKG_SOURCE_SYMLINK:
		f->type = PKG_ARC_LINK;
		f->data = sm_arena_str(a, sm_str(s->target));
		return 0;
	case PKG_SOURCE_CONFIG:
		f->flags = PKG_FILELIST_CONFIG;
		break;
	case PKG_SOURCE_DOC:
		f->flags = PKG_FILELIST_DOC;
		break;
	case PKG_SOURCE_FILE:
		break;
	}
	return read_source(l, f, roots, s->source, e);
}

/* Add the folders above `path` that are not in the list: in order, a folder
 * and all below it stand together, so it is the path before that tells. */
static void add_parents(struct pkg_filelist *l, const char *path,
			const char *before)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		size_t len = (size_t)(p - path);
		struct pkg_file *f;

		if (!strncmp(path, before, len) &&
		    (!before[len] || before[len] == '/'))
			continue;
		f = append(l, sm_arena_dup(&l->arena, sm_str_n(path, len)));
		f->type = PKG_ARC_DIR;
		f->mode = 0755;
		f->flags = PKG_FILELIST_IMPLIED;
	}
}

/* Byte order with '/' before everything else: a folder, then what is in it. */
static int compare(const void *pa, const void *pb)
{
	const unsigned char *a =
		(const unsigned char *)((const struct pkg_file *)pa)->path;
	const unsigned char *b =
		(const unsigned char *)((const struct pkg_file *)pb)->path;

	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return *a < *b ? -1 : 1;
}

static void finish(struct pkg_filelist *l)
{
	size_t n = l->n;

	if (n)
		qsort(l->file, n, sizeof(*l->file), compare);
	for (size_t i = 0; i < n; i++)
		add_parents(l, l->file[i].path, i ? l->file[i - 1].path : "");
	if (l->n > n)
		qsort(l->file, l->n, sizeof(*l->file), compare);
}

int pkg_filelist_load(struct pkg_filelist *l, const struct pkg_manifest *m,
		      const struct pkg_roots *roots, struct sm_err *e)
{
	struct sm_err own = SM_ERR_INIT;
	int r;

	e = e ? e : &own; /* its code is looked at */
	for (size_t i = 0; i < m->n_files; i++) {
		const struct pkg_source *s = &m->files[i];

		r = add_source(l, s, roots, e);
		if (r < 0)
			return sm_err_wrap(e, r, "%s:%u: files[%u].source",
					   m->file, s->line, s->index);
	}
	finish(l);
	return 0;
}

void pkg_filelist_add(struct pkg_filelist *l, const char *path, unsigned flags,
		      struct sm_str data)
{
	struct pkg_file *f;

	if (pkg_filelist_find(l, path))
		return;
	f = append(l, sm_arena_dup(&l->arena, sm_str(path)));
	f->flags = flags;
	f->data = sm_arena_str(&l->arena, data);
	l->total_bytes += data.len;
	finish(l);
}

uint64_t pkg_filelist_kib(const struct pkg_filelist *l)
{
	uint64_t kib = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct pkg_file *f = &l->file[i];

		kib += f->type == PKG_ARC_FILE ? (f->data.len + 1023) / 1024 :
						 1;
	}
	return kib;
}
