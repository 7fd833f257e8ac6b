/*
 * Which roots a TLS connection trusts. The environment decides first; then
 * the system's hashed directory, because reading one certificate from it costs
 * milliseconds less than parsing a bundle of 144 (BUILDING.md 9.3).
 */
#include "common/def.h"
#include "common/http.h"

#include <curl/curl.h>

#include "common/mem.h"
#include "common/os/env.h"
#include "common/os/file.h"
#include "common/os/platform.h"

/*
 * A directory with fewer hashed names is taken for one that somebody added a
 * certificate of his own to, not for the system's store; bundle first then.
 */
#define HASHED_MIN 16

/* Observed: Debian, Ubuntu, SUSE, Alpine; Fedora 42 and newer. */
static const char *const linux_dirs[] = {
	"/etc/ssl/certs",
	"/etc/pki/ca-trust/extracted/pem/directory-hash",
	"/etc/pki/tls/certs",
};

/* Observed: Debian; Fedora and RHEL; SUSE; OpenELEC; RHEL 7; Alpine, BSD. */
static const char *const linux_bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

static const char macos_bundle[] = "/etc/ssl/cert.pem";

/* OpenSSL's name of a certificate by hash: eight digits, a dot, a number. */
static bool is_hashed(const char *name)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		if (!name[i] || !strchr("0123456789abcdef", name[i]))
			return false;
	}
	return name[8] == '.' && name[9] == '0' && !name[10];
}

static int count_hashed(void *user, const char *name)
{
	unsigned *n = user;

	*n += is_hashed(name);
	return *n < HASHED_MIN ? 0 : SM_EEXIST; /* enough: ends the walk */
}

static bool is_file(const char *path)
{
	struct sm_file_info st;

	return sm_os_file_stat(path, true, &st, NULL) == 0 &&
	       st.type == SM_FILE_REGULAR && st.size > 0;
}

static int system_linux(struct sm_buf *file, struct sm_buf *dir,
			struct sm_err *e)
{
	size_t i;
	unsigned n;
	const char *some = NULL;

	for (i = 0; i < SM_ARRAY_LEN(linux_dirs); i++) {
		n = 0;
		(void)sm_os_dir_list(linux_dirs[i], count_hashed, &n, NULL);
		if (n >= HASHED_MIN)
			return sm_buf_puts(dir, linux_dirs[i]);
		if (n && !some)
			some = linux_dirs[i];
	}
	for (i = 0; i < SM_ARRAY_LEN(linux_bundles); i++) {
		if (is_file(linux_bundles[i]))
			return sm_buf_puts(file, linux_bundles[i]);
	}
	if (some)
		return sm_buf_puts(dir, some);
	return sm_err_set(
		e, SM_ENOTFOUND,
		"cannot find root certificates: install ca-certificates, or name a bundle in AWS_CA_BUNDLE");
}

static int of_platform(struct sm_buf *file, struct sm_buf *dir,
		       struct sm_err *e)
{
	switch (sm_os_platform()) {
	case SM_PLATFORM_WINDOWS:
		return 0; /* a store of its own */
	case SM_PLATFORM_MACOS:
		return sm_buf_puts(file, macos_bundle);
	default:
		return system_linux(file, dir, e);
	}
}

/* 1 if the variable is set and used, 0 if it is not set. */
static int from_env(struct sm_buf *path, const char *name, bool is_dir,
		    struct sm_err *e)
{
	struct sm_file_info st;
	int r;

	if (!sm_os_env_has(name))
		return 0;
	if ((r = sm_os_env_get(path, name)) < 0)
		return sm_err_set(e, r, "cannot use %s: too long", name);
	/* a list of directories is OpenSSL's to split; only files are tried */
	if (!is_dir && sm_os_file_stat(sm_buf_z(path), true, &st, e) < 0)
		return sm_err_wrap(e, SM_ENOTFOUND, "cannot use %s", name);
	return 1;
}

int sm_http_roots_system(struct sm_buf *file, struct sm_buf *dir,
			 struct sm_err *e)
{
	int r, d;

	if ((r = from_env(file, "SSL_CERT_FILE", false, e)) < 0)
		return r;
	if ((d = from_env(dir, "SSL_CERT_DIR", true, e)) < 0)
		return d;
	return r || d ? 0 : of_platform(file, dir, e);
}

int sm_http_roots_find(struct sm_buf *file, struct sm_buf *dir,
		       struct sm_err *e)
{
	int r;

	if ((r = from_env(file, "AWS_CA_BUNDLE", false, e)))
		return r < 0 ? r : 0;
	return sm_http_roots_system(file, dir, e);
}

static int set(void *curl, CURLoption option, const char *path,
	       struct sm_err *e)
{
	CURLcode c = curl_easy_setopt(curl, option, path);

	if (c)
		return sm_err_set(e, SM_ENET, "cannot use roots of '%s': %s",
				  path ? path : "", curl_easy_strerror(c));
	return 0;
}

int sm_http_roots_apply(void *curl, struct sm_err *e)
{
	struct sm_buf file = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	CURLcode c;
	int r;

	if ((r = sm_http_roots_find(&file, &dir, e)) < 0 ||
	    (r = set(curl, CURLOPT_CAINFO, file.len ? sm_buf_z(&file) : NULL,
		     e)) < 0 ||
	    (r = set(curl, CURLOPT_CAPATH, dir.len ? sm_buf_z(&dir) : NULL,
		     e)) < 0 ||
	    file.len || dir.len)
		goto out;
	c = curl_easy_setopt(curl, CURLOPT_SSL_OPTIONS,
			     (long)CURLSSLOPT_NATIVE_CA);
	if (c)
		r = sm_err_set(e, SM_ENET, "cannot use the system's roots: %s",
			       curl_easy_strerror(c));
out:
	sm_buf_release(&file);
	sm_buf_release(&dir);
	return r;
}
