/*
 * Field checks of the manifest.
 *
 * Rule: what passes here may be put into a control file, an rpm header, a file
 * name and a generated shell or Lua script without further thought about
 * line breaks, control characters or traversal. Quoting stays the business of
 * whoever writes a script.
 */
#include "common/def.h"
#include "pkg/check.h"

#include "common/str.h"
#include "common/version.h"

#define NAME_MAX_LEN 64
#define RELEASE_MAX_LEN 32
#define SUMMARY_MAX_LEN 80
#define OWNER_MAX_LEN 32
#define PATH_MAX_LEN 255 /* POSIX ustar: 155 + 100 with a slash between */
#define TEXT_MAX_LEN 4096

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static bool only(const char *z, const char *set)
{
	return z[strspn(z, set)] == '\0';
}

static bool has_control(const char *z, bool line_feeds)
{
	for (; *z; z++) {
		if (*z == '\n' && line_feeds)
			continue;
		if ((unsigned char)*z < 0x20 || *z == 0x7f)
			return true;
	}
	return false;
}

static const char *check_text(const char *z, size_t max, bool line_feeds)
{
	if (strlen(z) > max)
		return "too long";
	if (!sm_str_utf8(sm_str(z)))
		return "not UTF-8";
	if (has_control(z, line_feeds))
		return "control character";
	return NULL;
}

const char *pkg_check_name(const char *z)
{
	size_t len = strlen(z);

	if (len < 2 || len > NAME_MAX_LEN)
		return "not 2 to 64 characters";
	if (!strchr(LOWER DIGIT, z[0]))
		return "does not begin with a lower-case letter or digit";
	if (!only(z, LOWER DIGIT "+.-"))
		return "other characters than a-z 0-9 + . -";
	return NULL;
}

const char *pkg_check_version(const char *z)
{
	struct sm_version v;

	if (sm_version_parse(&v, sm_str(z)) < 0 || v.n != 4)
		return "not four numbers with dots";
	return NULL;
}

const char *pkg_check_release(const char *z)
{
	size_t len = strlen(z);

	if (len < 1 || len > RELEASE_MAX_LEN)
		return "not 1 to 32 characters";
	if (!only(z, LOWER UPPER DIGIT ".+~"))
		return "other characters than letters, digits, . + ~";
	return NULL;
}

const char *pkg_check_summary(const char *z)
{
	size_t len = strlen(z);

	if (len < 1)
		return "empty";
	if (z[len - 1] == '.')
		return "full stop at its end";
	if (z[0] == ' ' || z[len - 1] == ' ')
		return "space at its beginning or end";
	return check_text(z, SUMMARY_MAX_LEN, false);
}

const char *pkg_check_description(const char *z)
{
	bool at_start = true;

	if (z[0] == '\0' || z[0] == '\n')
		return "empty or begins with an empty line";
	for (const char *p = z; *p; p++) {
		if (at_start && (*p == ' ' || *p == '.'))
			return "line begins with a space or full stop";
		at_start = *p == '\n';
	}
	if (at_start)
		return "ends with a line feed";
	return check_text(z, TEXT_MAX_LEN, true);
}

const char *pkg_check_license(const char *z)
{
	if (z[0] == '\0' || strlen(z) > SUMMARY_MAX_LEN)
		return "not 1 to 80 characters";
	if (!only(z, LOWER UPPER DIGIT ".+-() "))
		return "not an SPDX expression";
	return NULL;
}

const char *pkg_check_url(const char *z)
{
	if (strncmp(z, "https://", 8) || z[8] == '\0')
		return "does not begin with https://";
	if (strlen(z) > PATH_MAX_LEN)
		return "too long";
	for (; *z; z++)
		if (*z <= 0x20 || *z > 0x7e || strchr("<>\"\\^`{|}", *z))
			return "character that no URL may hold";
	return NULL;
}

const char *pkg_check_line(const char *z)
{
	return check_text(z, PATH_MAX_LEN, false);
}

const char *pkg_check_maintainer(const char *z)
{
	const char *open = strrchr(z, '<');
	const char *at = open ? strchr(open, '@') : NULL;
	size_t len = strlen(z);
	bool quoted = false;

	if (!open || open < z + 2 || open[-1] != ' ' || !at || at == open + 1 ||
	    at[1] == '>' || z[len - 1] != '>')
		return "not of the form Name <address>";
	if (strchr(open, ' ') || strchr(z, '<') != open)
		return "not of the form Name <address>";
	for (const char *p = z; p < open; p++) {
		if (*p == '"')
			quoted = !quoted;
		if (*p == ',' && !quoted)
			return "comma outside quotes";
	}
	return check_text(z, PATH_MAX_LEN, false);
}

