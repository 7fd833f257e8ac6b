/*
 * Which kind a session gets: types, port properties, the agent's version.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "plugin/kind.h"

static const struct {
	const char *type, *port_type, *agent, *kind;
} cases[] = {
	{ "Standard_Stream", "", "", "shell" },
	{ "InteractiveCommands", "", "3.3.0.0", "shell" },
	{ "NonInteractiveCommands", "", "", "commands" },
	{ "Port", "", "3.3.987.0", "port_stdio" },
	{ "Port", "LocalPortForwarding", "3.3.987.0", "port_mux" },
	{ "Port", "LocalPortForwarding", "3.0.196.1", "port_mux" },
	{ "Port", "LocalPortForwarding", "3.0.196.0", "port_basic" },
	{ "Port", "LocalPortForwarding", "", "port_basic" },
	{ "Port", "LocalPortForwarding", "3.1", "port_basic" },
	{ "Port", "localportforwarding", "3.3.987.0", "port_stdio" },
	{ "Standard_Stream ", "", "", NULL },
	{ "", "", "", NULL },
	{ "port", "", "", NULL },
};

static void table(void **state)
{
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct plug_kind_query q = { 0 };
		const struct plug_kind *k;

		q.session_type = sm_str(cases[i].type);
		q.port.type = sm_str(cases[i].port_type);
		q.agent_version = sm_str(cases[i].agent);
		k = plug_kind_find(&q);
		if (!cases[i].kind) {
			assert_null(k);
			continue;
		}
		assert_non_null(k);
		assert_string_equal(k->name, cases[i].kind);
	}
}

/* A byte changed on the way to a port is a broken connection. */
static void only_shells_change_line_ends(void **state)
{
	struct plug_kind_query q = { 0 };

	SM_UNUSED(state);
	q.session_type = sm_str("Port");
	assert_false(plug_kind_find(&q)->lf_to_cr);
	q.port.type = sm_str("LocalPortForwarding");
	assert_false(plug_kind_find(&q)->lf_to_cr);
	q.agent_version = sm_str("3.3.987.0");
	assert_false(plug_kind_find(&q)->lf_to_cr);
	q.session_type = sm_str("Standard_Stream");
	assert_true(plug_kind_find(&q)->lf_to_cr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(only_shells_change_line_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
