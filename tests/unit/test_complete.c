/*
 * Completion scripts: every command and option of the tables is in each.
 */
#include "common/def.h"
#include "installer/complete.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct inst_verb one = { "get", INST_GROUP_PICK, 0, "", "",
				      NULL,  "this that" };
static const struct inst_verb two = { "drop", INST_GROUP_PURGE, 0, "", "", NULL,
				      NULL };

static void shells(void **state)
{
	static const char *const shell[] = { "bash", "zsh", "fish" };
	static const char *const words[] = { "get",    "drop",      "purge",
					     "format", "this that", "compat" };
	const struct inst_verb *verbs[] = { &one, &two };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	size_t i, k;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(shell); i++) {
		sm_buf_clear(&out);
		assert_int_equal(
			inst_complete_script(shell[i], verbs, 2, &out, &e), 0);
		for (k = 0; k < SM_ARRAY_LEN(words); k++) {
			if (!strstr(sm_buf_z(&out), words[k]))
				fail_msg("%s: no '%s'", shell[i], words[k]);
		}
		assert_non_null(
			strstr(sm_buf_z(&out), "session-manager-installer"));
	}
	assert_int_equal(inst_complete_script("csh", verbs, 2, &out, &e),
			 SM_EUSAGE);
	sm_buf_release(&out);
}

static void too_long(void **state)
{
	const struct inst_verb *verbs[] = { &one };
	struct sm_buf out = SM_BUF_INIT((size_t)100);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(inst_complete_script("bash", verbs, 1, &out, &e),
			 SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shells),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
