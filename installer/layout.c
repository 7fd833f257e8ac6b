/*
 * The table of contract files and the names around it. Pure.
 */
#include "common/def.h"
#include "installer/layout.h"

#include "common/buf.h"
#include "common/version.h"

static const struct inst_file files[INST_FILES] = {
	{ INST_PLUGIN, 0755, true },
	{ INST_INSTALLER, 0755, false },
	{ "seelog.xml.template", 0644, false },
	{ "VERSION", 0644, false },
	{ "LICENSE", 0644, false },
	{ "NOTICE", 0644, false },
	{ "README.md", 0644, false },
	{ "RELEASENOTES.md", 0644, false },
	{ "THIRD-PARTY", 0644, false },
	{ INST_SETUP, 0755, false },
};

const struct inst_file *inst_layout_file(size_t i)
{
	return &files[i];
}

char *inst_layout_target(struct sm_arena *a, size_t i)
{
	bool below = strchr(files[i].name, '/') != NULL;

	return inst_layout_text(a, "%s" INST_CURRENT "/%s", below ? "../" : "",
				files[i].name);
}

char *inst_layout_new(struct sm_arena *a, const char *path)
{
	long slash = sm_str_rchr(sm_str(path), '/');
	size_t n = (size_t)(slash + 1);

	return inst_layout_text(a, "%.*s.%s.new", (int)n, path, path + n);
}

bool inst_layout_is_version(const char *name)
{
	struct sm_str s = sm_str(name), n;
	struct sm_version v;
	uint64_t serial;
	long tilde = sm_str_chr(s, '~', 0);

	if (tilde >= 0) {
		n = sm_str_sub(s, (size_t)tilde + 1, s.len);
		if (sm_str_u64(n, 1000000, &serial) < 0)
			return false;
		s = sm_str_sub(s, 0, (size_t)tilde);
	}
	return sm_str_eqz(s, "unknown") || sm_version_parse(&v, s) == 0;
}

char *inst_layout_version(struct sm_arena *a, const char *folder)
{
	return sm_arena_dup(a, sm_str_n(folder, strcspn(folder, "~")));
}

char *inst_layout_text(struct sm_arena *a, const char *fmt, ...)
{
	struct sm_buf b = SM_BUF_INIT((size_t)16 << 10);
	va_list ap;
	char *z;

	va_start(ap, fmt);
	(void)sm_buf_vprintf(&b, fmt, ap); /* longer: cut, then not found */
	va_end(ap);
	z = sm_arena_dup(a, sm_buf_str(&b));
	sm_buf_release(&b);
	return z;
}
