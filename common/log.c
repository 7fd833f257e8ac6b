/*
 * Logging and redaction.
 *
 * Rule of redaction: when in doubt, hide. It looks at names, not at documents:
 * a name that ends like a credential's, then ':' or '=', makes what follows a
 * secret, be it in JSON (also quoted inside JSON), a query, a header or an
 * environment; a value that a cut left without its end is hidden to the end.
 * It does not know secrets without a name, except those of sm_log_hide.
 */
#include "common/def.h"
#include "common/log.h"

#include <stdarg.h>

#include "common/mem.h"
#include "common/os/clock.h"

#define HIDDEN "***"

/* A value shorter than this would hide ordinary words. */
#define SECRET_MIN 8

/*
 * Backslashes that may stand before a quote: five documents within each other
 * have 31. A bound keeps the work linear in the text.
 */
#define SLASHES_MAX 64

/* One message before redaction; more is cut. */
#define MESSAGE_MAX ((size_t)64 << 10)

/* A redacted and escaped message: at worst every byte becomes four. */
#define OUTPUT_MAX (MESSAGE_MAX * 5)

/* Ends of names, with '-', '_' and '.' left out, lower case. */
static const char *const name_ends[] = {
	"token",           "tokenvalue", "secret",     "secretkey",
	"secretaccesskey", "signature",  "password",   "passwd",
	"passphrase",      "credential", "privatekey", "apikey",
	"credentials",     "plaintext",
};

/* Words that sentences put before a colon: "no token: timed out". */
static const char *const prose[] = { "token", "signature", "credential",
				     "credentials", "plaintext" };

/* Headers whose value goes to the end of the line. */
static const char *const header_ends[] = { "authorization", "cookie" };

struct scan {
	struct sm_str text;
	size_t at; /* next byte to look at */
	struct sm_buf *out;
};

void sm_log_init(struct sm_log *log, enum sm_log_level min,
		 sm_log_write_fn *write, void *user)
{
	memset(log, 0, sizeof(*log));
	log->min = min;
	log->write = write;
	log->user = user;
}

static void forget(char *secret)
{
	sm_mem_wipe(secret, strlen(secret));
	sm_mem_free(secret);
}

void sm_log_release(struct sm_log *log)
{
	while (log->n_secrets)
		forget(log->secret[--log->n_secrets]);
	log->min = SM_LOG_OFF;
	log->write = NULL;
}

void sm_log_hide(struct sm_log *log, struct sm_str value)
{
	unsigned i;

	if (!log || value.len < SECRET_MIN ||
	    memchr(value.ptr, '\0', value.len))
		return;
	for (i = 0; i < log->n_secrets; i++) {
		if (sm_str_eqz(value, log->secret[i]))
			return;
	}
	if (log->n_secrets == SM_LOG_SECRETS) {
		forget(log->secret[0]);
		log->n_secrets--;
		memmove(log->secret, log->secret + 1,
			log->n_secrets * sizeof(log->secret[0]));
	}
	log->secret[log->n_secrets++] = sm_mem_dup(value);
}

/* --- hidden values ------------------------------------------------------- */

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* `digits` hexadecimal digits at `at` that make `want`? */
static bool is_hex_of(struct sm_str s, size_t at, size_t digits, char want)
{
	unsigned v = 0;
	size_t i;

	if (at > s.len || digits > s.len - at)
		return false;
	for (i = 0; i < digits; i++) {
		int d = nibble(s.ptr[at + i]);

		if (d < 0)
			return false;
		v = v << 4 | (unsigned)d;
	}
	return v == (unsigned char)want;
}

/*
 * Bytes of `s` at `at` that stand for `want`: itself, "%2F" of a URL, "\/" or
 * "\u002f" of JSON. 0 if none.
 */
