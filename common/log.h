/*
 * Logging: levels, a sink, and redaction. An error is logged once, where it
 * is handled. Library code takes a `struct sm_log *` (NULL logs nothing).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/def.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

/* seelog's names and order (PROTOCOL.md 12.3). */
enum sm_log_level {
	SM_LOG_TRACE,
	SM_LOG_DEBUG,
	SM_LOG_INFO,
	SM_LOG_WARN,
	SM_LOG_ERROR,
	SM_LOG_CRITICAL,
	SM_LOG_OFF
};

struct sm_log_record {
	enum sm_log_level level;
	const char *file; /* base name of the source file */
	const char *func;
	int line;
	int64_t wall_ms;   /* Unix time, milliseconds */
	struct sm_str msg; /* redacted; valid during the call */
};

/* Receives one record. Must not log. */
typedef void sm_log_write_fn(void *user, const struct sm_log_record *rec);

#define SM_LOG_SECRETS 8

struct sm_log {
	enum sm_log_level min; /* below: dropped before formatting */
	sm_log_write_fn *write;
	void *user;
	/* values never to be printed; owned copies, wiped on release */
	char *secret[SM_LOG_SECRETS];
	unsigned n_secrets;
};

void sm_log_init(struct sm_log *log, enum sm_log_level min,
		 sm_log_write_fn *write, void *user);
void sm_log_release(struct sm_log *log);

/*
 * Every later message shows `value` as "***". Values under 8 bytes are
 * ignored; above SM_LOG_SECRETS the oldest is replaced.
 */
void sm_log_hide(struct sm_log *log, struct sm_str value);

/*
 * Append `text` with "***" in place of what looks like a credential:
 *  - values of JSON members, query parameters, header fields and environment
 *    variables whose name ends in token, tokenvalue, secret, secret(access)key,
 *    signature, password, passwd, passphrase, credential(s), privatekey, apikey
 *    or plaintext (any case, '-', '_' and '.' left out), also inside JSON that
 *    is itself a JSON string, and without their end where the text was cut;
 *  - Authorization and Cookie headers to the end of the line;
 *  - user-info in URLs;
 *  - the hidden values of `log` (may be NULL), also percent-encoded, escaped as
 *    in JSON, or cut at the text's start or end.
 * In doubt it hides too much. "no token: timed out" stays readable.
 *
 * Errors: SM_ELIMIT when `out` is full; what is there is redacted.
 */
int sm_log_redact(struct sm_buf *out, const struct sm_log *log,
		  struct sm_str text);

/* Level from a name ("warn", any case): SM_EFORMAT if unknown. */
int sm_log_level_parse(enum sm_log_level *level, struct sm_str name);

/* Upper-case full name: "WARN". */
const char *sm_log_level_name(enum sm_log_level level);

/* What the macros below call; one record, whatever log->min was. */
void sm_log_at(struct sm_log *log, enum sm_log_level level, const char *file,
	       int line, const char *func, const char *fmt, ...)
	SM_PRINTF(6, 7);

#define SM_LOG_AT(log, level, ...)                                        \
	do {                                                              \
		struct sm_log *sm_log_to = (log);                         \
		if (sm_log_to && (level) >= sm_log_to->min)               \
			sm_log_at(sm_log_to, (level), __FILE__, __LINE__, \
				  __func__, __VA_ARGS__);                 \
	} while (0)

#define sm_log_trace(log, ...) SM_LOG_AT(log, SM_LOG_TRACE, __VA_ARGS__)
#define sm_log_debug(log, ...) SM_LOG_AT(log, SM_LOG_DEBUG, __VA_ARGS__)
#define sm_log_info(log, ...) SM_LOG_AT(log, SM_LOG_INFO, __VA_ARGS__)
#define sm_log_warn(log, ...) SM_LOG_AT(log, SM_LOG_WARN, __VA_ARGS__)
#define sm_log_err(log, ...) SM_LOG_AT(log, SM_LOG_ERROR, __VA_ARGS__)

/* An error with ": message of e" behind the text. */
void sm_log_at_e(struct sm_log *log, const char *file, int line,
		 const char *func, const struct sm_err *e, const char *fmt, ...)
	SM_PRINTF(6, 7);

#define sm_log_e(log, e, ...)                                                \
	do {                                                                 \
		struct sm_log *sm_log_to = (log);                            \
		if (sm_log_to && SM_LOG_ERROR >= sm_log_to->min)             \
			sm_log_at_e(sm_log_to, __FILE__, __LINE__, __func__, \
				    (e), __VA_ARGS__);                       \
	} while (0)

#endif
