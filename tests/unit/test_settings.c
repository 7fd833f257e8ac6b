/*
 * The SSM_PLUGIN_* variables: defaults, each value, and limits.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/env.h"
#include "plugin/settings.h"

static const char *const names[] = {
	"SSM_PLUGIN_QUIET",           "SSM_PLUGIN_EXIT_STATUS",
	"SSM_PLUGIN_EVENT_FD",        "SSM_PLUGIN_LOCAL_HOST",
	"SSM_PLUGIN_RATE_LIMIT",      "SSM_PLUGIN_PAYLOAD",
	"SSM_PLUGIN_PING_SECONDS",    "SSM_PLUGIN_RESUME_SECONDS",
	"SSM_PLUGIN_CONNECT_SECONDS", "SSM_PLUGIN_ANSWER_SECONDS",
	"SSM_PLUGIN_PARENT",          "SSM_PLUGIN_ESCAPE",
};

static int clean(void **state)
{
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(names); i++)
		if (sm_os_env_set(names[i], NULL) < 0)
			return -1;
	return 0;
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sm_os_env_set(name, value), 0);
}

static void defaults(void **state)
{
	struct plug_settings s;

	SM_UNUSED(state);
	assert_int_equal(plug_settings_read(&s, NULL), 0);
	assert_false(s.quiet);
	assert_int_equal(s.status, PLUG_EXIT_PLAIN);
	assert_int_equal(s.event_fd, -1);
	assert_string_equal(s.local_host, "");
	assert_int_equal(s.rate_limit, 0);
	assert_int_equal(s.payload, 0);
	assert_int_equal(s.ping_sec, 300); /* PROTOCOL.md 3.6 */
	assert_int_equal(s.resume_sec, 600);
	assert_true(s.follow_parent);
	assert_true(s.escape);
}

static void values(void **state)
{
	struct plug_settings s;

	SM_UNUSED(state);
	set("SSM_PLUGIN_QUIET", "1");
	set("SSM_PLUGIN_EXIT_STATUS", "1");
	set("SSM_PLUGIN_EVENT_FD", "3");
	set("SSM_PLUGIN_LOCAL_HOST", "0.0.0.0");
	set("SSM_PLUGIN_RATE_LIMIT", "65536");
	set("SSM_PLUGIN_PAYLOAD", "32768");
	set("SSM_PLUGIN_PING_SECONDS", "30");
	set("SSM_PLUGIN_RESUME_SECONDS", "0");
	set("SSM_PLUGIN_PARENT", "ignore");
	set("SSM_PLUGIN_ESCAPE", "none");
	assert_int_equal(plug_settings_read(&s, NULL), 0);
	assert_true(s.quiet);
	assert_int_equal(s.status, PLUG_EXIT_SAFE);
	assert_int_equal(s.event_fd, 3);
	assert_string_equal(s.local_host, "0.0.0.0");
	assert_int_equal(s.rate_limit, 65536);
	assert_int_equal(s.payload, 32768);
	assert_int_equal(s.ping_sec, 30);
	assert_int_equal(s.resume_sec, 0);
	assert_false(s.follow_parent);
	assert_false(s.escape);
	set("SSM_PLUGIN_EXIT_STATUS", "always");
	assert_int_equal(plug_settings_read(&s, NULL), 0);
	assert_int_equal(s.status, PLUG_EXIT_ALWAYS);
}

static void off(void **state)
{
	struct plug_settings s;

	SM_UNUSED(state);
	set("SSM_PLUGIN_QUIET", "0");
	set("SSM_PLUGIN_EXIT_STATUS", "0");
	set("SSM_PLUGIN_PING_SECONDS", "");
	assert_int_equal(plug_settings_read(&s, NULL), 0);
	assert_false(s.quiet);
	assert_int_equal(s.status, PLUG_EXIT_PLAIN);
	assert_int_equal(s.ping_sec, 300);
}

static void refused(const char *name, const char *value)
{
	struct sm_err e = SM_ERR_INIT;
	struct plug_settings s;

	set(name, value);
	assert_int_equal(plug_settings_read(&s, &e), SM_EUSAGE);
	assert_non_null(strstr(e.msg, name));
	set(name, NULL);
}

static void wrong(void **state)
{
	char host[80];

	SM_UNUSED(state);
	refused("SSM_PLUGIN_EVENT_FD", "2");
	refused("SSM_PLUGIN_EVENT_FD", "1024");
	refused("SSM_PLUGIN_EVENT_FD", "-1");
	refused("SSM_PLUGIN_PAYLOAD", "1023");
	refused("SSM_PLUGIN_PAYLOAD", "32769");
	refused("SSM_PLUGIN_PING_SECONDS", "4");
	refused("SSM_PLUGIN_PING_SECONDS", "86401");
	refused("SSM_PLUGIN_PING_SECONDS", "5m");
	refused("SSM_PLUGIN_RATE_LIMIT", "1023");
	refused("SSM_PLUGIN_CONNECT_SECONDS", "0");
	memset(host, 'h', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	refused("SSM_PLUGIN_LOCAL_HOST", host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults, clean, clean),
		cmocka_unit_test_setup_teardown(values, clean, clean),
		cmocka_unit_test_setup_teardown(off, clean, clean),
		cmocka_unit_test_setup_teardown(wrong, clean, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