static size_t escaped(struct sm_str s, size_t at, char want)
{
	size_t i = at;

	if (s.ptr[at] == '%' && is_hex_of(s, at + 1, 2, want))
		return 3;
	if (s.ptr[at] == want)
		return 1;
	if (s.ptr[at] != '\\')
		return 0;
	while (i < s.len && i - at < SLASHES_MAX && s.ptr[i] == '\\')
		i++;
	if (i < s.len && s.ptr[i] == want)
		return i + 1 - at;
	if (i < s.len && s.ptr[i] == 'u' && is_hex_of(s, i + 1, 4, want))
		return i + 5 - at;
	return 0;
}

/* Nothing at `at`, or the first half of an escape? */
static bool is_cut(struct sm_str s, size_t at)
{
	if (at == s.len)
		return true;
	return (s.ptr[at] == '%' && s.len - at < 3) ||
	       (s.ptr[at] == '\\' && s.len - at < 6);
}

/* Bytes of `s` at `at` for the byte `want`. */
typedef size_t unit_fn(struct sm_str s, size_t at, char want);

static size_t plain(struct sm_str s, size_t at, char want)
{
	return s.ptr[at] == want;
}

/*
 * Length of `secret` at `at`, 0 if it is not there. The text may end within
 * it: a cut message shows no half of a secret.
 */
static size_t spelled_by(unit_fn *unit, struct sm_str s, size_t at,
			 const char *secret)
{
	size_t i = at, n, k;

	for (k = 0; secret[k] && i < s.len; k++) {
		n = unit(s, i, secret[k]);
		if (!n)
			break;
		i += n;
	}
	if (!secret[k])
		return i - at;
	if (k >= SECRET_MIN / 2 && is_cut(s, i))
		return s.len - at;
	return 0;
}

/* As it is, or with escapes: a secret may look like an escape itself. */
static size_t spelled(struct sm_str s, size_t at, const char *secret)
{
	size_t n = spelled_by(plain, s, at, secret);

	return n ? n : spelled_by(escaped, s, at, secret);
}

/* At the start of the text: the rest of a secret whose begin was cut off. */
static size_t tail(struct sm_str s, const char *secret)
{
	size_t len = strlen(secret), from, n;

	for (from = 1; from + SECRET_MIN <= len; from++) {
		n = spelled(s, 0, secret + from);
		if (n >= SECRET_MIN)
			return n;
	}
	return 0;
}

static size_t hidden_at(const struct sm_log *log, struct sm_str s, size_t at)
{
	size_t best = 0, n;
	unsigned i;

	for (i = 0; i < log->n_secrets; i++) {
		n = spelled(s, at, log->secret[i]);
		if (!n && !at)
			n = tail(s, log->secret[i]);
		if (n > best)
			best = n;
	}
	return best;
}

static int hide_values(struct sm_buf *out, const struct sm_log *log,
		       struct sm_str text)
{
	size_t i = 0, n;
	int r = 0;

	while (i < text.len && r >= 0) {
		n = hidden_at(log, text, i);
		r = n ? sm_buf_puts(out, HIDDEN) :
			sm_buf_put(out, text.ptr + i, 1);
		i += n ? n : 1;
	}
	return r;
}

/* --- names and their values ---------------------------------------------- */

static bool is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || (unsigned char)c < 0x20;
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/*
 * The last letters and digits of a name, lower case, terminated, without what
 * joins words. No end in the lists is as long as this.
 */
#define NAME_END_MAX 24

static void name_end(char end[NAME_END_MAX], struct sm_str name)
{
	size_t i, n = 0;
	char c, t;

	for (i = name.len; i-- > 0 && n < NAME_END_MAX - 1;) {
		c = name.ptr[i];
		if (c == '_' || c == '-' || c == '.')
			continue;
		end[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	end[n] = '\0';
	for (i = 0; i < n / 2; i++) {
		t = end[i];
		end[i] = end[n - 1 - i];
		end[n - 1 - i] = t;
	}
}

static bool ends_like(const char *end, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (sm_str_ends(sm_str(end), list[i]))
			return true;
	}
	return false;
}

static bool is_prose(const char *end)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(prose); i++) {
		if (!strcmp(end, prose[i]))
			return true;
	}
	return false;
}

