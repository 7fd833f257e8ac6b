/*
 * Compound files, read back by a reader of this test: chains, small streams,
 * the tree of names, files that need a table of the sector table, limits.
 */
#include "common/def.h"
#include "pkg/cfb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"

#define END 0xFFFFFFFEu
#define NONE 0xFFFFFFFFu
#define MAX ((size_t)32 << 20)

static uint32_t le(const struct sm_buf *b, size_t at, size_t n)
{
	uint32_t v = 0;

	assert_true(at + n <= b->len);
	while (n--)
		v = v << 8 | (uint8_t)b->ptr[at + n];
	return v;
}

static size_t sector(uint32_t n)
{
	return ((size_t)n + 1) * 512;
}

/* The sector that holds part `i` of the sector table. */
static uint32_t fat_sector(const struct sm_buf *b, uint32_t i)
{
	uint32_t at = le(b, 68, 4);

	if (i < 109)
		return le(b, 76 + 4 * i, 4);
	for (i -= 109; i >= 127; i -= 127)
		at = le(b, sector(at) + 508, 4);
	return le(b, sector(at) + 4 * i, 4);
}

static uint32_t next(const struct sm_buf *b, uint32_t n)
{
	assert_true(n / 128 < le(b, 44, 4));
	return le(b, sector(fat_sector(b, n / 128)) + 4 * (n % 128), 4);
}

/* A chain of sectors, cut to `len`. */
static void chain(const struct sm_buf *b, uint32_t at, size_t len,
		  struct sm_buf *out)
{
	sm_buf_init(out, MAX);
	while (out->len < len) {
		size_t n = len - out->len < 512 ? len - out->len : 512;

		assert_true(sector(at) + 512 <= b->len);
		sm_buf_put(out, b->ptr + sector(at), n);
		at = next(b, at);
	}
	assert_true(!len || at == END);
}

static void whole_chain(const struct sm_buf *b, uint32_t at, struct sm_buf *out)
{
	size_t n = 0;

	for (uint32_t k = at; k != END; k = next(b, k))
		n++;
	chain(b, at, n * 512, out);
}

/* A stream that is packed with others. */
static void small(const struct sm_buf *b, uint32_t at, size_t len,
		  struct sm_buf *out)
{
	struct sm_buf dir, mini, table;

	whole_chain(b, le(b, 48, 4), &dir);
	chain(b, le(&dir, 116, 4), le(&dir, 120, 4), &mini);
	whole_chain(b, le(b, 60, 4), &table);
	sm_buf_init(out, MAX);
	while (out->len < len) {
		size_t n = len - out->len < 64 ? len - out->len : 64;

		assert_true(64 * (size_t)at + n <= mini.len);
		sm_buf_put(out, mini.ptr + 64 * (size_t)at, n);
		at = le(&table, 4 * (size_t)at, 4);
	}
	assert_int_equal(at, END);
	sm_buf_release(&dir);
	sm_buf_release(&mini);
	sm_buf_release(&table);
}

/* Look a name up as readers do, down the tree; the entry's number. */
static uint32_t find(const struct sm_buf *dir, const uint16_t *name, size_t n)
{
	uint32_t at = le(dir, 76, 4);

	while (at != NONE) {
		size_t e = (size_t)at * 128, len = le(dir, e + 64, 2) / 2 - 1;
		int c = n < len ? -1 : n > len;

		for (size_t i = 0; i < n && !c; i++) {
			uint32_t v = le(dir, e + 2 * i, 2);

			c = name[i] < v ? -1 : name[i] > v;
		}
		if (!c)
			return at;
		at = le(dir, e + (c < 0 ? 68 : 72), 4);
	}
	return NONE;
}

/* The same number of black nodes on every way down, no red below red. */
static unsigned black_height(const struct sm_buf *dir, uint32_t at,
			     bool below_red)
{
	unsigned left, right;
	bool red;

	if (at == NONE)
		return 1;
	red = le(dir, (size_t)at * 128 + 67, 1) == 0;
	assert_false(red && below_red);
	left = black_height(dir, le(dir, (size_t)at * 128 + 68, 4), red);
	right = black_height(dir, le(dir, (size_t)at * 128 + 72, 4), red);
	assert_int_equal(left, right);
	return left + !red;
}

static void expect(const struct sm_buf *b, uint16_t name, struct sm_str want)
{
	struct sm_buf dir, got;
	uint32_t at;

	whole_chain(b, le(b, 48, 4), &dir);
	at = find(&dir, &name, 1);
	assert_int_not_equal(at, NONE);
	assert_int_equal(le(&dir, (size_t)at * 128 + 66, 1), 2);
	assert_int_equal(le(&dir, (size_t)at * 128 + 120, 4), want.len);
	at = le(&dir, (size_t)at * 128 + 116, 4);
	if (!want.len)
		assert_int_equal(at, END);
	if (want.len && want.len < 4096)
		small(b, at, want.len, &got);
	else
		chain(b, want.len ? at : END, want.len, &got);
	assert_true(sm_str_eq(sm_buf_str(&got), want));
	sm_buf_release(&got);
	sm_buf_release(&dir);
}

static void add(struct pkg_cfb *c, uint16_t name, struct sm_str data)
{
	assert_int_equal(pkg_cfb_add(c, &name, 1, data, NULL), 0);
}

static struct sm_str pattern(char *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (char)((i >> 6) * 31 + i + seed);
	return sm_str_n(p, len);
}

