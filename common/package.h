/*
 * "What is in this package?": one interface over deb, rpm, bundle zip,
 * Windows zip, macOS pkg and self-contained installers.
 *
 * A package file says name, version and architecture; its payload is the
 * plugin's file set, with the paths of the installed tree (PACKAGING.md 1.2).
 * Whose package it is says the signature (openpgp.h), checked first and over
 * the same descriptor.
 */
#ifndef COMMON_PACKAGE_H
#define COMMON_PACKAGE_H

#include "common/archive.h"
#include "common/err.h"
#include "common/os/platform.h"

enum sm_package_format {
	SM_PACKAGE_DEB,
	SM_PACKAGE_RPM,
	SM_PACKAGE_BUNDLE, /* sessionmanager-bundle.zip */
	SM_PACKAGE_WINZIP, /* SessionManagerPlugin.zip, package.zip inside */
	SM_PACKAGE_PKG,    /* xar, component or product */
	SM_PACKAGE_EXE,    /* setup program with the plugin in it */
	SM_PACKAGE_RUN,    /* the same, not for Windows */
	SM_PACKAGE_TARGZ,  /* the tree below / */
	SM_PACKAGE_APK     /* the same with Alpine's control files in front */
};

/* No package of the plugin is larger. */
#define SM_PACKAGE_MAX ((uint64_t)256 << 20)

struct sm_package {
	enum sm_package_format format;
	char name[128];     /* "session-manager-plugin" */
	char version[64];   /* "1.2.707.0", without the packaging revision */
	char release[64];   /* "1"; "" where the format has none */
	char arch_text[32]; /* the format's own word: "amd64", "x86-64 ELF" */
	enum sm_arch arch;  /* what it means; SM_ARCH_OTHER if unknown */
	bool has_digests;   /* the container's own digests exist and agree */
};

/* "deb", "rpm", "bundle", "zip", "pkg", "exe", "run", "targz", "apk". */
const char *sm_package_format_name(enum sm_package_format f);

/*
 * Tell the format by its first bytes (and, of zips, their names).
 * Errors: SM_EFORMAT "not a package" and what it looks like, SM_EIO.
 */
int sm_package_detect(int fd, enum sm_package_format *f, struct sm_err *e);

/*
 * Read name, version, architecture, and check the structure and the digests
 * that the container itself carries, down to the last byte. For a zip, and
 * for an installer that carries one (appended.h), the facts come from the
 * files inside.
 *
 * Errors: SM_EFORMAT damaged or not of the plugin's shape, SM_EVERIFY a
 * digest of its own disagrees, SM_ELIMIT, SM_EIO, SM_ENOTSUP a format that
 * cannot be read here, as the official setup program.
 */
int sm_package_read(struct sm_package *p, int fd, struct sm_err *e);

/* True if the path belongs to the installed tree: "bin/session-manager-plugin",
 * "VERSION", "LICENSE" and so on, "install" left out. */
bool sm_package_is_payload(const char *path);

/*
 * Extract the payload into an existing, private, empty folder, laid out as
 * the installed tree; everything else in the package is passed over. `done`
 * is told of each file and folder. *arch (may be NULL) is what the plugin's
 * binary itself says (its ELF, Mach-O or PE header), which counts where the
 * package disagrees: the official 32-bit rpm calls itself x86_64
 * (PACKAGING.md 1.4). SM_ARCH_OTHER for a universal Mach-O.
 *
 * Errors: those of sm_archive_extract; SM_EFORMAT if the plugin is not in it.
 */
int sm_package_extract(int fd, const char *dir, sm_archive_done_fn *done,
		       void *user, enum sm_arch *arch, struct sm_err *e);

/* Architecture of an executable by its first bytes (64 suffice but for PE,
 * which needs 1024). SM_ARCH_OTHER if it is none of ours. */
enum sm_arch sm_package_binary_arch(struct sm_str head);

#endif
