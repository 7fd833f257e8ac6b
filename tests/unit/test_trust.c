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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in),
		cmocka_unit_test(bad_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
