/*
 * smux: vectors A6 of PROTOCOL.md, streams cut at every place, ids nobody
 * knows, limits, and the table under many openings and closings.
 */
#include "common/def.h"
#include "plugin/wire/smux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/hex.h"
#include "common/mem.h"

/* Writes down what the callbacks say: "+3" opened, "3:text" data, "-3" fin. */
struct notes {
	struct sm_buf text;
	struct plug_smux *smux;
	uint32_t last; /* stream of the open data run */
	uint32_t close_on_data;
};

static void on_opened(void *user, uint32_t id)
{
	struct notes *n = user;

	(void)sm_buf_printf(&n->text, "+%u ", (unsigned)id);
	n->last = 0;
}

static void on_data(void *user, uint32_t id, struct sm_str bytes)
{
	struct notes *n = user;

	assert_true(bytes.len > 0);
	if (n->last != id)
		(void)sm_buf_printf(&n->text, "%u:", (unsigned)id);
	n->last = id;
	(void)sm_buf_put_str(&n->text, bytes);
	if (n->close_on_data == id) {
		struct sm_buf out = SM_BUF_INIT(64);

		assert_int_equal(plug_smux_close(n->smux, &out, id), 0);
		sm_buf_release(&out);
	}
}

static void on_fin(void *user, uint32_t id)
{
	struct notes *n = user;

	(void)sm_buf_printf(&n->text, "-%u ", (unsigned)id);
	n->last = 0;
}

static const struct plug_smux_ops ops = { on_opened, on_data, on_fin };

static struct plug_smux *make(struct notes *n, enum plug_role role)
{
	memset(n, 0, sizeof(*n));
	sm_buf_init(&n->text, (size_t)1 << 22);
	n->smux = plug_smux_new(role, &ops, n);
	return n->smux;
}

static void drop(struct notes *n)
{
	sm_buf_release(&n->text);
	plug_smux_free(n->smux);
}

static int input_hex(struct plug_smux *m, const char *hex)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	assert_int_equal(sm_hex_get(&b, sm_str(hex)), 0);
	r = plug_smux_input(m, sm_buf_str(&b));
	sm_buf_release(&b);
	return r;
}

static void check_hex(const struct sm_buf *b, size_t n, const char *want)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(sm_hex_put(&text, b->ptr, n), 0);
	assert_string_equal(sm_buf_z(&text), want);
	sm_buf_release(&text);
}

static void test_vectors(void **state)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	char *big = sm_mem_zalloc(40000, 1);
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	uint32_t id;

	SM_UNUSED(state);
	assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(id, 3);
	check_hex(&out, out.len, "0100000003000000");
	sm_buf_clear(&out);
	assert_int_equal(plug_smux_send(m, &out, 3,
					sm_str("GET / HTTP/1.0\r\n\r\n")),
			 0);
	check_hex(&out, out.len,
		  "0102120003000000474554202f20485454502f312e300d0a0d0a");
	sm_buf_clear(&out);
	assert_int_equal(
		plug_smux_send(m, &out, 3, sm_str_n(big, 32768 + 1017)), 0);
	check_hex(&out, 8, "0102008003000000");
	sm_buf_consume(&out, 8 + 32768);
	check_hex(&out, 8, "0102f90303000000");
	assert_int_equal(out.len, 8 + 1017);
	sm_buf_clear(&out);
	assert_int_equal(plug_smux_close(m, &out, 3), 0);
	check_hex(&out, out.len, "0101000003000000");
	sm_buf_clear(&out);
	assert_int_equal(plug_smux_nop(m, &out), 0);
	check_hex(&out, out.len, "0103000000000000");
	assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(id, 5);
	sm_mem_free(big);
	sm_buf_release(&out);
	drop(&n);
}

