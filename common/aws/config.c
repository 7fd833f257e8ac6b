/*
 * Reader of ~/.aws/config and ~/.aws/credentials. Sections and members are
 * lists with the newest first and are searched from there, so that a later
 * section, and the credentials file, win without anything being replaced.
 * Nothing is written, no variable is interpreted in values.
 */
#include "common/def.h"
#include "common/aws/config.h"

#include "common/fs.h"
#include "common/os/env.h"

struct member {
	struct member *next;
	struct sm_str key, value;
};

struct sm_aws_config_section {
	struct sm_aws_config_section *next;
	enum sm_aws_config_kind kind;
	struct sm_str name;
	struct member *members;
};

/* Where the reader is in one file. */
struct reader {
	struct sm_aws_config *c;
	struct sm_aws_config_section *section; /* NULL before the first */
	bool credentials;
	struct sm_str key; /* of the last member; empty: none */
	size_t indent;     /* of its line */
	bool nests;        /* it has no value of its own */
};

void sm_aws_config_release(struct sm_aws_config *c)
{
	sm_arena_release(&c->arena);
	c->sections = NULL;
	c->n_members = 0;
}

static int count(struct sm_aws_config *c, struct sm_err *e)
{
	if (c->n_members == SM_AWS_CONFIG_MEMBERS)
		return sm_err_set(e, SM_ELIMIT,
				  "more than %d lines with settings",
				  SM_AWS_CONFIG_MEMBERS);
	c->n_members++;
	return 0;
}

static struct sm_str unquote(struct sm_str s)
{
	s = sm_str_trim(s);
	if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') &&
	    s.ptr[s.len - 1] == s.ptr[0])
		return sm_str_sub(s, 1, s.len - 2);
	return s;
}

/* "word NAME": true and the name behind it. */
static bool has_word(struct sm_str s, const char *word, struct sm_str *name)
{
	size_t n = strlen(word);

	if (!sm_str_starts(s, word) || s.len <= n ||
	    (s.ptr[n] != ' ' && s.ptr[n] != '\t'))
		return false;
	*name = unquote(sm_str_sub(s, n, s.len));
	return true;
}

static int take_section(struct reader *p, struct sm_str line, struct sm_err *e)
{
	struct sm_aws_config_section *s;
	struct sm_str name;
	long end = sm_str_chr(line, ']', 0);
	int r;

	p->section = NULL;
	p->key = sm_str_n(NULL, 0);
	if (end < 0)
		return 0;
	if ((r = count(p->c, e)) < 0)
		return r;
	line = sm_str_trim(sm_str_sub(line, 1, (size_t)end - 1));
	s = sm_arena_alloc(&p->c->arena, 1, sizeof(*s));
	s->kind = SM_AWS_CONFIG_PROFILE;
	name = line;
	if (p->credentials)
		name = unquote(line);
	else if (has_word(line, "sso-session", &name))
		s->kind = SM_AWS_CONFIG_SSO_SESSION;
	else if (has_word(line, "services", &name))
		s->kind = SM_AWS_CONFIG_SERVICES;
	else if (!has_word(line, "profile", &name))
		name = unquote(line); /* "[default]", and what is lenient */
	s->name = sm_arena_str(&p->c->arena, name);
	s->next = p->c->sections;
	p->c->sections = s;
	p->section = s;
	return 0;
}

static int add(struct reader *p, struct sm_str key, struct sm_str value,
	       struct sm_err *e)
{
	struct member *m;
	char *z;
	size_t i;
	int r;

	if ((r = count(p->c, e)) < 0)
		return r;
	m = sm_arena_alloc(&p->c->arena, 1, sizeof(*m));
	z = sm_arena_dup(&p->c->arena, key);
	for (i = 0; i < key.len; i++) {
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] - 'A' + 'a');
	}
	m->key = sm_str_n(z, key.len);
	m->value = sm_arena_str(&p->c->arena, value);
	m->next = p->section->members;
	p->section->members = m;
	return 0;
}

/* Without a comment that has white space before it. */
static struct sm_str strip_comment(struct sm_str s)
{
	size_t i;

	for (i = 1; i < s.len; i++) {
		if ((s.ptr[i] == '#' || s.ptr[i] == ';') &&
		    (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '\t'))
			return sm_str_trim(sm_str_sub(s, 0, i));
	}
	return sm_str_trim(s);
}

static int take_nested(struct reader *p, struct sm_str key, struct sm_str value,
		       struct sm_err *e)
{
	struct sm_buf full = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	(void)sm_buf_put_str(&full, p->key);
	(void)sm_buf_put_u8(&full, '.');
	(void)sm_buf_put_str(&full, key);
	/* no real key is too long: such a line is skipped */
	r = full.err ? 0 : add(p, sm_buf_str(&full), value, e);
	sm_buf_release(&full);
	return r;
}

static int take_member(struct reader *p, struct sm_str line, size_t indent,
		       struct sm_err *e)
{
	long at = sm_str_chr(line, '=', 0);
	struct sm_str key, value;

