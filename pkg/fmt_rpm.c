/*
 * rpm packages, format version 4: lead, signature header, header, gzip
 * payload.
 *
 * Rule: every digest that any rpm since EL6 looks for is there: SHA-256 and
 * SHA-1 of the header, SHA-256 of the payload (packed and plain), MD5 of both
 * together. gzip, because nothing older or newer fails to read it.
 * Source: PACKAGING.md 3; what librpm does not write (the lead, the padding of
 * the signature header) is written here.
 */
#include "common/def.h"
#include "pkg/format.h"

#include <rpm/rpmds.h>
#include <rpm/rpmtag.h>

#include "common/digest.h"
#include "pkg/key.h"
#include "pkg/manifest.h"
#include "pkg/pgpsign.h"
#include "pkg/rpmfiles.h"
#include "pkg/rpmhdr.h"
#include "pkg/script.h"

/* Signature header tags, PACKAGING.md 3.1. */
enum {
	SIG_EDDSA = 267,
	SIG_RSA = 268,
	SIG_SHA1 = 269,
	SIG_SHA256 = 273,
	SIG_SIZE = 1000,
	SIG_MD5 = 1004,
	SIG_PAYLOADSIZE = 1007
};

#define LEAD_NAME_BYTES 66
#define LEAD_ARCH_X86 1
#define LEAD_ARCH_AARCH64 19
#define RPM_DIGEST_SHA256 8
#define DEPS_MAX 8

static const struct {
	const char *arch; /* ours and rpm's */
	const char *isa;  /* in provides */
	unsigned lead;
} arches[] = { { "x86_64", "x86-64", LEAD_ARCH_X86 },
	       { "i386", "x86-32", LEAD_ARCH_X86 },
	       { "aarch64", "aarch-64", LEAD_ARCH_AARCH64 } };

/* Tags of text and interpreter, in the order of enum pkg_manifest_script. */
static const struct {
	int text;
	int program;
	uint32_t sense; /* of the requirement on the interpreter */
} scripts[PKG_MANIFEST_SCRIPTS] = {
	{ RPMTAG_PREIN, RPMTAG_PREINPROG, RPMSENSE_SCRIPT_PRE },
	{ RPMTAG_POSTTRANS, RPMTAG_POSTTRANSPROG, RPMSENSE_POSTTRANS },
	{ RPMTAG_PREUN, RPMTAG_PREUNPROG, RPMSENSE_SCRIPT_PREUN },
	{ RPMTAG_POSTUN, RPMTAG_POSTUNPROG, RPMSENSE_SCRIPT_POSTUN }
};

struct deps {
	const char *name[DEPS_MAX];
	const char *version[DEPS_MAX];
	uint32_t flags[DEPS_MAX];
	size_t n;
};

static size_t arch_index(const struct pkg_manifest *m)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(arches); i++)
		if (!strcmp(arches[i].arch, m->arch))
			break;
	return i;
}

static int rpm_check(const struct pkg_manifest *m, struct sm_err *e)
{
	if (arch_index(m) == SM_ARRAY_LEN(arches))
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: architectures: '%s' does not exist "
				  "for rpm",
				  m->file, m->arch);
	return 0;
}

static int rpm_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s-%s-%s.%s.rpm", m->name, m->version,
			     m->release, m->arch);
}

/* --- dependencies --------------------------------------------------------- */

static void deps_add(struct deps *d, const char *name, const char *version,
		     uint32_t flags)
{
	size_t i = d->n;

	/* rpm searches by bisection: byte order of the names */
	for (; i > 0 && strcmp(d->name[i - 1], name) > 0; i--) {
		d->name[i] = d->name[i - 1];
		d->version[i] = d->version[i - 1];
		d->flags[i] = d->flags[i - 1];
	}
	d->name[i] = name;
	d->version[i] = version;
	d->flags[i] = flags;
	d->n++;
}

static void deps_feature(struct deps *d, const char *name, const char *version)
{
	deps_add(d, name, version,
		 RPMSENSE_RPMLIB | RPMSENSE_LESS | RPMSENSE_EQUAL);
}

static void deps_put(const struct deps *d, struct pkg_rpmhdr *h, int names,
		     int versions, int flags)
{
	pkg_rpmhdr_strs(h, names, d->name, d->n);
	pkg_rpmhdr_strs(h, versions, d->version, d->n);
	pkg_rpmhdr_u32s(h, flags, d->flags, d->n);
}

