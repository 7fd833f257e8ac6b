/*
 * Whole files and trees. Rule of writing: a new name beside the final one,
 * exclusive; contents; mode; sync; rename; sync of the folder. It knows no
 * platform and keeps no state.
 */
#include "common/def.h"
#include "common/fs.h"

#include "common/hex.h"
#include "common/mem.h"
#include "common/os/random.h"
#include "common/path.h"

#define CHUNK ((size_t)128 << 10)
#define NAME_TRIES 16
#define PATH_BYTES_MAX ((size_t)32 << 10) /* UNICODE_STRING of Windows */

int sm_fs_read(const char *path, size_t max, struct sm_buf *out,
	       struct sm_err *e)
{
	size_t start = out->len, want;
	int64_t n = 1;
	char more;
	int r = 0, fd = sm_os_file_open(path, SM_FILE_READ, 0, e);

	if (fd < 0)
		return fd;
	while (n > 0 && out->len - start < max) {
		want = max - (out->len - start);
		want = want < CHUNK ? want : CHUNK;
		/* a small buffer may still take a small file */
		want = out->max - out->len < want ? out->max - out->len : want;
		if (!want || (r = sm_buf_reserve(out, want)) < 0)
			break;
		n = sm_os_file_read(fd, out->ptr + out->len, want, e);
		if (n > 0)
			sm_buf_added(out, (size_t)n);
	}
	if (n > 0) /* full: one byte more is too much */
		n = sm_os_file_read(fd, &more, 1, e);
	if (n < 0)
		r = sm_err_wrap(e, (int)n, "cannot read '%s'", path);
	else if (n > 0)
		r = SM_ELIMIT;
	if (r == SM_ELIMIT && n >= 0)
		(void)sm_err_set(e, r, "cannot read '%s': more than %zu bytes",
				 path, out->len - start);
	sm_os_file_close(fd);
	return r;
}

int sm_fs_write_atomic(const char *path, struct sm_str data, unsigned mode,
		       struct sm_err *e)
{
	struct sm_fs_tmp t = SM_FS_TMP_INIT;
	int r;

	if ((r = sm_fs_tmp_open(&t, path, mode, e)) < 0)
		goto out;
	if ((r = sm_os_file_write_all(t.fd, data, e)) < 0) {
		r = sm_err_wrap(e, r, "cannot write '%s'", path);
		goto out;
	}
	r = sm_fs_tmp_commit(&t, e);
out:
	sm_fs_tmp_release(&t);
	return r;
}

/* DIR/.sm-RANDOM.tmp for DIR/NAME */
static char *beside_new(const char *path)
{
	struct sm_buf b = SM_BUF_INIT(SIZE_MAX / 4);
	struct sm_str dir = sm_path_dirname(sm_str(path));
	unsigned char salt[8];

	sm_os_random(salt, sizeof(salt));
	/* the buffer has no limit to exceed */
	(void)sm_path_join(&b, dir, sm_str(".sm-"));
	(void)sm_hex_put(&b, salt, sizeof(salt));
	(void)sm_buf_puts(&b, ".tmp");
	return sm_buf_detach_new(&b);
}

int sm_fs_tmp_open(struct sm_fs_tmp *t, const char *path, unsigned mode,
		   struct sm_err *e)
{
	const unsigned how = SM_FILE_READ | SM_FILE_WRITE | SM_FILE_CREATE |
			     SM_FILE_EXCL | SM_FILE_NOFOLLOW;
	int tries, fd = SM_EEXIST;

	t->fd = -1;
	t->mode = mode;
	t->path = sm_mem_dup(sm_str(path));
	t->name = NULL;
	for (tries = 0; fd == SM_EEXIST && tries < NAME_TRIES; tries++) {
		sm_mem_free(t->name);
		t->name = beside_new(path);
		/* private until it is complete */
		fd = sm_os_file_open(t->name, how, 0600, e);
	}
	if (fd < 0) {
		sm_mem_free(t->name);
		t->name = NULL;
		return sm_err_wrap(e, fd, "cannot write '%s'", path);
	}
	t->fd = fd;
	return 0;
}

