/*
 * Catalogue entries from templates.
 *
 * Rule: every text that goes into a template is either of a kind that needs
 * no quotes anywhere (versions, digests, addresses, names), or quoted as JSON
 * does, which YAML and Ruby read too; Ruby's "#{" is refused.
 */
#include "common/def.h"
#include "pkg/fleet.h"

#include "common/fs.h"
#include "common/json.h"
#include "common/path.h"
#include "pkg/check.h"
#include "pkg/facts.h"
#include "pkg/template.h"

/* Made from pkg/fleet when this is built: scoop_json_in and so on. */
#include "pkg/fleet_templates.inc"

static const char exe[] = "windows/SessionManagerPluginSetup.exe";
static const char zip[] = "windows/SessionManagerPlugin.zip";
static const char pkg_intel[] = "mac/session-manager-plugin.pkg";
static const char pkg_arm[] = "mac_arm64/session-manager-plugin.pkg";

#define BLOB(a)                              \
	{                                    \
		(const char *)(a), sizeof(a) \
	}

static const struct entry {
	const char *path; /* a template as well */
	struct sm_str text;
	bool xml;
	const char *needs[2]; /* files of the release */
} entries[] = {
	{ "winget/@ID@.yaml",
	  BLOB(winget_version_yaml_in),
	  false,
	  { exe, NULL } },
	{ "winget/@ID@.locale.en-US.yaml",
	  BLOB(winget_locale_yaml_in),
	  false,
	  { exe, NULL } },
	{ "winget/@ID@.installer.yaml",
	  BLOB(winget_installer_yaml_in),
	  false,
	  { exe, NULL } },
	{ "scoop/session-manager-plugin.json",
	  BLOB(scoop_json_in),
	  false,
	  { zip, NULL } },
	{ "homebrew/session-manager-plugin.rb",
	  BLOB(cask_rb_in),
	  false,
	  { pkg_intel, pkg_arm } },
	{ "autopkg/SessionManagerPlugin.download.recipe",
	  BLOB(autopkg_recipe_in),
	  true,
	  { pkg_arm, NULL } },
	{ "intune/detect.ps1",
	  BLOB(intune_detect_ps1_in),
	  false,
	  { zip, NULL } },
};

enum field {
	ID,
	NAME,
	VERSION,
	URL,
	IDENTIFIER,
	Q_SUMMARY,
	Q_HOMEPAGE,
	Q_LICENSE,
	Q_VENDOR,
	SHA_EXE,
	SHA_ZIP,
	SHA_MAC,
	SHA_MAC_ARM,
	N_FIELDS
};

static const char *const field_names[N_FIELDS] = {
	"ID",        "NAME",       "VERSION",    "URL",      "IDENTIFIER",
	"Q_SUMMARY", "Q_HOMEPAGE", "Q_LICENSE",  "Q_VENDOR", "SHA_EXE",
	"SHA_ZIP",   "SHA_MAC",    "SHA_MAC_ARM"
};

struct fields {
	struct pkg_template_field field[N_FIELDS];
	struct sm_arena arena;
};

static void set(struct fields *s, enum field i, struct sm_str value)
{
	s->field[i].value = sm_arena_str(&s->arena, value);
}

static int set_quoted(struct fields *s, enum field i, const char *z,
		      struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int r = 0;

	if (strstr(z, "#{"))
		r = sm_err_set(e, SM_EFORMAT,
			       "'%s' cannot stand in a Homebrew cask", z);
	else if ((r = sm_json_put(&text, sm_str(z))) == 0)
		set(s, i, sm_buf_str(&text));
	sm_buf_release(&text);
	return r;
}

/* A digest, if the release has the file; winget wants capitals. */
static int set_digest(struct fields *s, enum field i, const struct pkg_facts *f,
		      const char *path, struct sm_err *e)
{
	struct pkg_facts_file file = { 0 };
	int r = 0;

	if (pkg_facts_has(f, path))
		r = pkg_facts_read(f, path, &file, e);
	for (char *z = file.sha256; i == SHA_EXE && *z; z++)
		if (*z >= 'a')
			*z = (char)(*z - 'a' + 'A');
	if (r == 0)
		set(s, i, sm_str(file.sha256));
	sm_buf_release(&file.data);
	return r;
}

