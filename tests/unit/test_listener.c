/*
 * Addresses that are this machine's alone, and listening on them.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "plugin/listener.h"

static void local_addresses(void **state)
{
	static const char *const local[] = { "", "127.0.0.1", "127.255.1.2",
					     "::1" };
	static const char *const open[] = {
		"0.0.0.0", "::",  "10.0.0.1",        "128.0.0.1",
		"fd00::1", "::2", "::ffff:10.0.0.1", "name"
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(local); i++)
		assert_true(plug_listener_is_local(local[i]));
	for (i = 0; i < SM_ARRAY_LEN(open); i++)
		assert_false(plug_listener_is_local(open[i]));
}

static void on_connection(void *user, uv_stream_t *server)
{
	SM_UNUSED(user);
	SM_UNUSED(server);
}

static struct plug_listener *listen_on(uv_loop_t *loop, const char *host,
				       unsigned port, struct sm_err *e)
{
	struct plug_port_properties p = { 0 };
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", port);
	p.local_port_number = sm_str(text);
	return plug_listener_new(loop, &p, host, on_connection, NULL, e);
}

static void taken_and_unusable(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct plug_listener *l;
	uv_loop_t loop;
	char want[96];

	SM_UNUSED(state);
	assert_int_equal(uv_loop_init(&loop), 0);
	l = listen_on(&loop, "127.0.0.1", 0, &e);
	assert_non_null(l);
	assert_true(plug_listener_port(l) > 0);
	assert_null(plug_listener_path(l));
	assert_string_equal(plug_listener_host(l), "127.0.0.1");
	assert_null(listen_on(&loop, "127.0.0.1", plug_listener_port(l), &e));
	(void)snprintf(want, sizeof(want),
		       "listen tcp 127.0.0.1:%u: bind: address already in use",
		       plug_listener_port(l));
	assert_string_equal(sm_err_msg(&e), want);
	assert_null(listen_on(&loop, "no address", 0, &e));
	plug_listener_free(l);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_addresses),
		cmocka_unit_test(taken_and_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
