/*
 * The release channel document. Three judgements, in this order: the
 * signature over the exact bytes, the form, the clock; then, by the caller
 * who remembers, the serial. docs/channel.md says why each is there.
 */
#include "common/def.h"
#include "common/channel.h"

#include "common/jtable.h"
#include "common/version.h"

#define FORMAT "session-manager-channel"
#define SCHEMA 1
#define TEXT_MAX 200
#define NOTES_MAX 20000
#define SERIAL_MAX ((uint64_t)1 << 53) /* whole in every JSON reader */
#define SIZE_MAX_BYTES ((uint64_t)1 << 32)

static const char *const states[] = { "current", "superseded", "deprecated",
				      "withdrawn" };

struct top {
	const char *format;
	uint64_t schema;
	const char *product;
	uint64_t serial;
	int64_t issued, expires;
	const char *minimum;
	yyjson_val *versions;
};

struct version_row {
	const char *version, *date, *state, *reason, *notes;
	yyjson_val *artifacts;
};

/* clang-format off */
#define AT(type, member) offsetof(struct type, member)
static const struct sm_jtable top_table[] = {
	{ "format", SM_JTABLE_TEXT, true, AT(top, format), TEXT_MAX },
	{ "schema", SM_JTABLE_NUMBER, true, AT(top, schema), 1000 },
	{ "product", SM_JTABLE_TEXT, true, AT(top, product), TEXT_MAX },
	{ "serial", SM_JTABLE_NUMBER, true, AT(top, serial), SERIAL_MAX },
	{ "issued", SM_JTABLE_TIME, true, AT(top, issued), 0 },
	{ "expires", SM_JTABLE_TIME, true, AT(top, expires), 0 },
	{ "minimum", SM_JTABLE_VERSION, true, AT(top, minimum), 63 },
	{ "versions", SM_JTABLE_ARRAY, true, AT(top, versions),
	  SM_CHANNEL_VERSIONS_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable version_table[] = {
	{ "version", SM_JTABLE_VERSION, true, AT(version_row, version), 63 },
	{ "date", SM_JTABLE_DATE, true, AT(version_row, date), TEXT_MAX },
	{ "state", SM_JTABLE_TEXT, true, AT(version_row, state), TEXT_MAX },
	{ "reason", SM_JTABLE_TEXT, false, AT(version_row, reason), 1000 },
	{ "notes", SM_JTABLE_NOTES, false, AT(version_row, notes), NOTES_MAX },
	{ "artifacts", SM_JTABLE_ARRAY, true, AT(version_row, artifacts),
	  SM_CHANNEL_ARTIFACTS_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
static const struct sm_jtable artifact_table[] = {
	{ "platform", SM_JTABLE_TEXT, true,
	  AT(sm_channel_artifact, platform), TEXT_MAX },
	{ "arch", SM_JTABLE_TEXT, true,
	  AT(sm_channel_artifact, arch), TEXT_MAX },
	{ "format", SM_JTABLE_TEXT, true,
	  AT(sm_channel_artifact, format), TEXT_MAX },
	{ "path", SM_JTABLE_PATH, true,
	  AT(sm_channel_artifact, path), 1000 },
	{ "size", SM_JTABLE_NUMBER, true,
	  AT(sm_channel_artifact, size), SIZE_MAX_BYTES },
	{ "sha256", SM_JTABLE_SHA256, true,
	  AT(sm_channel_artifact, sha256), TEXT_MAX },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};
/* clang-format on */

void sm_channel_release(struct sm_channel *c)
{
	sm_arena_release(&c->arena);
	memset(c, 0, sizeof(*c));
}

const char *sm_channel_state_name(enum sm_channel_state s)
{
	return states[s];
}

static bool one_of(const char *text, const char *const *words, size_t n)
{
	while (n--)
		if (!strcmp(text, words[n]))
			return true;
	return false;
}

static int check_words(const struct sm_channel_artifact *a, const char *where,
		       struct sm_err *e)
{
	static const char *const platforms[] = { "linux", "macos", "windows" };
	static const char *const archs[] = { "x86_64", "i386", "aarch64",
					     "universal" };
	static const char *const formats[] = {
		"deb", "rpm", "bundle", "pkg", "exe", "run", "zip", "binary"
	};

	if (!one_of(a->platform, platforms, SM_ARRAY_LEN(platforms)))
		return sm_err_set(e, SM_EFORMAT, "%s.platform: unknown word",
				  where);
	if (!one_of(a->arch, archs, SM_ARRAY_LEN(archs)))
		return sm_err_set(e, SM_EFORMAT, "%s.arch: unknown word",
				  where);
	if (!one_of(a->format, formats, SM_ARRAY_LEN(formats)))
		return sm_err_set(e, SM_EFORMAT, "%s.format: unknown word",
				  where);
	if (!a->size)
		return sm_err_set(e, SM_EFORMAT, "%s.size: is zero", where);
	return 0;
}

static int read_artifacts(struct sm_channel *c, struct sm_channel_version *v,
			  yyjson_val *list, const char *where, struct sm_err *e)
{
	struct sm_channel_artifact *a;
	char here[96];
	yyjson_val *one;
	size_t i, max;
	int r;

	v->artifact = sm_arena_alloc(&c->arena, yyjson_arr_size(list) + 1,
				     sizeof(*v->artifact));
	yyjson_arr_foreach(list, i, max, one)
	{
		a = &v->artifact[i];
		snprintf(here, sizeof(here), "%s.artifacts[%zu]", where, i);
		r = sm_jtable_read(one, artifact_table, a, &c->arena, here, e);
		if (r < 0 || (r = check_words(a, here, e)) < 0)
			return r;
		if (sm_channel_artifact(v, a->platform, a->arch, a->format))
			return sm_err_set(e, SM_EFORMAT,
					  "%s: the same artifact twice", here);
		v->n_artifacts++;
	}
	return 0;
}

static int read_state(struct sm_channel_version *v, const char *word,
		      const char *where, struct sm_err *e)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(states); i++)
		if (!strcmp(word, states[i]))
			break;
	if (i == SM_ARRAY_LEN(states))
		return sm_err_set(e, SM_EFORMAT, "%s.state: unknown word",
				  where);
	v->state = (enum sm_channel_state)i;
	if ((v->state >= SM_CHANNEL_DEPRECATED) != (v->reason[0] != '\0'))
		return sm_err_set(e, SM_EFORMAT,
				  "%s.reason: belongs to deprecated and "
				  "withdrawn versions, which need one",
				  where);
	return 0;
}

/* Newest first, each once, the current one before all that are superseded. */
static int check_order(const struct sm_channel *c, size_t i, const char *where,
		       struct sm_err *e)
{
	const struct sm_channel_version *v = &c->version[i];
	struct sm_version a, b;
	size_t k;

	if (i) {
		(void)sm_version_parse(&a, sm_str(v[-1].version)); /* checked */
		(void)sm_version_parse(&b, sm_str(v->version));    /* checked */
		if (sm_version_cmp(&a, &b) <= 0)
			return sm_err_set(e, SM_EFORMAT,
					  "%s.version: newest must be first",
					  where);
	}
	if (v->state != SM_CHANNEL_CURRENT)
		return 0;
	for (k = 0; k < i; k++)
		if (c->version[k].state < SM_CHANNEL_DEPRECATED)
			return sm_err_set(e, SM_EFORMAT,
					  "%s.state: a newer version is %s",
					  where, states[c->version[k].state]);
	return 0;
}

static int read_versions(struct sm_channel *c, yyjson_val *list,
			 struct sm_err *e)
{
	struct sm_channel_version *v;
	char where[32];
	yyjson_val *one;
	size_t i, max;
	int r;

	c->version = sm_arena_alloc(&c->arena, yyjson_arr_size(list) + 1,
				    sizeof(*c->version));
	yyjson_arr_foreach(list, i, max, one)
	{
		struct version_row row = { "", "", "", "", "", NULL };

		v = &c->version[i];
		snprintf(where, sizeof(where), "versions[%zu]", i);
		r = sm_jtable_read(one, version_table, &row, &c->arena, where,
				   e);
		if (r < 0)
			return r;
		v->version = row.version;
		v->date = row.date;
		v->reason = row.reason;
		v->notes = row.notes;
		if ((r = read_state(v, row.state, where, e)) < 0 ||
		    (r = check_order(c, i, where, e)) < 0 ||
		    (r = read_artifacts(c, v, row.artifacts, where, e)) < 0)
			return r;
		c->n_versions++;
	}
	return 0;
}

static int read_top(struct sm_channel *c, yyjson_val *root, struct sm_err *e)
{
	struct top t = { 0 };
	int r;

	r = sm_jtable_read(root, top_table, &t, &c->arena, "", e);
	if (r < 0)
		return r;
	if (strcmp(t.format, FORMAT) != 0)
		return sm_err_set(e, SM_EFORMAT, "format: not '%s'", FORMAT);
	if (t.schema != SCHEMA)
		return sm_err_set(e, SM_ENOTSUP,
				  "schema: %llu is not supported (update the "
				  "installer)",
				  (unsigned long long)t.schema);
	if (!t.serial)
		return sm_err_set(e, SM_EFORMAT, "serial: is zero");
	if (t.expires <= t.issued)
		return sm_err_set(e, SM_EFORMAT, "expires: not after issued");
	c->product = t.product;
	c->serial = t.serial;
	c->issued = t.issued;
	c->expires = t.expires;
	c->minimum = t.minimum;
	return read_versions(c, t.versions, e);
}

int sm_channel_parse(struct sm_channel *c, struct sm_str json, struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	struct sm_json j = SM_JSON_INIT;
	int r;

	memset(c, 0, sizeof(*c));
	if ((r = sm_json_parse(&j, json, SM_CHANNEL_MAX, "release channel",
			       e)) < 0)
		return r;
	if ((r = sm_digest_bytes(SM_DIGEST_SHA256, json, digest, e)) == 0) {
		sm_digest_hex(digest, sizeof(digest), c->sha256);
		r = read_top(c, j.root, e);
	}
	sm_json_release(&j);
	if (r < 0) {
		sm_channel_release(c);
		sm_err_wrap(e, r, "release channel");
	}
	return r;
}

int sm_channel_open(struct sm_channel *c, const struct sm_openpgp_ring *r,
		    struct sm_str json, struct sm_str sig, int64_t now,
		    struct sm_err *e)
{
	struct sm_openpgp_result res;
	int ret;

	memset(c, 0, sizeof(*c));
	if (json.len > SM_CHANNEL_MAX)
		return sm_err_set(e, SM_ELIMIT, "release channel is too large");
	ret = sm_openpgp_verify_bytes(r, json, sig, now, &res, e);
	if (ret < 0)
		return sm_err_wrap(e, ret, "release channel");
	if ((ret = sm_channel_parse(c, json, e)) < 0)
		return ret;
	c->signature = res;
	if (c->issued > now + SM_CHANNEL_SKEW_SEC)
		ret = sm_err_set(e, SM_EVERIFY,
				 "release channel was issued in the future (is "
				 "the clock right?)");
	else if (now > c->expires)
		ret = sm_err_set(e, SM_EVERIFY,
				 "release channel has expired: the source is "
				 "out of date");
	if (ret < 0)
		sm_channel_release(c);
	return ret;
}

int sm_channel_advance(const struct sm_channel *c, struct sm_channel_seen *seen,
		       struct sm_err *e)
{
	if (c->serial < seen->serial)
		return sm_err_set(e, SM_EVERIFY,
				  "release channel goes back: serial %llu "
				  "after %llu",
				  (unsigned long long)c->serial,
				  (unsigned long long)seen->serial);
	if (c->serial == seen->serial && strcmp(c->sha256, seen->sha256) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "release channel changed under serial %llu",
				  (unsigned long long)c->serial);
	seen->serial = c->serial;
	memcpy(seen->sha256, c->sha256, sizeof(seen->sha256));
	return 0;
}

const struct sm_channel_version *sm_channel_find(const struct sm_channel *c,
						 const char *version)
{
	struct sm_version want, have;
	size_t i;

	if (!strcmp(version, "latest")) {
		for (i = 0; i < c->n_versions; i++)
			if (c->version[i].state == SM_CHANNEL_CURRENT)
				return &c->version[i];
		return NULL;
	}
	if (sm_version_parse(&want, sm_str(version)) < 0)
		return NULL;
	for (i = 0; i < c->n_versions; i++)
		if (sm_version_parse(&have, sm_str(c->version[i].version)) ==
			    0 &&
		    sm_version_cmp(&want, &have) == 0)
			return &c->version[i];
	return NULL;
}

const struct sm_channel_artifact *sm_channel_artifact(
	const struct sm_channel_version *v, const char *platform,
	const char *arch, const char *format)
{
	const struct sm_channel_artifact *a;
	size_t i;

	for (i = 0; i < v->n_artifacts; i++) {
		a = &v->artifact[i];
		if (!strcmp(a->platform, platform) && !strcmp(a->arch, arch) &&
		    !strcmp(a->format, format))
			return a;
	}
	return NULL;
}

static void put_artifact(struct sm_jtable_writer *w,
			 const struct sm_channel_artifact *a)
{
	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "platform", a->platform);
	sm_jtable_put_text(w, "arch", a->arch);
	sm_jtable_put_text(w, "format", a->format);
	sm_jtable_put_text(w, "path", a->path);
	sm_jtable_put_number(w, "size", a->size);
	sm_jtable_put_text(w, "sha256", a->sha256);
	sm_jtable_close(w, '}');
}

static void put_version(struct sm_jtable_writer *w,
			const struct sm_channel_version *v)
{
	size_t i;

	sm_jtable_open(w, NULL, '{');
	sm_jtable_put_text(w, "version", v->version);
	sm_jtable_put_text(w, "date", v->date);
	sm_jtable_put_text(w, "state", states[v->state]);
	sm_jtable_put_text(w, "reason", v->reason);
	sm_jtable_put_text(w, "notes", v->notes);
	sm_jtable_open(w, "artifacts", '[');
	for (i = 0; i < v->n_artifacts; i++)
		put_artifact(w, &v->artifact[i]);
	sm_jtable_close(w, ']');
	sm_jtable_close(w, '}');
}

int sm_channel_put(const struct sm_channel *c, struct sm_buf *out,
		   struct sm_err *e)
{
	struct sm_jtable_writer w = { out, 0, true };
	struct sm_channel check;
	size_t i, from = out->len;
	int r;

	sm_jtable_open(&w, NULL, '{');
	sm_jtable_put_text(&w, "format", FORMAT);
	sm_jtable_put_number(&w, "schema", SCHEMA);
	sm_jtable_put_text(&w, "product", c->product);
	sm_jtable_put_number(&w, "serial", c->serial);
	sm_jtable_put_time(&w, "issued", c->issued);
	sm_jtable_put_time(&w, "expires", c->expires);
	sm_jtable_put_text(&w, "minimum", c->minimum);
	sm_jtable_open(&w, "versions", '[');
	for (i = 0; i < c->n_versions; i++)
		put_version(&w, &c->version[i]);
	sm_jtable_close(&w, ']');
	sm_jtable_close(&w, '}');
	if (out->err)
		return sm_err_set(e, out->err, "release channel is too large");
	r = sm_channel_parse(&check,
			     sm_str_sub(sm_buf_str(out), from, out->len), e);
	if (r == 0)
		sm_channel_release(&check);
	return r;
}