static void put_provides(const struct pkg_manifest *m, struct pkg_rpmhdr *h)
{
	struct sm_buf version = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf isa = SM_BUF_INIT(SM_BUF_SMALL);
	struct deps d = { { NULL }, { NULL }, { 0 }, 0 };

	sm_buf_printf(&version, "%s-%s", m->version, m->release);
	sm_buf_printf(&isa, "%s(%s)", m->name, arches[arch_index(m)].isa);
	deps_add(&d, m->name, sm_buf_z(&version), RPMSENSE_EQUAL);
	deps_add(&d, sm_buf_z(&isa), sm_buf_z(&version), RPMSENSE_EQUAL);
	deps_put(&d, h, RPMTAG_PROVIDENAME, RPMTAG_PROVIDEVERSION,
		 RPMTAG_PROVIDEFLAGS);
	sm_buf_release(&version);
	sm_buf_release(&isa);
}

/* Scriptlets, and what they and this form of package ask of rpm. */
static int put_scripts(const struct pkg_manifest *m, struct pkg_rpmhdr *h,
		       struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT((size_t)1 << 20);
	struct deps d = { { NULL }, { NULL }, { 0 }, 0 };
	const char *program = NULL;
	uint32_t shell = 0;
	bool lua = false;
	int r = 0;

	for (int i = 0; i < PKG_MANIFEST_SCRIPTS && r == 0; i++) {
		sm_buf_clear(&text);
		r = pkg_script_rpm(m, (enum pkg_manifest_script)i, &text,
				   &program);
		if (r < 0)
			sm_err_set(e, r, "scripts too large");
		if (text.len == 0)
			continue;
		pkg_rpmhdr_str(h, scripts[i].text, sm_buf_z(&text));
		pkg_rpmhdr_str(h, scripts[i].program, program);
		if (program[0] == '<')
			lua = true;
		else
			shell |= scripts[i].sense | RPMSENSE_INTERP;
	}
	if (shell)
		deps_add(&d, "/bin/sh", "", shell);
	if (lua)
		deps_feature(&d, "rpmlib(BuiltinLuaScripts)", "4.2.2-1");
	deps_feature(&d, "rpmlib(CompressedFileNames)", "3.0.4-1");
	deps_feature(&d, "rpmlib(FileDigests)", "4.6.0-1");
	deps_feature(&d, "rpmlib(PayloadFilesHavePrefix)", "4.0-1");
	deps_put(&d, h, RPMTAG_REQUIRENAME, RPMTAG_REQUIREVERSION,
		 RPMTAG_REQUIREFLAGS);
	sm_buf_release(&text);
	return r;
}

/* --- header --------------------------------------------------------------- */

static void put_facts(const struct pkg_manifest *m, struct pkg_rpmhdr *h)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	pkg_rpmhdr_str(h, RPMTAG_NAME, m->name);
	pkg_rpmhdr_str(h, RPMTAG_VERSION, m->version);
	pkg_rpmhdr_str(h, RPMTAG_RELEASE, m->release);
	pkg_rpmhdr_text(h, RPMTAG_SUMMARY, m->summary);
	pkg_rpmhdr_text(h, RPMTAG_DESCRIPTION, m->description);
	pkg_rpmhdr_text(h, RPMTAG_GROUP, m->group);
	pkg_rpmhdr_u32(h, RPMTAG_BUILDTIME, m->epoch_sec);
	pkg_rpmhdr_str(h, RPMTAG_BUILDHOST, "localhost");
	pkg_rpmhdr_str(h, RPMTAG_VENDOR, m->vendor);
	pkg_rpmhdr_str(h, RPMTAG_PACKAGER, m->maintainer);
	pkg_rpmhdr_str(h, RPMTAG_LICENSE, m->license);
	pkg_rpmhdr_str(h, RPMTAG_URL, m->url);
	pkg_rpmhdr_str(h, RPMTAG_OS, "linux");
	pkg_rpmhdr_str(h, RPMTAG_ARCH, m->arch);
	/* without one rpm takes the file for a source package */
	sm_buf_printf(&text, "%s-%s-%s.src.rpm", m->name, m->version,
		      m->release);
	pkg_rpmhdr_str(h, RPMTAG_SOURCERPM, sm_buf_z(&text));
	sm_buf_clear(&text);
	sm_buf_printf(&text, "%s-linux", m->arch);
	pkg_rpmhdr_str(h, RPMTAG_PLATFORM, sm_buf_z(&text));
	pkg_rpmhdr_str(h, RPMTAG_RPMVERSION, "4.18.0"); /* of the format */
	pkg_rpmhdr_str(h, RPMTAG_PAYLOADFORMAT, "cpio");
	pkg_rpmhdr_str(h, RPMTAG_PAYLOADCOMPRESSOR, "gzip");
	pkg_rpmhdr_str(h, RPMTAG_PAYLOADFLAGS, "9");
	pkg_rpmhdr_str(h, RPMTAG_ENCODING, "utf-8");
	sm_buf_release(&text);
}

