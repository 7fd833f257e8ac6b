/*
 * Redaction first: everything that must not appear, in every dress; then what
 * must stay readable; then levels and records.
 */
#include "common/def.h"
#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/clock.h"

/* No case below may let this through. */
#define SECRET "s3cr3tV4lue/with+chars="

static void redact(struct sm_buf *out, const struct sm_log *log,
		   const char *text)
{
	sm_buf_clear(out);
	/* a copy of exact size: a read behind it is seen by the sanitizer */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	assert_int_equal(sm_log_redact(out, log, sm_str_n(copy, len)), 0);
	free(copy);
}

struct pair {
	const char *in, *want;
};

static void check(const struct pair *p, size_t n)
{
	struct sm_buf out = SM_BUF_INIT(100000);
	size_t i;

	for (i = 0; i < n; i++) {
		redact(&out, NULL, p[i].in);
		assert_string_equal(sm_buf_z(&out), p[i].want);
	}
	sm_buf_release(&out);
}

static void json(void **state)
{
	static const struct pair p[] = {
		{ "{\"TokenValue\":\"" SECRET "\",\"a\":1}",
		  "{\"TokenValue\":\"***\",\"a\":1}" },
		{ "{\"tokenValue\" : \"" SECRET "\"}",
		  "{\"tokenValue\" : \"***\"}" },
		{ "{\"SessionToken\":\n\t\"" SECRET "\"}",
		  "{\"SessionToken\":\n\t\"***\"}" },
		{ "{\"SecretAccessKey\": \"" SECRET "\"}",
		  "{\"SecretAccessKey\": \"***\"}" },
		{ "{\"clientSecret\":\"" SECRET "\"}",
		  "{\"clientSecret\":\"***\"}" },
		{ "{\"db_password\":\"" SECRET "\"}",
		  "{\"db_password\":\"***\"}" },
		{ "{\"Signature\":\"" SECRET "\"}", "{\"Signature\":\"***\"}" },
		{ "{\"X-Credential\":\"" SECRET "\"}",
		  "{\"X-Credential\":\"***\"}" },
		/* a quote within the value is not its end */
		{ "{\"token\":\"a\\\"" SECRET "\",\"b\":2}",
		  "{\"token\":\"***\",\"b\":2}" },
		/* a backslash at its end is */
		{ "{\"token\":\"" SECRET "\\\\\",\"b\":2}",
		  "{\"token\":\"***\",\"b\":2}" },
		{ "{\"token\":\"\",\"b\":2}", "{\"token\":\"\",\"b\":2}" },
		/* not text */
		{ "{\"token\":12345678,\"b\":2}", "{\"token\":***,\"b\":2}" },
		{ "{\"token\":-1.5e3}", "{\"token\":***}" },
		{ "{\"token\":[\"" SECRET "\",{\"x\":\"]}\"}],\"b\":2}",
		  "{\"token\":***,\"b\":2}" },
		{ "{\"Credentials\":{\"k\":\"" SECRET "\"},\"b\":2}",
		  "{\"Credentials\":***,\"b\":2}" },
		/* several */
		{ "{\"token\":\"" SECRET "\",\"x\":\"y\",\"secret\":\"" SECRET
		  "\"}",
		  "{\"token\":\"***\",\"x\":\"y\",\"secret\":\"***\"}" },
	};

	SM_UNUSED(state);
	check(p, SM_ARRAY_LEN(p));
}

static void json_in_json(void **state)
{
	static const struct pair p[] = {
		{ "{\"body\":\"{\\\"TokenValue\\\":\\\"" SECRET
		  "\\\",\\\"a\\\":1}\"}",
		  "{\"body\":\"{\\\"TokenValue\\\":\\\"***\\\",\\\"a\\\":1}\"}" },
		/* the inner value holds an escaped quote */
		{ "\"{\\\"token\\\":\\\"x\\\\\\\"" SECRET "\\\"}\"",
		  "\"{\\\"token\\\":\\\"***\\\"}\"" },
		/* three deep */
		{ "\\\\\\\"token\\\\\\\":\\\\\\\"" SECRET "\\\\\\\",x",
		  "\\\\\\\"token\\\\\\\":\\\\\\\"***\\\\\\\",x" },
		/* as Python prints an argument list */
		{ "['p', '{\"TokenValue\": \"" SECRET "\"}', 'eu']",
		  "['p', '{\"TokenValue\": \"***\"}', 'eu']" },
		{ "{'token': '" SECRET "', 'b': 2}",
		  "{'token': '***', 'b': 2}" },
	};

	SM_UNUSED(state);
	check(p, SM_ARRAY_LEN(p));
}

