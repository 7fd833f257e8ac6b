/*
 * Downloads to a descriptor. Rule: what is in the file up to `done` always
 * came from one state of the resource, named by `validator`; a response that
 * does not continue exactly there starts the file over. Sizes are checked
 * against the response's own statement (libcurl), the range's, and the
 * caller's.
 */
#include "common/def.h"
#include "common/http.h"

#include "common/http_easy.h"
#include "common/os/clock.h"
#include "common/os/file.h"
#include "common/os/random.h"

#define STALL_MS 15000
#define SILENT_TRIES 2 /* timed out, without a byte between: it is over */
#define STALL_BYTES_PER_SEC 1024
#define TOTAL_MS ((int64_t)3600 * 1000)
#define TRIES 4
#define RETRY_BASE_MS 500
#define RETRY_MAX_MS 30000 /* also the most that Retry-After can ask for */
#define SLICE_MS 50

enum verdict {
	UNDECIDED, /* no body byte yet */
	KEEP,      /* body goes to the file */
	DISCARD    /* body of an error */
};

struct fetch {
	const struct sm_http_download *d;
	struct sm_http_got *got;
	struct sm_http_easy easy;
	struct sm_err *e;
	int64_t deadline;
	/* of the response that is being read */
	enum verdict verdict;
	char etag[SM_HTTP_VALIDATOR_MAX];
	uint64_t range_from, range_total; /* of Content-Range; 0 if absent */
	bool has_range;
	uint64_t total; /* expected end, 0 while unknown */
	int failed;     /* SM_E of a callback that stopped the transfer */
	/* stall watch: bytes at the begin of the window */
	int64_t window_ms;
	uint64_t window_bytes;
	int64_t heard_ms; /* when the last byte came, in any try */
	int64_t begun_ms; /* this try */
	unsigned silent;  /* tries that timed out since the last byte */
};

/* "bytes FROM-TO/TOTAL", RFC 9110 14.4; what is malformed is no range. */
static void take_range(struct fetch *f, struct sm_str v)
{
	struct sm_str total, from;
	long dash, slash;

	if (!sm_str_starts(v, "bytes "))
		return;
	v = sm_str_trim(sm_str_sub(v, 6, v.len));
	dash = sm_str_chr(v, '-', 0);
	slash = sm_str_chr(v, '/', 0);
	if (dash < 0 || slash < dash)
		return;
	from = sm_str_sub(v, 0, (size_t)dash);
	total = sm_str_sub(v, (size_t)slash + 1, v.len);
	if (sm_str_u64(from, INT64_MAX, &f->range_from) < 0 ||
	    sm_str_u64(total, INT64_MAX, &f->range_total) < 0)
		return;
	f->has_range = true;
}

/* Only a strong tag promises the same bytes, RFC 9110 8.8.1. */
static bool is_strong_tag(struct sm_str v)
{
	size_t i;

	if (v.len < 2 || v.len >= SM_HTTP_VALIDATOR_MAX || v.ptr[0] != '"' ||
	    v.ptr[v.len - 1] != '"')
		return false;
	for (i = 0; i < v.len; i++) {
		if ((unsigned char)v.ptr[i] <= ' ' || v.ptr[i] == 0x7f)
			return false;
	}
	return true;
}

static void take_etag(struct fetch *f, struct sm_str v)
{
	if (!is_strong_tag(v))
		return;
	memcpy(f->etag, v.ptr, v.len);
	f->etag[v.len] = '\0';
}

/* A server may answer with a range although it did not understand If-Range. */
static bool continues(const struct fetch *f)
{
	const struct sm_http_got *got = f->got;

	return f->has_range && got->bytes && f->range_from == got->bytes &&
	       (!f->etag[0] || !strcmp(f->etag, got->validator));
}

