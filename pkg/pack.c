/*
 * Compression in blocks.
 *
 * deflate: each block has the 32 KiB before it as its dictionary, so that
 * nothing is lost at its beginning, and all but the last end at a whole byte;
 * put together they are one stream.
 *
 * xz: liblzma's own blocks. The dictionary is not larger than a block, which
 * no block could use; the reader needs that much less memory. 1 MiB costs
 * 2 per cent of the size of a plugin's deb against one block.
 *
 * Rule: sizes of blocks are constants. They are part of what an artifact is.
 */
#include "common/def.h"
#include "pkg/pack.h"

#include <lzma.h>
#include <zlib.h>

#include "common/mem.h"
#include "pkg/pool.h"

#define BLOCK ((size_t)256 << 10)
#define WINDOW ((size_t)32 << 10) /* RFC 1951 2 */
#define GZIP_LEVEL 9
#define MEMORY 8 /* zlib's default */
#define XZ_BLOCK ((size_t)1 << 20)
#define XZ_PRESET 6
#define CHUNK ((size_t)64 << 10)

/* --- deflate ------------------------------------------------------------------ */

struct work {
	struct sm_str data;
	int level;
	size_t n;
	struct sm_buf *block; /* one for each */
	struct sm_buf *out;
};

/* No block becomes larger than this. */
static size_t block_bound(void)
{
	return BLOCK + BLOCK / 64 + 64;
}

/* zlib's structure is not const, its use of the input is. */
static Bytef *bytes_of(const char *p)
{
	union {
		const char *in;
		Bytef *out;
	} u = { p };

	return u.out;
}

static int deflate_block(z_stream *z, struct sm_str part, bool last,
			 struct sm_buf *out, struct sm_err *e)
{
	int r;

	if (sm_buf_reserve(out, block_bound()) < 0)
		return sm_err_set(e, SM_ELIMIT, "cannot compress: too large");
	z->next_in = bytes_of(part.ptr);
	z->avail_in = (uInt)part.len;
	z->next_out = (Bytef *)out->ptr + out->len;
	z->avail_out = (uInt)block_bound();
	r = deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH);
	if (r != (last ? Z_STREAM_END : Z_OK) || z->avail_in || !z->avail_out)
		return sm_err_set(e, SM_EFORMAT, "cannot compress: zlib %d", r);
	sm_buf_added(out, block_bound() - z->avail_out);
	return 0;
}

static int block_work(void *user, size_t job, struct sm_err *e)
{
	struct work *w = user;
	struct sm_str part = sm_str_sub(w->data, job * BLOCK, BLOCK);
	z_stream z;
	int r;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, w->level, Z_DEFLATED, -MAX_WBITS, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		sm_mem_exhausted();
	if (job > 0)
		(void)deflateSetDictionary(&z, bytes_of(part.ptr - WINDOW),
					   WINDOW);
	r = deflate_block(&z, part, job + 1 == w->n, &w->block[job], e);
	(void)deflateEnd(&z);
	return r;
}

static int block_take(void *user, size_t job, struct sm_err *e)
{
	struct work *w = user;
	int r = sm_buf_put_str(w->out, sm_buf_str(&w->block[job]));

	sm_buf_release(&w->block[job]);
	return r < 0 ? sm_err_set(e, r, "compressed data too large") : 0;
}

static void put_u32le(struct sm_buf *out, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		sm_buf_put_u8(out, (uint8_t)v);
}

int pkg_pack_deflate(struct sm_str data, int level, struct sm_buf *out,
		     struct sm_err *e)
{
	struct work w = { data, level, data.len / BLOCK + 1, NULL, out };
	struct pkg_pool pool = { 0, block_work, block_take, &w,
				 PKG_PACK_WORKERS };
	int r;

	if (data.len && data.len % BLOCK == 0)
		w.n--;
	pool.n = w.n;
	w.block = sm_mem_zalloc(w.n, sizeof(*w.block));
	for (size_t i = 0; i < w.n; i++)
		sm_buf_init(&w.block[i], block_bound());
	r = pkg_pool_run(&pool, e);
	for (size_t i = 0; i < w.n; i++)
		sm_buf_release(&w.block[i]);
	sm_mem_free(w.block);
	return r;
}

uint32_t pkg_pack_crc32(struct sm_str data)
{
	return (uint32_t)crc32_z(0, bytes_of(data.ptr), data.len);
}

int pkg_pack_gzip(struct sm_str data, struct sm_buf *out, struct sm_err *e)
{
	int r;

	/* magic, deflate, no flags, no time, level 9, Unix */
	sm_buf_put(out, "\x1f\x8b\x08\0\0\0\0\0\x02\x03", 10);
	if ((r = pkg_pack_deflate(data, GZIP_LEVEL, out, e)) < 0)
		return r;
	put_u32le(out, pkg_pack_crc32(data));
	put_u32le(out, (uint32_t)data.len);
	return out->err ? sm_err_set(e, out->err, "compressed data too large") :
			  0;
}

/* --- xz -------------------------------------------------------------------- */

static int xz_run(lzma_stream *s, struct sm_buf *out, struct sm_err *e)
{
	uint8_t chunk[CHUNK];
	lzma_ret r = LZMA_OK;

	while (r == LZMA_OK) {
		s->next_out = chunk;
		s->avail_out = CHUNK;
		r = lzma_code(s, LZMA_FINISH);
		if (sm_buf_put(out, chunk, CHUNK - s->avail_out) < 0)
			return sm_err_set(e, SM_ELIMIT,
					  "compressed data too large");
	}
	return r == LZMA_STREAM_END ?
		       0 :
		       sm_err_set(e, SM_EFORMAT, "cannot compress: liblzma %d",
				  (int)r);
}

int pkg_pack_xz(struct sm_str data, struct sm_buf *out, struct sm_err *e)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &lzma },
				  { LZMA_VLI_UNKNOWN, NULL } };
	lzma_mt mt;
	int r;

	memset(&mt, 0, sizeof(mt));
	if (lzma_lzma_preset(&lzma, XZ_PRESET))
		return sm_err_set(e, SM_ENOTSUP, "liblzma lacks preset 6");
	lzma.dict_size = (uint32_t)XZ_BLOCK;
	mt.threads = PKG_PACK_WORKERS;
	mt.block_size = XZ_BLOCK;
	mt.filters = filters;
	mt.check = LZMA_CHECK_CRC64;
	if (lzma_stream_encoder_mt(&s, &mt) != LZMA_OK)
		return sm_err_set(e, SM_ENOTSUP,
				  "liblzma cannot compress in blocks");
	s.next_in = (const uint8_t *)data.ptr;
	s.avail_in = data.len;
	r = xz_run(&s, out, e);
	lzma_end(&s);
	return r;
}
