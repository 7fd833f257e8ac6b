/*
 * Compound files, written by pkg_cfb and read again: all sizes of streams,
 * every place cut off or changed, chains that end nowhere, storages.
 */
#include "common/def.h"
#include "pkg/cfbread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"

#define MAX ((size_t)32 << 20)
#define ENTRY 128

static const size_t sizes[] = {
	0, 1, 63, 64, 65, 4095, 4096, 4097, 70000, 130
};

struct file {
	struct sm_buf bytes, content;
};

/* Stream "A" of the first size, and so on. */
static void make(struct file *f)
{
	static struct pkg_cfb c;
	struct sm_err e = SM_ERR_INIT;
	size_t at = 0, total = 0;

	memset(&c, 0, sizeof(c));
	memcpy(c.clsid, "0123456789abcdef", sizeof(c.clsid));
	sm_buf_init(&f->bytes, MAX);
	sm_buf_init(&f->content, MAX);
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++)
		total += sizes[i];
	for (size_t i = 0; i < total; i++)
		sm_buf_put_u8(&f->content, (uint8_t)(i * 7 + i / 251));
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		uint16_t name = (uint16_t)('A' + i);

		assert_int_equal(pkg_cfb_add(&c, &name, 1,
					     sm_str_sub(sm_buf_str(&f->content),
							at, sizes[i]),
					     &e),
				 0);
		at += sizes[i];
	}
	assert_int_equal(pkg_cfb_write(&c, &f->bytes, &e), 0);
}

static void drop(struct file *f)
{
	sm_buf_release(&f->bytes);
	sm_buf_release(&f->content);
}

/* Read it: the code, and that what was read is what was written. */
static int read_back(const struct file *f, struct sm_str bytes, bool compare)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_cfbread c;
	size_t at = 0;
	int r = pkg_cfbread_parse(&c, bytes, &e);

	for (size_t i = 0; r == 0 && compare && i < SM_ARRAY_LEN(sizes); i++) {
		size_t k = 0;

		while (k < c.n && c.stream[k].name[0] != 'A' + i)
			k++;
		assert_true(k < c.n);
		assert_int_equal(c.stream[k].n_name, 1);
		assert_true(sm_str_eq(c.stream[k].data,
				      sm_str_sub(sm_buf_str(&f->content), at,
						 sizes[i])));
		at += sizes[i];
	}
	if (r == 0 && compare)
		assert_memory_equal(c.clsid, "0123456789abcdef", 16);
	pkg_cfbread_release(&c);
	return r;
}

static void whole(void **state)
{
	struct file f;

	SM_UNUSED(state);
	make(&f);
	assert_true(pkg_cfbread_is(sm_buf_str(&f.bytes)));
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), true), 0);
	drop(&f);
}

/* The sectors that describe the others stand at the end. */
static void cut_off(void **state)
{
	struct file f;

	SM_UNUSED(state);
	make(&f);
	for (size_t n = 0; n < f.bytes.len - 512; n += 509)
		assert_int_equal(
			read_back(&f, sm_str_sub(sm_buf_str(&f.bytes), 0, n),
				  false),
			SM_EFORMAT);
	drop(&f);
}

/* No change of header or directory leads astray; what is still read is only
 * what the file has room for. */
static void changed(void **state)
{
	size_t dir, end;
	struct file f;

	SM_UNUSED(state);
	make(&f);
	dir = ((uint8_t)f.bytes.ptr[48] | (size_t)(uint8_t)f.bytes.ptr[49]
						  << 8) *
		      512 +
	      512;
	end = dir + ENTRY * (SM_ARRAY_LEN(sizes) + 1);
	for (size_t i = 0; i < end; i = i == 511 ? dir : i + 1) {
		for (unsigned bit = 1; bit < 256; bit <<= 2) {
			f.bytes.ptr[i] ^= (char)bit;
			(void)read_back(&f, sm_buf_str(&f.bytes), false);
			f.bytes.ptr[i] ^= (char)bit;
		}
	}
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), true), 0);
	/* a storage */
	f.bytes.ptr[dir + ENTRY + 66] = 1;
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), false),
			 SM_ENOTSUP);
	f.bytes.ptr[dir + ENTRY + 66] = 2;
	/* a stream that the tree does not reach, and one reached twice */
	memset(f.bytes.ptr + dir + 76, 0xff, 4);
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), false),
			 SM_EFORMAT);
	memset(f.bytes.ptr + dir + 76, 0, 4);
	f.bytes.ptr[dir + 76] = 1;
	memset(f.bytes.ptr + dir + ENTRY + 68, 0, 4);
	f.bytes.ptr[dir + ENTRY + 68] = 1;
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), false),
			 SM_EFORMAT);
	drop(&f);
}

/* Two streams in the same sectors would be read in two ways. */
static void shared(void **state)
{
	struct file f;
	char *large[2] = { NULL };
	size_t dir, n = 0;

	SM_UNUSED(state);
	make(&f);
	dir = ((uint8_t)f.bytes.ptr[48] | (size_t)(uint8_t)f.bytes.ptr[49]
						  << 8) *
		      512 +
	      512;
	for (size_t i = 1; i <= SM_ARRAY_LEN(sizes) && n < 2; i++) {
		char *entry = f.bytes.ptr + dir + i * ENTRY;

		if ((uint8_t)entry[121] >= 0x10)
			large[n++] = entry;
	}
	assert_int_equal(n, 2);
	memcpy(large[0] + 116, large[1] + 116, 4);
	assert_int_equal(read_back(&f, sm_buf_str(&f.bytes), false),
			 SM_EFORMAT);
	drop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(changed),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests_name("pkg_cfbread", tests, NULL, NULL);
}