/* The same bytes in pieces of every length give the same notes. */
static void test_cuts(void **state)
{
	struct sm_buf in = SM_BUF_INIT(SM_BUF_SMALL);
	size_t piece, at;
	struct notes n;

	SM_UNUSED(state);
	assert_int_equal(
		sm_hex_get(&in, sm_str("0100000003000000"           /* SYN 3 */
				       "010205000300000068656c6c6f" /* hello */
				       "0103000000000000"           /* NOP */
				       "0102000003000000" /* empty PSH */
				       "0100000005000000" /* SYN 5 */
				       "010202000500000078780102010003000000"
				       "79"
				       "0102020009000000" /* nobody's */
				       "7a7a"
				       "0101000003000000"    /* FIN 3 */
				       "0101000003000000"    /* again */
				       "010201000300000071"  /* after FIN */
				       "0101000007000000")), /* nobody's */
		0);
	for (piece = 1; piece <= in.len; piece++) {
		struct plug_smux *m = make(&n, PLUG_ROLE_AGENT);

		for (at = 0; at < in.len; at += piece)
			assert_int_equal(
				plug_smux_input(m, sm_str_sub(sm_buf_str(&in),
							      at, piece)),
				0);
		assert_string_equal(sm_buf_z(&n.text),
				    "+3 3:hello+5 5:xx3:y-3 ");
		assert_int_equal(plug_smux_frames(m), 12);
		assert_int_equal(plug_smux_count(m), 2);
		drop(&n);
	}
	sm_buf_release(&in);
}

static void check_fatal(const char *hex)
{
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_AGENT);

	assert_int_equal(input_hex(m, hex), SM_EFORMAT);
	/* and it stays so */
	assert_int_equal(input_hex(m, "0100000003000000"), SM_EFORMAT);
	assert_int_equal(plug_smux_count(m), 0);
	drop(&n);
}

static void test_fatal(void **state)
{
	SM_UNUSED(state);
	check_fatal("0000000003000000"); /* version 0 */
	check_fatal("0200000003000000"); /* version 2 */
	check_fatal("0104080003000000"); /* UPD */
	check_fatal("01ff000003000000");
	check_fatal("0100010003000000"); /* SYN with a length */
	check_fatal("0101000103000000");
	check_fatal("0103010000000000");
}

static void test_unknown_ids(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1024);
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	uint32_t id;

	SM_UNUSED(state);
	assert_int_equal(plug_smux_send(m, &out, 3, sm_str("x")), SM_ENOTFOUND);
	assert_int_equal(plug_smux_send(m, &out, 0, sm_str("x")), SM_ENOTFOUND);
	assert_int_equal(plug_smux_close(m, &out, 3), SM_ENOTFOUND);
	/* the agent never opens streams; one that tries is not listened to */
	assert_int_equal(input_hex(m, "0100000002000000"
				      "010201000200000061"
				      "0100000000000000"),
			 0);
	assert_string_equal(sm_buf_z(&n.text), "");
	assert_int_equal(plug_smux_count(m), 0);
	assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(plug_smux_close(m, &out, id), 0);
	assert_int_equal(plug_smux_close(m, &out, id), SM_ENOTFOUND);
	assert_int_equal(input_hex(m, "0102010003000000610101000003000000"), 0);
	assert_string_equal(sm_buf_z(&n.text), "");
	sm_buf_release(&out);
	drop(&n);
}

/* FIN of the peer leaves our direction open. */
static void test_half_close(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1024);
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	uint32_t id;

	SM_UNUSED(state);
	assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(input_hex(m, "0101000003000000"), 0);
	assert_string_equal(sm_buf_z(&n.text), "-3 ");
	assert_int_equal(plug_smux_send(m, &out, id, sm_str("x")), 0);
	assert_int_equal(plug_smux_count(m), 1);
	assert_int_equal(plug_smux_close(m, &out, id), 0);
	assert_int_equal(plug_smux_count(m), 0);
	sm_buf_release(&out);
	drop(&n);
}

