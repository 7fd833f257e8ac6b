/*
 * Progress lines. Rule: what a bar printed is always wiped or ended before
 * anything else may be printed. It does not read a clock and does not count.
 */
#include "common/def.h"
#include "common/progress.h"

#include "common/buf.h"
#include "common/os/env.h"
#include "common/os/term.h"

#define STDERR_FD 2
#define COLS_DEFAULT 80
#define COLS_MIN 20
#define BAR_MIN 10
#define BAR_MAX 30

#define BAR_EVERY_MS 100
#define LINES_EVERY_MS 5000
#define JSON_EVERY_MS 1000

/* A rate from less time than this says nothing. */
#define RATE_AFTER_MS 500

static bool is_utf8_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	struct sm_buf value = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str s;
	bool found = false;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		if (sm_os_env_has(names[i])) {
			(void)sm_os_env_get(&value, names[i]); /* or empty */
			break;
		}
	}
	for (s = sm_buf_str(&value); s.len && !found;
	     s = sm_str_sub(s, 1, s.len))
		found = sm_str_eq_nocase(sm_str_sub(s, 0, 5),
					 sm_str("utf-8")) ||
			sm_str_eq_nocase(sm_str_sub(s, 0, 4), sm_str("utf8"));
	sm_buf_release(&value);
	return found;
}

void sm_progress_init(struct sm_progress *p, struct sm_out *out)
{
	unsigned rows;

	memset(p, 0, sizeof(*p));
	p->out = out;
	p->cols = COLS_DEFAULT;
	p->utf8 = is_utf8_locale();
	if (out->verbosity < 0)
		p->style = SM_PROGRESS_NONE;
	else if (out->json)
		p->style = SM_PROGRESS_JSON;
	else if (out->err == stderr && sm_os_term_is_tty(STDERR_FD))
		p->style = SM_PROGRESS_BAR;
	else
		p->style = SM_PROGRESS_LINES;
	if (p->style == SM_PROGRESS_BAR)
		(void)sm_os_term_size(STDERR_FD, &p->cols, &rows); /* or 80 */
}

/* "12.3 MiB"; six to nine columns */
static void put_size(struct sm_buf *b, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	uint64_t tenths;
	size_t u = 0;

	if (bytes < 1024) {
		(void)sm_buf_printf(b, "%u B", (unsigned)bytes); /* small */
		return;
	}
	while (bytes >= (uint64_t)1024 * 1024 && u + 1 < SM_ARRAY_LEN(units)) {
		bytes /= 1024;
		u++;
	}
	tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
	(void)sm_buf_printf(b, "%llu.%u %s", (unsigned long long)(tenths / 10),
			    (unsigned)(tenths % 10), units[u]); /* small */
}

static uint64_t rate(const struct sm_progress *p, int64_t now_ms)
{
	int64_t ms = now_ms - p->start_ms;

	if (ms < RATE_AFTER_MS || !p->done)
		return 0;
	if (p->done > UINT64_MAX / 1000)
		return p->done / (uint64_t)ms * 1000;
	return p->done * 1000 / (uint64_t)ms;
}

static unsigned percent(const struct sm_progress *p)
{
	if (!p->total || p->done >= p->total)
		return 100;
	if (p->done > UINT64_MAX / 100)
		return (unsigned)(p->done / (p->total / 100));
	return (unsigned)(p->done * 100 / p->total);
}

/* ", 3.1 MiB/s, 0:05 left" */
static void put_pace(struct sm_buf *b, const struct sm_progress *p,
		     int64_t now_ms)
{
	uint64_t r = rate(p, now_ms), left;

	if (!r)
		return;
	(void)sm_buf_puts(b, ", "); /* small */
	put_size(b, r);
	(void)sm_buf_puts(b, "/s"); /* small */
	if (p->done >= p->total)
		return;
	left = (p->total - p->done) / r;
	if (left >= 360000)
		return; /* a hundred hours is no forecast */
	if (left >= 3600)
		(void)sm_buf_printf(b, ", %u:%02u:%02u left",
				    (unsigned)(left / 3600),
				    (unsigned)(left / 60 % 60),
				    (unsigned)(left % 60)); /* small */
	else
		(void)sm_buf_printf(b, ", %u:%02u left", (unsigned)(left / 60),
				    (unsigned)(left % 60)); /* small */
}

static void put_numbers(struct sm_buf *b, const struct sm_progress *p,
			int64_t now_ms)
{
	if (p->total)
		(void)sm_buf_printf(b, "%*u%% ",
				    p->style == SM_PROGRESS_BAR ? 3 : 0,
				    percent(p)); /* small */
	put_size(b, p->done);
	if (p->total) {
		(void)sm_buf_puts(b, " of "); /* small */
		put_size(b, p->total);
	}
	put_pace(b, p, now_ms);
}

static void put_bar(struct sm_buf *b, const struct sm_progress *p, unsigned n)
{
	unsigned full = percent(p) * n / 100, i;

	(void)sm_buf_puts(b, p->utf8 ? "\xe2\x96\x95" : "["); /* small */
	for (i = 0; i < n; i++) {
		if (i < full)
			(void)sm_buf_puts(b, p->utf8 ? "\xe2\x96\x88" : "#");
		else
			(void)sm_buf_puts(b, " ");
	}
	(void)sm_buf_puts(b, p->utf8 ? "\xe2\x96\x8f " : "] "); /* small */
}