/* Backslashes at `at`, at most `max`. */
static size_t slashes(struct sm_str s, size_t at, size_t max)
{
	size_t n = 0;

	while (n < max && at + n < s.len && s.ptr[at + n] == '\\')
		n++;
	return n;
}

/*
 * A quote at `at`, perhaps behind backslashes; its length with them, or 0.
 */
static size_t quote_at(struct sm_str s, size_t at)
{
	size_t n = slashes(s, at, SLASHES_MAX);

	return at + n < s.len && is_quote(s.ptr[at + n]) ? n + 1 : 0;
}

/*
 * Where a quoted value ends: the offset of its closing quote (backslashes
 * included), or the end of the text. A quote opened behind k backslashes is
 * closed by one behind k more than a multiple of 2(k + 1); one behind fewer
 * ends the document around it.
 */
static size_t quoted_end(struct sm_str s, size_t at, char quote, size_t k)
{
	size_t n;

	while (at < s.len) {
		n = slashes(s, at, s.len);
		if (at + n < s.len && s.ptr[at + n] == quote &&
		    (n < k || n % (2 * (k + 1)) == k))
			return at + (n > k ? n - k : 0);
		at += n + 1;
	}
	return s.len;
}

/* The end of a JSON array or object that begins at `at`. */
static size_t nested_end(struct sm_str s, size_t at)
{
	size_t depth = 0, q;

	while (at < s.len) {
		char c = s.ptr[at];

		q = quote_at(s, at);
		if (q) {
			at = quoted_end(s, at + q, s.ptr[at + q - 1], q - 1);
			at += at < s.len ? quote_at(s, at) : 0;
			continue;
		}
		at++;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return at;
	}
	return s.len;
}

static size_t line_end(struct sm_str s, size_t at)
{
	while (at < s.len && s.ptr[at] != '\r' && s.ptr[at] != '\n')
		at++;
	return at;
}

/* A number or word of JSON. */
static size_t scalar_end(struct sm_str s, size_t at)
{
	while (at < s.len && !is_space(s.ptr[at]) && !strchr(",]}", s.ptr[at]))
		at++;
	return at;
}

/* A bare value: to white space, '&' of a query, or the quote around it. */
static size_t bare_end(struct sm_str s, size_t at)
{
	while (at < s.len && !is_space(s.ptr[at]) && s.ptr[at] != '&' &&
	       s.ptr[at] != '<' && s.ptr[at] != '>' && !quote_at(s, at))
		at++;
	return at;
}

/* What stands between a name and its value. */
struct joint {
	size_t value; /* offset; 0 if this is no name with a value */
	char quote;   /* closing the name: '"', '\'' or 0 */
	char sign;    /* ':' or '=' */
	bool spaced;  /* white space before the value */
};

/* A closing quote, blanks, ':' or '=' (or "%3D"), blanks. */
static struct joint joint_at(struct sm_str s, size_t at)
{
	struct joint j = { 0, 0, 0, false }, none = { 0, 0, 0, false };
	size_t q = quote_at(s, at);

	at += q;
	if (q)
		j.quote = s.ptr[at - 1];
	while (at < s.len && is_blank(s.ptr[at]))
		at++;
	if (at < s.len && (s.ptr[at] == ':' || s.ptr[at] == '=')) {
		j.sign = s.ptr[at++];
	} else if (at < s.len && s.ptr[at] == '%' &&
		   is_hex_of(s, at + 1, 2, '=')) {
		j.sign = '=';
		at += 3;
	} else {
		return none;
	}
	while (at < s.len &&
	       (is_blank(s.ptr[at]) || (j.quote && is_space(s.ptr[at])))) {
		j.spaced = true;
		at++;
	}
	if (at >= s.len)
		return none;
	j.value = at;
	return j;
}