static void queries(void **state)
{
	static const struct pair p[] = {
		{ "GET /x?a=1&X-Amz-Security-Token=" SECRET "&b=2 HTTP/1.1",
		  "GET /x?a=1&X-Amz-Security-Token=***&b=2 HTTP/1.1" },
		{ "/x?X-Amz-Signature=" SECRET, "/x?X-Amz-Signature=***" },
		{ "x?X-Amz-Credential=AK%2F2024&y=1",
		  "x?X-Amz-Credential=***&y=1" },
		{ "\"wss://h/x?token=" SECRET "\"", "\"wss://h/x?token=***\"" },
		{ "{\\\"u\\\":\\\"https://h/?TOKEN=" SECRET "\\\"}",
		  "{\\\"u\\\":\\\"https://h/?TOKEN=***\\\"}" },
		{ "x?my%2Dtoken=" SECRET "&z", "x?my%2Dtoken=***&z" },
		{ "redirect=%3Ftoken%3D" SECRET " z",
		  "redirect=%3Ftoken%3D*** z" },
		{ "AWS_SESSION_TOKEN=" SECRET " AWS_REGION=x",
		  "AWS_SESSION_TOKEN=*** AWS_REGION=x" },
		{ "AWS_SECRET_ACCESS_KEY=" SECRET,
		  "AWS_SECRET_ACCESS_KEY=***" },
		{ "password = " SECRET " x", "password = *** x" },
	};

	SM_UNUSED(state);
	check(p, SM_ARRAY_LEN(p));
}

static void headers(void **state)
{
	static const struct pair p[] = {
		{ "Authorization: AWS4-HMAC-SHA256 Credential=AKID/x, "
		  "Signature=" SECRET "\r\nHost: h\r\n",
		  "Authorization: ***\r\nHost: h\r\n" },
		{ "authorization:Bearer " SECRET, "authorization:***" },
		{ "Proxy-Authorization: Basic " SECRET "\nx",
		  "Proxy-Authorization: ***\nx" },
		{ "{\"Authorization\":\"Bearer a b\",\"x\":1}",
		  "{\"Authorization\":\"***\",\"x\":1}" },
		{ "X-Amz-Security-Token: " SECRET "\r\nHost: h",
		  "X-Amz-Security-Token: ***\r\nHost: h" },
		{ "x-aws-ec2-metadata-token: " SECRET,
		  "x-aws-ec2-metadata-token: ***" },
		{ "Set-Cookie: a=" SECRET "; Path=/\r\nb",
		  "Set-Cookie: ***\r\nb" },
		{ "Password: " SECRET, "Password: ***" },
	};

	SM_UNUSED(state);
	check(p, SM_ARRAY_LEN(p));
}

static void urls(void **state)
{
	static const struct pair p[] = {
		{ "https://user:" SECRET "@host",
		  "https://user:" SECRET "@host" },
		{ "proxy http://user:pw@proxy:3128/ used",
		  "proxy http://***@proxy:3128/ used" },
		{ "http://user@h", "http://***@h" },
		{ "http://a:p@ss@h/x", "http://***@h/x" },
		{ "http://h/mail@x", "http://h/mail@x" },
		{ "http://h?q=a@b", "http://h?q=a@b" },
		{ "http://h and me@x", "http://h and me@x" },
		{ "\"http://u:p@h\"", "\"http://***@h\"" },
		{ "://", "://" },
		{ "x://@h", "x://@h" },
	};

	SM_UNUSED(state);
	/* '/' ends the authority (RFC 3986): the first is the documented gap */
	check(p + 1, SM_ARRAY_LEN(p) - 1);
}

static void cut_messages(void **state)
{
	static const struct pair p[] = {
		{ "{\"TokenValue\":\"" SECRET, "{\"TokenValue\":\"***" },
		{ "{\"TokenValue\":\"" SECRET "\\", "{\"TokenValue\":\"***" },
		{ "{\"TokenValue\":\"", "{\"TokenValue\":\"" },
		{ "{\"TokenValue\":", "{\"TokenValue\":" },
		{ "{\"TokenValue\"", "{\"TokenValue\"" },
		{ "{\"token\":[\"a\",\"" SECRET, "{\"token\":***" },
		{ "{\"token\":{", "{\"token\":***" },
		{ "?token=" SECRET, "?token=***" },
		{ "Authorization: Bearer", "Authorization: ***" },
		{ "http://user:pw@", "http://***@" },
		{ "\\\"token\\\":\\\"" SECRET, "\\\"token\\\":\\\"***" },
		{ "token%3", "token%3" },
		{ "token\\", "token\\" },
	};

	SM_UNUSED(state);
	check(p, SM_ARRAY_LEN(p));
}

