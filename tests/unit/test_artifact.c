/*
 * The official layout: every row of PACKAGING.md 1.1 that we take.
 */
#include "common/def.h"
#include "installer/artifact.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void is(enum sm_platform p, enum sm_arch a, const char *format,
	       bool dpkg, const char *folder, const char *file)
{
	const struct inst_artifact *x = NULL;
	struct sm_err e = SM_ERR_INIT;

	assert_int_equal(inst_artifact_find(&x, p, a, format, dpkg, &e), 0);
	assert_string_equal(x->folder, folder);
	assert_string_equal(x->file, file);
}

static void test_official(void **state)
{
	SM_UNUSED(state);
	is(SM_PLATFORM_LINUX, SM_ARCH_X86_64, NULL, true, "ubuntu_64bit",
	   "session-manager-plugin.deb");
	is(SM_PLATFORM_LINUX, SM_ARCH_X86_64, NULL, false, "linux_64bit",
	   "session-manager-plugin.rpm");
	is(SM_PLATFORM_LINUX, SM_ARCH_AARCH64, "deb", false, "ubuntu_arm64",
	   "session-manager-plugin.deb");
	is(SM_PLATFORM_LINUX, SM_ARCH_I386, "rpm", true, "linux_32bit",
	   "session-manager-plugin.rpm");
	is(SM_PLATFORM_LINUX, SM_ARCH_X86_64, "bundle", true, "linux_64bit",
	   "sessionmanager-bundle.zip");
	is(SM_PLATFORM_MACOS, SM_ARCH_AARCH64, NULL, false, "mac_arm64",
	   "sessionmanager-bundle.zip");
	is(SM_PLATFORM_MACOS, SM_ARCH_X86_64, "pkg", false, "mac",
	   "session-manager-plugin.pkg");
	is(SM_PLATFORM_WINDOWS, SM_ARCH_X86_64, "exe", false, "windows",
	   "SessionManagerPluginSetup.exe");
}

/* Formats and processors that the official tree does not have. */
static void test_ours(void **state)
{
	SM_UNUSED(state);
	is(SM_PLATFORM_LINUX, SM_ARCH_X86_64, "run", true, "linux_64bit",
	   "session-manager-plugin.run");
	is(SM_PLATFORM_LINUX, SM_ARCH_AARCH64, "run", false, "linux_arm64",
	   "session-manager-plugin.run");
	is(SM_PLATFORM_WINDOWS, SM_ARCH_I386, NULL, false, "windows_32bit",
	   "SessionManagerPlugin.zip");
	is(SM_PLATFORM_WINDOWS, SM_ARCH_I386, "exe", false, "windows_32bit",
	   "SessionManagerPluginSetup.exe");
	is(SM_PLATFORM_WINDOWS, SM_ARCH_AARCH64, NULL, false, "windows_arm64",
	   "SessionManagerPlugin.zip");
	is(SM_PLATFORM_WINDOWS, SM_ARCH_AARCH64, "exe", false, "windows_arm64",
	   "SessionManagerPluginSetup.exe");
}

static void test_refused(void **state)
{
	const struct inst_artifact *x = NULL;
	struct sm_err e = SM_ERR_INIT;
	enum sm_platform p;
	enum sm_arch a;

	SM_UNUSED(state);
	assert_int_equal(inst_artifact_find(&x, SM_PLATFORM_LINUX,
					    SM_ARCH_OTHER, NULL, true, &e),
			 SM_ENOTSUP);
	assert_string_equal(e.msg, "there is no package for other on linux");
	assert_int_equal(inst_artifact_find(&x, SM_PLATFORM_MACOS,
					    SM_ARCH_X86_64, "deb", true, &e),
			 SM_ENOTSUP);
	assert_string_equal(e.msg, "there is no deb for x86_64 on macos");
	assert_int_equal(inst_artifact_platform(&p, "beos", &e), SM_EUSAGE);
	assert_int_equal(inst_artifact_arch(&a, "mips", &e), SM_EUSAGE);
	assert_int_equal(inst_artifact_arch(&a, "amd64", &e), 0);
	assert_int_equal(a, SM_ARCH_X86_64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_official),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
