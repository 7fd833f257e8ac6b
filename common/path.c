/*
 * Paths as text. Pure: no file is looked at, no platform is asked.
 */
#include "common/def.h"
#include "common/path.h"

#include "common/err.h"

#define SAFE_MAX 4096 /* PATH_MAX of Linux */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of the part that ".." cannot go above: "", "/", "//" or "C:/". */
static size_t root_len(struct sm_str path)
{
	size_t n = 0;

	if (path.len >= 3 && is_letter(path.ptr[0]) && path.ptr[1] == ':' &&
	    path.ptr[2] == '/')
		return 3;
	while (n < path.len && path.ptr[n] == '/')
		n++;
	return n > 2 ? 1 : n;
}

bool sm_path_is_absolute(struct sm_str path)
{
	return root_len(path) > 0;
}

static bool is_safe_part(struct sm_str part)
{
	return part.len && !sm_str_eqz(part, ".") && !sm_str_eqz(part, "..");
}

bool sm_path_is_safe(struct sm_str path)
{
	struct sm_str rest, part;
	size_t i;

	if (!path.len || path.len > SAFE_MAX || !sm_str_utf8(path))
		return false;
	for (i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];

		if (c < 0x20 || c == 0x7f || c == '\\' || c == ':')
			return false;
	}
	if (path.ptr[path.len - 1] == '/')
		path.len--;
	if (!path.len)
		return false;
	rest = path;
	while (sm_str_split(&rest, '/', &part)) {
		if (!is_safe_part(part))
			return false;
	}
	return true;
}

/* Without slashes at the end, but never into the root. */
static struct sm_str without_tail(struct sm_str path)
{
	size_t root = root_len(path);

	while (path.len > root && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

struct sm_str sm_path_dirname(struct sm_str path)
{
	size_t root = root_len(path);

	path = without_tail(path);
	while (path.len > root && path.ptr[path.len - 1] != '/')
		path.len--;
	path = without_tail(path);
	return path.len ? path : sm_str(".");
}

struct sm_str sm_path_basename(struct sm_str path)
{
	size_t from, root = root_len(path);

	path = without_tail(path);
	for (from = path.len; from > root && path.ptr[from - 1] != '/';)
		from--;
	if (from < path.len)
		return sm_str_sub(path, from, path.len);
	return path.len ? path : sm_str(".");
}

int sm_path_join(struct sm_buf *out, struct sm_str dir, struct sm_str name)
{
	if (!dir.len || sm_path_is_absolute(name))
		return sm_buf_put_str(out, name);
	/* a failure sticks in the buffer until the last put */
	(void)sm_buf_put_str(out, dir);
	if (name.len && dir.ptr[dir.len - 1] != '/')
		(void)sm_buf_put_u8(out, '/');
	return sm_buf_put_str(out, name);
}

/* Drop the last part of what began at `start`; false if there is none. */
static bool go_up(struct sm_buf *out, size_t start)
{
	struct sm_str done = sm_str_sub(sm_buf_str(out), start, out->len);
	long slash = sm_str_rchr(done, '/');
	struct sm_str last = sm_str_sub(done, (size_t)(slash + 1), done.len);

	if (!last.len || sm_str_eqz(last, ".."))
		return false;
	sm_buf_truncate(out, start + (slash < 0 ? 0 : (size_t)slash));
	return true;
}

int sm_path_clean(struct sm_buf *out, struct sm_str path)
{
	size_t root = root_len(path), start;
	struct sm_str rest, part;

	(void)sm_buf_put_str(out, sm_str_sub(path, 0, root)); /* sticks */
	start = out->len;
	rest = sm_str_sub(path, root, path.len);
	while (!out->err && sm_str_split(&rest, '/', &part)) {
		if (!part.len || sm_str_eqz(part, "."))
			continue;
		if (sm_str_eqz(part, "..") && (go_up(out, start) || root))
			continue;
		if (out->len > start)
			(void)sm_buf_put_u8(out, '/'); /* sticks */
		(void)sm_buf_put_str(out, part);       /* sticks */
	}
	if (!root && out->len == start)
		return sm_buf_put_u8(out, '.');
	return out->err;
}

int sm_path_absolute(struct sm_buf *out, struct sm_str base, struct sm_str path)
{
	struct sm_buf joined = SM_BUF_INIT(base.len + path.len + 1);
	int r = sm_path_join(&joined, base, path);

	if (r >= 0)
		r = sm_path_clean(out, sm_buf_str(&joined));
	sm_buf_release(&joined);
	return r;
}