int sm_fs_tmp_commit(struct sm_fs_tmp *t, struct sm_err *e)
{
	struct sm_str dir = sm_path_dirname(sm_str(t->path));
	char *parent = NULL;
	int r;

	if (t->fd < 0)
		return sm_err_set(e, SM_ESTATE, "nothing to commit");
	if ((r = sm_os_file_fchmod(t->fd, t->mode, e)) < 0)
		goto out;
	if ((r = sm_os_file_sync(t->fd, e)) < 0)
		goto out;
	sm_os_file_close(t->fd);
	t->fd = -1;
	if ((r = sm_os_file_rename(t->name, t->path, e)) < 0)
		goto out;
	sm_mem_free(t->name);
	t->name = NULL;
	parent = sm_mem_dup(dir);
	r = sm_os_dir_sync(parent, e);
out:
	sm_mem_free(parent);
	return r < 0 ? sm_err_wrap(e, r, "cannot write '%s'", t->path) : 0;
}

void sm_fs_tmp_release(struct sm_fs_tmp *t)
{
	sm_os_file_close(t->fd);
	t->fd = -1;
	if (t->name)
		(void)sm_os_file_remove(t->name, NULL); /* ours; best effort */
	sm_mem_free(t->name);
	sm_mem_free(t->path);
	t->name = t->path = NULL;
}

static bool is_dir(const char *path)
{
	struct sm_file_info st;

	return sm_os_file_stat(path, true, &st, NULL) == 0 &&
	       st.type == SM_FILE_DIR;
}

/* One level; another process may make it at the same time. */
static int make_one(const char *path, unsigned mode, struct sm_err *e)
{
	int r;

	if (is_dir(path))
		return 0;
	r = sm_os_dir_make(path, mode, e);
	if (r < 0 && is_dir(path)) {
		sm_err_clear(e);
		r = 0;
	}
	return r;
}

int sm_fs_mkdirs(const char *path, unsigned mode, struct sm_err *e)
{
	char *work, *p;
	int r = 0;

	if (!*path)
		return sm_err_set(e, SM_EUSAGE,
				  "cannot create a folder without a name");
	work = sm_mem_dup(sm_str(path));
	for (p = work + 1; *p && r >= 0; p++) {
		/* not "//" and not "C:" alone: they are no folders to make */
		if (*p != '/' || p[-1] == '/' || p[-1] == ':')
			continue;
		*p = '\0';
		r = make_one(work, mode, e);
		*p = '/';
	}
	if (r >= 0)
		r = make_one(work, mode, e);
	sm_mem_free(work);
	return r;
}

int sm_fs_remove_tree(const char *path, struct sm_err *e)
{
	struct sm_str s = sm_str(path), base;
	char *work;
	int r;

	while (s.len > 1 && s.ptr[s.len - 1] == '/')
		s.len--; /* "link/" would be what it leads to */
	base = sm_path_basename(s);
	if (!s.len || sm_str_eqz(base, "/") || sm_str_eqz(base, ".") ||
	    sm_str_eqz(base, "..") || sm_str_ends(base, ":"))
		return sm_err_set(e, SM_EUSAGE, "cannot remove '%s': not safe",
				  path);
	work = sm_mem_dup(s);
	r = sm_os_dir_remove_tree(work, e);
	sm_mem_free(work);
	return r < 0 ? sm_err_wrap(e, r, "cannot remove '%s'", path) : 0;
}

static int stream(int from, int to, struct sm_err *e)
{
	char *block = sm_mem_alloc(CHUNK);
	int64_t n;
	int r = 0;

	while (r >= 0 && (n = sm_os_file_read(from, block, CHUNK, e)) != 0)
		r = n < 0 ? (int)n :
			    sm_os_file_write_all(to, sm_str_n(block, (size_t)n),
						 e);
	sm_mem_free(block);
	return r;
}

/* `fd`: where the descriptor of a copy that is not synced goes, or NULL. */
static int copy(const char *from, const char *to, unsigned mode, int *fd,
		struct sm_err *e)
{
	const unsigned how = SM_FILE_WRITE | SM_FILE_CREATE | SM_FILE_EXCL;
	int in, out = -1, r;