static size_t on_header(char *ptr, size_t size, size_t n, void *user)
{
	struct fetch *f = user;
	struct sm_str line = sm_str_trim(sm_str_n(ptr, size * n)), name, value;
	long at = sm_str_chr(line, ':', 0);

	if (sm_str_starts(line, "HTTP/")) { /* the next response begins */
		f->verdict = UNDECIDED;
		f->etag[0] = '\0';
		f->has_range = false;
	}
	if (at < 0)
		return size * n;
	name = sm_str_sub(line, 0, (size_t)at);
	value = sm_str_trim(sm_str_sub(line, (size_t)at + 1, line.len));
	if (sm_str_eq_nocase(name, sm_str("etag")))
		take_etag(f, value);
	else if (sm_str_eq_nocase(name, sm_str("content-range")))
		take_range(f, value);
	return size * n;
}

static int start_over(struct fetch *f)
{
	f->got->bytes = 0;
	return sm_os_file_seek(f->d->fd, 0, f->e);
}

/* The first byte of a body is here: does it belong into the file, and where? */
static int decide(struct fetch *f)
{
	struct sm_http_got *got = f->got;
	curl_off_t len = -1;
	long status = 0;
	int r;

	(void)curl_easy_getinfo(f->easy.curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(f->easy.curl,
				CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &len);
	f->verdict = DISCARD;
	if (status == 206 && continues(f)) {
		got->resumed = true;
		f->total = f->range_total;
	} else if (status == 200) {
		if ((r = start_over(f)) < 0)
			return r;
		memcpy(got->validator, f->etag, sizeof(f->etag));
		f->total = len > 0 ? (uint64_t)len : 0;
	} else {
		return 0;
	}
	f->verdict = KEEP;
	if (f->total > f->d->max_bytes)
		return sm_err_set(f->e, SM_ELIMIT,
				  "%llu bytes announced, at most %llu allowed",
				  (unsigned long long)f->total,
				  (unsigned long long)f->d->max_bytes);
	return 0;
}

static size_t on_body(char *ptr, size_t size, size_t n, void *user)
{
	struct fetch *f = user;
	size_t len = size * n;

	if (f->verdict == UNDECIDED && (f->failed = decide(f)) < 0)
		return 0;
	if (f->verdict == DISCARD)
		return len;
	if (len > f->d->max_bytes - f->got->bytes) {
		f->failed = sm_err_set(f->e, SM_ELIMIT, "more than %llu bytes",
				       (unsigned long long)f->d->max_bytes);
		return 0;
	}
	f->failed = sm_os_file_write_all(f->d->fd, sm_str_n(ptr, len), f->e);
	if (f->failed < 0)
		return 0;
	f->got->bytes += len;
	f->heard_ms = sm_os_clock_mono_ms();
	f->silent = 0;
	return len;
}

static int64_t stall_limit(const struct fetch *f)
{
	return f->d->stall_timeout_ms > 0 ? f->d->stall_timeout_ms : STALL_MS;
}

/* Nothing at all for as long, or next to nothing in a window. */
static bool stalled(struct fetch *f)
{
	int64_t limit = stall_limit(f), now = sm_os_clock_mono_ms();
	uint64_t bytes = f->got->bytes;

	if (now - f->begun_ms >= limit && now - f->heard_ms >= limit)
		return true;
	if (now - f->window_ms < limit)
		return false;
	/* a file that was started over counts as progress */
	if (bytes >= f->window_bytes &&
	    bytes - f->window_bytes <
		    (uint64_t)limit * STALL_BYTES_PER_SEC / 1000)
		return true;
	f->window_ms = now;
	f->window_bytes = bytes;
	return false;
}

static int report(struct fetch *f)
{
	if (sm_http_easy_cancelled(&f->easy))
		return SM_ECANCEL;
	if (f->d->progress &&
	    f->d->progress(f->d->user, f->got->bytes, f->total) < 0)
		return SM_ECANCEL;
	return 0;
}

static int on_progress(void *user, curl_off_t dl_total, curl_off_t dl_now,
		       curl_off_t ul_total, curl_off_t ul_now)
{
	struct fetch *f = user;

	SM_UNUSED(dl_total);
	SM_UNUSED(dl_now);
	SM_UNUSED(ul_total);
	SM_UNUSED(ul_now);
	if (f->failed < 0)
		return 1;
	if ((f->failed = report(f)) < 0)
		return 1;
	if (stalled(f))
		f->failed = sm_err_set(f->e, SM_ETIMEOUT,
				       "under %d bytes a second for %g s",
				       STALL_BYTES_PER_SEC,
				       (double)stall_limit(f) / 1000);
	return f->failed < 0;
}

static CURLcode set_options(struct fetch *f)
{
	CURL *c = f->easy.curl;
	int64_t left = f->deadline - sm_os_clock_mono_ms();
	CURLcode r;

	if ((r = curl_easy_setopt(c, CURLOPT_HTTPGET, 1L)))
		return r;
	left = left < 1 ? 1 : left > TOTAL_MS ? TOTAL_MS : left;
	if ((r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_HEADERDATA, f)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_WRITEDATA, f)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress)))
		return r;
	return curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
}

