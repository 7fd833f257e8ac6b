/*
 * macOS packages: a product archive (xar) with a Distribution and one
 * component: PackageInfo, Bom, Payload and, if there is something to run,
 * Scripts.
 *
 * Rule: what the Installer would refuse, or macOS would kill, is refused
 * here: programs of other systems, a missing architecture, an arm64 program
 * without any signature. Everything belongs to root, group wheel.
 *
 * It does not sign programs, ask Apple for a ticket, or staple one.
 * Source: PACKAGING.md 4, 10.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "common/macho.h"
#include "pkg/bom.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/odc.h"
#include "pkg/template.h"
#include "pkg/xarw.h"

#define TEXT_MAX ((size_t)2 << 20)
#define PATH_BYTES_MAX 300
#define MIN_OS 0x000b0000u /* 11.0: the first with Apple silicon */

static const char distribution[] = {
#include "pkg/macos_Distribution.inc"
};
static const char package_info[] = {
#include "pkg/macos_PackageInfo.inc"
};
static const char postinstall[] = {
#include "pkg/macos_postinstall.inc"
};

static const struct arch {
	const char *ours;
	const char *word; /* in the file name */
	const char *host; /* of hostArchitectures */
	uint32_t cpu[2];
} arches[] = {
	{ "x86_64", "x86_64", "x86_64", { SM_MACHO_X86_64, 0 } },
	{ "aarch64", "arm64", "arm64", { SM_MACHO_ARM64, 0 } },
	{ "universal",
	  "universal",
	  "arm64,x86_64",
	  { SM_MACHO_X86_64, SM_MACHO_ARM64 } },
};

static const struct arch *find_arch(const struct pkg_manifest *m)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(arches); i++)
		if (!strcmp(arches[i].ours, m->arch))
			return &arches[i];
	return NULL;
}

/* --- checks ---------------------------------------------------------------- */

static int check_source(const struct pkg_manifest *m,
			const struct pkg_source *s, struct sm_err *e)
{
	if (strcmp(s->owner, "root") != 0 ||
	    (strcmp(s->group, "root") != 0 && strcmp(s->group, "wheel") != 0))
		return sm_err_set(e, SM_EFORMAT,
				  "%s:%u: files[%u].owner: files of a pkg "
				  "belong to root and wheel",
				  m->file, s->line, s->index);
	if (s->type == PKG_SOURCE_CONFIG)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:%u: files[%u].type: a pkg has no config "
				  "files",
				  m->file, s->line, s->index);
	return 0;
}

static int pkg_check(const struct pkg_manifest *m, struct sm_err *e)
{
	int r;

	if (!find_arch(m))
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: architectures: '%s' does not exist "
				  "for pkg",
				  m->file, m->arch);
	if (m->script[PKG_MANIFEST_PREREMOVE] ||
	    m->script[PKG_MANIFEST_POSTREMOVE])
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: scripts: nothing runs when a pkg is "
				  "removed",
				  m->file);
	if (m->cert && !pkg_cmssign_is_rsa(m->cert))
		return sm_err_set(e, SM_ENOTSUP,
				  "a pkg is signed inside with RSA, not with "
				  "the ECDSA key of --cert");
	for (size_t i = 0; i < m->n_files; i++)
		if ((r = check_source(m, &m->files[i], e)) < 0)
			return r;
	return 0;
}

static int pkg_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s-%s-%s.pkg", m->name, m->version,
			     find_arch(m)->word);
}

/* The slices that the architecture needs, signed where macOS insists. */
static int check_macho(const struct arch *arch, const struct pkg_file *f,
		       uint32_t *min_os, struct sm_err *e)
{
	const struct sm_macho_slice *s;
	struct sm_macho m;
	int r;

	if ((r = sm_macho_read(&m, f->data, e)) < 0)
		return sm_err_wrap(e, r, "'%s'", f->path);
	for (size_t i = 0; i < SM_ARRAY_LEN(arch->cpu); i++)
		if (arch->cpu[i] && !sm_macho_find(&m, arch->cpu[i]))
			return sm_err_set(e, SM_EFORMAT, "'%s' is not for %s",
					  f->path, arch->host);
	s = sm_macho_find(&m, SM_MACHO_ARM64);
	if (s && !s->has_signature)
		return sm_err_set(e, SM_EFORMAT,
				  "'%s' has no code signature: macOS would "
				  "kill it on arm64",
				  f->path);
	for (size_t i = 0; i < m.n; i++)
		if (m.slice[i].min_os > *min_os)
			*min_os = m.slice[i].min_os;
	return 0;
}