static const size_t sizes[] = { 0,    1,    63,   64,    65,    511,
				4095, 4096, 4097, 40000, 65536, 700 };

static void sizes_kept(void **state)
{
	static char data[SM_ARRAY_LEN(sizes)][65536];
	struct sm_buf out = SM_BUF_INIT(MAX), again = SM_BUF_INIT(MAX);
	struct pkg_cfb c = { 0 }, d = { 0 };
	const size_t n = SM_ARRAY_LEN(sizes);

	SM_UNUSED(state);
	memcpy(c.clsid, "0123456789abcdef", 16);
	d = c;
	for (size_t i = 0; i < n; i++)
		add(&c, (uint16_t)('a' + i),
		    pattern(data[i], sizes[i], (unsigned)i));
	for (size_t i = n; i-- > 0;)
		add(&d, (uint16_t)('a' + i), sm_str_n(data[i], sizes[i]));
	assert_int_equal(pkg_cfb_write(&c, &out, NULL), 0);
	assert_int_equal(out.len % 512, 0);
	assert_int_equal(le(&out, 0, 4), 0xE011CFD0u);
	for (size_t i = 0; i < n; i++)
		expect(&out, (uint16_t)('a' + i), sm_str_n(data[i], sizes[i]));
	/* the order of adding does not show */
	assert_int_equal(pkg_cfb_write(&d, &again, NULL), 0);
	assert_true(sm_str_eq(sm_buf_str(&out), sm_buf_str(&again)));
	sm_buf_release(&out);
	sm_buf_release(&again);
}

static void trees(void **state)
{
	SM_UNUSED(state);
	for (size_t n = 0; n <= PKG_CFB_STREAMS_MAX; n++) {
		struct sm_buf out = SM_BUF_INIT(MAX), dir;
		struct pkg_cfb c = { 0 };
		uint16_t name[2];

		for (size_t i = 0; i < n; i++) {
			name[0] = (uint16_t)(1000 + i * 37 % 128);
			name[1] = 7;
			assert_int_equal(pkg_cfb_add(&c, name, 1 + i % 2,
						     sm_str("x"), NULL),
					 0);
		}
		assert_int_equal(pkg_cfb_write(&c, &out, NULL), 0);
		whole_chain(&out, le(&out, 48, 4), &dir);
		for (size_t i = 0; i < n; i++) {
			name[0] = (uint16_t)(1000 + i * 37 % 128);
			assert_int_not_equal(find(&dir, name, 1 + i % 2), NONE);
		}
		black_height(&dir, le(&dir, 76, 4), false);
		sm_buf_release(&dir);
		sm_buf_release(&out);
	}
}

/* Around the sizes at which another sector of the tables is needed. */
static void large(void **state)
{
	const size_t first = (size_t)109 * 128 * 512; /* of the header */
	char *p = sm_mem_alloc(2 * first + 4096);
	static const int64_t from[] = { -70000, -1024, -512, 0, 512, 1024 };

	SM_UNUSED(state);
	for (size_t i = 0; i <= SM_ARRAY_LEN(from); i++) {
		size_t len = i < SM_ARRAY_LEN(from) ?
				     (size_t)((int64_t)first + from[i]) :
				     2 * first + 17;
		struct sm_buf out = SM_BUF_INIT(MAX);
		struct pkg_cfb c = { 0 };

		add(&c, 'x', pattern(p, len, 3));
		add(&c, 'y', sm_str("small"));
		assert_int_equal(pkg_cfb_write(&c, &out, NULL), 0);
		expect(&out, 'x', sm_str_n(p, len));
		expect(&out, 'y', sm_str("small"));
		sm_buf_release(&out);
	}
	sm_mem_free(p);
}

static void refused(void **state)
{
	static const uint16_t name[PKG_CFB_NAME_MAX + 1] = { 'n', 'a' };
	struct sm_buf out = SM_BUF_INIT(2000);
	struct sm_err e = SM_ERR_INIT;
	static char data[3000];
	struct pkg_cfb c = { 0 };

	SM_UNUSED(state);
	assert_int_equal(pkg_cfb_add(&c, name, 0, sm_str(""), &e), SM_EFORMAT);
	assert_int_equal(pkg_cfb_add(&c, name, PKG_CFB_NAME_MAX + 1, sm_str(""),
				     &e),
			 SM_EFORMAT);
	assert_int_equal(c.n, 0);
	assert_int_equal(
		pkg_cfb_add(&c, name, PKG_CFB_NAME_MAX, sm_str(""), &e), 0);
	add(&c, 'x', sm_str("1"));
	assert_int_equal(pkg_cfb_add(&c, (const uint16_t[]){ 'x' }, 1,
				     sm_str("2"), &e),
			 SM_EFORMAT);
	assert_string_equal(e.msg, "two streams have the same name");
	assert_int_equal(pkg_cfb_write(&c, &out, &e), SM_ELIMIT);
	sm_buf_clear(&out);
	add(&c, 'y', sm_str_n(data, sizeof(data)));
	assert_int_equal(pkg_cfb_write(&c, &out, &e), SM_ELIMIT);
	for (uint16_t i = 0; c.n < PKG_CFB_STREAMS_MAX; i++)
		add(&c, (uint16_t)(1000 + i), sm_str(""));
	assert_int_equal(pkg_cfb_add(&c, (const uint16_t[]){ 'z' }, 1,
				     sm_str(""), &e),
			 SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_kept),
		cmocka_unit_test(trees),
		cmocka_unit_test(large),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("pkg_cfb", tests, NULL, NULL);
}
