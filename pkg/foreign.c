/*
 * Packages of other shapes.
 *
 * Rule: a damaged package of the plugin is not one of something else: what
 * cannot be taken apart whole, or has a file of the plugin's name, is none.
 */
#include "common/def.h"
#include "pkg/foreign.h"

#include "common/authenticode.h"
#include "pkg/listing.h"
#include "pkg/msiread.h"
#include "pkg/parts.h"

static const char *const plugin[] = { "session-manager-plugin",
				      "session-manager-plugin.exe" };

/* Up to the ";" of "x64;1033", behind "template: ". */
static struct sm_str template_of(struct sm_str summary)
{
	struct sm_str line;

	while (sm_str_split(&summary, '\n', &line))
		if (sm_str_starts(line, "template: ")) {
			line = sm_str_sub(line, 10, line.len);
			(void)sm_str_split(&line, ';', &summary);
			return summary;
		}
	return sm_str("?");
}

static int describe(struct pkg_foreign *f, struct sm_str data)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf version = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf summary = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err ignored = SM_ERR_INIT;
	struct pkg_msiread m;
	int r;

	if ((r = pkg_msiread_open(&m, data, &ignored)) == 0 &&
	    (r = pkg_msiread_summary(&m, &summary, &ignored)) == 0) {
		pkg_msiread_property(&m, "ProductName", &name);
		pkg_msiread_property(&m, "ProductVersion", &version);
		(void)snprintf(f->about, sizeof(f->about),
			       "msi, %s %s for %.*s", sm_buf_z(&name),
			       sm_buf_z(&version),
			       SM_STR_ARG(template_of(sm_buf_str(&summary))));
	}
	for (char *p = f->about; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	pkg_msiread_release(&m);
	sm_buf_release(&name);
	sm_buf_release(&version);
	sm_buf_release(&summary);
	return r;
}

bool pkg_foreign_is_installer(struct sm_str head)
{
	return pkg_cfbread_is(head);
}

int pkg_foreign_look(struct pkg_foreign *f, struct sm_str data)
{
	const char *kind = pkg_parts_kind(data);
	struct sm_err ignored = SM_ERR_INIT;

	memset(f, 0, sizeof(*f));
	if (!kind)
		return 0;
	if (pkg_cfbread_is(data)) /* no file is called "/" */
		return describe(f, data) < 0 ||
				       pkg_listing_has(data, "/", &ignored) ?
			       SM_EFORMAT :
			       1;
	(void)snprintf(f->about, sizeof(f->about), "%s, not the plugin's",
		       kind);
	for (size_t i = 0; i < SM_ARRAY_LEN(plugin); i++)
		if (pkg_listing_has(data, plugin[i], &ignored) != 0)
			return SM_EFORMAT;
	return 1;
}

static int digest_package(void *user, enum sm_digest_alg alg, uint8_t *out,
			  struct sm_err *e)
{
	return pkg_msiread_digest(user, alg, out, e);
}

int pkg_foreign_verify(const struct sm_cms_policy *p, struct sm_str data,
		       struct sm_cms_signer *who, struct sm_err *e)
{
	struct sm_authenticode a;
	const struct sm_str *sig;
	struct pkg_msiread m;
	int r = pkg_msiread_open(&m, data, e);

	if (r < 0)
		goto out;
	sig = pkg_msiread_stream(&m, PKG_MSIREAD_SIGNATURE);
	if (!sig) {
		r = sm_err_set(e, SM_EVERIFY, "package is not signed inside");
		goto out;
	}
	r = sm_authenticode_verify_package(p, *sig, digest_package, &m, &a, e);
	if (who)
		*who = a.signer;
out:
	pkg_msiread_release(&m);
	return r;
}
