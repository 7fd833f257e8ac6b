/*
 * Downloads: whole, cut, resumed, changed meanwhile, too long, refused.
 */
#include "common/def.h"
#include "common/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/os/clock.h"
#include "common/os/file.h"
#include "tests/lib/httpd.h"

#define SIZE 50000

static char content[SIZE], other[SIZE];

/* What the server does; changed by each test. */
static struct {
	const char *etag;      /* header value, or NULL */
	size_t cut[8];         /* bytes of the body of request n; 0: all */
	int status[8];         /* of request n; 0: as it should be */
	const char *headers;   /* further ones */
	bool no_ranges;        /* ignores Range */
	bool changed;          /* `other` from the second request on */
	bool ignores_if_range; /* sends a range of another state */
	bool wrong_start;      /* a range that begins elsewhere */
	bool no_length;
	bool hang;
	char range[8][64]; /* as received */
} plan;

static struct httpd server;

static void send_part(const struct httpd_req *q, int fd, const char *data,
		      size_t from)
{
	size_t cut = plan.cut[q->n], len = SIZE - from;
	char head[512], length[64] = "";
	size_t claimed = from + (plan.wrong_start ? 1 : 0);
	int n;

	if (!plan.no_length)
		(void)snprintf(length, sizeof(length),
			       "Content-Length: %zu\r\n", len);
	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %s\r\nConnection: close\r\n%s%s%s%s",
		     from ? "206 Partial" : "200 OK", length,
		     plan.etag ? "ETag: " : "", plan.etag ? plan.etag : "",
		     plan.etag ? "\r\n" : "");
	httpd_write(fd, head, (size_t)n);
	if (from) {
		n = snprintf(head, sizeof(head),
			     "Content-Range: bytes %zu-%d/%d\r\n", claimed,
			     SIZE - 1, SIZE);
		httpd_write(fd, head, (size_t)n);
	}
	httpd_write(fd, "\r\n", 2);
	httpd_write(fd, data + from, cut && cut < len ? cut : len);
	while (plan.hang && cut && !atomic_load(&server.stop))
		usleep(10000);
}

static void answer(void *user, const struct httpd_req *q, int fd)
{
	const char *data = plan.changed && q->n > 1 ? other : content;
	char range[64], tag[64], want[64];
	unsigned long from = 0;

	SM_UNUSED(user);
	httpd_header(q, "range", range, sizeof(range));
	httpd_header(q, "if-range", tag, sizeof(tag));
	if (q->n < 8)
		memcpy(plan.range[q->n], range, sizeof(range));
	if (q->n < 8 && plan.status[q->n]) {
		httpd_reply(fd, plan.status[q->n], plan.headers, "sorry");
		return;
	}
	(void)snprintf(want, sizeof(want), "%s", plan.etag ? plan.etag : "");
	if (range[0] && !plan.no_ranges &&
	    (plan.ignores_if_range || (!plan.changed && !strcmp(tag, want))))
		from = strtoul(range + 6, NULL, 10);
	if (plan.changed && q->n > 1)
		plan.etag = "\"second\"";
	send_part(q, fd, data, from);
}

struct fixture {
	struct sm_http_download d;
	struct sm_http_got got;
	struct sm_err e;
	char url[128];
};

static void begin(struct fixture *f)
{
	memset(&plan, 0, sizeof(plan));
	plan.etag = "\"first\"";
	httpd_start(&server, answer, NULL);
	memset(f, 0, sizeof(*f));
	(void)snprintf(f->url, sizeof(f->url), "%s/file", server.url);
	f->d.url = f->url;
	f->d.fd = sm_os_file_temp(NULL, &f->e);
	assert_true(f->d.fd >= 0);
	f->d.max_bytes = SIZE;
	f->d.retry_base_ms = 4;
	f->d.total_timeout_ms = 10000;
}

static int run(struct fixture *f)
{
	sm_err_clear(&f->e);
	return sm_http_download(&f->d, &f->got, &f->e);
}

static void check_file(struct fixture *f, const char *want)
{
	static char have[SIZE + 1];

	assert_int_equal(f->got.bytes, SIZE);
	assert_int_equal(
		sm_os_file_read_at(f->d.fd, have, sizeof(have), 0, NULL), SIZE);
	assert_memory_equal(have, want, SIZE);
}

