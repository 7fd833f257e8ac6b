/*
 * Generated scripts. Paths in the manifest hold no quotes, backslashes or
 * dollars (pkg/check.c), so quoting them once is enough.
 */
#include "common/def.h"
#include "pkg/script.h"

static const char sh_link_functions[] =
	"make_link()\n"
	"{\n"
	"\tif [ -h \"$1\" ] || [ ! -e \"$1\" ]; then\n"
	"\t\t{ [ -d \"${1%/*}\" ] || mkdir -p \"${1%/*}\"; } &&\n"
	"\t\t\tln -sfn \"$2\" \"$1\" ||\n"
	"\t\t\techo \"warning: cannot make the link $1\" >&2\n"
	"\telse\n"
	"\t\techo \"warning: $1 is not a link, left as it is\" >&2\n"
	"\tfi\n"
	"}\n";

static const char sh_unlink_functions[] =
	"remove_link()\n"
	"{\n"
	"\tif [ \"$(readlink \"$1\")\" = \"$2\" ]; then\n"
	"\t\trm -f \"$1\" || echo \"warning: cannot remove $1\" >&2\n"
	"\tfi\n"
	"}\n";

/* posix.stat does not follow links. */
static const char lua_make[] =
	"local function make_link(path, target)\n"
	"\tlocal kind = posix.stat(path, \"type\")\n"
	"\tif kind and kind ~= \"link\" then\n"
	"\t\tprint(\"warning: \" .. path .. \" is not a link, left as it is\")\n"
	"\t\treturn\n"
	"\tend\n"
	"\tif posix.readlink(path) == target then\n"
	"\t\treturn\n"
	"\tend\n"
	"\tlocal dir = \"\"\n"
	"\tfor part in path:gmatch(\"/[^/]+\") do\n"
	"\t\tif dir ~= \"\" and not posix.stat(dir, \"type\") then\n"
	"\t\t\tposix.mkdir(dir)\n"
	"\t\t\tposix.chmod(dir, \"rwxr-xr-x\")\n"
	"\t\tend\n"
	"\t\tdir = dir .. part\n"
	"\tend\n"
	"\tif kind then\n"
	"\t\tos.remove(path)\n"
	"\tend\n"
	"\tif not posix.symlink(target, path) then\n"
	"\t\tprint(\"warning: cannot make the link \" .. path)\n"
	"\tend\n"
	"end\n";

static const char lua_remove[] = "local function remove_link(path, target)\n"
				 "\tif posix.readlink(path) == target then\n"
				 "\t\tos.remove(path)\n"
				 "\tend\n"
				 "end\n";

static bool makes_links(enum pkg_manifest_script when)
{
	return when == PKG_MANIFEST_POSTINSTALL;
}

static void put_fragment(const char *text, struct sm_buf *out)
{
	if (!text)
		return;
	/* in a group of its own: its last line may lack a line feed */
	sm_buf_printf(out, "{\n%s\n}\n", text);
}

static void put_sh_links(const struct pkg_manifest *m, const char *function,
			 const char *prefix, struct sm_buf *out)
{
	for (size_t i = 0; i < m->n_links; i++)
		sm_buf_printf(out, "%s %s'%s' '%s'\n", function, prefix,
			      m->links[i].path, m->links[i].target);
}

/* --- deb ------------------------------------------------------------------ */

/* The values of $1 for which each script does something. */
static const char *const deb_cases[PKG_MANIFEST_SCRIPTS] = {
	"install | upgrade", "configure", "remove | deconfigure", "remove"
};

/* Links go before the package's files, while removal is still certain. */
static bool deb_removes_links(enum pkg_manifest_script when)
{
	return when == PKG_MANIFEST_PREREMOVE;
}

int pkg_script_deb(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out)
{
	static const char prefix[] = "\"${DPKG_ROOT:-}\"";
	bool make = makes_links(when) && m->n_links > 0;
	bool unmake = deb_removes_links(when) && m->n_links > 0;

	if (!make && !unmake && !m->script[when])
		return 0;
	sm_buf_puts(out, "#!/bin/sh\nset -e\n\n");
	if (make)
		sm_buf_printf(out, "%s\n", sh_link_functions);
	if (unmake)
		sm_buf_printf(out, "%s\n", sh_unlink_functions);
	sm_buf_printf(out, "case \"$1\" in\n%s)\n", deb_cases[when]);
	if (make)
		put_sh_links(m, "make_link", prefix, out);
	put_fragment(m->script[when], out);
	if (unmake)
		put_sh_links(m, "remove_link", prefix, out);
	return sm_buf_puts(out, ";;\nesac\n\nexit 0\n");
}

/* --- apk ------------------------------------------------------------------ */

/* Links go before the package's files; nothing of this runs at an upgrade. */
int pkg_script_apk(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out)
{
	bool make = makes_links(when) && m->n_links > 0;
	bool unmake = deb_removes_links(when) && m->n_links > 0;

	if (!make && !unmake && !m->script[when])
		return 0;
	sm_buf_puts(out, "#!/bin/sh\nset -e\n\n");
	if (make)
		sm_buf_puts(out, sh_link_functions);
	if (unmake)
		sm_buf_puts(out, sh_unlink_functions);
	if (make)
		put_sh_links(m, "make_link", "", out);
	put_fragment(m->script[when], out);
	if (unmake)
		put_sh_links(m, "remove_link", "", out);
	return sm_buf_puts(out, "exit 0\n");
}

/* --- rpm ------------------------------------------------------------------ */

static bool rpm_removes_links(enum pkg_manifest_script when)
{
	return when == PKG_MANIFEST_POSTREMOVE;
}

static int rpm_lua(const struct pkg_manifest *m, bool make, struct sm_buf *out)
{
	const char *function = make ? "make_link" : "remove_link";

	sm_buf_puts(out, make ? lua_make : lua_remove);
	if (!make) /* arg[2]: how many of this name stay installed */
		sm_buf_puts(out, "if tonumber(arg[2]) == 0 then\n");
	for (size_t i = 0; i < m->n_links; i++)
		sm_buf_printf(out, "%s(\"%s\", \"%s\")\n", function,
			      m->links[i].path, m->links[i].target);
	return make ? out->err : sm_buf_puts(out, "end\n");
}

int pkg_script_rpm(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out, const char **program)
{
	bool make = makes_links(when) && m->n_links > 0;
	bool unmake = rpm_removes_links(when) && m->n_links > 0;
	bool removal = when == PKG_MANIFEST_PREREMOVE ||
		       when == PKG_MANIFEST_POSTREMOVE;

	*program = m->script[when] ? "/bin/sh" : "<lua>";
	if (!m->script[when])
		return make || unmake ? rpm_lua(m, make, out) : 0;
	sm_buf_puts(out, "set -e\n");
	if (make)
		sm_buf_puts(out, sh_link_functions);
	if (unmake)
		sm_buf_puts(out, sh_unlink_functions);
	if (removal) /* not at an upgrade */
		sm_buf_puts(out, "if [ \"$1\" -eq 0 ]; then\n");
	if (make)
		put_sh_links(m, "make_link", "", out);
	if (unmake)
		put_sh_links(m, "remove_link", "", out);
	put_fragment(m->script[when], out);
	return removal ? sm_buf_puts(out, "fi\n") : out->err;
}
