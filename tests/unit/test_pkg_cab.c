/*
 * Cabinets, read back with zlib: blocks, what one block may refer to, sums,
 * times, limits.
 */
#include "common/def.h"
#include "pkg/cab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <zlib.h>

#include "common/mem.h"

#define WHEN 1767225600 /* 2026-01-01 00:00:00 UTC */
#define MAX ((size_t)4 << 20)
#define BLOCK 32768u

static uint32_t le(const struct sm_buf *b, size_t at, size_t n)
{
	uint32_t v = 0;

	assert_true(at + n <= b->len);
	while (n--)
		v = v << 8 | (uint8_t)b->ptr[at + n];
	return v;
}

/* [MS-CAB] 3.1, from its text: words first, then what is left, from the last
 * byte up. */
static uint32_t sum_of(const struct sm_buf *b, size_t at, size_t len)
{
	uint32_t sum = 0;

	while (len >= 4) {
		sum ^= le(b, at, 4);
		at += 4;
		len -= 4;
	}
	if (len == 3)
		sum ^= le(b, at, 1) << 16 | le(b, at + 1, 1) << 8 |
		       le(b, at + 2, 1);
	else if (len == 2)
		sum ^= le(b, at, 1) << 8 | le(b, at + 1, 1);
	else if (len == 1)
		sum ^= le(b, at, 1);
	return sum;
}

/* All blocks, one behind the other. */
static void unpack(const struct sm_buf *cab, struct sm_buf *out)
{
	size_t at = le(cab, 36, 4);
	unsigned n = le(cab, 40, 2);

	sm_buf_init(out, MAX);
	assert_int_equal(le(cab, 42, 2), 1); /* MSZIP */
	for (unsigned i = 0; i < n; i++) {
		size_t packed = le(cab, at + 4, 2), len = le(cab, at + 6, 2);
		z_stream z = { 0 };

		assert_true(len <= BLOCK && packed <= BLOCK + 12);
		assert_true(len == BLOCK || i == n - 1);
		assert_int_equal(le(cab, at, 4), sum_of(cab, at + 8, packed) ^
							 le(cab, at + 4, 4));
		assert_memory_equal(cab->ptr + at + 8, "CK", 2);
		assert_int_equal(inflateInit2(&z, -15), Z_OK);
		if (out->len)
			assert_int_equal(
				inflateSetDictionary(&z,
						     (uint8_t *)out->ptr +
							     out->len - BLOCK,
						     BLOCK),
				Z_OK);
		assert_int_equal(sm_buf_reserve(out, len + 1), 0);
		z.next_in = (uint8_t *)cab->ptr + at + 10;
		z.avail_in = (uInt)packed - 2;
		z.next_out = (uint8_t *)out->ptr + out->len;
		z.avail_out = (uInt)len + 1;
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
		assert_int_equal(z.total_out, len);
		assert_int_equal(z.avail_in, 0);
		sm_buf_added(out, len);
		assert_int_equal(inflateEnd(&z), Z_OK);
		at += 8 + packed;
	}
	assert_int_equal(at, cab->len);
	assert_int_equal(le(cab, 8, 4), cab->len);
}

static void fill(char *p, size_t len, bool noise)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = noise ? (char)(x >> 24) : (char)(i / 7 + i / 4096);
	}
}

static void sizes(void **state)
{
	static const size_t size[] = { 0,         1,         2,
				       BLOCK - 1, BLOCK,     BLOCK + 1,
				       65535,     2 * BLOCK, 100000 };

	SM_UNUSED(state);
	for (size_t i = 0; i < 2 * SM_ARRAY_LEN(size); i++) {
		struct sm_buf cab = SM_BUF_INIT(MAX), got;
		size_t len = size[i / 2];
		char *p = sm_mem_alloc(len + 1);
		const struct pkg_cab_file f = { "f", { p, len } };

		fill(p, len, i % 2 != 0);
		assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, NULL), 0);
		unpack(&cab, &got);
		assert_int_equal(got.len, len);
		assert_memory_equal(got.len ? got.ptr : "", p, len);
		assert_int_equal(le(&cab, 40, 2), (len + BLOCK - 1) / BLOCK);
		sm_buf_release(&got);
		sm_buf_release(&cab);
		sm_mem_free(p);
	}
}

