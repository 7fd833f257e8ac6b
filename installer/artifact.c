/*
 * The table of official artifacts, the usual format of each platform first.
 */
#include "common/def.h"
#include "installer/artifact.h"

#define PLUGIN "session-manager-plugin"

static const struct inst_artifact artifacts[] = {
	{ SM_PLATFORM_LINUX, SM_ARCH_X86_64, SM_PACKAGE_DEB, "ubuntu_64bit",
	  PLUGIN ".deb", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_I386, SM_PACKAGE_DEB, "ubuntu_32bit",
	  PLUGIN ".deb", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_AARCH64, SM_PACKAGE_DEB, "ubuntu_arm64",
	  PLUGIN ".deb", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_X86_64, SM_PACKAGE_RPM, "linux_64bit",
	  PLUGIN ".rpm", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_I386, SM_PACKAGE_RPM, "linux_32bit",
	  PLUGIN ".rpm", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_AARCH64, SM_PACKAGE_RPM, "linux_arm64",
	  PLUGIN ".rpm", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_X86_64, SM_PACKAGE_BUNDLE, "linux_64bit",
	  "sessionmanager-bundle.zip", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_I386, SM_PACKAGE_BUNDLE, "linux_32bit",
	  "sessionmanager-bundle.zip", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_AARCH64, SM_PACKAGE_BUNDLE, "linux_arm64",
	  "sessionmanager-bundle.zip", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_X86_64, SM_PACKAGE_RUN, "linux_64bit",
	  PLUGIN ".run", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_I386, SM_PACKAGE_RUN, "linux_32bit",
	  PLUGIN ".run", NULL },
	{ SM_PLATFORM_LINUX, SM_ARCH_AARCH64, SM_PACKAGE_RUN, "linux_arm64",
	  PLUGIN ".run", NULL },
	{ SM_PLATFORM_MACOS, SM_ARCH_X86_64, SM_PACKAGE_BUNDLE, "mac",
	  "sessionmanager-bundle.zip", NULL },
	{ SM_PLATFORM_MACOS, SM_ARCH_AARCH64, SM_PACKAGE_BUNDLE, "mac_arm64",
	  "sessionmanager-bundle.zip", NULL },
	{ SM_PLATFORM_MACOS, SM_ARCH_X86_64, SM_PACKAGE_PKG, "mac",
	  PLUGIN ".pkg", NULL },
	{ SM_PLATFORM_MACOS, SM_ARCH_AARCH64, SM_PACKAGE_PKG, "mac_arm64",
	  PLUGIN ".pkg", NULL },
	{ SM_PLATFORM_WINDOWS, SM_ARCH_X86_64, SM_PACKAGE_WINZIP, "windows",
	  "SessionManagerPlugin.zip", NULL },
	{ SM_PLATFORM_WINDOWS, SM_ARCH_X86_64, SM_PACKAGE_EXE, "windows",
	  "SessionManagerPluginSetup.exe", NULL },
	/* ours; the official files are for both and have one place */
	{ SM_PLATFORM_WINDOWS, SM_ARCH_I386, SM_PACKAGE_WINZIP, "windows_32bit",
	  "SessionManagerPlugin.zip", "windows" },
	{ SM_PLATFORM_WINDOWS, SM_ARCH_I386, SM_PACKAGE_EXE, "windows_32bit",
	  "SessionManagerPluginSetup.exe", "windows" },
	/* ours; the official location has none for arm64 */
	{ SM_PLATFORM_WINDOWS, SM_ARCH_AARCH64, SM_PACKAGE_WINZIP,
	  "windows_arm64", "SessionManagerPlugin.zip", NULL },
	{ SM_PLATFORM_WINDOWS, SM_ARCH_AARCH64, SM_PACKAGE_EXE, "windows_arm64",
	  "SessionManagerPluginSetup.exe", NULL },
};

int inst_artifact_find(const struct inst_artifact **found,
		       enum sm_platform platform, enum sm_arch arch,
		       const char *format, bool has_dpkg, struct sm_err *e)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(artifacts); i++) {
		const struct inst_artifact *a = &artifacts[i];

		if (a->platform != platform || a->arch != arch)
			continue;
		if (format && strcmp(format, sm_package_format_name(a->format)))
			continue;
		if (!format && a->format == SM_PACKAGE_DEB && !has_dpkg)
			continue;
		*found = a;
		return 0;
	}
	return sm_err_set(e, SM_ENOTSUP, "there is no %s for %s on %s",
			  format ? format : "package",
			  sm_os_platform_arch_name(arch),
			  sm_os_platform_name(platform));
}

int inst_artifact_platform(enum sm_platform *p, const char *name,
			   struct sm_err *e)
{
	static const enum sm_platform all[] = { SM_PLATFORM_LINUX,
						SM_PLATFORM_MACOS,
						SM_PLATFORM_WINDOWS };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		if (!strcmp(name, sm_os_platform_name(all[i]))) {
			*p = all[i];
			return 0;
		}
	}
	return sm_err_set(e, SM_EUSAGE,
			  "unknown platform '%s' (linux, macos or windows)",
			  name);
}

int inst_artifact_arch(enum sm_arch *a, const char *name, struct sm_err *e)
{
	static const struct {
		const char *name;
		enum sm_arch arch;
	} all[] = {
		{ "x86_64", SM_ARCH_X86_64 }, { "amd64", SM_ARCH_X86_64 },
		{ "i386", SM_ARCH_I386 },     { "i686", SM_ARCH_I386 },
		{ "x86", SM_ARCH_I386 },      { "aarch64", SM_ARCH_AARCH64 },
		{ "arm64", SM_ARCH_AARCH64 },
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		if (!strcmp(name, all[i].name)) {
			*a = all[i].arch;
			return 0;
		}
	}
	return sm_err_set(e, SM_EUSAGE,
			  "unknown architecture '%s' (x86_64, i386 or aarch64)",
			  name);
}