/* A stream closed inside the data callback gets nothing more. */
static void test_close_in_callback(void **state)
{
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_AGENT);

	SM_UNUSED(state);
	n.close_on_data = 3;
	assert_int_equal(input_hex(m, "010000000300000001020400030000006162"),
			 0);
	assert_int_equal(input_hex(m, "63640102010003000000650100000005000000"),
			 0);
	assert_string_equal(sm_buf_z(&n.text), "+3 3:ab+5 ");
	drop(&n);
}

static void test_send_limit(void **state)
{
	struct sm_buf out = SM_BUF_INIT(8 + 16);
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	uint32_t id;

	SM_UNUSED(state);
	assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(plug_smux_send(m, &out, id, sm_str("123456789")),
			 SM_ELIMIT);
	assert_int_equal(out.len, 8); /* nothing of it */
	sm_buf_clear(&out);
	assert_int_equal(plug_smux_send(m, &out, id, sm_str("")), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(plug_smux_send(m, &out, id, sm_str("12345678")), 0);
	sm_buf_release(&out);
	drop(&n);
}

static void test_budget(void **state)
{
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);

	SM_UNUSED(state);
	plug_smux_hold(m, PLUG_SMUX_BUDGET - 1);
	assert_false(plug_smux_full(m));
	plug_smux_hold(m, 1);
	assert_true(plug_smux_full(m));
	plug_smux_release(m, 1);
	assert_false(plug_smux_full(m));
	plug_smux_release(m, SIZE_MAX);
	plug_smux_hold(m, 5);
	assert_false(plug_smux_full(m));
	drop(&n);
}

static void test_streams_max(void **state)
{
	struct sm_buf out = SM_BUF_INIT((size_t)8 << 20);
	struct notes n, peer;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	struct plug_smux *p = make(&peer, PLUG_ROLE_AGENT);
	uint32_t id, i;

	SM_UNUSED(state);
	for (i = 0; i < PLUG_SMUX_STREAMS_MAX; i++)
		assert_int_equal(plug_smux_open(m, &out, &id), 0);
	assert_int_equal(plug_smux_open(m, &out, &id), SM_ELIMIT);
	assert_int_equal(plug_smux_input(p, sm_buf_str(&out)), 0);
	assert_int_equal(plug_smux_count(p), PLUG_SMUX_STREAMS_MAX);
	assert_int_equal(input_hex(p, "0100000002000000"), SM_ELIMIT);
	sm_buf_release(&out);
	drop(&n);
	drop(&peer);
}

/* Openings and closings in a random order against a plain array. */
static void test_table(void **state)
{
	enum {
		IDS = 3000
	};
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	bool *open = sm_mem_zalloc(IDS, sizeof(*open));
	struct notes n;
	struct plug_smux *m = make(&n, PLUG_ROLE_CLIENT);
	uint32_t seed = 12345, id, k, last = 1;
	size_t count = 0, i;

	SM_UNUSED(state);
	for (i = 0; i < 20000; i++) {
		seed = seed * 1664525u + 1013904223u;
		k = (seed >> 8) % IDS;
		sm_buf_clear(&out);
		if ((seed & 0x80000000) && (last + 1) / 2 < IDS) {
			assert_int_equal(plug_smux_open(m, &out, &id), 0);
			last = id;
			open[id / 2] = true;
			count++;
			continue;
		}
		assert_int_equal(plug_smux_close(m, &out, 2 * k + 1),
				 open[k] ? 0 : SM_ENOTFOUND);
		count -= open[k];
		open[k] = false;
		assert_int_equal(plug_smux_count(m), count);
	}
	for (k = 0; k < IDS; k++)
		assert_int_equal(plug_smux_send(m, &out, 2 * k + 1, sm_str("")),
				 open[k] ? 0 : SM_ENOTFOUND);
	sm_mem_free(open);
	sm_buf_release(&out);
	drop(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_fatal),
		cmocka_unit_test(test_unknown_ids),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_close_in_callback),
		cmocka_unit_test(test_send_limit),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_streams_max),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