static void names(void **state)
{
	static char text[40000];
	const struct pkg_cab_file f[] = {
		{ "first", SM_STR_LIT("one") },
		{ "empty", SM_STR_LIT("") },
		{ "long", { text, sizeof(text) } },
		{ "last", SM_STR_LIT("end") },
	};
	struct sm_buf cab = SM_BUF_INIT(MAX), again = SM_BUF_INIT(MAX), got;
	size_t at = 44, offset = 0;

	SM_UNUSED(state);
	assert_int_equal(pkg_cab_put(f, 4, WHEN + 3, &cab, NULL), 0);
	assert_memory_equal(cab.ptr, "MSCF", 4);
	assert_int_equal(le(&cab, 16, 4), 44);    /* the names */
	assert_int_equal(le(&cab, 24, 2), 0x103); /* version 1.3 */
	assert_int_equal(le(&cab, 28, 2), 4);
	assert_int_equal(le(&cab, 30, 2), 0); /* alone */
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(le(&cab, at, 4), f[i].data.len);
		assert_int_equal(le(&cab, at + 4, 4), offset);
		assert_int_equal(le(&cab, at + 10, 2), 46 << 9 | 1 << 5 | 1);
		assert_int_equal(le(&cab, at + 12, 2), 1);
		assert_string_equal(cab.ptr + at + 16, f[i].name);
		offset += f[i].data.len;
		at += 17 + strlen(f[i].name);
	}
	assert_int_equal(le(&cab, 36, 4), at);
	unpack(&cab, &got);
	assert_memory_equal(got.ptr, "one", 3);
	assert_memory_equal(got.ptr + got.len - 3, "end", 3);
	assert_int_equal(pkg_cab_put(f, 4, WHEN + 3, &again, NULL), 0);
	assert_true(sm_str_eq(sm_buf_str(&cab), sm_buf_str(&again)));
	sm_buf_release(&again);
	assert_int_equal(pkg_cab_put(f, 1, 0, &again, NULL), 0);
	assert_int_equal(le(&again, 44 + 10, 2), 1 << 5 | 1); /* 1980-01-01 */
	sm_buf_release(&again);
	sm_buf_release(&got);
	sm_buf_release(&cab);
}

/* What stands in the block before is not stored again. */
static void refers_back(void **state)
{
	struct sm_buf cab = SM_BUF_INIT(MAX), got;
	char *p = sm_mem_alloc(2 * BLOCK);
	const struct pkg_cab_file f = { "f", { p, 2 * BLOCK } };

	SM_UNUSED(state);
	fill(p, BLOCK, true);
	memcpy(p + BLOCK, p + 1000, BLOCK - 1000);
	memset(p + 2 * BLOCK - 1000, 0, 1000);
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, NULL), 0);
	assert_true(cab.len < BLOCK + BLOCK / 8);
	unpack(&cab, &got);
	assert_memory_equal(got.ptr, p, 2 * BLOCK);
	sm_buf_release(&got);
	sm_buf_release(&cab);
	sm_mem_free(p);
}

static void refused(void **state)
{
	char name[PKG_CAB_NAME_MAX + 2];
	struct pkg_cab_file f = { name, SM_STR_LIT("data") };
	struct sm_buf cab = SM_BUF_INIT(MAX), tight = SM_BUF_INIT(40);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(pkg_cab_put(&f, 0, WHEN, &cab, &e), SM_EFORMAT);
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, &e), SM_EFORMAT);
	f.name = "";
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, &e), SM_EFORMAT);
	assert_string_equal(e.msg, "'' is no name in a cabinet");
	f.name = name + 1;
	f.data.len = (size_t)PKG_CAB_BYTES_MAX + 1; /* not looked at */
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, &e), SM_ELIMIT);
	f.data.len = 4;
	assert_int_equal(pkg_cab_put(&f, PKG_CAB_FILES_MAX + 1, WHEN, &cab, &e),
			 SM_ELIMIT);
	assert_int_equal(cab.len, 0);
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &cab, &e), 0);
	assert_int_equal(pkg_cab_put(&f, 1, WHEN, &tight, &e), SM_ELIMIT);
	sm_buf_release(&cab);
	sm_buf_release(&tight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(names),
		cmocka_unit_test(refers_back),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("pkg_cab", tests, NULL, NULL);
}
