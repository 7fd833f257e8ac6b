/*
 * The official layout: which folder and file holds what (PACKAGING.md 1.1).
 * The same below a mirror, a folder, or plugin/VERSION of the official
 * location. Pure.
 */
#ifndef INSTALLER_ARTIFACT_H
#define INSTALLER_ARTIFACT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/os/platform.h"
#include "common/package.h"

/* The official location; PACKAGING.md 1.1. */
#define INST_OFFICIAL_URL \
	"https://s3.amazonaws.com/session-manager-downloads/plugin"

/* The largest artifact accepted; the official ones have under 20 MB. */
#define INST_ARTIFACT_MAX SM_PACKAGE_MAX
#define INST_SIG_MAX ((size_t)64 << 10)
#define INST_VERSION_FILE_MAX 256

struct inst_artifact {
	enum sm_platform platform;
	enum sm_arch arch;
	enum sm_package_format format;
	const char *folder; /* "ubuntu_64bit" */
	const char *file;   /* "session-manager-plugin.deb" */
	const char *or_in;  /* folder to look in if it is not there, or NULL */
};

/*
 * The artifact for a platform and architecture. `format` is "deb", "rpm",
 * "bundle", "zip", "pkg", "exe" or "run"; NULL picks the platform's usual one (deb where
 * `has_dpkg`, else rpm; bundle on macOS; zip on Windows).
 * Errors: SM_ENOTSUP naming platform, architecture and format.
 */
int inst_artifact_find(const struct inst_artifact **found,
		       enum sm_platform platform, enum sm_arch arch,
		       const char *format, bool has_dpkg, struct sm_err *e);

/* "linux", "macos", "windows" / "x86_64" or "amd64", "i386", "aarch64" or
 * "arm64". Errors: SM_EUSAGE. */
int inst_artifact_platform(enum sm_platform *p, const char *name,
			   struct sm_err *e);
int inst_artifact_arch(enum sm_arch *a, const char *name, struct sm_err *e);

#endif
