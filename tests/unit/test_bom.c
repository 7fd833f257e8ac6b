/*
 * Bills of materials built block by block, in an order that our writer does
 * not use; then each link between blocks broken.
 */
#include "common/def.h"
#include "common/bom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"

#define BLOCKS 32

/* Blocks as they are added; the table comes at the end. */
struct build {
	struct sm_buf b;
	uint32_t at[BLOCKS], len[BLOCKS], n;
};

static uint32_t add(struct build *d, const void *p, size_t len)
{
	d->at[d->n] = (uint32_t)d->b.len;
	d->len[d->n] = (uint32_t)len;
	sm_buf_put(&d->b, p, len);
	return d->n++;
}

static uint32_t add_buf(struct build *d, struct sm_buf *b)
{
	uint32_t n = add(d, b->ptr, b->len);

	sm_buf_release(b);
	return n;
}

/* Numbers as big-endian words. */
static uint32_t words(struct build *d, const uint32_t *v, size_t n)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	size_t i;

	for (i = 0; i < n; i++)
		sm_buf_put_u32be(&b, v[i]);
	return add_buf(d, &b);
}

static uint32_t record(struct build *d, uint8_t type, uint16_t mode,
		       uint32_t size, const char *link)
{
	struct sm_buf b = SM_BUF_INIT(4096);

	sm_buf_put_u8(&b, type);
	sm_buf_put_u8(&b, 1);
	sm_buf_put_u16be(&b, 15);
	sm_buf_put_u16be(&b, mode);
	sm_buf_put_u32be(&b, 501);
	sm_buf_put_u32be(&b, 80);
	sm_buf_put_u32be(&b, 1000);
	sm_buf_put_u32be(&b, size);
	sm_buf_put_u8(&b, 1);
	if (type != SM_BOM_DIR)
		sm_buf_put_u32be(&b, 77);
	if (type == SM_BOM_LINK) {
		sm_buf_put_u32be(&b, (uint32_t)strlen(link) + 1);
		sm_buf_put(&b, link, strlen(link) + 1);
	}
	return add_buf(d, &b);
}

static uint32_t key(struct build *d, uint32_t parent, const char *name)
{
	struct sm_buf b = SM_BUF_INIT(4096);

	sm_buf_put_u32be(&b, parent);
	sm_buf_put(&b, name, strlen(name) + 1);
	return add_buf(d, &b);
}

/* What each test may change. */
struct shape {
	uint32_t id_file, parent_file, parent_dir;
	const char *name, *root;
	uint32_t second_forward; /* of the second leaf */
	uint16_t mode;
	uint32_t depth; /* extra branches above the leaves */
};

#define SHAPE                                    \
	{                                        \
		2, 7, 1, "f", ".", 0, 0100644, 0 \
	}

static uint32_t node(struct build *d, uint16_t leaf, uint32_t forward,
		     const uint32_t *pairs, uint16_t n)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	size_t i;

	sm_buf_put_u16be(&b, leaf);
	sm_buf_put_u16be(&b, n);
	sm_buf_put_u32be(&b, forward);
	sm_buf_put_u32be(&b, 0);
	for (i = 0; i < 2 * (size_t)n; i++)
		sm_buf_put_u32be(&b, pairs[i]);
	return add_buf(d, &b);
}

static void finish(struct build *d, uint32_t child)
{
	static const char var[] = "\5Paths";
	struct sm_buf v = SM_BUF_INIT(64), head = SM_BUF_INIT(64);
	const uint32_t tree[] = { 0x74726565, 1, child, 4096, 4 };
	uint32_t t = words(d, tree, 5), vars, index, i;

	sm_buf_put(&d->b, "", 1); /* the tree's 21st byte */
	d->len[t]++;
	sm_buf_put_u32be(&v, 1);
	sm_buf_put_u32be(&v, t);
	sm_buf_put(&v, var, sizeof(var) - 1);
	vars = (uint32_t)d->b.len;
	sm_buf_put_str(&d->b, sm_buf_str(&v));
	index = (uint32_t)d->b.len;
	sm_buf_put_u32be(&d->b, d->n);
	for (i = 0; i < d->n; i++) {
		sm_buf_put_u32be(&d->b, d->at[i]);
		sm_buf_put_u32be(&d->b, d->len[i]);
	}
	sm_buf_puts(&head, "BOMStore");
	sm_buf_put_u32be(&head, 1);
	sm_buf_put_u32be(&head, d->n - 1);
	sm_buf_put_u32be(&head, index);
	sm_buf_put_u32be(&head, (uint32_t)d->b.len - index);
	sm_buf_put_u32be(&head, vars);
	sm_buf_put_u32be(&head, (uint32_t)v.len);
	memcpy(d->b.ptr, head.ptr, head.len);
	sm_buf_release(&v);
	sm_buf_release(&head);
}

/* ".", "./d" (number 7), "./d/f" (2) and "./l" in two leaves under a branch;
 * numbers are not in the order of the leaves. */