static void end(struct fixture *f)
{
	sm_os_file_close(f->d.fd);
	httpd_stop(&server);
}

static void test_whole(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.d.expect_bytes = SIZE;
	assert_int_equal(run(&f), 0);
	check_file(&f, content);
	assert_int_equal(f.got.tries, 1);
	assert_string_equal(f.got.validator, "\"first\"");
	assert_false(f.got.resumed);
	end(&f);
}

static void test_no_length(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	plan.no_length = true;
	assert_int_equal(run(&f), 0);
	check_file(&f, content);
	/* cut without a length: only the expected size tells */
	plan.cut[2] = 10;
	f.d.expect_bytes = SIZE;
	assert_int_equal(run(&f), SM_EVERIFY);
	end(&f);
}

static void test_resume(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	plan.cut[1] = 1000;
	plan.cut[2] = 2000;
	assert_int_equal(run(&f), 0);
	check_file(&f, content);
	assert_int_equal(f.got.tries, 3);
	assert_true(f.got.resumed);
	assert_string_equal(plan.range[1], "");
	assert_string_equal(plan.range[2], "bytes=1000-");
	assert_string_equal(plan.range[3], "bytes=3000-");
	end(&f);
}

static void test_resume_later(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	plan.cut[1] = 1000;
	f.d.tries = 1;
	assert_int_equal(run(&f), SM_ENET);
	assert_int_equal(f.got.bytes, 1000);
	f.d.resume_from = f.got.bytes;
	{
		char validator[SM_HTTP_VALIDATOR_MAX];

		memcpy(validator, f.got.validator, sizeof(validator));
		f.d.validator = validator;
		assert_int_equal(run(&f), 0);
	}
	check_file(&f, content);
	assert_true(f.got.resumed);
	assert_string_equal(plan.range[2], "bytes=1000-");
	end(&f);
}

/* Each of these must start over instead of gluing two states together. */
static void test_start_over(void **state)
{
	struct fixture f;
	int i;

	SM_UNUSED(state);
	for (i = 0; i < 5; i++) {
		const char *want = content;

		begin(&f);
		plan.cut[1] = 1000;
		if (i == 0)
			plan.no_ranges = true;
		else if (i == 1)
			plan.etag = "W/\"weak\"";
		else if (i == 2)
			plan.etag = NULL;
		else if (i == 3)
			plan.changed = true;
		else
			plan.changed = plan.ignores_if_range = true;
		if (i >= 3)
			want = other;
		assert_int_equal(run(&f), 0);
		check_file(&f, want);
		assert_false(f.got.resumed);
		if (i == 1 || i == 2)
			assert_string_equal(plan.range[2], "");
		end(&f);
	}
}

static void test_wrong_range(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	plan.cut[1] = 1000;
	plan.wrong_start = true;
	assert_int_equal(run(&f), 0); /* the third try starts over */
	check_file(&f, content);
	assert_false(f.got.resumed);
	assert_string_equal(plan.range[3], "");
	end(&f);
}

/* A longer file from before is cut. */
static void test_cuts_tail(void **state)
{
	static char junk[SIZE + 500];
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	assert_int_equal(sm_os_file_write_all(
				 f.d.fd, sm_str_n(junk, sizeof(junk)), NULL),
			 0);
	assert_int_equal(run(&f), 0);
	check_file(&f, content);
	end(&f);
}

static void test_sizes(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.d.max_bytes = SIZE - 1;
	assert_int_equal(run(&f), SM_ELIMIT);
	assert_int_equal(f.got.tries, 1);
	assert_non_null(strstr(f.e.msg, "cannot download 'http://127.0.0.1:"));
	plan.no_length = true;
	assert_int_equal(run(&f), SM_ELIMIT);
	assert_true(f.got.bytes < SIZE);
	f.d.max_bytes = SIZE;
	f.d.expect_bytes = SIZE + 1;
	assert_int_equal(run(&f), SM_EVERIFY);
	f.d.expect_bytes = SIZE - 1;
	assert_int_equal(run(&f), SM_EVERIFY);
	end(&f);
}

