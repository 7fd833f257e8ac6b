/*
 * Signature Version 4. The canonical request is made by one function for
 * signing and for checking, so that they cannot differ. Derived keys are
 * wiped; comparison of signatures takes the same time wherever they differ.
 */
#include "common/def.h"
#include "common/aws/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/aws/time.h"
#include "common/hex.h"
#include "common/mem.h"
#include "common/os/clock.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HASH_LEN 32
#define PAIRS_MAX 256 /* pieces of a query */
#define SCOPE_MAX 512

struct pair {
	struct sm_str name, value;
};

/* What a canonical request is made of; strings in the arena or borrowed. */
struct canon {
	struct sm_arena arena;
	struct pair header[SM_AWS_SIGV4_HEADERS]; /* sorted, lower case */
	size_t n_headers;
	struct pair query[PAIRS_MAX]; /* sorted, encoded */
	size_t n_query;
	struct sm_str date; /* 20240102T030405Z */
	struct sm_str scope;
};

static bool is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.~", c));
}

/* Percent-encode all but unreserved characters and `keep`. */
static void put_encoded(struct sm_buf *out, struct sm_str s, char keep)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char triple[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (is_unreserved(c) || (keep && c == (unsigned char)keep))
			(void)sm_buf_put_u8(out, c); /* errors stick */
		else
			(void)sm_buf_put(out, triple, sizeof(triple));
	}
}

int sm_aws_sigv4_encode(struct sm_buf *out, struct sm_str s)
{
	put_encoded(out, s, '\0');
	return out->err;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode a piece of a query; "%" without two digits stands for itself. */
static void put_decoded(struct sm_buf *out, struct sm_str s)
{
	size_t i;
	int hi, lo;

	for (i = 0; i < s.len; i++) {
		hi = lo = -1;
		if (s.ptr[i] == '%' && i + 2 < s.len) {
			hi = hex_value(s.ptr[i + 1]);
			lo = hex_value(s.ptr[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			(void)sm_buf_put_u8(out, (uint8_t)(hi << 4 | lo));
			i += 2;
		} else {
			(void)sm_buf_put_u8(
				out, s.ptr[i] == '+' ? ' ' : (uint8_t)s.ptr[i]);
		}
	}
}

static struct sm_str recode(struct canon *c, struct sm_str s)
{
	struct sm_buf plain = SM_BUF_INIT(SM_AWS_SIGV4_MAX);
	struct sm_buf out = SM_BUF_INIT(3 * SM_AWS_SIGV4_MAX);
	struct sm_str r;

	put_decoded(&plain, s); /* not longer than the target was */
	put_encoded(&out, sm_buf_str(&plain), '\0');
	r = sm_arena_str(&c->arena, sm_buf_str(&out));
	sm_buf_release(&plain);
	sm_buf_release(&out);
	return r;
}

static int cmp_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int r = sm_str_cmp(x->name, y->name);

	return r ? r : sm_str_cmp(x->value, y->value);
}

static int take_query(struct canon *c, struct sm_str query, struct sm_err *e)
{
	struct sm_str piece;
	long at;

	while (sm_str_split(&query, '&', &piece)) {
		struct pair *p = &c->query[c->n_query];

		if (!piece.len)
			continue;
		if (c->n_query == PAIRS_MAX)
			return sm_err_set(
				e, SM_ELIMIT,
				"cannot sign: more than %d query parameters",
				PAIRS_MAX);
		at = sm_str_chr(piece, '=', 0);
		if (at < 0)
			at = (long)piece.len;
		p->name = recode(c, sm_str_sub(piece, 0, (size_t)at));
		p->value =
			recode(c, sm_str_sub(piece, (size_t)at + 1, piece.len));
		c->n_query++;
	}
	qsort(c->query, c->n_query, sizeof(c->query[0]), cmp_pair);
	return 0;
}

static struct sm_str lower(struct canon *c, struct sm_str s)
{
	char *z = sm_arena_dup(&c->arena, s);
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] - 'A' + 'a');
	}
	return sm_str_n(z, s.len);
}

/* Trimmed, and runs of spaces as one; what is so already is not copied. */
static struct sm_str squeeze(struct canon *c, struct sm_str s)
{
	char *z;
	size_t i, n = 0;

