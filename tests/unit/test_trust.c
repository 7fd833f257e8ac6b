/*
 * Trust: which ring is open, and that what does not hold is refused as such.
 */
#include "common/def.h"
#include "installer/trust.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/scratch.h"

static void built_in(void **state)
{
	struct inst_trust trust = { 0 };
	struct sm_option_list keys = { { NULL }, 0 };
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;
	int fd;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(inst_trust_open(&trust, &keys, &e), 0);
	assert_int_equal(trust.ring.n, 1);
	assert_string_equal(trust.from, "built in");
	scratch_file(&t, "x", "x");
	fd = sm_os_file_open(scratch_path(&t, "x"), SM_FILE_READ, 0, &e);
	assert_true(fd >= 0);
	assert_int_equal(inst_trust_check(&trust, fd, "x", sm_str(""), &res,
					  &e),
			 SM_EVERIFY);
	assert_int_equal(inst_trust_check(&trust, fd, "x", sm_str("rubbish"),
					  &res, &e),
			 SM_EVERIFY);
	assert_true(sm_str_starts(sm_str(e.msg), "cannot trust 'x': "));
	sm_os_file_close(fd);
	inst_trust_release(&trust);
	scratch_remove(&t);
}

static void bad_keys(void **state)
{
	struct inst_trust trust = { 0 };
	struct sm_option_list keys = { { "/nonexistent" }, 1 };
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(inst_trust_open(&trust, &keys, &e), SM_ENOTFOUND);
	inst_trust_release(&trust);
	scratch_file(&t, "k", "no key");
	keys.value[0] = scratch_path(&t, "k");
	assert_true(inst_trust_open(&trust, &keys, &e) < 0);
	assert_non_null(strstr(e.msg, keys.value[0]));
	inst_trust_release(&trust);
	scratch_remove(&t);
}

/* Without a signature beside it: what may stand in, and for whom. */
static void inside(void **state)
{
	struct inst_trust trust = { 0 };
	struct sm_option_list none = { { NULL }, 0 };
	struct sm_option_list names = { { "Somebody" }, 1 };
	struct sm_option_list roots = { { NULL }, 1 };
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct scratch t;
	int fd;

	SM_UNUSED(state);
	scratch_make(&t);
	assert_int_equal(inst_trust_open(&trust, &none, &e), 0);
	assert_int_equal(inst_trust_add_roots(&trust, &none, &none, &e), 0);
	assert_true(inst_trust_takes_inside(&trust));
	assert_true(trust.exe.system_roots);
	assert_int_equal(trust.exe.n_publishers, 3);
	assert_int_equal(trust.pkg.n_roots, 0);
	assert_false(trust.pkg.system_roots);
	trust.has_keys = true; /* a key asks for its signature */
	assert_false(inst_trust_takes_inside(&trust));
	trust.has_roots = true; /* unless roots are given too */
	assert_true(inst_trust_takes_inside(&trust));
	trust.has_keys = trust.has_roots = false;
	assert_int_equal(inst_trust_add_roots(&trust, &none, &names, &e), 0);
	assert_int_equal(trust.exe.n_publishers, 1);
	assert_true(trust.exe.system_roots);

	scratch_file(&t, "text", "no program, no package\n");
	fd = sm_os_file_open(scratch_path(&t, "text"), SM_FILE_READ, 0, &e);
	assert_true(fd >= 0);
	assert_int_equal(inst_trust_check_inside(&trust, fd, "text", "text.sig",
						 &res, &e),
			 SM_EVERIFY);
	assert_string_equal(e.msg, "cannot trust 'text': it has no signature "
				   "'text.sig'");
	assert_false(inst_trust_is_inside(&res));
	sm_os_file_close(fd);
	scratch_file(&t, "exe", "MZ and nothing more");
	fd = sm_os_file_open(scratch_path(&t, "exe"), SM_FILE_READ, 0, &e);
	assert_int_equal(inst_trust_check_inside(&trust, fd, "exe", "exe.sig",
						 &res, &e),
			 SM_EVERIFY);
	sm_os_file_close(fd);

	roots.value[0] = scratch_path(&t, "text");
	assert_int_equal(inst_trust_add_roots(&trust, &roots, &none, &e),
			 SM_EFORMAT);
	assert_non_null(strstr(e.msg, "cannot use the roots in '"));
	assert_false(trust.exe.system_roots);
	roots.value[0] = "/nonexistent";
	assert_int_equal(inst_trust_add_roots(&trust, &roots, &none, &e),
			 SM_ENOTFOUND);
	inst_trust_release(&trust);
	scratch_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in),
		cmocka_unit_test(inside),
		cmocka_unit_test(bad_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
