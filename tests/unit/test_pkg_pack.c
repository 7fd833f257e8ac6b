/*
 * Compression in blocks: liblzma and zlib read it back, the edges of blocks,
 * one stream, limits.
 */
#include "common/def.h"
#include "pkg/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <lzma.h>
#include <zlib.h>

#include "common/mem.h"

#define BLOCK ((size_t)256 << 10) /* of deflate */
#define LARGE ((size_t)3 << 20)

/* Neither all zeros nor noise: what is far apart repeats. */
static char *data_new(size_t len)
{
	char *p = sm_mem_alloc(len + 1);
	uint32_t v = 12345;

	for (size_t i = 0; i < len; i++) {
		v = v * 1103515245u + 12345u;
		p[i] = (char)(i % 3 ? "abcdefgh"[v >> 29] : 'x');
	}
	return p;
}

static void gunzip(const struct sm_buf *in, struct sm_str want)
{
	char *out = sm_mem_alloc(want.len + 1);
	z_stream z;

	memset(&z, 0, sizeof(z));
	assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
	z.next_in = (Bytef *)in->ptr;
	z.avail_in = (uInt)in->len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)want.len + 1;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(z.total_out, want.len);
	assert_memory_equal(out, want.ptr, want.len);
	(void)inflateEnd(&z);
	sm_mem_free(out);
}

static void gzip_sizes(void **state)
{
	static const size_t sizes[] = {
		0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK + 7
	};
	char *data = data_new(6 * BLOCK);
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		sm_buf_init(&out, LARGE);
		assert_int_equal(
			pkg_pack_gzip(sm_str_n(data, sizes[i]), &out, &e), 0);
		gunzip(&out, sm_str_n(data, sizes[i]));
		sm_buf_release(&out);
	}
	sm_mem_free(data);
}

/* The blocks cost next to nothing, since each knows what was before it. */
static void gzip_is_small(void **state)
{
	char *data = data_new(LARGE);
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out = SM_BUF_INIT(LARGE);
	uLongf len = compressBound(LARGE);
	Bytef *whole = sm_mem_alloc(len);

	SM_UNUSED(state);
	assert_int_equal(compress2(whole, &len, (Bytef *)data, LARGE, 9), Z_OK);
	assert_int_equal(pkg_pack_gzip(sm_str_n(data, LARGE), &out, &e), 0);
	assert_true(out.len < len + len / 200);
	sm_mem_free(whole);
	sm_buf_release(&out);
	sm_mem_free(data);
}

static void xz(void **state)
{
	static const size_t sizes[] = { 0, 1, (size_t)1 << 20, LARGE - 5 };
	char *data = data_new(LARGE), *back = sm_mem_alloc(LARGE);
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out;
	size_t in_at, out_at;
	uint64_t limit;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		sm_buf_init(&out, LARGE);
		assert_int_equal(
			pkg_pack_xz(sm_str_n(data, sizes[i]), &out, &e), 0);
		in_at = out_at = 0;
		limit = (uint64_t)4 << 20; /* dictionaries of 1 MiB */
		assert_int_equal(lzma_stream_buffer_decode(
					 &limit, 0, NULL,
					 (const uint8_t *)out.ptr, &in_at,
					 out.len, (uint8_t *)back, &out_at,
					 LARGE),
				 LZMA_OK);
		assert_int_equal(in_at, out.len); /* one stream */
		assert_int_equal(out_at, sizes[i]);
		assert_memory_equal(back, data, sizes[i]);
		assert_int_equal(out.ptr[7], LZMA_CHECK_CRC64);
		sm_buf_release(&out);
	}
	sm_mem_free(back);
	sm_mem_free(data);
}

/* What the machine has does not show: the same bytes from one thread. */
static void xz_of_one_thread(void **state)
{
	char *data = data_new(LARGE);
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out = SM_BUF_INIT(LARGE);
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &lzma },
				  { LZMA_VLI_UNKNOWN, NULL } };
	lzma_mt mt = { .threads = 1,
		       .block_size = (uint64_t)1 << 20,
		       .filters = filters,
		       .check = LZMA_CHECK_CRC64 };
	uint8_t *one = sm_mem_alloc(LARGE);

	SM_UNUSED(state);
	assert_int_equal(pkg_pack_xz(sm_str_n(data, LARGE), &out, &e), 0);
	assert_false(lzma_lzma_preset(&lzma, 6));
	lzma.dict_size = (uint32_t)1 << 20;
	assert_int_equal(lzma_stream_encoder_mt(&s, &mt), LZMA_OK);
	s.next_in = (const uint8_t *)data;
	s.avail_in = LARGE;
	s.next_out = one;
	s.avail_out = LARGE;
	while (lzma_code(&s, LZMA_FINISH) == LZMA_OK)
		;
	assert_int_equal(s.total_out, out.len);
	assert_memory_equal(one, out.ptr, out.len);
	lzma_end(&s);
	sm_mem_free(one);
	sm_buf_release(&out);
	sm_mem_free(data);
}

static void limits(void **state)
{
	char *data = data_new(LARGE);
	struct sm_err e = SM_ERR_INIT;
	struct sm_buf out = SM_BUF_INIT(1000);

	SM_UNUSED(state);
	assert_int_equal(pkg_pack_gzip(sm_str_n(data, LARGE), &out, &e),
			 SM_ELIMIT);
	sm_buf_clear(&out);
	assert_int_equal(pkg_pack_xz(sm_str_n(data, LARGE), &out, &e),
			 SM_ELIMIT);
	assert_true(out.len <= 1000);
	sm_buf_release(&out);
	sm_mem_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_sizes),
		cmocka_unit_test(gzip_is_small),
		cmocka_unit_test(xz),
		cmocka_unit_test(xz_of_one_thread),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
