/*
 * The bill of materials.
 *
 * Rule: it says what the build is pinned to, file by digest, and
 * NOASSERTION where that list says nothing.
 */
#include "common/def.h"
#include "pkg/sbom.h"

#include "common/digest.h"
#include "common/jtable.h"
#include "pkg/manifest.h"

#define COLUMNS 5
#define NAME_MAX_BYTES 200

enum column {
	LIBRARY,
	PACKAGE,
	FILE_NAME,
	SHA256,
	UPSTREAM
};

struct source {
	char column[COLUMNS][NAME_MAX_BYTES];
	char version[NAME_MAX_BYTES];
};

typedef void source_fn(struct sm_jtable_writer *w, const struct source *s);

/* "zlib_1.3.1.orig.tar.gz": what is between '_' and ".orig". */
static bool find_version(struct source *s)
{
	struct sm_str name = sm_str(s->column[FILE_NAME]);
	long from = sm_str_chr(name, '_', 0);
	long to = sm_str_find(name, sm_str(".orig"));

	if (from < 0 || to <= from + 1)
		return false;
	(void)snprintf(s->version, sizeof(s->version), "%.*s",
		       (int)(to - from - 1), name.ptr + from + 1);
	return true;
}

static bool split_line(struct sm_str line, struct source *s)
{
	struct sm_str word;
	size_t n = 0;

	while (sm_str_split(&line, ' ', &word)) {
		if (n == COLUMNS || !word.len || word.len >= NAME_MAX_BYTES)
			return false;
		(void)snprintf(s->column[n++], NAME_MAX_BYTES, "%.*s",
			       SM_STR_ARG(word));
	}
	return n == COLUMNS && strlen(s->column[SHA256]) == SM_SHA256_HEX - 1 &&
	       find_version(s);
}

static int each_source(struct sm_str list, source_fn *fn,
		       struct sm_jtable_writer *w, struct sm_err *e)
{
	struct sm_str line;
	unsigned number = 0;
	struct source s;

	while (sm_str_split(&list, '\n', &line)) {
		number++;
		line = sm_str_trim(line);
		if (!line.len || line.ptr[0] == '#')
			continue;
		if (!split_line(line, &s))
			return sm_err_set(e, SM_EFORMAT,
					  "list of sources, line %u: not "
					  "'library package file sha256 "
					  "upstream'",
					  number);
		fn(w, &s);
	}
	return 0;
}

static void put_common(struct sm_jtable_writer *w, const char *id,
		       const char *name, const char *version)
{
	sm_jtable_put_text(w, "SPDXID", id);
	sm_jtable_put_text(w, "name", name);
	sm_jtable_put_text(w, "versionInfo", version);
	sm_jtable_put_bool(w, "filesAnalyzed", false);
}

/* Identifiers have letters, digits, '.' and '-'. */
static void source_id(const struct source *s, char *id, size_t size)
{
	(void)snprintf(id, size, "SPDXRef-Source-%s", s->column[LIBRARY]);
	for (; *id; id++)
		if (*id == '_' || *id == '+')
			*id = '-';
}

static void put_purl(struct sm_jtable_writer *w, const struct source *s)
{
	struct sm_buf purl = SM_BUF_INIT(SM_BUF_SMALL);

	sm_buf_printf(&purl, "pkg:deb/debian/%s@", s->column[PACKAGE]);
	for (const char *z = s->version; *z; z++)
		if (*z == '+')
			sm_buf_puts(&purl, "%2B");
		else
			sm_buf_put_u8(&purl, (uint8_t)*z);
	sm_buf_puts(&purl, "?arch=source");
	sm_jtable_open(w, "externalRefs", '[');
	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "referenceCategory", "PACKAGE-MANAGER");
	sm_jtable_put_text(w, "referenceType", "purl");
	sm_jtable_put_text(w, "referenceLocator", sm_buf_z(&purl));
	sm_jtable_close(w, '}');
	sm_jtable_close(w, ']');
	sm_buf_release(&purl);
}