/* Messages that people need must survive. */
static void left_alone(void **state)
{
	static const char *const text[] = {
		"",
		"plain text, nothing to see: 42",
		"cannot resume: no token: timed out",
		"bad signature: digest does not match",
		"cannot open '/run/secrets/token': No such file or directory",
		"cannot read 'x.signature': Permission denied",
		"{\"SessionId\":\"i-0123\",\"StreamUrl\":\"wss://h/x?r=1\"}",
		"{\"tokens_used\":7,\"secretary\":\"bob\"}",
		"AccessKeyId=AKIAIOSFODNN7EXAMPLE",
		"the token was taken from the environment",
		"key: value, a=b&c=d",
		"time 12:30:01, ratio 3:4, C:/Program Files/x",
	};
	struct sm_buf out = SM_BUF_INIT(1000);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(text); i++) {
		redact(&out, NULL, text[i]);
		assert_string_equal(sm_buf_z(&out), text[i]);
	}
	sm_buf_release(&out);
}

static void hidden_values(void **state)
{
	static const struct pair p[] = {
		{ "x" SECRET "y" SECRET, "x***y***" },
		/* as a URL, as JSON, as JSON of a careful writer */
		{ "s3cr3tV4lue%2Fwith%2bchars%3D.", "***." },
		{ "s3cr3tV4lue\\/with+chars=.", "***." },
		{ "s3cr3tV4lue\\\\/with+chars=.", "***." },
		{ "s3cr3tV4lue/with\\u002bchars\\u003d.", "***." },
		{ "%73%33cr3tV4lue/with+chars=.", "***." },
		/* cut at the end and at the start */
		{ "body s3cr3tV4lue/wi", "body ***" },
		{ "body s3cr", "body ***" },
		{ "V4lue/with+chars= tail", "*** tail" },
		{ "s3cr3tV4lue/with%2", "***" },
		{ "s3cr3tV4lue\\u00", "***" },
		/* not it */
		{ "s3cr3tV4lue/with-chars=", "s3cr3tV4lue/with-chars=" },
		{ "s3c", "s3c" },
		{ "other-secret-value!", "***" },
	};
	struct sm_buf out = SM_BUF_INIT(1000);
	struct sm_log log;
	size_t i;

	SM_UNUSED(state);
	sm_log_init(&log, SM_LOG_TRACE, NULL, NULL);
	sm_log_hide(&log, sm_str("short"));
	assert_int_equal(log.n_secrets, 0);
	sm_log_hide(&log, sm_str(SECRET));
	sm_log_hide(&log, sm_str(SECRET));
	assert_int_equal(log.n_secrets, 1);
	sm_log_hide(&log, sm_str_n("other-secret-value!?", 19));
	for (i = 0; i < SM_ARRAY_LEN(p); i++) {
		redact(&out, &log, p[i].in);
		assert_string_equal(sm_buf_z(&out), p[i].want);
	}
	sm_buf_release(&out);
	sm_log_release(&log);
	assert_int_equal(log.n_secrets, 0);
}

static void oldest_hidden_value_goes(void **state)
{
	char text[] = "secret-0-value";
	struct sm_buf out = SM_BUF_INIT(1000);
	struct sm_log log;
	char c;

	SM_UNUSED(state);
	sm_log_init(&log, SM_LOG_TRACE, NULL, NULL);
	for (c = '0'; c <= '8'; c++) {
		text[7] = c;
		sm_log_hide(&log, sm_str(text));
	}
	assert_int_equal(log.n_secrets, SM_LOG_SECRETS);
	redact(&out, &log, "secret-0-value secret-1-value secret-8-value");
	assert_string_equal(sm_buf_z(&out), "secret-0-value *** ***");
	sm_log_release(&log);
	sm_buf_release(&out);
}

/* What looks like an escape in the value itself is taken as it is, too. */
static void hidden_value_with_escapes(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1000);
	struct sm_log log;

	SM_UNUSED(state);
	sm_log_init(&log, SM_LOG_TRACE, NULL, NULL);
	sm_log_hide(&log, sm_str("ab%25cd%2F\\/ef"));
	redact(&out, &log, "1 ab%25cd%2F\\/ef 2 ab%2525cd%252F\\\\\\/ef 3");
	assert_string_equal(sm_buf_z(&out), "1 *** 2 *** 3");
	sm_log_release(&log);
	sm_buf_release(&out);
}

