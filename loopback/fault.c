/*
 * The table of faults, their parsers, and the dice.
 *
 * One table names every setting; command line, JSON and report walk it, so
 * they cannot disagree. Nothing here touches a socket: the gateway asks.
 */
#include "common/def.h"
#include "loopback/fault.h"

#include <stddef.h>
#include <yyjson.h>

#include "common/mem.h"

/* What a value means; decides its limits and units. */
enum unit {
	UNIT_NUMBER, /* 1 of N, bytes, counts */
	UNIT_MS,
	UNIT_FLAG,
	UNIT_STATUS, /* HTTP error status */
	UNIT_CLOSE   /* RFC 6455 section 7.4 */
};

struct setting {
	const char *name;
	enum unit unit;
	size_t at;    /* offset in struct loop_fault */
	size_t twice; /* offset of the other direction, or 0 */
};

#define AT(member) offsetof(struct loop_fault, member)

/* clang-format off */
static const struct setting settings[] = {
#define ODDS(name, member, unit)                                         \
	{ name, unit, AT(odds[0].member), AT(odds[1].member) },          \
	{ "up-" name, unit, AT(odds[LOOP_UP].member), 0 },               \
	{ "down-" name, unit, AT(odds[LOOP_DOWN].member), 0 },
	ODDS("drop", drop, UNIT_NUMBER)
	ODDS("dup", dup, UNIT_NUMBER)
	ODDS("reorder", reorder, UNIT_NUMBER)
	ODDS("corrupt", corrupt, UNIT_NUMBER)
	ODDS("delay", delay_ms, UNIT_MS)
#undef ODDS
	{ "cut", UNIT_NUMBER, AT(cut), 0 },
	{ "cut-each", UNIT_NUMBER, AT(cut_each), 0 },
	{ "cut-every", UNIT_MS, AT(cut_every_ms), 0 },
	{ "cut-now", UNIT_FLAG, AT(cut_now), 0 },
	{ "close", UNIT_CLOSE, AT(close_code), 0 },
	{ "pause", UNIT_MS, AT(pause_ms), 0 },
	{ "ping", UNIT_MS, AT(ping_ms), 0 },
	{ "fragment", UNIT_NUMBER, AT(fragment), 0 },
	{ "text", UNIT_FLAG, AT(text), 0 },
	{ "refuse-upgrade", UNIT_STATUS, AT(refuse_upgrade), 0 },
	{ "refuse-upgrade-times", UNIT_NUMBER, AT(refuse_upgrade_times), 0 },
	{ "resume-error", UNIT_STATUS, AT(resume_error), 0 },
	{ "resume-error-times", UNIT_NUMBER, AT(resume_error_times), 0 },
	{ "kms-error", UNIT_STATUS, AT(kms_error), 0 },
	{ "no-token-on-resume", UNIT_FLAG, AT(no_token_on_resume), 0 },
	{ "stall-upgrade", UNIT_FLAG, AT(stall_upgrade), 0 },
	{ "stall", UNIT_FLAG, AT(stall), 0 },
};
/* clang-format on */

static uint32_t *field(struct loop_fault *f, size_t at)
{
	return (uint32_t *)(void *)((char *)f + at);
}

static const struct setting *find(struct sm_str name)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(settings); i++)
		if (sm_str_eqz(name, settings[i].name))
			return &settings[i];
	return NULL;
}

static bool allowed(enum unit unit, uint64_t value)
{
	switch (unit) {
	case UNIT_STATUS:
		return !value || (value >= 400 && value <= 599);
	case UNIT_CLOSE:
		return !value || (value >= 1000 && value <= 4999);
	case UNIT_FLAG:
		return value <= 1;
	default:
		return value <= UINT32_MAX;
	}
}

int loop_fault_set(struct loop_fault *f, struct sm_str name, uint64_t value,
		   struct sm_err *e)
{
	const struct setting *s = find(name);

	if (!s)
		return sm_err_set(e, SM_ENOTFOUND, "unknown fault '%.*s'",
				  SM_STR_ARG(name));
	if (!allowed(s->unit, value))
		return sm_err_set(e, SM_ELIMIT,
				  "fault '%s' cannot have the value %llu",
				  s->name, (unsigned long long)value);
	*field(f, s->at) = (uint32_t)value;
	if (s->twice)
		*field(f, s->twice) = (uint32_t)value;
	return 0;
}

/* A value as written: digits, or digits and "s" for a time. */
static int value_parse(const struct setting *s, struct sm_str text,
		       uint64_t *value)
{
	uint64_t scale = 1;
	int r;

	if (s->unit == UNIT_MS && sm_str_ends(text, "s")) {
		text = sm_str_sub(text, 0, text.len - 1);
		scale = 1000;
	}
	r = sm_str_u64(text, UINT32_MAX / scale, value);
	if (r < 0)
		return r;
	*value *= scale;
	return 0;
}

