/*
 * Packet framing: every length form, at and beyond its limits.
 */
#include "common/def.h"
#include "common/pgppacket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int next(const void *p, size_t len, unsigned *tag, struct sm_str *body)
{
	struct sm_str rest = sm_str_n(p, len);
	int r = sm_pgppacket_next(&rest, tag, body, NULL);

	return r == 1 ? (int)rest.len + 1 : r; /* 1 + what is left */
}

static void lengths(void **state)
{
	static char big[70000];
	struct sm_str body;
	unsigned tag;

	SM_UNUSED(state);
	assert_int_equal(next("", 0, &tag, &body), 0);
	assert_int_equal(next("\x88\2ab", 4, &tag, &body), 1);
	assert_int_equal(tag, 2);
	assert_true(sm_str_eqz(body, "ab"));
	assert_int_equal(next("\x88\2abc", 5, &tag, &body), 2);
	assert_int_equal(next("\xc2\2ab", 4, &tag, &body), 1);
	assert_int_equal(next("\x89\0\1x", 4, &tag, &body), 1);
	assert_int_equal(next("\x8a\0\0\0\1x", 6, &tag, &body), 1);
	assert_int_equal(next("\xc2\xff\0\0\0\1x", 7, &tag, &body), 1);
	memcpy(big, "\xc6\xc0\0", 3);
	assert_int_equal(next(big, 195, &tag, &body), 1);
	assert_int_equal(body.len, 192);
	memcpy(big, "\xc6\xdf\xff", 3);
	assert_int_equal(next(big, 3 + 8383, &tag, &body), 1);
	assert_int_equal(body.len, 8383);
	assert_int_equal(next(big, 3 + 8382, &tag, &body), SM_EFORMAT);
	/* not a packet, indeterminate, partial, cut, longer than the input */
	assert_int_equal(next("\x08\0", 2, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\x8b\0", 2, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\xc2\xe0x", 3, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\xc2\xfex", 3, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\xc2", 1, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\xc2\xc0", 2, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\xc2\xff\0\0\0", 5, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\x88\3ab", 4, &tag, &body), SM_EFORMAT);
	assert_int_equal(next("\x8a\xff\xff\xff\xff", 5, &tag, &body),
			 SM_EFORMAT);
}

static int mpi(const void *p, size_t len, struct sm_str *out)
{
	struct sm_str rest = sm_str_n(p, len);

	return sm_pgppacket_mpi(&rest, out);
}

static void numbers(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str out;

	SM_UNUSED(state);
	assert_int_equal(mpi("\0\1\1", 3, &out), 0);
	assert_int_equal(out.len, 1);
	assert_int_equal(mpi("\0\11\1\xff", 4, &out), 0);
	assert_int_equal(mpi("\0\0", 2, &out), 0);
	assert_int_equal(out.len, 0);
	/* a bit count that the bytes contradict, either way */
	assert_int_equal(mpi("\0\2\1", 3, &out), SM_EFORMAT);
	assert_int_equal(mpi("\0\1\2", 3, &out), SM_EFORMAT);
	assert_int_equal(mpi("\0\10\0", 3, &out), SM_EFORMAT);
	assert_int_equal(mpi("\0\10", 2, &out), SM_EFORMAT);
	assert_int_equal(mpi("\0", 1, &out), SM_EFORMAT);
	assert_int_equal(sm_pgppacket_put_mpi(&b, sm_str_n("\0\0\1\2", 4)), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.ptr, "\0\11\1\2", 4);
	sm_buf_clear(&b);
	assert_int_equal(sm_pgppacket_put_mpi(&b, sm_str_n("\0", 1)), 0);
	assert_memory_equal(b.ptr, "\0\0", 2);
	sm_buf_release(&b);
}

static void round_trips(void **state)
{
	static const size_t sizes[] = { 0,   1,    191,  192,   193,  255,
					256, 8382, 8383, 65535, 65536 };
	struct sm_buf in = SM_BUF_INIT(SM_PGPPACKET_MAX);
	struct sm_buf out = SM_BUF_INIT(SM_PGPPACKET_MAX + 100);
	struct sm_str rest, body;
	unsigned v;
	bool critical;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		sm_buf_clear(&in);
		sm_buf_clear(&out);
		sm_buf_put_fill(&in, 'x', sizes[i]);
		assert_int_equal(sm_pgppacket_put(&out, 13, sm_buf_str(&in)),
				 0);
		rest = sm_buf_str(&out);
		assert_int_equal(sm_pgppacket_next(&rest, &v, &body, NULL), 1);
		assert_int_equal(v, 13);
		assert_int_equal(body.len, sizes[i]);
		assert_int_equal(rest.len, 0);
		sm_buf_clear(&out);
		if (sizes[i] > 8382) {
			assert_int_equal(sm_pgppacket_put_sub(&out, 0x85,
							      sm_buf_str(&in)),
					 SM_ELIMIT);
			continue;
		}
		assert_int_equal(
			sm_pgppacket_put_sub(&out, 0x85, sm_buf_str(&in)), 0);
		rest = sm_buf_str(&out);
		assert_int_equal(
			sm_pgppacket_subpacket(&rest, &v, &critical, &body), 1);
		assert_int_equal(v, 5);
		assert_true(critical);
		assert_int_equal(body.len, sizes[i]);
		assert_int_equal(rest.len, 0);
	}
	rest = sm_str_n("\0", 1);
	assert_int_equal(sm_pgppacket_subpacket(&rest, &v, &critical, &body),
			 SM_EFORMAT); /* no room for the type */
	rest = sm_str_n("\3\2x", 3);
	assert_int_equal(sm_pgppacket_subpacket(&rest, &v, &critical, &body),
			 SM_EFORMAT);
	sm_buf_release(&in);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(numbers),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