/* Cut a message with a secret at every byte, both ends: no piece of 12. */
static void every_cut(void **state)
{
	static const char text[] =
		"POST {\"SessionId\":\"a\",\"TokenValue\":\"" SECRET
		"\",\"z\":\"{\\\"token\\\":\\\"" SECRET
		"\\\"}\"} ?token=" SECRET "&x=1 " SECRET " end";
	struct sm_buf out = SM_BUF_INIT(1000);
	struct sm_log log;
	char piece[13];
	size_t from, to, k;

	SM_UNUSED(state);
	sm_log_init(&log, SM_LOG_TRACE, NULL, NULL);
	sm_log_hide(&log, sm_str(SECRET));
	for (from = 0; from < sizeof(text); from++) {
		for (to = from; to < sizeof(text); to++) {
			sm_buf_clear(&out);
			assert_int_equal(
				sm_log_redact(&out, &log,
					      sm_str_n(text + from, to - from)),
				0);
			for (k = 0; k + 12 <= strlen(SECRET); k++) {
				memcpy(piece, SECRET + k, 12);
				piece[12] = '\0';
				assert_null(strstr(sm_buf_z(&out), piece));
			}
		}
	}
	sm_log_release(&log);
	sm_buf_release(&out);
}

/* Flipped bytes: no crash, no read outside, output bounded. */
static void damaged_text(void **state)
{
	static const char base[] =
		"{\\\"token\\\":\\\"abc\\\"} http://u:p@h/?token=a%3Db \"secret\":[{\"\"";
	static const char flips[] = "\"\\':=@%[]{}&/ \nutoken\x80";
	struct sm_buf out = SM_BUF_INIT(10000);
	char text[sizeof(base)];
	size_t i, k;

	SM_UNUSED(state);
	for (i = 0; i + 1 < sizeof(base); i++) {
		for (k = 0; k + 1 < sizeof(flips); k++) {
			memcpy(text, base, sizeof(base));
			text[i] = flips[k];
			redact(&out, NULL, text);
			assert_true(out.len <= 4 * sizeof(base));
		}
	}
	sm_buf_release(&out);
}

/* A quarter of a mebibyte of one character: the square of it would never end. */
static void long_runs(void **state)
{
	static const char *const starts[] = { "", "token=", "\"token\":[",
					      "token: \"", "http://" };
	static const char runs[] = "\\\" ':/@%x[{";
	size_t len = (size_t)1 << 18, i, k;
	struct sm_buf text = SM_BUF_INIT(2 * len), out = SM_BUF_INIT(4 * len);
	struct sm_log log;

	SM_UNUSED(state);
	sm_log_init(&log, SM_LOG_TRACE, NULL, NULL);
	sm_log_hide(&log, sm_str("\\\\\\\\xxxxxxxxx"));
	sm_log_hide(&log, sm_str("xxxxxxxxxxxx%"));
	for (i = 0; i < SM_ARRAY_LEN(starts); i++) {
		for (k = 0; k + 1 < sizeof(runs); k++) {
			sm_buf_clear(&text);
			sm_buf_clear(&out);
			(void)sm_buf_puts(&text, starts[i]);
			(void)sm_buf_put_fill(&text, runs[k], len);
			assert_int_equal(sm_log_redact(&out, &log,
						       sm_buf_str(&text)),
					 0);
		}
	}
	sm_log_release(&log);
	sm_buf_release(&text);
	sm_buf_release(&out);
}

static void full_output(void **state)
{
	struct sm_buf out = SM_BUF_INIT(8);

	SM_UNUSED(state);
	assert_int_equal(sm_log_redact(&out, NULL, sm_str("token=" SECRET)),
			 SM_ELIMIT);
	assert_null(strstr(sm_buf_z(&out), "s3"));
	sm_buf_release(&out);
}

struct seen {
	unsigned n;
	struct sm_log_record rec;
	char msg[300];
	size_t len;
};

static void keep(void *user, const struct sm_log_record *rec)
{
	struct seen *s = user;

	s->n++;
	s->rec = *rec;
	s->len = rec->msg.len;
	(void)snprintf(s->msg, sizeof(s->msg), "%.*s", SM_STR_ARG(rec->msg));
}