static void test_statuses(void **state)
{
	static const struct {
		int status, r;
		unsigned tries;
	} cases[] = { { 404, SM_ENOTFOUND, 1 },
		      { 410, SM_ENOTFOUND, 1 },
		      { 403, SM_EPERM, 1 },
		      { 401, SM_EPERM, 1 },
		      { 400, SM_ENET, 1 },
		      { 501, SM_ENET, 1 },
		      { 500, 0, 2 },
		      { 503, 0, 2 },
		      { 429, 0, 2 },
		      { 408, 0, 2 } };
	struct fixture f;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		begin(&f);
		plan.status[1] = cases[i].status;
		assert_int_equal(run(&f), cases[i].r);
		assert_int_equal(f.got.tries, cases[i].tries);
		if (cases[i].r == 0)
			check_file(&f, content);
		else
			assert_int_equal(f.got.status, cases[i].status);
		end(&f);
	}
}

static void test_gives_up(void **state)
{
	struct fixture f;
	int i;

	SM_UNUSED(state);
	begin(&f);
	for (i = 1; i < 8; i++)
		plan.status[i] = 503;
	f.d.tries = 3;
	assert_int_equal(run(&f), SM_ENET);
	assert_int_equal(f.got.tries, 3);
	assert_non_null(strstr(f.e.msg, "status 503"));
	/* a wait that does not fit leaves the failure as it was */
	plan.headers = "Retry-After: 20\r\n";
	f.d.total_timeout_ms = 500;
	assert_int_equal(run(&f), SM_ENET);
	assert_int_equal(f.got.tries, 1);
	end(&f);
}

static void test_stall(void **state)
{
	struct fixture f;
	int64_t from = sm_os_clock_mono_ms();

	SM_UNUSED(state);
	begin(&f);
	plan.cut[1] = 100;
	plan.hang = true;
	f.d.stall_timeout_ms = 200;
	f.d.tries = 1;
	assert_int_equal(run(&f), SM_ETIMEOUT);
	assert_true(sm_os_clock_mono_ms() - from < 5000);
	assert_int_equal(f.got.bytes, 100);
	end(&f);
}

/* A server that says nothing more is asked once more, not four times. */
static void test_silence(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	plan.cut[1] = 100;
	plan.hang = true; /* serves nobody else meanwhile */
	f.d.stall_timeout_ms = 300;
	assert_int_equal(run(&f), SM_ETIMEOUT);
	assert_int_equal(f.got.tries, 2);
	assert_int_equal(f.got.bytes, 100);
	assert_non_null(strstr(f.e.msg, "under 1024 bytes a second for 0.3 s"));
	end(&f);
}

struct watch {
	uint64_t done, total;
	bool stop;
};

static int on_progress(void *user, uint64_t done, uint64_t total)
{
	struct watch *w = user;

	if (done > w->done)
		w->done = done;
	if (total)
		w->total = total;
	return w->stop ? -1 : 0;
}

static void test_progress_and_cancel(void **state)
{
	atomic_bool cancel = true;
	struct watch w = { 0, 0, false };
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.d.progress = on_progress;
	f.d.user = &w;
	assert_int_equal(run(&f), 0);
	assert_int_equal(w.done, SIZE);
	assert_int_equal(w.total, SIZE);
	w.stop = true;
	assert_int_equal(run(&f), SM_ECANCEL);
	assert_int_equal(f.got.tries, 1);
	w.stop = false;
	f.d.cancel = &cancel;
	assert_int_equal(run(&f), SM_ECANCEL);
	end(&f);
}

static void test_bad_validator(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.d.resume_from = 10;
	f.d.validator = "\"a\"\r\nX: y\"";
	assert_int_equal(run(&f), 0); /* ignored: from the start */
	assert_string_equal(plan.range[1], "");
	f.d.validator = "\"first\"";
	f.d.resume_from = SIZE + 1;
	assert_int_equal(run(&f), SM_ELIMIT);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_no_length),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_later),
		cmocka_unit_test(test_start_over),
		cmocka_unit_test(test_wrong_range),
		cmocka_unit_test(test_cuts_tail),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_progress_and_cancel),
		cmocka_unit_test(test_bad_validator),
	};
	size_t i;

	for (i = 0; i < SIZE; i++) {
		content[i] = (char)(i * 7 + i / 251);
		other[i] = (char)(i * 11 + i / 257);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