/* Columns of UTF-8 text: its characters. */
static unsigned columns(struct sm_str s)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Keep the first `cols` characters. */
static void cut(struct sm_buf *b, unsigned cols)
{
	size_t i;

	for (i = 0; i < b->len; i++) {
		if (((unsigned char)b->ptr[i] & 0xc0) != 0x80 && !cols--)
			break;
	}
	sm_buf_truncate(b, i);
}

static void show_bar(struct sm_progress *p, int64_t now_ms)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf numbers = SM_BUF_INIT(SM_BUF_SMALL);
	unsigned room = p->cols > COLS_MIN ? p->cols - 1 : COLS_MIN - 1;
	unsigned used, bar;

	put_numbers(&numbers, p, now_ms);
	(void)sm_buf_printf(&line, "%.200s ", p->label); /* fits */
	used = columns(sm_buf_str(&line)) + columns(sm_buf_str(&numbers)) + 3;
	bar = used < room ? room - used : 0;
	if (p->total && bar >= BAR_MIN)
		put_bar(&line, p, bar < BAR_MAX ? bar : BAR_MAX);
	(void)sm_buf_put_str(&line, sm_buf_str(&numbers)); /* fits */
	cut(&line, room);
	used = columns(sm_buf_str(&line));
	(void)fprintf(p->out->err, "\r%s%*s", sm_buf_z(&line),
		      (int)(p->width > used ? p->width - used : 0),
		      ""); /* nobody to tell */
	p->width = used;
	sm_buf_release(&line);
	sm_buf_release(&numbers);
}

static void show_line(struct sm_progress *p, int64_t now_ms)
{
	struct sm_buf numbers = SM_BUF_INIT(SM_BUF_SMALL);

	put_numbers(&numbers, p, now_ms);
	(void)fprintf(p->out->err, "%s: %s\n", p->label,
		      sm_buf_z(&numbers)); /* nobody to tell */
	sm_buf_release(&numbers);
}

/* The label as a JSON string (RFC 8259, section 7). */
static void put_json_text(struct sm_buf *b, const char *text)
{
	const char *c;

	(void)sm_buf_puts(b, "\""); /* sticks, as all below */
	for (c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			(void)sm_buf_printf(b, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			(void)sm_buf_printf(b, "\\u%04x", (unsigned)*c);
		else
			(void)sm_buf_put(b, c, 1);
	}
	(void)sm_buf_puts(b, "\"");
}

static void show_json(struct sm_progress *p, const char *state)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_puts(&line, "{\"progress\":"); /* sticks */
	put_json_text(&line, p->label);
	(void)sm_buf_printf(&line, ",\"state\":\"%s\",\"done\":%llu", state,
			    (unsigned long long)p->done); /* sticks */
	if (p->total)
		(void)sm_buf_printf(&line, ",\"total\":%llu",
				    (unsigned long long)p->total); /* sticks */
	if (!line.err)
		(void)fprintf(p->out->err, "%s}\n",
			      sm_buf_z(&line)); /* nobody to tell */
	sm_buf_release(&line);
}

static void show(struct sm_progress *p, const char *state, int64_t now_ms)
{
	switch (p->style) {
	case SM_PROGRESS_BAR:
		show_bar(p, now_ms);
		break;
	case SM_PROGRESS_LINES:
		show_line(p, now_ms);
		break;
	case SM_PROGRESS_JSON:
		show_json(p, state);
		break;
	default:
		return;
	}
	(void)fflush(p->out->err); /* nobody to tell */
	p->shown = true;
	p->shown_ms = now_ms;
}

void sm_progress_start(struct sm_progress *p, const char *label, uint64_t total,
		       int64_t now_ms)
{
	p->label = label;
	p->total = total;
	p->done = 0;
	p->start_ms = p->shown_ms = now_ms;
	p->width = 0;
	p->shown = false;
	if (p->style == SM_PROGRESS_BAR || p->style == SM_PROGRESS_JSON)
		show(p, "started", now_ms);
}

static int64_t pause_ms(enum sm_progress_style style)
{
	switch (style) {
	case SM_PROGRESS_BAR:
		return BAR_EVERY_MS;
	case SM_PROGRESS_JSON:
		return JSON_EVERY_MS;
	default:
		return LINES_EVERY_MS;
	}
}

void sm_progress_update(struct sm_progress *p, uint64_t done, uint64_t total,
			int64_t now_ms)
{
	p->done = done;
	if (total)
		p->total = total;
	if (now_ms - p->shown_ms >= pause_ms(p->style))
		show(p, "running", now_ms);
}

void sm_progress_end(struct sm_progress *p, bool ok, int64_t now_ms)
{
	if (p->style == SM_PROGRESS_BAR && !ok) {
		(void)fprintf(p->out->err, "\r%*s\r", (int)p->width,
			      "");         /* nobody to tell */
		(void)fflush(p->out->err); /* nobody to tell */
		p->width = 0;
		return;
	}
	/* a line only if the start was long ago: short work needs none */
	if (p->style == SM_PROGRESS_LINES && (!ok || !p->shown))
		return;
	show(p, ok ? "done" : "failed", now_ms);
	if (p->style == SM_PROGRESS_BAR) {
		(void)fputc('\n', p->out->err); /* nobody to tell */
		(void)fflush(p->out->err);      /* nobody to tell */
	}
	p->width = 0;
}