static int check_programs(const struct arch *arch, const struct pkg_filelist *l,
			  uint32_t *min_os, struct sm_err *e)
{
	int r;

	*min_os = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct pkg_file *f = &l->file[i];

		if (f->type != PKG_ARC_FILE || !(f->mode & 0111))
			continue;
		if (sm_str_starts(f->data, "\177ELF") ||
		    sm_str_starts(f->data, "MZ"))
			return sm_err_set(e, SM_EFORMAT,
					  "'%s' is a program for another "
					  "system",
					  f->path);
		if (!sm_macho_is_macho(f->data))
			continue;
		if ((r = check_macho(arch, f, min_os, e)) < 0)
			return r;
	}
	if (!*min_os)
		*min_os = MIN_OS;
	return 0;
}

/* --- parts ----------------------------------------------------------------- */

struct parts {
	const struct pkg_manifest *m;
	const struct arch *arch;
	uint32_t min_os;
	size_t n_files; /* with the root folder */
	uint64_t kib;
	struct sm_buf distribution, info, bom, payload, scripts;
};

static int put_payload(struct parts *p, const struct pkg_filelist *l,
		       struct sm_err *e)
{
	struct sm_buf cpio = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct pkg_odc o = { &cpio, p->m->epoch_sec, 0 };
	char path[PATH_BYTES_MAX];
	uint64_t bytes = 0;
	int r;

	r = pkg_odc_put(&o, ".", PKG_ARC_DIR, 0755, sm_str(""), e);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		const struct pkg_file *f = &l->file[i];

		(void)snprintf(path, sizeof(path), "./%s", f->path);
		r = pkg_odc_put(&o, path, f->type, f->mode, f->data, e);
		bytes += f->data.len;
	}
	if (r == 0 && (r = pkg_odc_finish(&o, e)) == 0)
		r = pkg_arc_compress(sm_buf_str(&cpio), PKG_ARC_GZIP,
				     &p->payload, e);
	p->n_files = l->n + 1;
	p->kib = (bytes + 1023) / 1024;
	sm_buf_release(&cpio);
	return r;
}

/* A group of its own: its last line may lack a line feed. */
static void put_fragment(const char *text, struct sm_buf *out)
{
	if (text)
		sm_buf_printf(out, "{\n%s\n}\n", text);
}

static int put_postinstall(const struct pkg_manifest *m, struct sm_buf *out,
			   struct sm_err *e)
{
	struct sm_buf links = SM_BUF_INIT(TEXT_MAX);
	struct sm_buf fragment = SM_BUF_INIT(TEXT_MAX);
	int r;

	for (size_t i = 0; i < m->n_links; i++)
		sm_buf_printf(&links, "make_link '%s' '%s'\n", m->links[i].path,
			      m->links[i].target);
	put_fragment(m->script[PKG_MANIFEST_POSTINSTALL], &fragment);
	const struct pkg_template_field fields[] = {
		{ "LINKS", sm_buf_str(&links) },
		{ "FRAGMENT", sm_buf_str(&fragment) },
	};

	r = pkg_template_put(sm_str_n(postinstall, sizeof(postinstall)), fields,
			     SM_ARRAY_LEN(fields), false, out, e);
	sm_buf_release(&links);
	sm_buf_release(&fragment);
	return r;
}

/* The archive of scripts, and their elements of PackageInfo. */
static int put_scripts(struct parts *p, struct sm_buf *xml, struct sm_err *e)
{
	const struct pkg_manifest *m = p->m;
	const char *before = m->script[PKG_MANIFEST_PREINSTALL];
	bool after = m->n_links || m->script[PKG_MANIFEST_POSTINSTALL];
	struct sm_buf cpio = SM_BUF_INIT(TEXT_MAX);
	struct sm_buf text = SM_BUF_INIT(TEXT_MAX);
	struct pkg_odc o = { &cpio, m->epoch_sec, 0 };
	int r;

	if (!before && !after)
		return 0;
	sm_buf_puts(xml, "    <scripts>\n");
	r = pkg_odc_put(&o, ".", PKG_ARC_DIR, 0755, sm_str(""), e);
	if (r == 0 && after) {
		sm_buf_puts(xml, "        <postinstall "
				 "file=\"./postinstall\"/>\n");
		if ((r = put_postinstall(m, &text, e)) == 0)
			r = pkg_odc_put(&o, "./postinstall", PKG_ARC_FILE, 0755,
					sm_buf_str(&text), e);
	}
	if (r == 0 && before) {
		sm_buf_puts(xml,
			    "        <preinstall file=\"./preinstall\"/>\n");
		sm_buf_clear(&text);
		sm_buf_puts(&text, "#!/bin/sh\nset -e\n");
		put_fragment(before, &text);
		r = pkg_odc_put(&o, "./preinstall", PKG_ARC_FILE, 0755,
				sm_buf_str(&text), e);
	}
	sm_buf_puts(xml, "    </scripts>\n");
	if (r == 0 && (r = pkg_odc_finish(&o, e)) == 0)
		r = pkg_arc_compress(sm_buf_str(&cpio), PKG_ARC_GZIP,
				     &p->scripts, e);
	sm_buf_release(&cpio);
	sm_buf_release(&text);
	return r;
}