/* Ask for the rest if the server can tell whether it is the same file. */
static void ask_range(struct fetch *f)
{
	char line[SM_HTTP_VALIDATOR_MAX + 32];

	if (!f->got->bytes || !f->got->validator[0])
		return;
	(void)snprintf(line, sizeof(line), "Range: bytes=%llu-",
		       (unsigned long long)f->got->bytes);
	sm_http_easy_header(&f->easy, line);
	(void)snprintf(line, sizeof(line), "If-Range: %s", f->got->validator);
	sm_http_easy_header(&f->easy, line);
}

/* The transfer is through: whole, right size? */
static int check_end(struct fetch *f)
{
	const struct sm_http_download *d = f->d;
	uint64_t have = f->got->bytes;
	int r;

	if (f->verdict == UNDECIDED && (r = decide(f)) < 0) /* no bytes */
		return r;
	if (f->verdict != KEEP)
		return sm_err_set(f->e, SM_ENET,
				  "the answer does not continue the file");
	if (f->total && f->total != have)
		return sm_err_set(f->e, SM_ENET, "%llu of %llu bytes arrived",
				  (unsigned long long)have,
				  (unsigned long long)f->total);
	if (d->expect_bytes && d->expect_bytes != have)
		return sm_err_set(f->e, SM_EVERIFY,
				  "%llu bytes arrived where %llu were expected",
				  (unsigned long long)have,
				  (unsigned long long)d->expect_bytes);
	return sm_os_file_truncate(d->fd, have, f->e);
}

static int status_error(struct fetch *f)
{
	int status = f->got->status;
	int r = status == 404 || status == 410 ? SM_ENOTFOUND :
		status == 401 || status == 403 ? SM_EPERM :
						 SM_ENET;

	return sm_err_set(f->e, r, "the server answered with status %d",
			  status);
}

/* Put "cannot download 'URL'" in front of a cause found here. */
static int wrap(struct fetch *f, int r)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);

	if (r == SM_ECANCEL)
		(void)sm_err_set(f->e, r, "%s", sm_err_text(r));
	(void)sm_http_url_show(&shown, f->d->url); /* cut is fine */
	(void)sm_err_wrap(f->e, r, "cannot download '%.200s'",
			  sm_buf_z(&shown));
	sm_buf_release(&shown);
	return r;
}

static int outcome(struct fetch *f, CURLcode c)
{
	long status = 0;
	int r;

	(void)curl_easy_getinfo(f->easy.curl, CURLINFO_RESPONSE_CODE, &status);
	f->got->status = (int)status;
	if (f->failed < 0)
		return wrap(f, f->failed);
	if (c)
		return sm_http_easy_fail(&f->easy, c, f->e);
	/* the range is not satisfiable: the file is another one now */
	if (status == 416 || (status == 206 && f->verdict != KEEP)) {
		f->got->bytes = 0;
		f->got->validator[0] = '\0';
	}
	if (status == 200 || status == 206)
		r = check_end(f);
	else
		r = status_error(f);
	return r < 0 ? wrap(f, r) : 0;
}

