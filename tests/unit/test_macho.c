/*
 * Mach-O headers built field by field: thin, universal, and every length that
 * can lie.
 */
#include "common/def.h"
#include "common/macho.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/mem.h"

static void le32(struct sm_buf *b, uint32_t v)
{
	const uint8_t raw[] = { v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24 };

	sm_buf_put(b, raw, sizeof(raw));
}

/* A thin file of `size` bytes: build version 12.3, a signature at its end. */
static void thin(struct sm_buf *b, uint32_t cpu, uint32_t size)
{
	size_t from = b->len;

	le32(b, 0xfeedfacf);
	le32(b, cpu);
	le32(b, 3);
	le32(b, 2);
	le32(b, 2); /* commands */
	le32(b, 40);
	le32(b, 0);
	le32(b, 0);
	le32(b, 0x32);
	le32(b, 24);
	le32(b, 1);
	le32(b, 0x000c0300);
	le32(b, 0);
	le32(b, 0);
	le32(b, 0x1d);
	le32(b, 16);
	le32(b, size - 16);
	le32(b, 16);
	sm_buf_put_fill(b, 'x', size - (b->len - from));
}

static void poke(struct sm_buf *b, size_t at, uint8_t v)
{
	b->ptr[at] = (char)v;
}

static void one_slice(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	struct sm_macho m;

	SM_UNUSED(state);
	thin(&b, SM_MACHO_ARM64, 128);
	assert_true(sm_macho_is_macho(sm_buf_str(&b)));
	assert_int_equal(sm_macho_read(&m, sm_buf_str(&b), NULL), 0);
	assert_false(m.universal);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.slice[0].size, 128);
	assert_int_equal(m.slice[0].min_os, 0x000c0300);
	assert_true(m.slice[0].has_signature);
	assert_ptr_equal(sm_macho_find(&m, SM_MACHO_ARM64), &m.slice[0]);
	assert_null(sm_macho_find(&m, SM_MACHO_X86_64));
	/* a signature that lies outside is none */
	poke(&b, 64, 113);
	assert_int_equal(sm_macho_read(&m, sm_buf_str(&b), NULL), 0);
	assert_false(m.slice[0].has_signature);
	sm_buf_release(&b);
}

/* Table of two slices at 64 and 192, 128 bytes each. */
static void universal(struct sm_buf *b)
{
	size_t i;

	sm_buf_put_u32be(b, 0xcafebabe);
	sm_buf_put_u32be(b, 2);
	for (i = 0; i < 2; i++) {
		sm_buf_put_u32be(b, i ? SM_MACHO_ARM64 : SM_MACHO_X86_64);
		sm_buf_put_u32be(b, 3);
		sm_buf_put_u32be(b, i ? 192 : 64);
		sm_buf_put_u32be(b, 128);
		sm_buf_put_u32be(b, 6);
	}
	sm_buf_put_fill(b, '\0', 64 - b->len);
	thin(b, SM_MACHO_X86_64, 128);
	thin(b, SM_MACHO_ARM64, 128);
}

static void two_slices(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	struct sm_macho m;

	SM_UNUSED(state);
	universal(&b);
	assert_int_equal(sm_macho_read(&m, sm_buf_str(&b), NULL), 0);
	assert_true(m.universal);
	assert_int_equal(m.n, 2);
	assert_int_equal(m.slice[1].offset, 192);
	assert_int_equal(sm_macho_find(&m, SM_MACHO_ARM64)->size, 128);
	sm_buf_release(&b);
}

static void wrong(void **state)
{
	/* one byte of the universal file changed */
	static const struct {
		size_t at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{ 7, 0, "not a Mach-O" },
		{ 7, 9, "not a Mach-O" },
		{ 8, 2, "table of slices" }, /* another cputype */
		{ 11, 0x0c, "table of slices" },
		{ 19, 40, "overlap" },  /* over the table */
		{ 39, 100, "overlap" }, /* over the first slice */
		{ 43, 129, "cut off" }, /* behind the end */
		{ 40, 0xff, "cut off" },
		{ 64, 0xce, "not 64-bit" },
		{ 64 + 20, 97, "cut off" }, /* load commands */
		{ 64 + 36, 41, "damaged" }, /* length of a command */
		{ 64 + 36, 7, "damaged" },
		{ 64 + 16, 3, "damaged" }, /* number of commands */
	};
	struct sm_err e;
	struct sm_macho m;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf b = SM_BUF_INIT(4096);

		universal(&b);
		poke(&b, cases[i].at, cases[i].value);
		sm_err_clear(&e);
		if (sm_macho_read(&m, sm_buf_str(&b), &e) >= 0 ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %zu: '%s' does not say '%s'", i, e.msg,
				 cases[i].why);
		sm_buf_release(&b);
	}
}

static void cut(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	struct sm_macho m;
	size_t n;

	SM_UNUSED(state);
	universal(&b);
	for (n = 0; n < b.len; n++) {
		char *exact = sm_mem_alloc(n + 1);

		memcpy(exact, b.ptr, n);
		assert_true(sm_macho_read(&m, sm_str_n(exact, n), NULL) < 0);
		sm_mem_free(exact);
	}
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slice),
		cmocka_unit_test(two_slices),
		cmocka_unit_test(wrong),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