static void make(struct build *d, const struct shape *s)
{
	uint32_t info[2], pairs[4], leaf2, leaf1, top;

	memset(d, 0, sizeof(*d));
	sm_buf_init(&d->b, 1 << 20);
	sm_buf_put_fill(&d->b, '\0', 64);
	d->n = 1;
	info[0] = 5;
	info[1] = record(d, SM_BOM_LINK, 0120755, 3, "d/f");
	pairs[0] = words(d, info, 2);
	pairs[1] = key(d, 1, "l");
	info[0] = s->id_file;
	info[1] = record(d, SM_BOM_FILE, s->mode, 9, NULL);
	pairs[2] = words(d, info, 2);
	pairs[3] = key(d, s->parent_file, s->name);
	leaf2 = node(d, 1, s->second_forward, pairs, 2);
	info[0] = 1;
	info[1] = record(d, SM_BOM_DIR, 040755, 0, NULL);
	pairs[0] = words(d, info, 2);
	pairs[1] = key(d, 0, s->root);
	info[0] = 7;
	info[1] = record(d, SM_BOM_DIR, 040755, 0, NULL);
	pairs[2] = words(d, info, 2);
	pairs[3] = key(d, s->parent_dir, "d");
	leaf1 = node(d, 1, leaf2, pairs, 2);
	pairs[0] = top = leaf1;
	for (uint32_t i = 0; i <= s->depth; i++) {
		top = node(d, 0, 0, pairs, 1);
		pairs[0] = top;
	}
	finish(d, top);
}

static void good(void **state)
{
	const struct shape s = SHAPE;
	struct sm_err e = SM_ERR_INIT;
	struct build d;
	struct sm_bom b;

	SM_UNUSED(state);
	make(&d, &s);
	if (sm_bom_read(&b, sm_buf_str(&d.b), &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(b.n, 4);
	assert_string_equal(b.entry[0].path, ".");
	assert_string_equal(b.entry[1].path, "./d");
	assert_int_equal(b.entry[1].type, SM_BOM_DIR);
	assert_string_equal(b.entry[2].path, "./l");
	assert_string_equal(b.entry[2].link, "d/f");
	assert_string_equal(b.entry[3].path, "./d/f");
	assert_int_equal(b.entry[3].mode, 0100644);
	assert_int_equal(b.entry[3].uid, 501);
	assert_int_equal(b.entry[3].gid, 80);
	assert_int_equal(b.entry[3].size, 9);
	assert_int_equal(b.entry[3].cksum, 77);
	assert_int_equal(b.entry[3].mtime_sec, 1000);
	sm_bom_release(&b);
	sm_buf_release(&d.b);
}

static void bad(void **state)
{
	static const struct {
		struct shape s;
		const char *why;
	} cases[] = {
		{ { 7, 7, 1, "f", ".", 0, 0100644, 0 }, "one number" },
		{ { 0, 7, 1, "f", ".", 0, 0100644, 0 }, "one number" },
		{ { 2, 9, 1, "f", ".", 0, 0100644, 0 }, "way to the root" },
		{ { 2, 2, 1, "f", ".", 0, 0100644, 0 }, "way to the root" },
		{ { 2, 7, 2, "f", ".", 0, 0100644, 0 }, "way to the root" },
		{ { 2, 7, 1, "..", ".", 0, 0100644, 0 }, "unsafe" },
		{ { 2, 7, 1, ".", ".", 0, 0100644, 0 }, "unsafe" },
		{ { 2, 7, 1, "a/b", ".", 0, 0100644, 0 }, "unsafe" },
		{ { 2, 7, 1, "", ".", 0, 0100644, 0 }, "name is malformed" },
		{ { 2, 7, 1, "f", "x", 0, 0100644, 0 }, "unsafe" },
		{ { 2, 7, 1, "f", ".", 7, 0100644, 0 }, "" }, /* a loop */
		{ { 2, 7, 1, "f", ".", 99, 0100644, 0 }, "cut off" },
		{ { 2, 7, 1, "f", ".", 0, 0040644, 0 }, "disagree" },
		{ { 2, 7, 1, "f", ".", 0, 0100644, 9 }, "too deep" },
	};
	struct sm_err e;
	struct build d;
	struct sm_bom b;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		make(&d, &cases[i].s);
		sm_err_clear(&e);
		if (sm_bom_read(&b, sm_buf_str(&d.b), &e) >= 0 ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %zu: '%s' does not say '%s'", i, e.msg,
				 cases[i].why);
		sm_buf_release(&d.b);
	}
}

/* Every byte changed, every length cut: no crash, and a cut is an error. */
static void mutated(void **state)
{
	const struct shape s = SHAPE;
	struct build d;
	struct sm_bom b;
	size_t i;
	char old;

	SM_UNUSED(state);
	make(&d, &s);
	for (i = 0; i < d.b.len; i++) {
		old = d.b.ptr[i];
		d.b.ptr[i] = (char)(old ^ (1 << i % 8));
		if (sm_bom_read(&b, sm_buf_str(&d.b), NULL) == 0)
			sm_bom_release(&b);
		d.b.ptr[i] = old;
		assert_true(sm_bom_read(&b, sm_str_n(d.b.ptr, i), NULL) < 0);
	}
	sm_buf_release(&d.b);
}

/* Values of cksum(1). */
static void checksum(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(sm_bom_cksum(sm_str("")), 4294967295u);
	assert_int_equal(sm_bom_cksum(sm_str("a")), 1220704766u);
	assert_int_equal(sm_bom_cksum(sm_str("123456789")), 930766865u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(mutated),
		cmocka_unit_test(checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
