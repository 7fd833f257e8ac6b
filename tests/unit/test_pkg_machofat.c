/*
 * Universal files: alignment, contents, and what cannot be joined.
 */
#include "common/def.h"
#include "pkg/machofat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/macho.h"

static void thin(struct sm_buf *b, uint32_t cpu, size_t size)
{
	const uint8_t head[] = {
		0xcf, 0xfa, 0xed, 0xfe, (uint8_t)cpu, 0, 0, 1
	};

	sm_buf_init(b, SM_BUF_SMALL);
	sm_buf_put(b, head, sizeof(head));
	sm_buf_put_fill(b, '\0', 24);
	sm_buf_put_fill(b, 'x', size - b->len);
}

static void joined(void **state)
{
	struct sm_buf a, b, out = SM_BUF_INIT(1 << 20);
	struct sm_buf other = SM_BUF_INIT(1 << 20);
	struct sm_str in[2];
	struct sm_err e = SM_ERR_INIT;
	struct sm_macho m;

	SM_UNUSED(state);
	thin(&a, SM_MACHO_X86_64, 100);
	thin(&b, SM_MACHO_ARM64, 20000);
	in[0] = sm_buf_str(&a);
	in[1] = sm_buf_str(&b);
	if (pkg_machofat_put(in, 2, &out, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sm_macho_read(&m, sm_buf_str(&out), &e), 0);
	assert_int_equal(m.n, 2);
	assert_int_equal(m.slice[0].offset, 16384);
	assert_int_equal(m.slice[1].offset, 32768);
	assert_int_equal(out.len, 32768 + 20000);
	assert_memory_equal(out.ptr + 32768, b.ptr, b.len);
	/* refused: the same machine twice, universal in universal, no Mach-O */
	in[1] = in[0];
	assert_int_equal(pkg_machofat_put(in, 2, &other, &e), SM_EFORMAT);
	in[1] = sm_buf_str(&out);
	assert_true(pkg_machofat_put(in, 2, &other, &e) < 0);
	in[1] = sm_str("#!/bin/sh\n");
	assert_true(pkg_machofat_put(in, 2, &other, &e) < 0);
	assert_int_equal(pkg_machofat_put(in, 0, &other, &e), SM_EFORMAT);
	sm_buf_release(&other);
	sm_buf_release(&a);
	sm_buf_release(&b);
	sm_buf_release(&out);
}

static void full(void **state)
{
	struct sm_buf a, out = SM_BUF_INIT(1000);
	struct sm_err e = SM_ERR_INIT;
	struct sm_str in;

	SM_UNUSED(state);
	thin(&a, SM_MACHO_ARM64, 100);
	in = sm_buf_str(&a);
	assert_int_equal(pkg_machofat_put(&in, 1, &out, &e), SM_ELIMIT);
	sm_buf_release(&a);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined),
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
