/*
 * The owner of a connection: the right line of the table, and no other.
 */
#include "common/def.h"
#include "loopback/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD                                                        \
	"  sl  local_address rem_address   st tx_queue rx_queue tr" \
	" tm->when retrnsmt   uid  timeout inode\n"
#define REST " 00000000:00000000 00:00000000 00000000 "
/* from 127.0.0.1:8080 to 127.0.0.1:80 */
#define LINE(from, to, st, uid) "   0: " from " " to " " st REST uid " 0 1 1\n"

static const struct loop_peer_end peer = { "0100007F", 8080 };
static const struct loop_peer_end local = { "0100007F", 80 };

static int find(const char *table, uint32_t *uid)
{
	*uid = 99;
	return loop_peer_find(sm_str(table), &peer, &local, uid);
}

static void found(void **state)
{
	uint32_t uid;

	SM_UNUSED(state);
	assert_int_equal(
		find(HEAD LINE("0100007F:0050", "0100007F:1F90", "01", "7")
			     LINE("0100007F:1F90", "0100007F:0050", "01",
				  "1000"),
		     &uid),
		0);
	assert_int_equal(uid, 1000);
	assert_int_equal(find(HEAD LINE("0000000000000000FFFF00000100007F:1F90",
					"0000000000000000FFFF00000100007F:0050",
					"01", "1001"),
			      &uid),
			 0);
	assert_int_equal(uid, 1001);
}

static void not_found(void **state)
{
	static const char *const bad[] = {
		"",
		HEAD,
		/* the other direction, other ports, other addresses */
		HEAD LINE("0100007F:0050", "0100007F:1F90", "01", "0"),
		HEAD LINE("0100007F:1F91", "0100007F:0050", "01", "0"),
		HEAD LINE("0200007F:1F90", "0100007F:0050", "01", "0"),
		HEAD LINE("0100007F:1F90", "0200007F:0050", "01", "0"),
		/* closed sockets have no owner: they would be root's */
		HEAD LINE("0100007F:1F90", "0100007F:0050", "06", "0"),
		HEAD LINE("0100007F:1F90", "0100007F:0050", "05", "0"),
		/* no number, and a line that is cut */
		HEAD LINE("0100007F:1F90", "0100007F:0050", "01", "x"),
		HEAD "   0: 0100007F:1F90 0100007F:0050 01",
	};
	uint32_t uid;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		assert_int_equal(find(bad[i], &uid), SM_ENOTFOUND);
		assert_int_equal(uid, 99);
	}
}

/* A connection of this process belongs to its user. */
static void real(int family)
{
	struct sockaddr_storage a, from, to;
	socklen_t len = sizeof(a), n;
	int server, client, conn;
	struct sm_err e = SM_ERR_INIT;
	uint32_t uid = 0;

	memset(&a, 0, sizeof(a));
	a.ss_family = (sa_family_t)family;
	if (family == AF_INET)
		((struct sockaddr_in *)&a)->sin_addr.s_addr =
			htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&a)->sin6_addr = in6addr_loopback;
	len = family == AF_INET ? sizeof(struct sockaddr_in) :
				  sizeof(struct sockaddr_in6);
	server = socket(family, SOCK_STREAM, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&a, len) < 0)
		skip();
	assert_int_equal(listen(server, 1), 0);
	n = sizeof(a);
	assert_int_equal(getsockname(server, (struct sockaddr *)&a, &n), 0);
	client = socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&a, len), 0);
	n = sizeof(from);
	conn = accept(server, (struct sockaddr *)&from, &n);
	assert_true(conn >= 0);
	n = sizeof(to);
	assert_int_equal(getsockname(conn, (struct sockaddr *)&to, &n), 0);
	assert_int_equal(loop_peer_uid((struct sockaddr *)&from,
				       (struct sockaddr *)&to, &uid, &e),
			 0);
	assert_int_equal(uid, geteuid());
	close(client);
	assert_int_equal(loop_peer_uid((struct sockaddr *)&from,
				       (struct sockaddr *)&to, &uid, &e),
			 SM_ENOTFOUND);
	close(conn);
	close(server);
}

static void real_ipv4(void **state)
{
	SM_UNUSED(state);
	real(AF_INET);
}

static void real_ipv6(void **state)
{
	SM_UNUSED(state);
	real(AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
		cmocka_unit_test(real_ipv4),
		cmocka_unit_test(real_ipv6),
	};

	return cmocka_run_group_tests_name("loop_peer", tests, NULL, NULL);
}
