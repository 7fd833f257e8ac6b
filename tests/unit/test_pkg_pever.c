/*
 * The version of a Windows program: found in both kinds of program, and for
 * every cut and every changed byte an answer without reading outside.
 */
#include "common/def.h"
#include "pkg/pever.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

#define PE 0x40
#define RSRC_AT 0x200   /* in the file */
#define RSRC_VA 0x3000u /* when loaded */
#define RSRC_SIZE 0x100u

static void set(uint8_t *p, size_t at, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[at + i] = (uint8_t)(v >> (8 * i));
}

/* A folder of resources with one entry. */
static void folder(uint8_t *p, size_t at, uint32_t id, uint32_t to)
{
	set(p, RSRC_AT + at + 14, 1, 2);
	set(p, RSRC_AT + at + 16, id, 4);
	set(p, RSRC_AT + at + 20, to, 4);
}

#define SIZE (RSRC_AT + RSRC_SIZE)

/* Version 1.2.3.4 in German. */
static void make(uint8_t p[SIZE], bool wide)
{
	size_t optional = wide ? 240 : 224, dirs = PE + 24 + (wide ? 112 : 96);
	size_t section = PE + 24 + optional;

	memset(p, 0, SIZE);
	memcpy(p, "MZ", 2);
	set(p, 0x3c, PE, 4);
	memcpy(p + PE, "PE", 2);
	set(p, PE + 6, 1, 2);
	set(p, PE + 20, (uint32_t)optional, 2);
	set(p, PE + 24, wide ? 0x20b : 0x10b, 2);
	set(p, dirs - 4, 16, 4);
	set(p, dirs + 16, RSRC_VA, 4);
	set(p, section + 12, RSRC_VA, 4);
	set(p, section + 16, RSRC_SIZE, 4);
	set(p, section + 20, RSRC_AT, 4);
	folder(p, 0, 16, 0x80000020u);
	folder(p, 0x20, 1, 0x80000040u);
	folder(p, 0x40, 0x407, 0x60);
	set(p, RSRC_AT + 0x60, RSRC_VA + 0x70, 4);
	set(p, RSRC_AT + 0x64, 92, 4);
	set(p, RSRC_AT + 0x70 + 40, 0xFEEF04BDu, 4);
	set(p, RSRC_AT + 0x70 + 48, 1 << 16 | 2, 4);
	set(p, RSRC_AT + 0x70 + 52, 3 << 16 | 4, 4);
}

static int read_copy(struct pkg_pever *v, const uint8_t *p, size_t len)
{
	uint8_t *copy = sm_mem_alloc(len ? len : 1); /* for the sanitizer */
	int r;

	memcpy(copy, p, len);
	r = pkg_pever_read(v, sm_str_n(copy, len));
	sm_mem_free(copy);
	return r;
}

static void found(void **state)
{
	uint8_t p[SIZE];
	struct pkg_pever v;

	SM_UNUSED(state);
	for (int wide = 0; wide < 2; wide++) {
		make(p, wide);
		assert_int_equal(read_copy(&v, p, SIZE), 0);
		for (int i = 0; i < 4; i++)
			assert_int_equal(v.part[i], i + 1);
		assert_int_equal(v.language, 0x407);
	}
}

static void absent(void **state)
{
	uint8_t p[SIZE];
	struct pkg_pever v;

	SM_UNUSED(state);
	assert_int_equal(pkg_pever_read(&v, sm_str("")), SM_ENOTFOUND);
	assert_int_equal(pkg_pever_read(&v, sm_str("text")), SM_ENOTFOUND);
	make(p, true);
	p[PE] = 'N'; /* another kind of program */
	assert_int_equal(read_copy(&v, p, SIZE), SM_ENOTFOUND);
	make(p, true);
	set(p, PE + 24 + 112 + 16, 0, 4); /* no resources */
	assert_int_equal(read_copy(&v, p, SIZE), SM_ENOTFOUND);
	make(p, true);
	set(p, PE + 24 + 108, 2, 4); /* two directories */
	assert_int_equal(read_copy(&v, p, SIZE), SM_ENOTFOUND);
	make(p, true);
	set(p, RSRC_AT + 16, 24, 4); /* a manifest */
	assert_int_equal(read_copy(&v, p, SIZE), SM_ENOTFOUND);
}

static void malformed(void **state)
{
	static const struct {
		size_t at;
		uint32_t v;
	} bad[] = {
		{ 0x3c, 0xFFFFFFF0u },            /* header outside */
		{ PE + 24 + 112 + 16, 0x1000 },   /* in no section */
		{ RSRC_AT + 20, 0x80001000u },    /* folder outside */
		{ RSRC_AT + 0x40 + 20, 0x1000 },  /* entry outside */
		{ RSRC_AT + 0x60, 0x9000 },       /* data outside */
		{ RSRC_AT + 0x70 + 40, 0 },       /* not a version */
		{ RSRC_AT + 0x40 + 20, RSRC_AT }, /* entry behind the end */
	};
	uint8_t p[SIZE];
	struct pkg_pever v;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(bad); i++) {
		make(p, true);
		set(p, bad[i].at, bad[i].v, 4);
		assert_int_equal(read_copy(&v, p, SIZE), SM_EFORMAT);
	}
}

static void cut_and_changed(void **state)
{
	uint8_t p[SIZE];
	struct pkg_pever v;
	int r;

	SM_UNUSED(state);
	make(p, true);
	for (size_t len = 0; len < RSRC_AT + 0x70 + 56; len++)
		assert_true(read_copy(&v, p, len) < 0);
	for (size_t i = 0; i < 8 * (size_t)SIZE; i++) {
		make(p, true);
		p[i / 8] ^= (uint8_t)(1u << i % 8);
		r = read_copy(&v, p, SIZE);
		assert_true(r == 0 || r == SM_EFORMAT || r == SM_ENOTFOUND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(absent),
		cmocka_unit_test(malformed),
		cmocka_unit_test(cut_and_changed),
	};

	return cmocka_run_group_tests_name("pkg_pever", tests, NULL, NULL);
}
