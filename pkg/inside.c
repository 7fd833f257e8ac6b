/*
 * What artifacts carry besides their files.
 *
 * Rule: kinds are told by what the file is, never by its name. A part that is
 * damaged is told as that, and the others after it all the same.
 */
#include "common/def.h"
#include "pkg/inside.h"

#include <openssl/x509.h>

#include "common/appended.h"
#include "common/authenticode.h"
#include "common/chain.h"
#include "common/deb.h"
#include "common/hex.h"
#include "common/os/clock.h"
#include "common/os/file.h"
#include "common/pgpsig.h"
#include "common/xar.h"

struct teller {
	int fd;
	pkg_inside_fn *say;
	void *user;
};

static void tell(const struct teller *t, const char *fmt, ...) SM_PRINTF(2, 3);
static void tell(const struct teller *t, const char *fmt, ...)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	bool utf8;
	va_list ap;

	va_start(ap, fmt);
	sm_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	utf8 = sm_str_utf8(sm_buf_str(&text));
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			text.ptr[i] = '?';
	}
	t->say(t->user, sm_buf_z(&text));
	sm_buf_release(&text);
}

static const char *date_of(int64_t sec, char *out, size_t size)
{
	struct tm tm;

	if (sm_os_clock_utc(sec, &tm) < 0 ||
	    !strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
		(void)snprintf(out, size, "of no known date");
	return out;
}

static void tell_program(const struct teller *t)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_authenticode a;
	char date[32];

	if (sm_authenticode_verify(NULL, t->fd, &a, &e) < 0) {
		tell(t, "signed inside, but %s", e.msg);
		return;
	}
	tell(t, "signed inside with %s by '%s' of '%s'", sm_digest_name(a.alg),
	     a.signer.cn, a.signer.org);
	if (a.signer.stamped_sec)
		tell(t, "time stamp %s by '%s'",
		     date_of(a.signer.stamped_sec, date, sizeof(date)),
		     a.signer.stamp_by);
	if (a.program[0] || a.url[0])
		tell(t, "called '%s', %s", a.program, a.url);
}

static void tell_archive(const struct teller *t)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_appended a;
	int r = sm_appended_find(t->fd, &a, &e);

	if (r == SM_ENOTFOUND)
		return;
	if (r < 0) {
		tell(t, "archive behind the program: %s", e.msg);
		return;
	}
	r = sm_appended_check(t->fd, &a, &e);
	tell(t, "archive of %llu bytes behind the program, at byte %llu%s%s",
	     (unsigned long long)a.size, (unsigned long long)a.offset,
	     r < 0 ? ": " : "", r < 0 ? e.msg : "");
}

/* The first certificate: whose signature it is said to be. */
static void tell_certificate(const struct teller *t, struct sm_str der)
{
	static const struct sm_cms_policy anybody = { .eku = "",
						      .team = "",
						      .critical_arc = "" };
	const unsigned char *p = (const unsigned char *)der.ptr;
	X509 *cert = d2i_X509(NULL, &p, (long)der.len);
	struct sm_err e = SM_ERR_INIT;
	struct sm_cms_signer who;

	memset(&who, 0, sizeof(who));
	if (!cert)
		tell(t, "signed inside, but the certificate is malformed");
	else if (sm_chain_signer(&anybody, cert, &who, &e) < 0)
		tell(t, "signed inside, but %s", e.msg);
	else
		tell(t, "signed inside by '%s' of '%s', team '%s'", who.cn,
		     who.org, who.team);
	X509_free(cert);
}

static void tell_pkg(const struct teller *t)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_xar x;

	if (sm_xar_read(&x, t->fd, &e) < 0)
		return; /* not one, or damaged: the package's reader says so */
	if (!x.cms.size && !x.rsa.size)
		tell(t, "not signed inside");
	else if (x.n_certs)
		tell_certificate(t, x.cert[0]);
	if (x.ticket)
		tell(t, "notary's ticket of %llu bytes",
		     (unsigned long long)x.ticket);
	sm_xar_release(&x);
}

static void tell_openpgp(const struct teller *t, struct sm_str sig)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf id = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_pgpsig s;
	struct sm_str body;
	char date[32];
	unsigned tag = 0;
	int r = sm_pgppacket_next(&sig, &tag, &body, &e);

	if (r <= 0 || tag != SM_PGP_SIGNATURE ||
	    sm_pgpsig_parse(&s, body, &e) < 0) {
		tell(t, "_gpgorigin is no OpenPGP signature%s%s",
		     e.code ? ": " : "", e.code ? e.msg : "");
		return;
	}
	for (size_t i = 0; i < s.n_issuers; i++) {
		if (s.issuer[i].len * 2 <= id.len)
			continue; /* of key id and fingerprint the longer */
		sm_buf_clear(&id);
		sm_hex_put(&id, s.issuer[i].ptr, s.issuer[i].len);
	}
	tell(t, "signed inside (_gpgorigin) %s by key %s",
	     date_of(s.created, date, sizeof(date)), sm_buf_z(&id));
	sm_buf_release(&id);
}

static void tell_deb(const struct teller *t)
{
	struct sm_buf sig = SM_BUF_INIT(SM_PGPPACKET_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct sm_deb d;
	int64_t n;

	if (sm_deb_read(&d, t->fd, &e) < 0 || !d.origin.size)
		goto out; /* as for tell_pkg */
	if (d.origin.size > SM_PGPPACKET_MAX ||
	    sm_buf_reserve(&sig, (size_t)d.origin.size) < 0) {
		tell(t, "_gpgorigin is too large");
		goto out;
	}
	n = sm_os_file_read_at(t->fd, sig.ptr, (size_t)d.origin.size,
			       d.origin.offset, &e);
	if (n < 0) {
		tell(t, "_gpgorigin: %s", e.msg);
		goto out;
	}
	sm_buf_added(&sig, (size_t)n);
	tell_openpgp(t, sm_buf_str(&sig));
out:
	sm_buf_release(&sig);
}

int pkg_inside_list(int fd, pkg_inside_fn *say, void *user)
{
	const struct teller t = { fd, say, user };
	char bytes[8] = { 0 };
	struct sm_err e = SM_ERR_INIT;
	int64_t n = sm_os_file_read_at(fd, bytes, sizeof(bytes), 0, &e);
	struct sm_str head = sm_str_n(bytes, n < 0 ? 0 : (size_t)n);
	struct sm_pe pe;
	bool program = sm_pe_read(&pe, fd, &e) == 0;

	if (program) {
		tell(&t, "Windows program for %s",
		     sm_os_platform_arch_name(pe.arch));
		if (pe.table)
			tell_program(&t);
		else
			tell(&t, "not signed inside");
	}
	if (program || sm_str_starts(head, "\177ELF"))
		tell_archive(&t);
	else if (sm_xar_is_xar(head))
		tell_pkg(&t);
	else if (sm_deb_is_deb(head))
		tell_deb(&t);
	return program;
}