/* One entry, as in the deb: which release this is. */
static void put_changelog(const struct pkg_manifest *m, struct pkg_rpmhdr *h)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	const char *one[1];

	pkg_rpmhdr_u32s(h, RPMTAG_CHANGELOGTIME, &m->epoch_sec, 1);
	sm_buf_printf(&text, "%s - %s-%s", m->maintainer, m->version,
		      m->release);
	one[0] = sm_buf_z(&text);
	pkg_rpmhdr_strs(h, RPMTAG_CHANGELOGNAME, one, 1);
	sm_buf_clear(&text);
	sm_buf_printf(&text, "- Release %s.", m->version);
	one[0] = sm_buf_z(&text);
	pkg_rpmhdr_strs(h, RPMTAG_CHANGELOGTEXT, one, 1);
	sm_buf_release(&text);
}

static int put_digest(struct pkg_rpmhdr *h, int tag, struct sm_str data,
		      struct sm_err *e)
{
	char hex[SM_SHA256_HEX];
	const char *const text[1] = { hex };
	uint8_t digest[SM_DIGEST_MAX];
	int r = sm_digest_bytes(SM_DIGEST_SHA256, data, digest, e);

	if (r < 0)
		return r;
	sm_digest_hex(digest, SM_SHA256_SIZE, hex);
	pkg_rpmhdr_strs(h, tag, text, 1);
	return 0;
}

static int write_header(const struct pkg_manifest *m,
			const struct pkg_rpmfiles *f, struct sm_str packed,
			struct sm_str plain, struct sm_buf *out,
			struct sm_err *e)
{
	struct pkg_rpmhdr *h = pkg_rpmhdr_new();
	int r;

	put_facts(m, h);
	put_changelog(m, h);
	put_provides(m, h);
	if ((r = put_scripts(m, h, e)) < 0)
		goto out;
	if ((r = pkg_rpmfiles_tags(f, m->epoch_sec, h, e)) < 0)
		goto out;
	pkg_rpmhdr_u32(h, RPMTAG_PAYLOADDIGESTALGO, RPM_DIGEST_SHA256);
	if ((r = put_digest(h, RPMTAG_PAYLOADDIGEST, packed, e)) < 0)
		goto out;
	if ((r = put_digest(h, RPMTAG_PAYLOADDIGESTALT, plain, e)) < 0)
		goto out;
	r = pkg_rpmhdr_finish(h, PKG_RPMHDR_IMMUTABLE, out, e);
out:
	pkg_rpmhdr_free(h);
	return r;
}

/* --- signature header ----------------------------------------------------- */

/* What the signature header speaks about. */
struct parts {
	struct sm_str header;
	struct sm_str payload; /* compressed */
	uint64_t plain_size;   /* of the payload, bytes */
};

static int put_hex(struct pkg_rpmhdr *h, int tag, enum sm_digest_alg alg,
		   struct sm_str data, struct sm_err *e)
{
	char hex[2 * SM_DIGEST_MAX + 1];
	uint8_t digest[SM_DIGEST_MAX];
	int r = sm_digest_bytes(alg, data, digest, e);

	if (r < 0)
		return r;
	sm_digest_hex(digest, sm_digest_size(alg), hex);
	pkg_rpmhdr_str(h, tag, hex);
	return 0;
}

static int put_md5(struct pkg_rpmhdr *h, struct sm_str header,
		   struct sm_str payload, struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	if ((r = sm_digest_start(&d, SM_DIGEST_MD5, e)) < 0)
		return r;
	sm_digest_add(&d, header.ptr, header.len);
	sm_digest_add(&d, payload.ptr, payload.len);
	sm_digest_finish(&d, digest);
	pkg_rpmhdr_bin(h, SIG_MD5, digest, sm_digest_size(SM_DIGEST_MD5));
	return 0;
}

