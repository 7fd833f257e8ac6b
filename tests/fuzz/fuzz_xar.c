/*
 * A table of contents alone: the input is the XML, wrapped into a container
 * with a right digest, so that the walk is reached; bytes of the heap are
 * those of the input.
 */
#include "common/def.h"
#include "common/xar.h"

#include <zlib.h>

#include "common/os/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wrap(struct sm_buf *out, const uint8_t *data, size_t size)
{
	static uint8_t packed[1 << 20];
	uLongf len = sizeof(packed);
	uint8_t digest[SM_DIGEST_MAX];

	if (compress(packed, &len, data, (uLong)size) != Z_OK)
		return;
	sm_buf_puts(out, "xar!");
	sm_buf_put_u16be(out, 28);
	sm_buf_put_u16be(out, 1);
	sm_buf_put_u64be(out, len);
	sm_buf_put_u64be(out, size);
	sm_buf_put_u32be(out, 3);
	sm_buf_put(out, packed, len);
	if (sm_digest_bytes(SM_DIGEST_SHA256, sm_str_n(packed, len), digest,
			    NULL) == 0)
		sm_buf_put(out, digest, SM_SHA256_SIZE);
	sm_buf_put(out, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf file = SM_BUF_INIT((size_t)4 << 20);
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_xar x;
	size_t i;
	int fd = sm_os_file_temp(NULL, NULL);

	if (fd < 0)
		return 0;
	if (size < 500000)
		wrap(&file, data, size);
	if (sm_os_file_write_all(fd, sm_buf_str(&file), NULL) == 0 &&
	    sm_xar_read(&x, fd, NULL) == 0) {
		for (i = 0; i < x.n_files; i++) {
			sm_buf_clear(&out);
			(void)sm_xar_extract(&x, &x.file[i], fd, &out, NULL);
		}
		sm_xar_release(&x);
	}
	sm_os_file_close(fd);
	sm_buf_release(&file);
	sm_buf_release(&out);
	return 0;
}