/*
 * "no token: timed out" and "cannot open '/run/token': No such file" are
 * sentences; "token: \"x\"" and {'token': 'x'} are not. `first` begins what
 * follows.
 */
static bool is_sentence(struct sm_str name, struct joint j, char first)
{
	char word[NAME_END_MAX];
	long dot = sm_str_rchr(name, '.');

	name_end(word, sm_str_sub(name, (size_t)(dot + 1), name.len));
	if (j.sign != ':' || !j.spaced || !is_prose(word))
		return false;
	if (j.quote)
		return j.quote == '\'' && ((first >= 'A' && first <= 'Z') ||
					   (first >= 'a' && first <= 'z'));
	return first != '"' && first != '\\';
}

/* Copy up to `upto`, then "***" in place of what ends at `end`. */
static int replace(struct scan *c, size_t upto, size_t end)
{
	int r;

	r = sm_buf_put_str(c->out, sm_str_sub(c->text, c->at, upto - c->at));
	if (r >= 0 && end > upto)
		r = sm_buf_puts(c->out, HIDDEN);
	c->at = end;
	return r;
}

/* Where the value behind `j` ends; an opening quote is not part of it. */
static size_t value_end(struct sm_str s, struct joint *j, bool header)
{
	size_t q = quote_at(s, j->value), v = j->value;

	if (q) {
		j->value += q;
		return quoted_end(s, v + q, s.ptr[v + q - 1], q - 1);
	}
	if (header)
		return line_end(s, v);
	if (s.ptr[v] == '[' || s.ptr[v] == '{')
		return nested_end(s, v);
	return j->quote && j->sign == ':' ? scalar_end(s, v) : bare_end(s, v);
}

/* A name ends at `end`; hide its value if it has one that must be hidden. */
static int after_name(struct scan *c, struct sm_str name, size_t end)
{
	char word[NAME_END_MAX];
	struct joint j;
	bool header;
	size_t v_end;

	name_end(word, name);
	header = ends_like(word, header_ends, SM_ARRAY_LEN(header_ends));
	if (!header && !ends_like(word, name_ends, SM_ARRAY_LEN(name_ends)))
		return 0;
	j = joint_at(c->text, end);
	if (!j.value || is_sentence(name, j, c->text.ptr[j.value]))
		return 0;
	v_end = value_end(c->text, &j, header);
	return replace(c, j.value, v_end);
}

/* "://" at `at`: hide what stands before an '@' in the authority. */
static int after_scheme(struct scan *c, size_t at)
{
	size_t end = at + 3, v = end, user = 0;

	while (end < c->text.len && !strchr("/?#<>\"'\\", c->text.ptr[end]) &&
	       !is_space(c->text.ptr[end])) {
		if (c->text.ptr[end] == '@')
			user = end;
		end++;
	}
	return user ? replace(c, v, user) : 0;
}

static int hide_named(struct sm_buf *out, struct sm_str text)
{
	struct scan c = { text, 0, out };
	size_t i = 0, from;
	int r = 0;

	while (i < text.len && r >= 0) {
		from = i;
		while (i < text.len && is_name_char(text.ptr[i]))
			i++;
		if (i > from)
			r = after_name(&c, sm_str_sub(text, from, i - from), i);
		else if (sm_str_starts(sm_str_sub(text, i, 3), "://"))
			r = after_scheme(&c, i);
		if (i == from)
			i++;
		if (c.at > i)
			i = c.at;
	}
	if (r >= 0)
		r = replace(&c, text.len, text.len);
	return r;
}

int sm_log_redact(struct sm_buf *out, const struct sm_log *log,
		  struct sm_str text)
{
	struct sm_buf plain = SM_BUF_SECRET(SIZE_MAX / 4);
	int r;