int loop_fault_parse(struct loop_fault *f, struct sm_str spec, struct sm_err *e)
{
	struct sm_str piece, name, text;
	const struct setting *s;
	uint64_t value;
	long eq;
	int r;

	while (sm_str_split(&spec, ',', &piece)) {
		eq = sm_str_chr(piece, '=', 0);
		name = eq < 0 ? piece : sm_str_sub(piece, 0, (size_t)eq);
		s = find(name);
		if (!s)
			return sm_err_set(e, SM_EUSAGE, "unknown fault '%.*s'",
					  SM_STR_ARG(name));
		value = 1;
		if (eq >= 0) {
			text = sm_str_sub(piece, (size_t)eq + 1, piece.len);
			if (value_parse(s, text, &value) < 0)
				return sm_err_set(
					e, SM_EUSAGE,
					"fault '%s' needs a number, not '%.*s'",
					s->name, SM_STR_ARG(text));
		}
		r = loop_fault_set(f, name, value, e);
		if (r < 0)
			return sm_err_wrap(e, SM_EUSAGE, "--fault");
	}
	return 0;
}

static int json_members(struct loop_fault *f, yyjson_val *root,
			struct sm_err *e)
{
	yyjson_val *key, *val;
	yyjson_obj_iter it;
	struct sm_str name;
	uint64_t value;
	int r;

	yyjson_obj_iter_init(root, &it);
	while ((key = yyjson_obj_iter_next(&it))) {
		name = sm_str_n(yyjson_get_str(key), yyjson_get_len(key));
		val = yyjson_obj_iter_get_val(key);
		if (sm_str_eqz(name, "reset"))
			continue;
		if (yyjson_is_bool(val))
			value = yyjson_get_bool(val);
		else if (yyjson_is_uint(val))
			value = yyjson_get_uint(val);
		else
			return sm_err_set(e, SM_EFORMAT,
					  "fault '%.*s' needs a number",
					  SM_STR_ARG(name));
		r = loop_fault_set(f, name, value, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int loop_fault_json(struct loop_fault *f, struct sm_str json, struct sm_err *e)
{
	struct loop_fault next = *f;
	yyjson_doc *doc = NULL;
	yyjson_val *root;
	int r;

	if (json.len)
		doc = yyjson_read(json.ptr, json.len, 0);
	root = yyjson_doc_get_root(doc);
	if (!yyjson_is_obj(root)) {
		r = sm_err_set(e, SM_EFORMAT, "faults are not a JSON object");
		goto out;
	}
	if (yyjson_get_bool(yyjson_obj_get(root, "reset")))
		memset(&next, 0, sizeof(next));
	r = json_members(&next, root, e);
	if (r < 0)
		goto out;
	*f = next;
out:
	yyjson_doc_free(doc);
	return r;
}

int loop_fault_put(struct sm_buf *out, const struct loop_fault *f)
{
	struct loop_fault copy = *f;
	const char *comma = "";
	size_t i;

	(void)sm_buf_puts(out, "{");
	for (i = 0; i < SM_ARRAY_LEN(settings); i++) {
		/* Names of both directions are only a way to set. */
		if (settings[i].twice)
			continue;
		(void)sm_buf_printf(out, "%s\"%s\":%u", comma, settings[i].name,
				    (unsigned)*field(&copy, settings[i].at));
		comma = ",";
	}
	return sm_buf_puts(out, "}");
}

uint32_t loop_fault_refuse(uint32_t *status, uint32_t *times)
{
	uint32_t now = *status;

	if (now && *times && !--*times)
		*status = 0;
	return now;
}

uint64_t loop_fault_roll(struct loop_fault_dice *d)
{
	uint64_t z;

	d->state += UINT64_C(0x9e3779b97f4a7c15);
	z = d->state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

bool loop_fault_hit(struct loop_fault_dice *d, uint32_t n)
{
	return n && loop_fault_roll(d) % n == 0;
}

/* Offsets of PROTOCOL.md section 4. */
#define DIGEST_AT 80u
#define DIGEST_LEN 32u
#define PAYLOAD_AT 120u

void loop_fault_corrupt(struct loop_fault_dice *d, char *message, size_t len)
{
	uint64_t roll = loop_fault_roll(d);
	size_t at;

	if (len <= PAYLOAD_AT)
		return;
	at = (size_t)((roll >> 8) % (DIGEST_LEN + len - PAYLOAD_AT));
	at += at < DIGEST_LEN ? DIGEST_AT : PAYLOAD_AT - DIGEST_LEN;
	message[at] = (char)(message[at] ^ (1 << (roll & 7)));
}