static void levels(void **state)
{
	static const char *const names[] = { "TRACE", "DEBUG", "INFO",
					     "WARN",  "ERROR", "CRITICAL",
					     "OFF" };
	enum sm_log_level level;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		assert_int_equal(sm_log_level_parse(&level, sm_str(names[i])),
				 0);
		assert_int_equal(level, i);
		assert_string_equal(sm_log_level_name(level), names[i]);
	}
	assert_int_equal(sm_log_level_parse(&level, sm_str("warn")), 0);
	assert_int_equal(level, SM_LOG_WARN);
	assert_int_equal(sm_log_level_parse(&level, sm_str("Debug")), 0);
	assert_int_equal(sm_log_level_parse(&level, sm_str("")), SM_EFORMAT);
	assert_int_equal(sm_log_level_parse(&level, sm_str("warning")),
			 SM_EFORMAT);
	assert_int_equal(sm_log_level_parse(&level, sm_str("warn ")),
			 SM_EFORMAT);
	assert_string_equal(sm_log_level_name((enum sm_log_level)77),
			    "UNKNOWN");
}

static void records(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct seen seen;
	struct sm_log log;
	int64_t before = sm_os_clock_wall_ms();

	SM_UNUSED(state);
	memset(&seen, 0, sizeof(seen));
	sm_log_init(&log, SM_LOG_INFO, keep, &seen);
	sm_log_debug(&log, "dropped");
	assert_int_equal(seen.n, 0);
	sm_log_info(&log, "n=%d", 5);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.msg, "n=5");
	assert_int_equal(seen.rec.level, SM_LOG_INFO);
	assert_string_equal(seen.rec.file, "test_log.c");
	assert_string_equal(seen.rec.func, "records");
	assert_true(seen.rec.line > 0);
	assert_true(seen.rec.wall_ms >= before);
	assert_true(seen.rec.wall_ms <= sm_os_clock_wall_ms());
	(void)sm_err_set(&e, SM_EIO, "cannot write");
	sm_log_e(&log, &e, "giving up on %s", "x");
	assert_string_equal(seen.msg, "giving up on x: cannot write");
	assert_int_equal(seen.rec.level, SM_LOG_ERROR);
	sm_log_warn(&log, "%s", "{\"TokenValue\":\"abc\"}");
	assert_string_equal(seen.msg, "{\"TokenValue\":\"***\"}");
	sm_log_release(&log);
	sm_log_err(&log, "after release");
	assert_int_equal(seen.n, 3);
	sm_log_err(NULL, "nobody");
	sm_log_e(NULL, &e, "nobody");
}

static void one_line_without_controls(void **state)
{
	struct seen seen;
	struct sm_log log;

	SM_UNUSED(state);
	memset(&seen, 0, sizeof(seen));
	sm_log_init(&log, SM_LOG_TRACE, keep, &seen);
	sm_log_info(&log, "%s", "a\nERROR forged\r\x1b[2Jb\tc\x7f\n\n");
	assert_string_equal(seen.msg, "a\\nERROR forged\\r\\x1b[2Jb\tc\\x7f");
	sm_log_info(&log, "%s", "\xc2\x9b\x9b\xe2\x80\xae\xc3\xa4");
	assert_string_equal(seen.msg, "\\x9b\\x9b\\u202e\xc3\xa4");
	sm_log_release(&log);
}

static void long_records_are_cut(void **state)
{
	size_t len = (size_t)200 << 10;
	char *text = malloc(len + 1);
	struct seen seen;
	struct sm_log log;

	SM_UNUSED(state);
	assert_non_null(text);
	memset(text, 'x', len);
	text[len] = '\0';
	memcpy(text + ((size_t)64 << 10) - 20, "token=" SECRET, 29);
	memset(&seen, 0, sizeof(seen));
	sm_log_init(&log, SM_LOG_TRACE, keep, &seen);
	sm_log_info(&log, "%s", text);
	assert_int_equal(seen.n, 1);
	assert_true(seen.len < ((size_t)64 << 10));
	assert_true(seen.len > ((size_t)63 << 10));
	sm_log_release(&log);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
		cmocka_unit_test(json_in_json),
		cmocka_unit_test(queries),
		cmocka_unit_test(headers),
		cmocka_unit_test(urls),
		cmocka_unit_test(cut_messages),
		cmocka_unit_test(left_alone),
		cmocka_unit_test(hidden_values),
		cmocka_unit_test(hidden_value_with_escapes),
		cmocka_unit_test(oldest_hidden_value_goes),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(damaged_text),
		cmocka_unit_test(long_runs),
		cmocka_unit_test(full_output),
		cmocka_unit_test(levels),
		cmocka_unit_test(records),
		cmocka_unit_test(one_line_without_controls),
		cmocka_unit_test(long_records_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