	if (!log || !log->n_secrets)
		return hide_named(out, text);
	r = hide_values(&plain, log, text);
	if (r >= 0)
		r = hide_named(out, sm_buf_str(&plain));
	sm_buf_release(&plain);
	return r;
}

/* --- levels and records -------------------------------------------------- */

static const char *const level_names[] = {
	"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "OFF",
};

int sm_log_level_parse(enum sm_log_level *level, struct sm_str name)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(level_names); i++) {
		if (sm_str_eq_nocase(name, sm_str(level_names[i]))) {
			*level = (enum sm_log_level)i;
			return 0;
		}
	}
	return SM_EFORMAT;
}

const char *sm_log_level_name(enum sm_log_level level)
{
	size_t i = (size_t)level;

	return i < SM_ARRAY_LEN(level_names) ? level_names[i] : "UNKNOWN";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * One record is one line and cannot steer a terminal: control characters that
 * came from outside are written out.
 */
static int put_line(struct sm_buf *out, struct sm_str s)
{
	size_t i, from = 0;

	while (s.len && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
		s.len--;
	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] != '\n' && s.ptr[i] != '\r')
			continue;
		(void)sm_buf_put_visible(out, sm_str_sub(s, from, i - from),
					 "\t"); /* sticks, as the next */
		(void)sm_buf_puts(out, s.ptr[i] == '\n' ? "\\n" : "\\r");
		from = i + 1;
	}
	return sm_buf_put_visible(out, sm_str_sub(s, from, s.len), "\t");
}

/* Formats at most MESSAGE_MAX bytes. */
SM_PRINTF(2, 0)
static void format(struct sm_buf *out, const char *fmt, va_list ap)
{
	size_t size = MESSAGE_MAX;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		(void)sm_buf_puts(out, fmt); /* broken, but says where */
		return;
	}
	if ((size_t)n < size)
		size = (size_t)n;
	(void)sm_buf_reserve(out, size); /* at most its maximum */
	(void)vsnprintf(out->ptr, size + 1, fmt, ap);
	sm_buf_added(out, size);
}

/* Redact, make one line of it, hand it over. */
static void emit(struct sm_log *log, struct sm_log_record *rec,
		 struct sm_str text)
{
	struct sm_buf safe = SM_BUF_INIT(OUTPUT_MAX);
	struct sm_buf shown = SM_BUF_INIT(OUTPUT_MAX);

	(void)sm_log_redact(&safe, log, text);     /* cut is fine */
	(void)put_line(&shown, sm_buf_str(&safe)); /* cut is fine */
	rec->file = base_name(rec->file);
	rec->wall_ms = sm_os_clock_wall_ms();
	rec->msg = sm_buf_str(&shown);
	log->write(log->user, rec);
	sm_buf_release(&safe);
	sm_buf_release(&shown);
}

void sm_log_at(struct sm_log *log, enum sm_log_level level, const char *file,
	       int line, const char *func, const char *fmt, ...)
{
	struct sm_log_record rec = { level, file, func, line, 0, { NULL, 0 } };
	struct sm_buf text = SM_BUF_SECRET(MESSAGE_MAX);
	va_list ap;

	if (!log || !log->write || level >= SM_LOG_OFF)
		return;
	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	emit(log, &rec, sm_buf_str(&text));
	sm_buf_release(&text);
}

void sm_log_at_e(struct sm_log *log, const char *file, int line,
		 const char *func, const struct sm_err *e, const char *fmt, ...)
{
	struct sm_log_record rec = { SM_LOG_ERROR, file, func,
				     line,         0,    { NULL, 0 } };
	struct sm_buf text = SM_BUF_SECRET(MESSAGE_MAX + SM_ERR_MSG_MAX + 2);
	va_list ap;

	if (!log || !log->write)
		return;
	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	(void)sm_buf_printf(&text, ": %s", sm_err_msg(e)); /* fits */
	emit(log, &rec, sm_buf_str(&text));
	sm_buf_release(&text);
}