static int set_fields(struct fields *s, const struct pkg_fleet *t,
		      const struct pkg_facts *f, struct sm_err *e)
{
	const struct {
		enum field i;
		const char *path;
	} digests[] = { { SHA_EXE, exe },
			{ SHA_ZIP, zip },
			{ SHA_MAC, pkg_intel },
			{ SHA_MAC_ARM, pkg_arm } };
	const struct pkg_manifest *m = &f->manifest;
	int r;

	for (size_t i = 0; i < N_FIELDS; i++)
		s->field[i].name = field_names[i];
	set(s, ID, sm_str(t->identifier));
	set(s, NAME, sm_str(m->name));
	set(s, VERSION, sm_str(f->version));
	set(s, URL, sm_str(t->url));
	set(s, IDENTIFIER, sm_str(m->identifier));
	if ((r = set_quoted(s, Q_SUMMARY, m->summary, e)) < 0 ||
	    (r = set_quoted(s, Q_HOMEPAGE, m->url, e)) < 0 ||
	    (r = set_quoted(s, Q_LICENSE, m->license, e)) < 0 ||
	    (r = set_quoted(s, Q_VENDOR, m->vendor, e)) < 0)
		return r;
	for (size_t i = 0; i < SM_ARRAY_LEN(digests); i++) {
		r = set_digest(s, digests[i].i, f, digests[i].path, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *lacking(const struct entry *entry, const struct pkg_facts *f)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(entry->needs); i++)
		if (entry->needs[i] && !pkg_facts_has(f, entry->needs[i]))
			return entry->needs[i];
	return NULL;
}

static int write_entry(const struct pkg_fleet *t, const struct entry *entry,
		       const struct fields *s, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_buf_printf(&path, "%s/", t->out);
	r = pkg_template_put(sm_str(entry->path), s->field, N_FIELDS, false,
			     &path, e);
	if (r < 0)
		goto out;
	r = pkg_template_put(entry->text, s->field, N_FIELDS, entry->xml, &text,
			     e);
	if (r < 0)
		goto out;
	sm_buf_put_str(&dir, sm_path_dirname(sm_buf_str(&path)));
	if ((r = sm_fs_mkdirs(sm_buf_z(&dir), 0755, e)) < 0)
		goto out;
	r = sm_fs_write_atomic(sm_buf_z(&path), sm_buf_str(&text), 0644, e);
	if (r == 0)
		t->done(t->user, sm_buf_z(&path), NULL);
out:
	sm_buf_release(&path);
	sm_buf_release(&dir);
	sm_buf_release(&text);
	return r;
}

/* An address that is safe between any quotes; a name with one full stop. */
static int check_texts(const struct pkg_fleet *t, struct sm_err *e)
{
	const char *dot = strchr(t->identifier, '.');

	if (pkg_check_url(t->url) || strpbrk(t->url, "\"'#{}\\<>$`@%") ||
	    sm_str_ends(sm_str(t->url), "/"))
		return sm_err_set(e, SM_EUSAGE,
				  "--url '%s': not https://HOST/PATH without a "
				  "slash at its end",
				  t->url);
	if (pkg_check_identifier(t->identifier) || !dot ||
	    dot == t->identifier || !dot[1])
		return sm_err_set(e, SM_EUSAGE,
				  "--identifier '%s': not Publisher.Package",
				  t->identifier);
	return 0;
}

int pkg_fleet_write(const struct pkg_fleet *t, const struct pkg_facts *f,
		    struct sm_err *e)
{
	struct fields s = { .arena = SM_ARENA_INIT };
	const char *lacks;
	size_t n = 0;
	int r;

	if ((r = check_texts(t, e)) < 0)
		goto out;
	if ((r = set_fields(&s, t, f, e)) < 0)
		goto out;
	for (size_t i = 0; i < SM_ARRAY_LEN(entries); i++) {
		lacks = lacking(&entries[i], f);
		if (lacks) {
			t->done(t->user, entries[i].path, lacks);
			continue;
		}
		if ((r = write_entry(t, &entries[i], &s, e)) < 0)
			goto out;
		n++;
	}
	if (!n)
		r = sm_err_set(e, SM_ENOTFOUND,
			       "'%s' has no file for any catalogue", f->dir);
out:
	sm_arena_release(&s.arena);
	return r;
}