	s = sm_str_trim(s);
	if (sm_str_find(s, sm_str("  ")) < 0)
		return s;
	z = sm_arena_dup(&c->arena, s);
	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] != ' ' || (n && z[n - 1] != ' '))
			z[n++] = s.ptr[i];
	}
	return sm_str_n(z, n);
}

/* Values of a repeated header are joined with a comma, in their order. */
static int take_header(struct canon *c, struct sm_str name, struct sm_str value,
		       struct sm_err *e)
{
	struct sm_str key = lower(c, name), v = squeeze(c, value), old;
	size_t i;
	char *z;

	for (i = 0; i < c->n_headers; i++) {
		if (!sm_str_eq(c->header[i].name, key))
			continue;
		old = c->header[i].value;
		z = sm_arena_alloc(&c->arena, old.len + v.len + 2, 1);
		(void)snprintf(z, old.len + v.len + 2, "%.*s,%.*s",
			       SM_STR_ARG(old), SM_STR_ARG(v));
		c->header[i].value = sm_str_n(z, old.len + v.len + 1);
		return 0;
	}
	if (c->n_headers == SM_AWS_SIGV4_HEADERS)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot sign: more than %d headers",
				  SM_AWS_SIGV4_HEADERS);
	c->header[c->n_headers].name = key;
	c->header[c->n_headers++].value = v;
	return 0;
}

static void put_hash(struct sm_buf *out, struct sm_str s)
{
	unsigned char md[HASH_LEN];

	if (!EVP_Digest(s.len ? s.ptr : "", s.len, md, NULL, EVP_sha256(),
			NULL))
		sm_mem_exhausted(); /* SHA-256 fails for nothing else */
	(void)sm_hex_put(out, md, sizeof(md));
}

static void put_signed_names(struct sm_buf *out, const struct canon *c)
{
	size_t i;

	for (i = 0; i < c->n_headers; i++) {
		if (i)
			(void)sm_buf_put_u8(out, ';');
		(void)sm_buf_put_str(out, c->header[i].name);
	}
}

/* Sorts the headers, too. Errors stick in `out`. */
static void put_canonical(struct sm_buf *out, struct canon *c,
			  const struct sm_aws_sigv4_request *q)
{
	long mark = sm_str_chr(q->target, '?', 0);
	struct sm_str path = q->target;
	size_t i;

	if (mark >= 0)
		path = sm_str_sub(path, 0, (size_t)mark);
	qsort(c->header, c->n_headers, sizeof(c->header[0]), cmp_pair);
	(void)sm_buf_put_str(out, q->method);
	(void)sm_buf_put_u8(out, '\n');
	put_encoded(out, path.len ? path : sm_str("/"), '/');
	(void)sm_buf_put_u8(out, '\n');
	for (i = 0; i < c->n_query; i++) {
		(void)sm_buf_printf(out, "%s%.*s=%.*s", i ? "&" : "",
				    SM_STR_ARG(c->query[i].name),
				    SM_STR_ARG(c->query[i].value));
	}
	(void)sm_buf_put_u8(out, '\n');
	for (i = 0; i < c->n_headers; i++) {
		(void)sm_buf_put_str(out, c->header[i].name);
		(void)sm_buf_put_u8(out, ':');
		(void)sm_buf_put_str(out, c->header[i].value);
		(void)sm_buf_put_u8(out, '\n');
	}
	(void)sm_buf_put_u8(out, '\n');
	put_signed_names(out, c);
	(void)sm_buf_put_u8(out, '\n');
	put_hash(out, q->body);
}

static void hmac(unsigned char out[HASH_LEN], struct sm_str key,
		 struct sm_str text)
{
	if (!HMAC(EVP_sha256(), key.ptr, (int)key.len,
		  (const unsigned char *)(text.len ? text.ptr : ""), text.len,
		  out, NULL))
		sm_mem_exhausted();
}