static int put_xml(struct parts *p, struct sm_str scripts, struct sm_err *e)
{
	char kib[32], n_files[32], min_os[32], component[PATH_BYTES_MAX];
	const struct pkg_template_field fields[] = {
		{ "IDENTIFIER", sm_str(p->m->identifier) },
		{ "VERSION", sm_str(p->m->version) },
		{ "SUMMARY", sm_str(p->m->summary) },
		{ "HOST_ARCHITECTURES", sm_str(p->arch->host) },
		{ "MIN_OS",
		  sm_str_n(min_os, (size_t)snprintf(min_os, sizeof(min_os),
						    "%u.%u", p->min_os >> 16,
						    p->min_os >> 8 & 255)) },
		{ "INSTALL_KBYTES",
		  sm_str_n(kib, (size_t)snprintf(kib, sizeof(kib), "%llu",
						 (unsigned long long)p->kib)) },
		{ "NUMBER_OF_FILES",
		  sm_str_n(n_files, (size_t)snprintf(n_files, sizeof(n_files),
						     "%zu", p->n_files)) },
		{ "COMPONENT",
		  sm_str_n(component,
			   (size_t)snprintf(component, sizeof(component),
					    "%s.pkg", p->m->name)) },
		{ "RAW_SCRIPTS", scripts },
	};
	int r;

	r = pkg_template_put(sm_str_n(package_info, sizeof(package_info)),
			     fields, SM_ARRAY_LEN(fields), true, &p->info, e);
	if (r == 0)
		r = pkg_template_put(
			sm_str_n(distribution, sizeof(distribution)), fields,
			SM_ARRAY_LEN(fields), true, &p->distribution, e);
	return r;
}

static int put_parts(struct parts *p, const struct pkg_filelist *l,
		     struct sm_err *e)
{
	struct sm_buf scripts = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if ((r = put_payload(p, l, e)) == 0 &&
	    (r = pkg_bom_put(l, p->m->epoch_sec, &p->bom, e)) == 0 &&
	    (r = put_scripts(p, &scripts, e)) == 0)
		r = put_xml(p, sm_buf_str(&scripts), e);
	sm_buf_release(&scripts);
	return r;
}

static int put_xar(const struct parts *p, struct sm_buf *out, struct sm_err *e)
{
	char component[PATH_BYTES_MAX];
	const struct pkg_xarw_file files[] = {
		{ "Distribution", false, 0, true,
		  sm_buf_str(&p->distribution) },
		{ component, true, 0, false, { NULL, 0 } },
		{ "Bom", false, 1, true, sm_buf_str(&p->bom) },
		{ "PackageInfo", false, 1, true, sm_buf_str(&p->info) },
		{ "Payload", false, 1, false, sm_buf_str(&p->payload) },
		{ "Scripts", false, 1, false, sm_buf_str(&p->scripts) },
	};
	const struct pkg_xarw xar = { files,
				      SM_ARRAY_LEN(files) - !p->scripts.len,
				      p->m->sha1_toc ? SM_DIGEST_SHA1 :
						       SM_DIGEST_SHA256,
				      p->m->epoch_sec, p->m->cert };

	(void)snprintf(component, sizeof(component), "%s.pkg", p->m->name);
	return pkg_xarw_put(&xar, out, e);
}

static int pkg_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct parts p;
	int r;

	SM_UNUSED(key); /* OpenPGP signs beside it */
	memset(&p, 0, sizeof(p));
	p.m = m;
	p.arch = find_arch(m);
	sm_buf_init(&p.distribution, TEXT_MAX);
	sm_buf_init(&p.info, TEXT_MAX);
	sm_buf_init(&p.bom, TEXT_MAX);
	sm_buf_init(&p.payload, PKG_FORMAT_ARTIFACT_MAX);
	sm_buf_init(&p.scripts, TEXT_MAX);
	if ((r = check_programs(p.arch, l, &p.min_os, e)) == 0 &&
	    (r = put_parts(&p, l, e)) == 0)
		r = put_xar(&p, out, e);
	sm_buf_release(&p.distribution);
	sm_buf_release(&p.info);
	sm_buf_release(&p.bom);
	sm_buf_release(&p.payload);
	sm_buf_release(&p.scripts);
	return r;
}

const struct pkg_format pkg_fmt_pkg = { "pkg", ".pkg", pkg_check, pkg_filename,
					pkg_write };
