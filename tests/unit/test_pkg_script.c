/*
 * Generated scripts: which moment has which, and what the shell ones do with a
 * link in every state. What rpm's Lua does is tested with rpm itself.
 */
#include "common/def.h"
#include "pkg/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/fs.h"
#include "common/os/env.h"
#include "common/os/process.h"

static struct pkg_link links[1] = { { "/bin dir/thing", "/opt/thing", 1 } };

static void one_link(struct pkg_manifest *m)
{
	pkg_manifest_init(m);
	m->links = links;
	m->n_links = 1;
}

static size_t deb_len(const struct pkg_manifest *m, enum pkg_manifest_script w)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	size_t len;

	assert_int_equal(pkg_script_deb(m, w, &out), 0);
	len = out.len;
	sm_buf_release(&out);
	return len;
}

static const char *rpm_program(const struct pkg_manifest *m,
			       enum pkg_manifest_script w)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	const char *program = NULL;

	assert_int_equal(pkg_script_rpm(m, w, &out, &program), 0);
	if (out.len == 0)
		program = "";
	sm_buf_release(&out);
	return program;
}

static void none_without_need(void **state)
{
	struct pkg_manifest m;

	SM_UNUSED(state);
	pkg_manifest_init(&m);
	for (int i = 0; i < PKG_MANIFEST_SCRIPTS; i++) {
		assert_int_equal(deb_len(&m, (enum pkg_manifest_script)i), 0);
		assert_string_equal(
			rpm_program(&m, (enum pkg_manifest_script)i), "");
	}
	one_link(&m);
	assert_int_equal(deb_len(&m, PKG_MANIFEST_PREINSTALL), 0);
	assert_int_not_equal(deb_len(&m, PKG_MANIFEST_POSTINSTALL), 0);
	assert_int_not_equal(deb_len(&m, PKG_MANIFEST_PREREMOVE), 0);
	assert_int_equal(deb_len(&m, PKG_MANIFEST_POSTREMOVE), 0);
}

static void interpreters(void **state)
{
	struct pkg_manifest m;

	SM_UNUSED(state);
	one_link(&m);
	assert_string_equal(rpm_program(&m, PKG_MANIFEST_POSTINSTALL), "<lua>");
	assert_string_equal(rpm_program(&m, PKG_MANIFEST_PREREMOVE), "");
	assert_string_equal(rpm_program(&m, PKG_MANIFEST_POSTREMOVE), "<lua>");
	m.script[PKG_MANIFEST_POSTREMOVE] = "true";
	m.script[PKG_MANIFEST_PREREMOVE] = "true";
	assert_string_equal(rpm_program(&m, PKG_MANIFEST_POSTREMOVE),
			    "/bin/sh");
	assert_string_equal(rpm_program(&m, PKG_MANIFEST_PREREMOVE), "/bin/sh");
}

/* --- running them --------------------------------------------------------- */

struct place {
	char dir[64];
	char link[96];
};