static void put_package(struct sm_jtable_writer *w, const struct source *s)
{
	bool known = strcmp(s->column[UPSTREAM], "-") != 0;
	char id[NAME_MAX_BYTES + 32];

	source_id(s, id, sizeof(id));
	sm_jtable_open(w, NULL, '{');
	put_common(w, id, s->column[LIBRARY], s->version);
	sm_jtable_put_text(w, "packageFileName", s->column[FILE_NAME]);
	sm_jtable_put_text(w, "downloadLocation",
			   known ? s->column[UPSTREAM] : "NOASSERTION");
	sm_jtable_open(w, "checksums", '[');
	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "algorithm", "SHA256");
	sm_jtable_put_text(w, "checksumValue", s->column[SHA256]);
	sm_jtable_close(w, '}');
	sm_jtable_close(w, ']');
	sm_jtable_put_text(w, "licenseConcluded", "NOASSERTION");
	sm_jtable_put_text(w, "licenseDeclared", "NOASSERTION");
	sm_jtable_put_text(w, "copyrightText", "NOASSERTION");
	put_purl(w, s);
	sm_jtable_close(w, '}');
}

static void put_relation(struct sm_jtable_writer *w, const char *from,
			 const char *type, const char *to)
{
	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "spdxElementId", from);
	sm_jtable_put_text(w, "relationshipType", type);
	sm_jtable_put_text(w, "relatedSpdxElement", to);
	sm_jtable_close(w, '}');
}

static void put_linked(struct sm_jtable_writer *w, const struct source *s)
{
	char id[NAME_MAX_BYTES + 32];

	source_id(s, id, sizeof(id));
	put_relation(w, "SPDXRef-Release", "STATIC_LINK", id);
}

static int put_head(struct sm_jtable_writer *w, const struct pkg_manifest *m,
		    struct sm_str sources, struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	char hex[SM_SHA256_HEX], text[512];
	int r;

	r = sm_digest_bytes(SM_DIGEST_SHA256, sources, digest, e);
	if (r < 0)
		return r;
	sm_digest_hex(digest, sizeof(digest), hex);
	sm_jtable_put_text(w, "spdxVersion", "SPDX-2.3");
	sm_jtable_put_text(w, "dataLicense", "CC0-1.0");
	sm_jtable_put_text(w, "SPDXID", "SPDXRef-DOCUMENT");
	(void)snprintf(text, sizeof(text), "%s-%s", m->name, m->version);
	sm_jtable_put_text(w, "name", text);
	(void)snprintf(text, sizeof(text),
		       "https://spdx.org/spdxdocs/%s-%s-%.16s", m->name,
		       m->version, hex);
	sm_jtable_put_text(w, "documentNamespace", text);
	sm_jtable_open(w, "creationInfo", '{');
	sm_jtable_put_time(w, "created", m->epoch_sec);
	sm_jtable_open(w, "creators", '[');
	(void)snprintf(text, sizeof(text), "Organization: %s", m->vendor);
	if (*m->vendor)
		sm_jtable_put_text(w, NULL, text);
	sm_jtable_put_text(w, NULL, "Tool: smpkg");
	sm_jtable_close(w, ']');
	sm_jtable_close(w, '}');
	return 0;
}

int pkg_sbom_put(const struct pkg_manifest *m, struct sm_str sources,
		 struct sm_buf *out, struct sm_err *e)
{
	struct sm_jtable_writer w = { out, 0, true };
	int r;

	sm_jtable_open(&w, NULL, '{');
	if ((r = put_head(&w, m, sources, e)) < 0)
		return r;
	sm_jtable_open(&w, "packages", '[');
	sm_jtable_open(&w, NULL, '{');
	put_common(&w, "SPDXRef-Release", m->name, m->version);
	sm_jtable_put_text(&w, "primaryPackagePurpose", "APPLICATION");
	sm_jtable_put_text(&w, "downloadLocation", "NOASSERTION");
	sm_jtable_put_text(&w, "licenseConcluded", m->license);
	sm_jtable_put_text(&w, "licenseDeclared", m->license);
	sm_jtable_put_text(&w, "copyrightText", "NOASSERTION");
	sm_jtable_close(&w, '}');
	if ((r = each_source(sources, put_package, &w, e)) < 0)
		return r;
	sm_jtable_close(&w, ']');
	sm_jtable_open(&w, "relationships", '[');
	put_relation(&w, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Release");
	if ((r = each_source(sources, put_linked, &w, e)) < 0)
		return r;
	sm_jtable_close(&w, ']');
	sm_jtable_close(&w, '}');
	return out->err ? sm_err_set(e, out->err, "too many sources") : 0;
}