static int try_once(struct fetch *f, int64_t *retry_after_ms)
{
	const struct sm_http_download *d = f->d;
	curl_off_t after = 0;
	CURLcode c;
	int r;

	f->failed = 0;
	f->verdict = UNDECIDED;
	f->total = 0;
	f->begun_ms = f->window_ms = sm_os_clock_mono_ms();
	f->window_bytes = f->got->bytes;
	r = sm_http_easy_init(&f->easy, d->url, SM_HTTP_FOLLOW,
			      d->connect_timeout_ms, f->e);
	if (r < 0)
		goto out;
	f->easy.method = "download";
	f->easy.cancel = d->cancel;
	if ((r = sm_os_file_seek(d->fd, f->got->bytes, f->e)) < 0)
		goto out;
	ask_range(f);
	c = set_options(f);
	if (!c)
		c = sm_http_easy_run(&f->easy);
	r = outcome(f, c);
	(void)curl_easy_getinfo(f->easy.curl, CURLINFO_RETRY_AFTER, &after);
	*retry_after_ms = after > 0 && after < 3600 ? (int64_t)after * 1000 : 0;
out:
	sm_http_easy_release(&f->easy);
	return r;
}

/*
 * Worth another try? What is wrong with the URL, the certificate, the file or
 * the size stays wrong.
 */
static bool transient(struct fetch *f, int r)
{
	int status = f->got->status;

	if (r == SM_ETIMEOUT)
		return ++f->silent < SILENT_TRIES;
	if (r != SM_ENET)
		return false;
	if (status == 0 || status == 200 || status == 206) /* broke off */
		return true;
	return status == 408 || status == 416 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505);
}

/* Half to whole of base * 2^n, so that many clients do not come together. */
static int64_t backoff(const struct sm_http_download *d, unsigned n)
{
	int64_t ms = d->retry_base_ms > 0 ? d->retry_base_ms : RETRY_BASE_MS;
	uint32_t random;

	while (n-- && ms < RETRY_MAX_MS)
		ms *= 2;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	sm_os_random(&random, sizeof(random));
	return ms / 2 + (int64_t)(random % (uint32_t)(ms / 2 + 1));
}

static int pause_for(struct fetch *f, int64_t ms)
{
	int64_t until = sm_os_clock_mono_ms() + ms, now;
	int r;

	if (until >= f->deadline)
		return SM_ETIMEOUT;
	while ((now = sm_os_clock_mono_ms()) < until) {
		if ((r = report(f)) < 0)
			return wrap(f, r);
		sm_os_clock_sleep_ms(until - now < SLICE_MS ? until - now :
							      SLICE_MS);
	}
	return 0;
}

static void start(struct fetch *f)
{
	const struct sm_http_download *d = f->d;

	f->deadline =
		sm_os_clock_mono_ms() +
		(d->total_timeout_ms > 0 ? d->total_timeout_ms : TOTAL_MS);
	memset(f->got, 0, sizeof(*f->got));
	if (!d->resume_from || !is_strong_tag(sm_str(d->validator)))
		return;
	f->got->bytes = d->resume_from;
	memcpy(f->got->validator, d->validator, strlen(d->validator) + 1);
}

int sm_http_download(const struct sm_http_download *d, struct sm_http_got *got,
		     struct sm_err *e)
{
	struct sm_err own = SM_ERR_INIT; /* kept while waiting and retrying */
	struct fetch f = { .d = d, .got = got, .e = e ? e : &own };
	unsigned tries = d->tries ? d->tries : TRIES;
	int64_t wait, after = 0;
	int r, w;

	start(&f);
	if (got->bytes > d->max_bytes)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot resume: more than %llu bytes",
				  (unsigned long long)d->max_bytes);
	for (;;) {
		got->tries++;
		r = try_once(&f, &after);
		if (r >= 0 || got->tries >= tries || !transient(&f, r))
			return r;
		wait = backoff(d, got->tries - 1);
		if (after > wait)
			wait = after < RETRY_MAX_MS ? after : RETRY_MAX_MS;
		w = pause_for(&f, wait);
		if (w == SM_ECANCEL)
			return w;
		if (w < 0) /* no time left: the failure stands */
			return r;
	}
}
