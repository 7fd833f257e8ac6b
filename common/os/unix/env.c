/*
 * The environment and the home directory.
 */
#include "common/def.h"
#include "common/os/env.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/os/errno.h"

/* The user database's answer is bounded by this; 1 MiB is far above any. */
#define PASSWD_MAX ((size_t)1 << 20)

int sm_os_env_get(struct sm_buf *out, const char *name)
{
	const char *value = getenv(name);
	int r;

	if (!value)
		return 0;
	r = sm_buf_puts(out, value);
	return r < 0 ? r : 1;
}

bool sm_os_env_has(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

int sm_os_env_set(const char *name, const char *value)
{
	char *old = value ? NULL : getenv(name);
	int r;

	/* the system shows the environment that a process began with as it is
	 * in memory now: it may be a secret that is removed */
	if (old)
		sm_mem_wipe(old, strlen(old));
	r = value ? setenv(name, value, 1) : unsetenv(name);
	return r < 0 ? sm_os_errno_code(errno) : 0;
}

static int home_of_user(struct sm_buf *out, struct sm_err *e)
{
	struct passwd pw, *found = NULL;
	size_t size = 1024;
	char *mem = NULL;
	int err, r;

	do {
		size *= 2;
		mem = sm_mem_realloc(mem, size, 1);
		err = getpwuid_r(getuid(), &pw, mem, size, &found);
	} while (err == ERANGE && size < PASSWD_MAX);
	if (err)
		r = sm_os_errno_set(e, err, "cannot look up the user");
	else if (!found || !found->pw_dir || !*found->pw_dir)
		r = sm_err_set(e, SM_ENOTFOUND,
			       "cannot find the home directory: HOME is not "
			       "set and the user has no entry");
	else
		r = sm_buf_puts(out, found->pw_dir);
	sm_mem_free(mem);
	return r;
}

int sm_os_env_home(struct sm_buf *out, struct sm_err *e)
{
	if (sm_os_env_has("HOME"))
		return sm_buf_puts(out, getenv("HOME"));
	return home_of_user(out, e);
}