const char *pkg_check_section(const char *z)
{
	const char *slash = strchr(z, '/');

	if (!z[0] || strlen(z) > NAME_MAX_LEN || !only(z, LOWER DIGIT "-/") ||
	    z[0] == '/' || (slash && (!slash[1] || strchr(slash + 1, '/'))))
		return "not a Debian section";
	return NULL;
}

const char *pkg_check_identifier(const char *z)
{
	if (!z[0] || strlen(z) > NAME_MAX_LEN ||
	    !only(z, LOWER UPPER DIGIT ".-"))
		return "not letters, digits, . and -";
	return NULL;
}

const char *pkg_check_owner(const char *z)
{
	size_t len = strlen(z);

	if (len < 1 || len > OWNER_MAX_LEN || !strchr(LOWER "_", z[0]) ||
	    !only(z, LOWER DIGIT "_-"))
		return "not a user or group name";
	return NULL;
}

const char *pkg_check_arch(const char *z)
{
	static const char *const known[] = { "x86_64", "i386", "aarch64",
					     "universal" };

	for (size_t i = 0; i < SM_ARRAY_LEN(known); i++)
		if (!strcmp(z, known[i]))
			return NULL;
	return "not one of x86_64, i386, aarch64, universal";
}

/* The parts of a path between slashes, without a leading slash. */
static const char *check_parts(const char *z)
{
	struct sm_str rest = sm_str(z);
	struct sm_str part;

	if (!z[0])
		return "empty";
	if (strlen(z) > PATH_MAX_LEN)
		return "longer than 255 bytes";
	for (const char *p = z; *p; p++)
		if (*p < 0x20 || *p > 0x7e || strchr("\\\"'`$*?", *p))
			return "character that is not allowed in a path";
	while (sm_str_split(&rest, '/', &part))
		if (part.len == 0 || sm_str_eqz(part, ".") ||
		    sm_str_eqz(part, ".."))
			return "empty part, \".\" or \"..\" in a path";
	if (z[strlen(z) - 1] == '/')
		return "slash at its end";
	return NULL;
}

/* seelog.xml and logs/ of an installation are its user's. */
static bool of_the_user(const char *z)
{
	const char *dir = strstr(z, "sessionmanagerplugin/");

	if (!dir)
		return false;
	dir += strlen("sessionmanagerplugin/");
	return !strcmp(dir, "seelog.xml") || !strcmp(dir, "logs") ||
	       !strncmp(dir, "logs/", 5);
}

const char *pkg_check_destination(const char *z)
{
	const char *cause;

	if (z[0] != '/')
		return "not an absolute path";
	cause = check_parts(z + 1);
	if (!cause && of_the_user(z))
		cause = "belongs to the user, no package may hold it";
	return cause;
}

const char *pkg_check_source(const char *z)
{
	if (z[0] == '/')
		return "not a relative path";
	return check_parts(z);
}

const char *pkg_check_target(const char *z, const char *path)
{
	struct sm_str rest = sm_str(z);
	struct sm_str part;
	int depth = -1; /* folders above the link */

	if (z[0] == '\0')
		return "empty";
	if (z[0] == '/')
		return "not a relative path";
	if (strlen(z) > 99)
		return "longer than 99 bytes"; /* ustar's field */
	for (const char *p = z; *p; p++)
		if (*p <= 0x20 || *p > 0x7e)
			return "character that is not allowed in a link";
	for (const char *p = path; *p; p++)
		depth += *p == '/';
	while (sm_str_split(&rest, '/', &part)) {
		if (sm_str_eqz(part, ".."))
			depth--;
		else if (part.len > 0 && !sm_str_eqz(part, "."))
			depth++;
		if (depth < 0)
			return "leads out of the package";
	}
	return NULL;
}

const char *pkg_check_mode(const char *z, unsigned *mode)
{
	unsigned v = 0;

	if (strlen(z) < 3 || strlen(z) > 5 || !only(z, "01234567"))
		return "not an octal mode such as \"0755\"";
	for (; *z; z++)
		v = v * 8 + (unsigned)(*z - '0');
	if (v & ~0777u)
		return "set-id and sticky bits are not allowed";
	if (v & 0002)
		return "writable for everybody";
	*mode = v;
	return NULL;
}
