/*
 * Redaction of any text. The first byte says where the text is split: before
 * it is a hidden value, after it the message, into which the value is put in
 * the middle. What comes out must not contain the value, unless "***" itself
 * helps to spell it.
 */
#include "common/def.h"
#include "common/log.h"

#define SECRET_MIN 8 /* shorter values are not hidden */
#define SIZE_LIMIT ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sm_log *log, struct sm_str secret,
		  struct sm_str text)
{
	struct sm_buf all = SM_BUF_INIT(SIZE_LIMIT);
	struct sm_buf out = SM_BUF_INIT(4 * SIZE_LIMIT);

	(void)sm_buf_put_str(&all, sm_str_sub(text, 0, text.len / 2));
	(void)sm_buf_put_str(&all, secret);
	(void)sm_buf_put_str(&all, sm_str_sub(text, text.len / 2, text.len));
	if (sm_log_redact(&out, log, sm_buf_str(&all)) < 0)
		abort();
	if (secret.len && sm_str_chr(secret, '*', 0) < 0 &&
	    sm_str_find(sm_buf_str(&out), secret) >= 0)
		abort();
	sm_buf_release(&all);
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str text, secret = { NULL, 0 };
	struct sm_log log;
	size_t at;

	if (!size || size > SIZE_LIMIT / 4)
		return 0;
	at = data[0] % size;
	text = sm_str_n(data + 1, size - 1);
	sm_log_init(&log, SM_LOG_OFF, NULL, NULL);
	if (at >= SECRET_MIN && !memchr(data + 1, '\0', at)) {
		secret = sm_str_sub(text, 0, at);
		text = sm_str_sub(text, at, text.len);
		sm_log_hide(&log, secret);
	}
	check(&log, secret, text);
	sm_log_release(&log);
	return 0;
}
