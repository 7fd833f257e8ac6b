/*
 * Masking eight bytes at a time against a loop over bytes, in one run.
 *
 *   bench_wsframe [MEGABYTES]
 */
#include "common/def.h"
#include "plugin/wire/wsframe.h"

#include "common/mem.h"
#include "common/os/clock.h"

static const unsigned char key[4] = { 0x12, 0x34, 0x56, 0x78 };

/* What it is measured against; kept from becoming vector code. */
__attribute__((noinline)) static void byte_wise(volatile unsigned char *to,
						const unsigned char *from,
						size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = from[i] ^ key[i & 3];
}

static double rate(double bytes, int64_t ms)
{
	return bytes / 1e6 / ((double)(ms ? ms : 1) / 1e3);
}

static double encoder(const char *data, size_t len, size_t total)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	int64_t start = sm_os_clock_mono_ms();
	size_t done;

	for (done = 0; done < total; done += len) {
		if (out.len > 500000)
			sm_buf_clear(&out);
		(void)plug_wsframe_put(&out, PLUG_WS_BINARY,
				       sm_str_n(data, len), key);
	}
	sm_buf_release(&out);
	return rate((double)total, sm_os_clock_mono_ms() - start);
}

static double baseline(const char *data, size_t len, size_t total)
{
	unsigned char *out = sm_mem_alloc(len);
	int64_t start = sm_os_clock_mono_ms();
	size_t done;

	for (done = 0; done < total; done += len)
		byte_wise(out, (const unsigned char *)data, len);
	sm_mem_free(out);
	return rate((double)total, sm_os_clock_mono_ms() - start);
}

int main(int argc, char **argv)
{
	static const size_t len[] = { 64, 1144, 32888 };
	size_t total = (size_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 500)
		       << 20;
	char *data = sm_mem_zalloc(len[2], 1);
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(len); i++) {
		double ours = encoder(data, len[i], total);
		double bytes = baseline(data, len[i], total);

		printf("wsframe %6zu bytes: %8.0f MB/s, byte by byte %6.0f "
		       "MB/s, ratio %.1f\n",
		       len[i], ours, bytes, ours / bytes);
	}
	sm_mem_free(data);
	return 0;
}
