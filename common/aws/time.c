/*
 * Dates in text, both ways. The calendar is computed here because the C
 * library's inverse of gmtime is not in the standard.
 */
#include "common/def.h"
#include "common/aws/time.h"

#include "common/buf.h"
#include "common/err.h"
#include "common/os/clock.h"

/* Where the six numbers begin. */
static const unsigned char basic_at[] = { 0, 4, 6, 9, 11, 13 };
static const unsigned char extended_at[] = { 0, 5, 8, 11, 14, 17 };

/* Days since 1970 of a Gregorian date; the year begins in March. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	m += m <= 2 ? 9 : -3;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 -
	       719468;
}

static int read_numbers(struct sm_str s, const unsigned char *at,
			int64_t *unix_sec)
{
	static const unsigned char max[] = { 0, 12, 31, 23, 59, 60 };
	uint64_t v[6];
	size_t i;

	for (i = 0; i < 6; i++) {
		if (sm_str_u64(sm_str_sub(s, at[i], i ? 2 : 4),
			       i ? max[i] : 9999, &v[i]) < 0)
			return SM_EFORMAT;
	}
	if (v[0] < 1900 || !v[1] || !v[2])
		return SM_EFORMAT;
	*unix_sec =
		days_of((int64_t)v[0], (int64_t)v[1], (int64_t)v[2]) * 86400 +
		(int64_t)(v[3] * 3600 + v[4] * 60 + v[5]);
	return 0;
}

int sm_aws_time_basic(struct sm_str s, int64_t *unix_sec)
{
	if (s.len != 16 || s.ptr[8] != 'T' || s.ptr[15] != 'Z')
		return SM_EFORMAT;
	return read_numbers(s, basic_at, unix_sec);
}

/* "Z", "UTC" or "+hh:mm", in seconds to take away. */
static int read_zone(struct sm_str s, int64_t *sec)
{
	uint64_t h, m;

	*sec = 0;
	if (sm_str_eqz(s, "Z") || sm_str_eqz(s, "UTC"))
		return 0;
	if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
	    s.ptr[3] != ':' || sm_str_u64(sm_str_sub(s, 1, 2), 23, &h) < 0 ||
	    sm_str_u64(sm_str_sub(s, 4, 2), 59, &m) < 0)
		return SM_EFORMAT;
	*sec = (int64_t)(h * 3600 + m * 60) * (s.ptr[0] == '-' ? -1 : 1);
	return 0;
}

int sm_aws_time_extended(struct sm_str s, int64_t *unix_sec)
{
	int64_t zone;
	size_t n = 19;
	int r;

	if (s.len < 20 || s.ptr[4] != '-' || s.ptr[7] != '-' ||
	    s.ptr[10] != 'T' || s.ptr[13] != ':' || s.ptr[16] != ':')
		return SM_EFORMAT;
	if (s.ptr[n] == '.') {
		n++;
		while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
			n++;
	}
	if ((r = read_zone(sm_str_sub(s, n, s.len), &zone)) < 0 ||
	    (r = read_numbers(s, extended_at, unix_sec)) < 0)
		return r;
	*unix_sec -= zone;
	return 0;
}

int sm_aws_time_put(struct sm_buf *out, int64_t unix_sec)
{
	char z[64];
	struct tm tm;

	if (sm_os_clock_utc(unix_sec, &tm) < 0)
		return SM_ELIMIT;
	if (!strftime(z, sizeof(z), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return SM_ELIMIT;
	return sm_buf_puts(out, z);
}
