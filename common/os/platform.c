/*
 * Names of platforms and architectures, and the os-release format: what is
 * the same on every platform. Pure.
 */
#include "common/def.h"
#include "common/os/platform.h"

const char *sm_os_platform_name(enum sm_platform p)
{
	switch (p) {
	case SM_PLATFORM_LINUX:
		return "linux";
	case SM_PLATFORM_MACOS:
		return "macos";
	default:
		return "windows";
	}
}

const char *sm_os_platform_arch_name(enum sm_arch a)
{
	switch (a) {
	case SM_ARCH_X86_64:
		return "x86_64";
	case SM_ARCH_I386:
		return "i386";
	case SM_ARCH_AARCH64:
		return "aarch64";
	default:
		return "other";
	}
}

enum sm_arch sm_os_platform_arch_parse(struct sm_str machine)
{
	static const struct {
		const char *name;
		enum sm_arch arch;
	} table[] = {
		{ "x86_64", SM_ARCH_X86_64 },   { "amd64", SM_ARCH_X86_64 },
		{ "i386", SM_ARCH_I386 },       { "i486", SM_ARCH_I386 },
		{ "i586", SM_ARCH_I386 },       { "i686", SM_ARCH_I386 },
		{ "aarch64", SM_ARCH_AARCH64 }, { "arm64", SM_ARCH_AARCH64 },
		{ "armv8l", SM_ARCH_AARCH64 }, /* 32-bit view of such a CPU */
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(table); i++) {
		if (sm_str_eqz(machine, table[i].name))
			return table[i].arch;
	}
	return SM_ARCH_OTHER;
}

/* A value as the shell reads it: quotes and backslashes go. */
static int put_unquoted(struct sm_buf *out, struct sm_str s)
{
	char quote = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < s.len && r >= 0; i++) {
		char c = s.ptr[i];

		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (c == '\\' && quote != '\'' && i + 1 < s.len)
			r = sm_buf_put(out, &s.ptr[++i], 1);
		else
			r = sm_buf_put(out, &c, 1);
	}
	return r;
}

int sm_os_platform_release_parse(struct sm_str text, struct sm_buf *name,
				 struct sm_buf *version)
{
	size_t name_at = name->len, version_at = version->len;
	struct sm_str line, value;
	int r = 0;

	while (r >= 0 && sm_str_split(&text, '\n', &line)) {
		line = sm_str_trim(line);
		if (sm_str_starts(line, "ID=")) {
			value = sm_str_sub(line, strlen("ID="), line.len);
			sm_buf_truncate(name, name_at);
			r = put_unquoted(name, value);
		} else if (sm_str_starts(line, "VERSION_ID=")) {
			value = sm_str_sub(line, strlen("VERSION_ID="),
					   line.len);
			sm_buf_truncate(version, version_at);
			r = put_unquoted(version, value);
		}
	}
	if (r >= 0 && name->len == name_at)
		r = SM_EFORMAT;
	return r < 0 ? r : 0;
}
