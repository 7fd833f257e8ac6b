/*
 * The folder of a repository.
 *
 * Rule: a published package never changes under its name, and every file
 * appears whole. The callers write what points to other files last.
 */
#include "common/def.h"
#include "pkg/repo.h"

#include "common/armor.h"
#include "common/path.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"

static void full_path(const struct pkg_repo *r, const char *path,
		      struct sm_buf *out)
{
	sm_path_join(out, sm_str(r->dir), sm_str(path));
}

int pkg_repo_put(const struct pkg_repo *r, const char *path, struct sm_str data,
		 struct sm_err *e)
{
	struct sm_buf full = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	int ret;

	full_path(r, path, &full);
	sm_buf_put_str(&dir, sm_path_dirname(sm_buf_str(&full)));
	if ((ret = sm_fs_mkdirs(sm_buf_z(&dir), 0755, e)) == 0)
		ret = sm_fs_write_atomic(sm_buf_z(&full), data, 0644, e);
	sm_buf_release(&full);
	sm_buf_release(&dir);
	return ret;
}

int pkg_repo_add(const struct pkg_repo *r, const char *from, const char *path,
		 struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT(PKG_REPO_PACKAGE_MAX);
	struct sm_buf old = SM_BUF_INIT(PKG_REPO_PACKAGE_MAX);
	struct sm_buf full = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int ret;

	full_path(r, path, &full);
	if ((ret = sm_fs_read(from, PKG_REPO_PACKAGE_MAX, &data, e)) < 0)
		goto out;
	if (sm_os_file_stat(sm_buf_z(&full), false, &st, NULL) < 0) {
		ret = pkg_repo_put(r, path, sm_buf_str(&data), e);
		goto out;
	}
	ret = sm_fs_read(sm_buf_z(&full), PKG_REPO_PACKAGE_MAX, &old, e);
	if (ret == 0 && !sm_str_eq(sm_buf_str(&old), sm_buf_str(&data)))
		ret = sm_err_set(e, SM_EEXIST,
				 "'%s' is published with other contents: "
				 "raise the release number of '%s'",
				 sm_buf_z(&full), from);
out:
	sm_buf_release(&data);
	sm_buf_release(&old);
	sm_buf_release(&full);
	return ret;
}

int pkg_repo_walk(const struct pkg_repo *r, const char *pool, sm_fs_walk_fn *fn,
		  void *user, struct sm_err *e)
{
	struct sm_buf full = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int ret = 0;

	full_path(r, pool, &full);
	if (sm_os_file_stat(sm_buf_z(&full), true, &st, NULL) == 0)
		ret = sm_fs_walk(sm_buf_z(&full), fn, user, e);
	sm_buf_release(&full);
	return ret;
}

uint32_t pkg_repo_time(const struct pkg_repo *r)
{
	return pkg_pgpsign_time(r->key, (uint32_t)r->now_sec);
}

int pkg_repo_put_signature(const struct pkg_repo *r, const char *path,
			   struct sm_str data, struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int ret;

	ret = pkg_pgpsign_put_data(r->key, data, pkg_repo_time(r), &sig, e);
	if (ret < 0)
		goto out;
	sm_armor_encode(&text, SM_ARMOR_SIGNATURE, sm_buf_str(&sig));
	ret = pkg_repo_put(r, path, sm_buf_str(&text), e);
out:
	sm_buf_release(&sig);
	sm_buf_release(&text);
	return ret;
}

int pkg_repo_put_keys(const struct pkg_repo *r, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf bytes = SM_BUF_INIT(SM_BUF_SMALL);
	int ret;

	if ((ret = pkg_key_put_public(r->key, &text, e)) < 0)
		goto out;
	ret = sm_armor_decode(&bytes, SM_ARMOR_PUBLIC, sm_buf_str(&text), e);
	if (ret < 0)
		goto out;
	if ((ret = pkg_repo_put(r, "key.asc", sm_buf_str(&text), e)) == 0)
		ret = pkg_repo_put(r, "key.gpg", sm_buf_str(&bytes), e);
out:
	sm_buf_release(&text);
	sm_buf_release(&bytes);
	return ret;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

bool pkg_repo_is_word(const char *z, const char *more)
{
	if (!is_alnum(*z))
		return false;
	for (; *z; z++)
		if (!is_alnum(*z) && !strchr(".+~_-", *z) && !strchr(more, *z))
			return false;
	return true;
}
