/*
 * Tickets behind packages.
 *
 * Rule: the heap's end comes from the table of contents, never from the size
 * of the file, so a second ticket takes the place of the first.
 */
#include "common/def.h"
#include "pkg/staple.h"

#include "common/digest.h"
#include "common/os/file.h"
#include "common/xar.h"

enum record {
	TERMINATOR = 1, /* in front of the ticket, with no length */
	TICKET = 2
};

/* "t8lr", version, type, length, 0; little endian. */
static void put_record(struct sm_buf *out, enum record type, size_t len)
{
	const uint8_t rec[SM_XAR_RECORD] = { 't',
					     '8',
					     'l',
					     'r',
					     1,
					     0,
					     (uint8_t)type,
					     0,
					     (uint8_t)len,
					     (uint8_t)(len >> 8),
					     (uint8_t)(len >> 16),
					     (uint8_t)(len >> 24) };

	sm_buf_put(out, rec, sizeof(rec));
}

static int put_archive(const struct sm_xar *x, int fd, struct sm_buf *out,
		       struct sm_err *e)
{
	int64_t n;

	if (x->end > out->max - out->len ||
	    sm_buf_reserve(out, out->len + (size_t)x->end) < 0)
		return sm_err_set(e, SM_ELIMIT, "the package is too large");
	n = sm_os_file_read_at(fd, out->ptr + out->len, (size_t)x->end, 0, e);
	if (n < 0)
		return (int)n;
	if ((uint64_t)n != x->end)
		return sm_err_set(e, SM_EFORMAT, "the package is cut off");
	out->len += (size_t)n;
	return 0;
}

static int digest(struct sm_str data, char *hex, struct sm_err *e)
{
	uint8_t sum[SM_SHA256_SIZE];
	int r = sm_digest_bytes(SM_DIGEST_SHA256, data, sum, e);

	if (r == 0)
		sm_digest_hex(sum, sizeof(sum), hex);
	return r;
}

int pkg_staple_put(int fd, struct sm_str ticket, struct sm_buf *out,
		   struct pkg_staple *done, struct sm_err *e)
{
	size_t start = out->len;
	struct sm_xar x;
	int r;

	if (ticket.len == 0 || ticket.len > PKG_STAPLE_TICKET_MAX)
		return sm_err_set(e, SM_EUSAGE,
				  "the ticket has %zu bytes, not 1 to %zu",
				  ticket.len, PKG_STAPLE_TICKET_MAX);
	if ((r = sm_xar_read(&x, fd, e)) < 0)
		return r;
	done->replaced = x.ticket > 0;
	if (!x.rsa.size && !x.cms.size) {
		r = sm_err_set(e, SM_EFORMAT,
			       "it is not signed inside, so there is no ticket "
			       "for it");
		goto out;
	}
	if ((r = put_archive(&x, fd, out, e)) < 0)
		goto out;
	r = digest(sm_str_sub(sm_buf_str(out), start, out->len), done->before,
		   e);
	if (r < 0)
		goto out;
	put_record(out, TERMINATOR, 0);
	sm_buf_put_str(out, ticket);
	put_record(out, TICKET, ticket.len);
	if (out->err)
		r = sm_err_set(e, SM_ELIMIT, "the package is too large");
	else
		r = digest(sm_str_sub(sm_buf_str(out), start, out->len),
			   done->after, e);
out:
	sm_xar_release(&x);
	return r;
}