static void enter(struct place *p)
{
	struct sm_err e = SM_ERR_INIT;

	if (sm_os_dir_temp("/tmp/sm-script-", p->dir, sizeof(p->dir), &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
	snprintf(p->link, sizeof(p->link), "%s/bin dir/thing", p->dir);
	sm_os_env_set("DPKG_ROOT", p->dir);
}

static void leave(const struct place *p)
{
	struct sm_err e = SM_ERR_INIT;

	sm_os_env_set("DPKG_ROOT", NULL);
	(void)sm_fs_remove_tree(p->dir, &e);
}

static int run(const struct pkg_manifest *m, enum pkg_manifest_script when,
	       const char *arg, struct sm_buf *output)
{
	struct sm_buf script = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf errors = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	const char *argv[] = { "sh", "-c", NULL, "script", arg, NULL };
	int status = -1;

	assert_int_equal(pkg_script_deb(m, when, &script), 0);
	argv[2] = sm_buf_z(&script);
	if (sm_os_process_run(argv, 10000, output, &errors, &status, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
	sm_buf_put_str(output, sm_buf_str(&errors));
	sm_buf_release(&script);
	sm_buf_release(&errors);
	return status;
}

static void link_is(const struct place *p, const char *want)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	if (sm_os_link_read(p->link, &text, NULL) < 0)
		sm_buf_clear(&text);
	assert_string_equal(sm_buf_z(&text), want);
	sm_buf_release(&text);
}

static void link_rule(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;
	struct place p;

	SM_UNUSED(state);
	one_link(&m);
	enter(&p);
	/* absent, its folder too */
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	link_is(&p, "/opt/thing");
	/* again; then ours is removed */
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	assert_int_equal(run(&m, PKG_MANIFEST_PREREMOVE, "upgrade", &out), 0);
	link_is(&p, "/opt/thing");
	assert_int_equal(run(&m, PKG_MANIFEST_PREREMOVE, "remove", &out), 0);
	link_is(&p, "");
	assert_int_equal(run(&m, PKG_MANIFEST_PREREMOVE, "remove", &out), 0);
	/* somebody else's: replaced at installation, kept at removal */
	assert_int_equal(sm_os_link_make("/elsewhere", p.link, &e), 0);
	assert_int_equal(run(&m, PKG_MANIFEST_PREREMOVE, "remove", &out), 0);
	link_is(&p, "/elsewhere");
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	link_is(&p, "/opt/thing");
	/* to a folder: replaced, not entered */
	assert_int_equal(sm_os_link_swap(p.dir, p.link, &e), 0);
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	link_is(&p, "/opt/thing");
	assert_int_equal(out.len, 0);
	leave(&p);
	sm_buf_release(&out);
}

static void real_file(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;
	char bin[96];
	struct place p;

	SM_UNUSED(state);
	one_link(&m);
	enter(&p);
	snprintf(bin, sizeof(bin), "%s/bin dir", p.dir);
	assert_int_equal(sm_os_dir_make(bin, 0755, &e), 0);
	assert_int_equal(sm_fs_write_atomic(p.link, sm_str("mine"), 0644, &e),
			 0);
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	assert_true(sm_str_find(sm_buf_str(&out), sm_str("left as it is")) > 0);
	assert_int_equal(run(&m, PKG_MANIFEST_PREREMOVE, "remove", &out), 0);
	assert_int_equal(sm_fs_read(p.link, 100, &text, &e), 0);
	assert_string_equal(sm_buf_z(&text), "mine");
	leave(&p);
	sm_buf_release(&out);
	sm_buf_release(&text);
}

/* The folder cannot be made: a warning, and the installation goes on. */
static void no_place(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;
	char bin[96];
	struct place p;

	SM_UNUSED(state);
	one_link(&m);
	enter(&p);
	snprintf(bin, sizeof(bin), "%s/bin dir", p.dir);
	assert_int_equal(sm_fs_write_atomic(bin, sm_str(""), 0644, &e), 0);
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	assert_true(sm_str_find(sm_buf_str(&out), sm_str("warning")) >= 0);
	leave(&p);
	sm_buf_release(&out);
}

static void fragments(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_manifest m;
	struct place p;

	SM_UNUSED(state);
	one_link(&m);
	enter(&p);
	m.script[PKG_MANIFEST_POSTINSTALL] = "echo made # no line feed";
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 0);
	assert_string_equal(sm_buf_z(&out), "made\n");
	link_is(&p, "/opt/thing");
	/* not for what undoes a failure elsewhere */
	sm_buf_clear(&out);
	assert_int_equal(
		run(&m, PKG_MANIFEST_POSTINSTALL, "abort-remove", &out), 0);
	assert_int_equal(out.len, 0);
	/* set -e: the fragment's failure is the script's */
	m.script[PKG_MANIFEST_POSTINSTALL] = "false\necho on\n";
	assert_int_equal(run(&m, PKG_MANIFEST_POSTINSTALL, "configure", &out),
			 1);
	assert_int_equal(out.len, 0);
	leave(&p);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_without_need),
		cmocka_unit_test(interpreters),
		cmocka_unit_test(link_rule),
		cmocka_unit_test(real_file),
		cmocka_unit_test(no_place),
		cmocka_unit_test(fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