/* Over the header only: it holds the payload's digest. */
static int put_signature(struct pkg_rpmhdr *h, const struct pkg_manifest *m,
			 const struct pkg_key *key, struct sm_str header,
			 struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	int tag = key->pub.alg == SM_PGPKEY_RSA ? SIG_RSA : SIG_EDDSA;
	int r;

	if (key->pub.alg != SM_PGPKEY_RSA && key->pub.alg != SM_PGPKEY_EDDSA)
		return sm_err_set(e, SM_ENOTSUP,
				  "rpm takes no signature of this key's kind; "
				  "use RSA or Ed25519");
	r = pkg_pgpsign_put_data(key, header,
				 pkg_pgpsign_time(key, m->epoch_sec), &sig, e);
	if (r == 0)
		pkg_rpmhdr_bin(h, tag, sig.ptr, sig.len);
	sm_buf_release(&sig);
	return r;
}

static int write_signatures(const struct pkg_manifest *m,
			    const struct pkg_key *key, const struct parts *p,
			    struct sm_buf *out, struct sm_err *e)
{
	struct pkg_rpmhdr *h = pkg_rpmhdr_new();
	size_t start = out->len;
	int r;

	if ((r = put_hex(h, SIG_SHA256, SM_DIGEST_SHA256, p->header, e)) < 0)
		goto out;
	if ((r = put_hex(h, SIG_SHA1, SM_DIGEST_SHA1, p->header, e)) < 0)
		goto out;
	if ((r = put_md5(h, p->header, p->payload, e)) < 0)
		goto out;
	pkg_rpmhdr_u32(h, SIG_SIZE, (uint32_t)(p->header.len + p->payload.len));
	pkg_rpmhdr_u32(h, SIG_PAYLOADSIZE, (uint32_t)p->plain_size);
	if (key && (r = put_signature(h, m, key, p->header, e)) < 0)
		goto out;
	r = pkg_rpmhdr_finish(h, PKG_RPMHDR_SIGNATURES, out, e);
	if (r < 0)
		goto out;
	sm_buf_put_fill(out, '\0', (8 - (out->len - start) % 8) % 8);
	r = out->err;
out:
	pkg_rpmhdr_free(h);
	return r;
}

/* --- the package ---------------------------------------------------------- */

static void write_lead(const struct pkg_manifest *m, struct sm_buf *out)
{
	char name[LEAD_NAME_BYTES] = "";

	(void)snprintf(name, sizeof(name), "%s-%s-%s", m->name, m->version,
		       m->release);
	sm_buf_put(out, "\xed\xab\xee\xdb\x03\x00", 6);
	sm_buf_put_u16be(out, 0); /* binary */
	sm_buf_put_u16be(out, (uint16_t)arches[arch_index(m)].lead);
	sm_buf_put(out, name, sizeof(name));
	sm_buf_put_u16be(out, 1); /* Linux */
	sm_buf_put_u16be(out, 5); /* a signature header follows */
	sm_buf_put_fill(out, '\0', 16);
}

static int rpm_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct sm_buf plain = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf packed = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf header = SM_BUF_INIT((size_t)16 << 20);
	struct pkg_rpmfiles f;
	struct parts p;
	int r;

	pkg_rpmfiles_init(&f, l);
	if ((r = pkg_rpmfiles_payload(&f, m->epoch_sec, &plain, e)) < 0)
		goto out;
	r = pkg_arc_compress(sm_buf_str(&plain), PKG_ARC_GZIP, &packed, e);
	if (r < 0)
		goto out;
	r = write_header(m, &f, sm_buf_str(&packed), sm_buf_str(&plain),
			 &header, e);
	if (r < 0)
		goto out;
	write_lead(m, out);
	p.header = sm_buf_str(&header);
	p.payload = sm_buf_str(&packed);
	p.plain_size = plain.len;
	r = write_signatures(m, key, &p, out, e);
	if (r < 0)
		goto out;
	sm_buf_put_str(out, sm_buf_str(&header));
	if ((r = sm_buf_put_str(out, sm_buf_str(&packed))) < 0)
		sm_err_set(e, r, "package too large");
out:
	pkg_rpmfiles_release(&f);
	sm_buf_release(&plain);
	sm_buf_release(&packed);
	sm_buf_release(&header);
	return r;
}

const struct pkg_format pkg_fmt_rpm = { "rpm", ".rpm", rpm_check, rpm_filename,
					rpm_write };