	in = sm_os_file_open(from, SM_FILE_READ, 0, e);
	if (in < 0)
		return in;
	out = sm_os_file_open(to, how, 0600, e);
	if (out < 0) {
		r = out;
		goto out;
	}
	if ((r = stream(in, out, e)) < 0)
		goto out;
	if ((r = sm_os_file_fchmod(out, mode, e)) < 0)
		goto out;
	if (!fd)
		r = sm_os_file_sync(out, e);
	else if ((r = sm_os_file_writeback(out, false, e)) >= 0)
		r = *fd = sm_os_file_open(to, SM_FILE_READ | SM_FILE_NOFOLLOW,
					  0, e);
out:
	sm_os_file_close(in);
	sm_os_file_close(out);
	if (r < 0 && out >= 0)
		(void)sm_os_file_remove(to, NULL); /* ours; best effort */
	if (r < 0 && out >= 0)
		(void)sm_err_wrap(e, r, "cannot copy '%s' to '%s'", from, to);
	return r < 0 ? r : 0;
}

int sm_fs_copy(const char *from, const char *to, unsigned mode,
	       struct sm_err *e)
{
	return copy(from, to, mode, NULL, e);
}

int sm_fs_copy_begin(const char *from, const char *to, unsigned mode,
		     struct sm_err *e)
{
	int fd = -1, r = copy(from, to, mode, &fd, e);

	return r < 0 ? r : fd;
}

/* --- walk ---------------------------------------------------------------- */

struct walk {
	sm_fs_walk_fn *fn;
	void *user;
	struct sm_buf path; /* start, then '/' and what is below */
	size_t rel;         /* where what is below begins */
	struct sm_err *e;
};

struct names {
	char **name;
	size_t n, cap;
};

static int collect(void *user, const char *name)
{
	struct names *l = user;

	if (l->n == SM_FS_NAMES_MAX)
		return SM_ELIMIT;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 32;
		l->name = sm_mem_realloc(l->name, l->cap, sizeof(*l->name));
	}
	l->name[l->n++] = sm_mem_dup(sm_str(name));
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int walk_dir(struct walk *w, unsigned depth);

static int walk_one(struct walk *w, const char *name, unsigned depth)
{
	size_t len = w->path.len;
	struct sm_file_info st;
	int r;

	(void)sm_buf_put_u8(&w->path, '/'); /* sticks */
	if ((r = sm_buf_puts(&w->path, name)) < 0)
		return sm_err_set(w->e, r, "path too long below '%s'",
				  w->path.ptr);
	r = sm_os_file_stat(w->path.ptr, false, &st, w->e);
	if (r >= 0)
		r = w->fn(w->user, w->path.ptr + w->rel, &st, w->e);
	if (r >= 0 && st.type == SM_FILE_DIR)
		r = walk_dir(w, depth + 1);
	sm_buf_truncate(&w->path, len);
	return r;
}

static int walk_dir(struct walk *w, unsigned depth)
{
	struct names l = { NULL, 0, 0 };
	size_t i;
	int r;

	if (depth > SM_FS_DEPTH_MAX)
		return sm_err_set(w->e, SM_ELIMIT, "folders too deep in '%s'",
				  w->path.ptr);
	r = sm_os_dir_list(w->path.ptr, collect, &l, w->e);
	if (r == SM_ELIMIT)
		(void)sm_err_set(w->e, r, "too many names in '%s'",
				 w->path.ptr);
	if (l.n)
		qsort(l.name, l.n, sizeof(*l.name), compare);
	for (i = 0; r >= 0 && i < l.n; i++)
		r = walk_one(w, l.name[i], depth);
	for (i = 0; i < l.n; i++)
		sm_mem_free(l.name[i]);
	sm_mem_free(l.name);
	return r;
}

int sm_fs_walk(const char *path, sm_fs_walk_fn *fn, void *user,
	       struct sm_err *e)
{
	struct walk w = { fn, user, SM_BUF_INIT(PATH_BYTES_MAX), 0, e };
	int r = sm_buf_puts(&w.path, path);

	w.rel = w.path.len + 1;
	r = r < 0 ? sm_err_set(e, r, "path too long: '%.100s'", path) :
		    walk_dir(&w, 0);
	sm_buf_release(&w.path);
	return r < 0 ? r : 0;
}