	if (!p->section)
		return 0;
	/* further in than the key above: its members, or more of its value */
	if (p->key.len && indent > p->indent && !p->nests)
		return 0;
	if (at <= 0)
		return 0;
	key = sm_str_trim(sm_str_sub(line, 0, (size_t)at));
	value = sm_str_sub(line, (size_t)at, line.len); /* with the '=' */
	value = sm_str_trim(sm_str_sub(strip_comment(value), 1, value.len));
	if (p->key.len && indent > p->indent)
		return take_nested(p, key, value, e);
	p->key = key;
	p->indent = indent;
	p->nests = !value.len;
	return add(p, key, value, e);
}

int sm_aws_config_parse(struct sm_aws_config *c, struct sm_str text,
			bool credentials, struct sm_err *e)
{
	struct reader p = { .c = c, .credentials = credentials };
	struct sm_str line, bare;
	size_t indent;
	int r;

	if (text.len > SM_AWS_CONFIG_FILE_MAX)
		return sm_err_set(e, SM_ELIMIT, "more than %zu bytes",
				  SM_AWS_CONFIG_FILE_MAX);
	if (sm_str_starts(text, "\xef\xbb\xbf")) /* a byte order mark */
		text = sm_str_sub(text, 3, text.len);
	while (sm_str_split(&text, '\n', &line)) {
		for (indent = 0; indent < line.len; indent++) {
			if (line.ptr[indent] != ' ' && line.ptr[indent] != '\t')
				break;
		}
		bare = sm_str_trim(line);
		if (!bare.len || bare.ptr[0] == '#' || bare.ptr[0] == ';')
			continue;
		if (bare.ptr[0] == '[' && !indent)
			r = take_section(&p, bare, e);
		else
			r = take_member(&p, bare, indent, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Append the path in `variable`, or `name` in the folder .aws at home. */
static int file_path(struct sm_buf *out, const char *variable, const char *name,
		     struct sm_err *e)
{
	int r;

	if (sm_os_env_has(variable))
		r = sm_os_env_get(out, variable);
	else if ((r = sm_os_env_home(out, e)) >= 0)
		r = sm_buf_printf(out, "/.aws/%s", name);
	return r;
}

static int load_one(struct sm_aws_config *c, const char *variable,
		    const char *name, bool credentials, struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_SECRET(SM_AWS_CONFIG_FILE_MAX);
	int r;

	if (file_path(&path, variable, name, NULL) < 0) {
		r = 0; /* no home, no files */
		goto out;
	}
	r = sm_fs_read(sm_buf_z(&path), SM_AWS_CONFIG_FILE_MAX, &text, e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		r = 0;
		goto out;
	}
	if (r < 0)
		goto out;
	r = sm_aws_config_parse(c, sm_buf_str(&text), credentials, e);
	if (r < 0)
		r = sm_err_wrap(e, r, "cannot use '%s'", sm_buf_z(&path));
out:
	sm_buf_release(&text);
	sm_buf_release(&path);
	return r;
}

int sm_aws_config_load(struct sm_aws_config *c, struct sm_err *e)
{
	int r = load_one(c, "AWS_CONFIG_FILE", "config", false, e);

	if (r < 0)
		return r;
	return load_one(c, "AWS_SHARED_CREDENTIALS_FILE", "credentials", true,
			e);
}

bool sm_aws_config_has(const struct sm_aws_config *c,
		       enum sm_aws_config_kind kind, struct sm_str name)
{
	const struct sm_aws_config_section *s;

	for (s = c->sections; s; s = s->next) {
		if (s->kind == kind && sm_str_eq(s->name, name))
			return true;
	}
	return false;
}

struct sm_str sm_aws_config_get(const struct sm_aws_config *c,
				enum sm_aws_config_kind kind,
				struct sm_str name, const char *key)
{
	const struct sm_aws_config_section *s;
	const struct member *m;

	for (s = c->sections; s; s = s->next) {
		if (s->kind != kind || !sm_str_eq(s->name, name))
			continue;
		for (m = s->members; m; m = m->next) {
			if (sm_str_eqz(m->key, key))
				return m->value;
		}
	}
	return sm_str_n(NULL, 0);
}

int sm_aws_config_profile(const char *name, struct sm_buf *out)
{
	int r;

	if (name && name[0])
		r = sm_buf_puts(out, name);
	else if (sm_os_env_has("AWS_PROFILE"))
		r = sm_os_env_get(out, "AWS_PROFILE");
	else if (sm_os_env_has("AWS_DEFAULT_PROFILE"))
		r = sm_os_env_get(out, "AWS_DEFAULT_PROFILE");
	else
		r = sm_buf_puts(out, "default");
	return r < 0 ? r : 0;
}

int sm_aws_config_region(const struct sm_aws_config *c, struct sm_str profile,
			 struct sm_buf *out)
{
	struct sm_str s;
	int r;

	if (sm_os_env_has("AWS_REGION"))
		return sm_os_env_get(out, "AWS_REGION");
	if (sm_os_env_has("AWS_DEFAULT_REGION"))
		return sm_os_env_get(out, "AWS_DEFAULT_REGION");
	s = sm_aws_config_get(c, SM_AWS_CONFIG_PROFILE, profile, "region");
	if (!s.len)
		return 0;
	r = sm_buf_put_str(out, s);
	return r < 0 ? r : 1;
}
