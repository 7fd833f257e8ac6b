/*
 * Default and given places, as absolute paths without "." and "..".
 */
#include "common/def.h"
#include "installer/place.h"

#include "common/buf.h"
#include "common/os/file.h"
#include "common/path.h"

#define PATH_BYTES ((size_t)8 << 10)

static int absolute(const char **out, struct sm_arena *a, const char *path,
		    const char *what, struct sm_err *e)
{
	struct sm_buf cwd = SM_BUF_INIT(PATH_BYTES);
	struct sm_buf abs = SM_BUF_INIT(PATH_BYTES);
	int r = 0;

	if (!path[0]) {
		r = sm_err_set(e, SM_EUSAGE, "the %s is empty", what);
		goto out;
	}
	if (!sm_path_is_absolute(sm_str(path)) &&
	    (r = sm_os_dir_current(&cwd, e)) < 0)
		goto out;
	r = sm_path_absolute(&abs, sm_buf_str(&cwd), sm_str(path));
	if (r < 0) {
		r = sm_err_set(e, r, "the %s is too long", what);
		goto out;
	}
	*out = sm_arena_dup(a, sm_buf_str(&abs));
out:
	sm_buf_release(&cwd);
	sm_buf_release(&abs);
	return r;
}

/* "/", "//", which POSIX lets mean something else, and "C:/". */
static bool is_root(const char *path)
{
	if (path[0] && path[1] == ':')
		path += 2;
	return !path[strspn(path, "/")];
}

int inst_place_resolve(struct inst_place *p, struct sm_arena *a,
		       const char *dir, const char *link, bool user,
		       struct sm_err *e)
{
	struct inst_place usual = { "", "", false };
	int r;

	if ((r = inst_place_default(&usual, a, user, e)) < 0)
		return r;
	if (link && !usual.link[0])
		return sm_err_set(e, SM_ENOTSUP,
				  "cannot make the link '%s': there are none "
				  "on Windows, the Path takes their place",
				  link);
	p->user = user;
	dir = dir ? inst_place_given(a, dir) : usual.dir;
	link = link ? inst_place_given(a, link) : usual.link;
	if ((r = absolute(&p->dir, a, dir, "installation directory", e)) < 0)
		return r;
	p->link = "";
	if (usual.link[0] &&
	    (r = absolute(&p->link, a, link, "link's path", e)) < 0)
		return r;
	if (is_root(p->dir) || (p->link[0] && is_root(p->link)))
		return sm_err_set(e, SM_EUSAGE, "cannot install into '/'");
	return 0;
}

int inst_place_off_path(const struct inst_place *p, const char *path,
			struct sm_buf *line)
{
	struct sm_str rest = sm_str(path), entry;
	struct sm_str dir = sm_path_dirname(sm_str(p->link));
	size_t i;

	if (!p->user || !p->link[0])
		return 0;
	while (sm_str_split(&rest, ':', &entry)) {
		while (entry.len > 1 && entry.ptr[entry.len - 1] == '/')
			entry.len--;
		if (sm_str_eq(entry, dir))
			return 0;
	}
	(void)sm_buf_puts(line, "export PATH=\""); /* sticks */
	for (i = 0; i < dir.len; i++) {
		if (strchr("\"$`\\", dir.ptr[i]))
			(void)sm_buf_put_u8(line, '\\');        /* sticks */
		(void)sm_buf_put_u8(line, (uint8_t)dir.ptr[i]); /* sticks */
	}
	(void)sm_buf_puts(line, ":$PATH\""); /* cut is fine */
	return 1;
}