/* The chain of keys from the secret to the request, and its signature. */
static int put_signature(struct sm_buf *out, const struct sm_aws_sigv4_key *k,
			 struct sm_str day, struct sm_str text)
{
	const struct sm_str step[] = { day, k->region, k->service,
				       sm_str("aws4_request"), text };
	struct sm_buf first = SM_BUF_SECRET(SM_BUF_SMALL);
	unsigned char key[2][HASH_LEN];
	struct sm_str from;
	size_t i;
	int r;

	(void)sm_buf_puts(&first, "AWS4");
	if ((r = sm_buf_put_str(&first, k->secret_key)) < 0)
		goto out;
	from = sm_buf_str(&first);
	for (i = 0; i < SM_ARRAY_LEN(step); i++) {
		hmac(key[i % 2], from, step[i]);
		from = sm_str_n(key[i % 2], HASH_LEN);
	}
	r = sm_hex_put(out, from.ptr, from.len);
	sm_mem_wipe(key, sizeof(key));
out:
	sm_buf_release(&first);
	return r;
}

/*
 * From the canonical request to the signature; `hash` receives the canonical
 * request's own digest.
 */
static int compute(struct canon *c, const struct sm_aws_sigv4_key *k,
		   const struct sm_aws_sigv4_request *q, struct sm_buf *hash,
		   struct sm_buf *signature, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(SM_AWS_SIGV4_MAX); /* token */
	struct sm_buf to_sign = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	put_canonical(&text, c, q);
	if ((r = text.err) < 0)
		goto out;
	put_hash(hash, sm_buf_str(&text));
	(void)sm_buf_printf(&to_sign, ALGORITHM "\n%.*s\n%.*s\n%s",
			    SM_STR_ARG(c->date), SM_STR_ARG(c->scope),
			    sm_buf_z(hash));
	if ((r = to_sign.err) < 0)
		goto out;
	r = put_signature(signature, k, sm_str_sub(c->date, 0, 8),
			  sm_buf_str(&to_sign));
out:
	if (r < 0)
		(void)sm_err_set(e, r, "cannot sign: the request is too long");
	sm_buf_release(&text);
	sm_buf_release(&to_sign);
	return r;
}

static int take_target(struct canon *c, const struct sm_aws_sigv4_request *q,
		       struct sm_err *e)
{
	long mark = sm_str_chr(q->target, '?', 0);

	/* so that an encoded piece, three times as long, still fits */
	if (q->target.len > SM_AWS_SIGV4_MAX / 4)
		return sm_err_set(e, SM_ELIMIT, "cannot sign: URL too long");
	if (mark < 0)
		return 0;
	return take_query(
		c, sm_str_sub(q->target, (size_t)mark + 1, q->target.len), e);
}

static void set_scope(struct canon *c, struct sm_str day, struct sm_str region,
		      struct sm_str service)
{
	char z[SCOPE_MAX];

	(void)snprintf(z, sizeof(z), "%.*s/%.*s/%.*s/aws4_request",
		       SM_STR_ARG(day), SM_STR_ARG(region),
		       SM_STR_ARG(service));
	c->scope = sm_arena_str(&c->arena, sm_str(z));
}

void sm_aws_sigv4_result_init(struct sm_aws_sigv4_result *s)
{
	memset(s, 0, sizeof(*s));
	sm_buf_init(&s->authorization, SM_BUF_SMALL);
}

void sm_aws_sigv4_result_release(struct sm_aws_sigv4_result *s)
{
	sm_buf_release(&s->authorization);
}

static int check_key(const struct sm_aws_sigv4_key *k, struct sm_err *e)
{
	if (!k->access_key.len || !k->secret_key.len)
		return sm_err_set(e, SM_EUSAGE, "cannot sign without keys");
	if (!k->region.len || !k->service.len)
		return sm_err_set(e, SM_EUSAGE,
				  "cannot sign without region and service");
	if (k->region.len + k->service.len > SCOPE_MAX - 64)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot sign: region or service too long");
	return 0;
}

static int set_date(struct sm_aws_sigv4_result *out, int64_t unix_sec,
		    struct sm_err *e)
{
	struct tm tm;

	if (sm_os_clock_utc(unix_sec, &tm) < 0 || tm.tm_year < 0 ||
	    tm.tm_year > 8099)
		return sm_err_set(e, SM_EUSAGE, "cannot sign at this time");
	(void)strftime(out->date, sizeof(out->date), "%Y%m%dT%H%M%SZ", &tm);
	return 0;
}

