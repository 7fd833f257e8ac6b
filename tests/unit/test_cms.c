/*
 * CMS signatures made by the openssl program with a chain like Apple's: a
 * critical marker that no library knows, one purpose, a team.
 */
#include "common/def.h"
#include "common/cms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/os/process.h"

static char dir[512];
static bool usable;
static struct sm_buf root = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf leaf = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
static const struct sm_str content = SM_STR_LIT("the digest\n");

static const char script[] =
	"set -e; cd \"$1\"\n"
	"cat >c.cnf <<'E'\n"
	"[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=Root\n"
	"[ca]\nbasicConstraints=critical,CA:TRUE\n"
	"subjectKeyIdentifier=hash\n"
	"[leaf]\nbasicConstraints=critical,CA:FALSE\n"
	"keyUsage=critical,digitalSignature\n"
	"extendedKeyUsage=critical,1.2.840.113635.100.4.13\n"
	"1.2.840.113635.100.6.1.14=critical,DER:0500\n"
	"[odd]\nbasicConstraints=critical,CA:FALSE\n"
	"1.2.3.4=critical,DER:0500\n"
	"E\n"
	"openssl req -x509 -newkey rsa:2048 -nodes -keyout rk -out r.pem"
	" -days 30 -config c.cnf -extensions ca\n"
	"for n in leaf odd; do openssl req -new -newkey rsa:2048 -nodes"
	" -keyout $n.key -out $n.csr -subj '/CN=Signer/O=Example/OU=TEAM1'"
	" -config c.cnf\n"
	"openssl x509 -req -in $n.csr -CA r.pem -CAkey rk -set_serial 2"
	" -days 10 -extfile c.cnf -extensions $n -out $n.pem\n"
	"printf 'the digest\\n' >content\n"
	"openssl cms -sign -binary -in content -signer $n.pem -inkey $n.key"
	" -outform DER -out $n.cms -nosmimecap -md sha256\n"
	"openssl x509 -in $n.pem -outform DER -out $n.der; done\n"
	"openssl x509 -in r.pem -outform DER -out r.der\n";

static void load(const char *name, struct sm_buf *out)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	sm_buf_clear(out);
	assert_int_equal(sm_fs_read(path, SM_BUF_SMALL, out, NULL), 0);
}

static int set_up(void **state)
{
	const char *argv[] = { "sh", "-c", script, "sh", dir, NULL };
	const char *have[] = { "openssl", "version", NULL };
	int status = -1;

	SM_UNUSED(state);
	if (sm_os_process_run(have, 10000, NULL, NULL, &status, NULL) < 0 ||
	    status != 0)
		return 0;
	if (sm_os_dir_temp("/tmp/sm-cms-", dir, sizeof(dir), NULL) < 0 ||
	    sm_os_process_run(argv, 60000, NULL, NULL, &status, NULL) < 0 ||
	    status != 0)
		return -1;
	usable = true;
	load("r.der", &root);
	load("leaf.der", &leaf);
	load("leaf.cms", &sig);
	return 0;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	sm_buf_release(&root);
	sm_buf_release(&leaf);
	sm_buf_release(&sig);
	return usable ? sm_fs_remove_tree(dir, NULL) : 0;
}

static struct sm_cms_policy policy(void)
{
	struct sm_cms_policy p = { 0 };

	p.root[0] = sm_buf_str(&root);
	p.n_roots = 1;
	p.eku = SM_CMS_APPLE_INSTALLER_EKU;
	p.team = "TEAM1";
	p.critical_arc = SM_CMS_APPLE_ARC;
	p.now = sm_os_clock_wall_ms() / 1000 + 60;
	return p;
}

static int verify(const struct sm_cms_policy *p, struct sm_str data,
		  struct sm_str named, struct sm_cms_signer *who,
		  struct sm_err *e)
{
	sm_err_clear(e);
	return sm_cms_verify(p, sm_buf_str(&sig), data, named, who, e);
}