static int take_all(struct canon *c, const struct sm_aws_sigv4_key *k,
		    const struct sm_aws_sigv4_request *q, struct sm_err *e)
{
	size_t i;
	int r;

	if ((r = take_target(c, q, e)) < 0 ||
	    (r = take_header(c, sm_str("host"), q->host, e)) < 0 ||
	    (r = take_header(c, sm_str("x-amz-date"), c->date, e)) < 0)
		return r;
	if (k->token.len && (r = take_header(c, sm_str("x-amz-security-token"),
					     k->token, e)) < 0)
		return r;
	for (i = 0; i < q->n_headers; i++) {
		r = take_header(c, q->headers[i].name, q->headers[i].value, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int sm_aws_sigv4_sign(const struct sm_aws_sigv4_key *k,
		      const struct sm_aws_sigv4_request *q, int64_t unix_sec,
		      struct sm_aws_sigv4_result *out, struct sm_err *e)
{
	struct canon *c = sm_mem_zalloc(1, sizeof(*c));
	struct sm_buf hash = SM_BUF_INIT(64), sign = SM_BUF_INIT(64);
	int r;

	sm_buf_clear(&out->authorization);
	if ((r = check_key(k, e)) < 0 || (r = set_date(out, unix_sec, e)) < 0)
		goto out;
	c->date = sm_str(out->date);
	set_scope(c, sm_str_sub(c->date, 0, 8), k->region, k->service);
	if ((r = take_all(c, k, q, e)) < 0 ||
	    (r = compute(c, k, q, &hash, &sign, e)) < 0)
		goto out;
	memcpy(out->request, sm_buf_z(&hash), sizeof(out->request));
	memcpy(out->signature, sm_buf_z(&sign), sizeof(out->signature));
	(void)sm_buf_printf(&out->authorization,
			    ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=",
			    SM_STR_ARG(k->access_key), SM_STR_ARG(c->scope));
	put_signed_names(&out->authorization, c);
	r = sm_buf_printf(&out->authorization, ", Signature=%s",
			  out->signature);
	if (r < 0)
		(void)sm_err_set(e, r, "cannot sign: header too long");
out:
	sm_arena_release(&c->arena);
	sm_mem_free(c);
	sm_buf_release(&hash);
	sm_buf_release(&sign);
	return r;
}

int sm_aws_sigv4_split(struct sm_str url, struct sm_str *host,
		       struct sm_str *target, struct sm_err *e)
{
	static const struct {
		const char *scheme, *port;
	} known[] = { { "https", ":443" },
		      { "http", ":80" },
		      { "wss", ":443" },
		      { "ws", ":80" } };
	long at = sm_str_find(url, sm_str("://"));
	struct sm_str rest;
	size_t i, n = 0;

	for (i = 0; at >= 0 && i < SM_ARRAY_LEN(known); i++) {
		if (sm_str_eq_nocase(sm_str_sub(url, 0, (size_t)at),
				     sm_str(known[i].scheme)))
			break;
	}
	if (at < 0 || i == SM_ARRAY_LEN(known))
		return sm_err_set(e, SM_EUSAGE,
				  "cannot sign a URL of this scheme");
	rest = sm_str_sub(url, (size_t)at + 3, url.len);
	while (n < rest.len && !strchr("/?#", rest.ptr[n]))
		n++;
	*host = sm_str_sub(rest, 0, n);
	*target = sm_str_sub(rest, n, rest.len);
	at = sm_str_chr(*target, '#', 0);
	if (at >= 0)
		target->len = (size_t)at;
	if (!target->len)
		*target = sm_str("/");
	if (!host->len || sm_str_chr(*host, '@', 0) >= 0)
		return sm_err_set(
			e, SM_EUSAGE,
			"cannot sign a URL without host or with user-info");
	if (sm_str_ends(*host, known[i].port))
		host->len -= strlen(known[i].port);
	return 0;
}

bool sm_aws_sigv4_presigned(struct sm_str target)
{
	static const char *const names[] = {
		"X-Amz-Algorithm",      "X-Amz-Credential",
		"X-Amz-Date",           "X-Amz-Expires",
		"X-Amz-Signature",      "X-Amz-SignedHeaders",
		"X-Amz-Security-Token",
	};
	long at = sm_str_chr(target, '?', 0);
	struct sm_str rest, piece;
	size_t i;

	if (at < 0)
		return false;
	rest = sm_str_sub(target, (size_t)at + 1, target.len);
	while (sm_str_split(&rest, '&', &piece)) {
		at = sm_str_chr(piece, '=', 0);
		if (at >= 0)
			piece.len = (size_t)at;
		for (i = 0; i < SM_ARRAY_LEN(names); i++) {
			if (sm_str_eqz(piece, names[i]))
				return true;
		}
	}
	return false;
}

/* "a/b/c": the piece up to '/', or the rest. */
static struct sm_str next_part(struct sm_str *s)
{
	struct sm_str piece = { NULL, 0 };

	(void)sm_str_split(s, '/', &piece); /* nothing left: empty */
	return piece;
}

/* Names are lower case in the header, as in the canonical request. */
static bool has_upper(struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
			return true;
	}
	return false;
}

int sm_aws_sigv4_parse(struct sm_str authorization,
		       struct sm_aws_sigv4_auth *out, struct sm_err *e)
{
	struct sm_str rest, piece, scope = { NULL, 0 };

	memset(out, 0, sizeof(*out));
	if (!sm_str_starts(authorization, ALGORITHM " "))
		return sm_err_set(e, SM_EFORMAT, "not a signature version 4");
	rest = sm_str_sub(authorization, sizeof(ALGORITHM), authorization.len);
	while (sm_str_split(&rest, ',', &piece)) {
		piece = sm_str_trim(piece);
		if (sm_str_starts(piece, "Credential="))
			scope = sm_str_sub(piece, 11, piece.len);
		else if (sm_str_starts(piece, "SignedHeaders="))
			out->signed_headers = sm_str_sub(piece, 14, piece.len);
		else if (sm_str_starts(piece, "Signature="))
			out->signature = sm_str_sub(piece, 10, piece.len);
	}
	out->access_key = next_part(&scope);
	out->date = next_part(&scope);
	out->region = next_part(&scope);
	out->service = next_part(&scope);
	if (!out->access_key.len || out->date.len != 8 || !out->region.len ||
	    !out->service.len || !sm_str_eqz(scope, "aws4_request") ||
	    !out->signed_headers.len || has_upper(out->signed_headers) ||
	    out->signature.len != 64)
		return sm_err_set(e, SM_EFORMAT,
				  "Authorization header is not complete");
	return 0;
}

/* The header received under this name; empty if it is not there. */
static struct sm_str received(const struct sm_aws_sigv4_request *q,
			      struct sm_str name)
{
	size_t i;

	for (i = 0; i < q->n_headers; i++) {
		if (sm_str_eq_nocase(q->headers[i].name, name))
			return q->headers[i].value;
	}
	return sm_str_n(NULL, 0);
}

static bool is_signed(struct sm_str list, struct sm_str name)
{
	struct sm_str piece;

	while (sm_str_split(&list, ';', &piece)) {
		if (sm_str_eq_nocase(piece, name))
			return true;
	}
	return false;
}

/* Everything that names the caller or the time must be signed. */
static int check_signed(const struct sm_aws_sigv4_auth *a,
			const struct sm_aws_sigv4_request *q, struct sm_err *e)
{
	struct sm_str name;
	size_t i;

	if (!is_signed(a->signed_headers, sm_str("host")))
		return sm_err_set(e, SM_EAUTH, "header 'host' is not signed");
	for (i = 0; i < q->n_headers; i++) {
		name = q->headers[i].name;
		if (!sm_str_eq_nocase(sm_str_sub(name, 0, 6), sm_str("x-amz-")))
			continue;
		if (!is_signed(a->signed_headers, name))
			return sm_err_set(e, SM_EAUTH,
					  "header '%.*s' is not signed",
					  SM_STR_ARG(name));
	}
	return 0;
}

static int check_scope(const struct sm_aws_sigv4_key *k,
		       const struct sm_aws_sigv4_auth *a,
		       const struct sm_aws_sigv4_request *q, struct sm_err *e)
{
	struct sm_str token =
		sm_str_trim(received(q, sm_str("x-amz-security-token")));

	if (!sm_str_eq(a->access_key, k->access_key))
		return sm_err_set(e, SM_EAUTH, "access key is not known");
	if (token.len != k->token.len ||
	    (token.len && CRYPTO_memcmp(token.ptr, k->token.ptr, token.len)))
		return sm_err_set(e, SM_EAUTH, "session token is not valid");
	if (k->region.len && !sm_str_eq(a->region, k->region))
		return sm_err_set(e, SM_EAUTH,
				  "signed for region '%.*s', not '%.*s'",
				  SM_STR_ARG(a->region), SM_STR_ARG(k->region));
	if (k->service.len && !sm_str_eq(a->service, k->service))
		return sm_err_set(e, SM_EAUTH,
				  "signed for service '%.*s', not '%.*s'",
				  SM_STR_ARG(a->service),
				  SM_STR_ARG(k->service));
	return 0;
}

static int check_date(struct sm_str date, const struct sm_aws_sigv4_auth *a,
		      int64_t now_sec, int64_t skew_sec, struct sm_err *e)
{
	int64_t t;

	if (sm_aws_time_basic(date, &t) < 0)
		return sm_err_set(e, SM_EFORMAT, "X-Amz-Date is not a date");
	if (!sm_str_eq(sm_str_sub(date, 0, 8), a->date))
		return sm_err_set(e, SM_EAUTH,
				  "date and credential scope differ");
	if (skew_sec >= 0 && (t - now_sec > skew_sec || now_sec - t > skew_sec))
		return sm_err_set(e, SM_ETIMEOUT,
				  "signature is expired or not yet valid");
	return 0;
}

static int take_signed(struct canon *c, struct sm_str list,
		       const struct sm_aws_sigv4_request *q, struct sm_err *e)
{
	struct sm_str name;
	size_t i;
	int r;

	while (sm_str_split(&list, ';', &name)) {
		bool host = sm_str_eqz(name, "host");

		r = host ? take_header(c, name, q->host, e) : 0;
		for (i = 0; r >= 0 && !host && i < q->n_headers; i++) {
			if (sm_str_eq_nocase(q->headers[i].name, name))
				r = take_header(c, name, q->headers[i].value,
						e);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int sm_aws_sigv4_verify(const struct sm_aws_sigv4_key *k,
			const struct sm_aws_sigv4_request *q, int64_t now_sec,
			int64_t skew_sec, struct sm_err *e)
{
	struct sm_str header = received(q, sm_str("authorization"));
	struct canon *c = sm_mem_zalloc(1, sizeof(*c));
	struct sm_buf hash = SM_BUF_INIT(64), sign = SM_BUF_INIT(64);
	struct sm_aws_sigv4_key scoped = *k;
	struct sm_aws_sigv4_auth a;
	int r;

	if (!header.len) {
		r = sm_err_set(e, SM_EAUTH, "request is not signed");
		goto out;
	}
	c->date = sm_str_trim(received(q, sm_str("x-amz-date")));
	if ((r = sm_aws_sigv4_parse(header, &a, e)) < 0 ||
	    (r = check_scope(k, &a, q, e)) < 0 ||
	    (r = check_signed(&a, q, e)) < 0 ||
	    (r = check_date(c->date, &a, now_sec, skew_sec, e)) < 0)
		goto out;
	scoped.region = a.region;
	scoped.service = a.service;
	if ((r = check_key(&scoped, e)) < 0)
		goto out;
	set_scope(c, a.date, a.region, a.service);
	if ((r = take_target(c, q, e)) < 0 ||
	    (r = take_signed(c, a.signed_headers, q, e)) < 0 ||
	    (r = compute(c, &scoped, q, &hash, &sign, e)) < 0)
		goto out;
	if (CRYPTO_memcmp(sm_buf_z(&sign), a.signature.ptr, 64))
		r = sm_err_set(e, SM_EVERIFY, "signature does not match");
out:
	sm_arena_release(&c->arena);
	sm_mem_free(c);
	sm_buf_release(&hash);
	sm_buf_release(&sign);
	return r;
}