static void good(void **state)
{
	struct sm_cms_policy p = policy();
	struct sm_cms_signer who;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (!usable)
		skip();
	if (verify(&p, content, sm_buf_str(&leaf), &who, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(who.cn, "Signer");
	assert_string_equal(who.org, "Example");
	assert_string_equal(who.team, "TEAM1");
	assert_int_equal(strlen(who.leaf_sha256), 64);
	/* zeros behind it are room that was kept */
	sm_buf_put_fill(&sig, 0, 100);
	assert_int_equal(verify(&p, content, sm_str(""), &who, &e), 0);
	/* a length that is not said: two zeros end what 30 80 begins */
	load("leaf.cms", &sig);
	assert_memory_equal(sig.ptr, "\x30\x82", 2);
	sm_buf_consume(&sig, 2);
	memcpy(sig.ptr, "\x30\x80", 2);
	sm_buf_put_fill(&sig, 0, 1);
	assert_int_equal(verify(&p, content, sm_str(""), &who, &e), SM_EFORMAT);
	sm_buf_put_fill(&sig, 0, 1);
	assert_int_equal(verify(&p, content, sm_buf_str(&leaf), &who, &e), 0);
	sm_buf_put_fill(&sig, 0, 100);
	assert_int_equal(verify(&p, content, sm_str(""), &who, &e), 0);
	sig.ptr[sig.len - 1] = 1;
	assert_int_equal(verify(&p, content, sm_str(""), &who, &e), SM_EFORMAT);
	load("leaf.cms", &sig);
}

static void refused(const struct sm_cms_policy *p, struct sm_str data,
		    struct sm_str named, const char *why)
{
	struct sm_cms_signer who;
	struct sm_err e = SM_ERR_INIT;

	assert_int_equal(verify(p, data, named, &who, &e), SM_EVERIFY);
	if (!strstr(e.msg, why))
		fail_msg("'%s' does not say '%s'", e.msg, why);
}

static void bad(void **state)
{
	struct sm_cms_policy p = policy();

	SM_UNUSED(state);
	if (!usable)
		skip();
	refused(&p, sm_str("the digesT\n"), sm_str(""), "refused");
	refused(&p, content, sm_buf_str(&root), "another certificate");
	p.team = "TEAM2";
	refused(&p, content, sm_str(""), "team 'TEAM1', not 'TEAM2'");
	p = policy();
	p.eku = "1.3.6.1.5.5.7.3.3";
	refused(&p, content, sm_str(""), "may not sign this");
	p = policy();
	p.n_roots = 0;
	refused(&p, content, sm_str(""), "refused");
	p = policy();
	p.critical_arc = "";
	refused(&p, content, sm_str(""), "critical extension");
	p.critical_arc = "1.2.840.11363"; /* a prefix, but no arc of it */
	refused(&p, content, sm_str(""), "critical extension");
	p = policy();
	p.now += 86400 * 20;
	refused(&p, content, sm_str(""), "expired");
	p.now -= 86400 * 40;
	refused(&p, content, sm_str(""), "not yet valid");
	/* a critical extension outside the arc */
	load("odd.cms", &sig);
	p = policy();
	p.eku = "";
	refused(&p, content, sm_str(""), "critical extension");
	load("leaf.cms", &sig);
}

/* Any byte changed: never a good signature over something else. */
static void mutated(void **state)
{
	struct sm_cms_policy p = policy();
	struct sm_cms_signer who;
	size_t i;

	SM_UNUSED(state);
	if (!usable)
		skip();
	for (i = 0; i < sig.len; i += 3) {
		sig.ptr[i] ^= 0x10;
		if (sm_cms_verify(&p, sm_buf_str(&sig), content,
				  sm_buf_str(&leaf), &who, NULL) == 0)
			assert_string_equal(who.team, "TEAM1");
		assert_true(sm_cms_verify(&p, sm_buf_str(&sig), sm_str("other"),
					  sm_buf_str(&leaf), &who, NULL) < 0);
		sig.ptr[i] ^= 0x10;
	}
	for (i = 0; i < sig.len; i += 40)
		assert_int_equal(sm_cms_verify(&p, sm_str_n(sig.ptr, i),
					       content, sm_str(""), &who, NULL),
				 SM_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(mutated),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
