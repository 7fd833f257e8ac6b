/*
 * What a zip of the plugin is, by what is in it. The folder at its top is not
 * fixed (some copies have one more level), so it is found by where the
 * plugin lies.
 */
#include "common/def.h"
#include "common/bundle.h"

#include "common/version.h"

#define PLUGIN "bin/session-manager-plugin"
#define PLUGIN_EXE "bin/session-manager-plugin.exe"
#define VERSION_MAX 64

bool sm_bundle_is_zip(struct sm_str head)
{
	return head.len >= 4 && memcmp(head.ptr, "PK\3\4", 4) == 0;
}

/* True if `name` is `tail`, or ends with it behind a '/'; *front its length. */
static bool ends_in(const char *name, const char *tail, size_t *front)
{
	size_t n = strlen(name), t = strlen(tail);

	if (n < t || strcmp(name + n - t, tail) != 0)
		return false;
	*front = n - t;
	return *front == 0 || name[*front - 1] == '/';
}

static int take_plugin(struct sm_bundle *b, struct sm_archive *a,
		       const struct sm_archive_entry *en, size_t front,
		       struct sm_err *e)
{
	struct sm_buf head = SM_BUF_INIT(sizeof(b->head));
	int r;

	if (b->head_len)
		return sm_err_set(e, SM_EFORMAT, "zip holds two plugins");
	memcpy(b->prefix, en->name, front);
	b->prefix[front] = '\0';
	r = sm_archive_scan(a, &head, sizeof(b->head), e);
	if (r == 0 && !head.len)
		r = sm_err_set(e, SM_EFORMAT, "the plugin in it is empty");
	if (r == 0) {
		memcpy(b->head, head.ptr, head.len);
		b->head_len = head.len;
	}
	sm_buf_release(&head);
	return r;
}

static int take_version(struct sm_bundle *b, struct sm_archive *a,
			const struct sm_archive_entry *en, size_t front,
			struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(VERSION_MAX);
	struct sm_version v;
	struct sm_str s;
	int r;

	if (b->version[0])
		return sm_err_set(e, SM_EFORMAT, "zip holds two VERSION files");
	memcpy(b->version_at, en->name, front);
	b->version_at[front] = '\0';
	if ((r = sm_archive_read(a, &text, e)) < 0)
		goto out;
	s = sm_str_trim(sm_buf_str(&text));
	if (s.len >= sizeof(b->version) || sm_version_parse(&v, s) < 0) {
		r = sm_err_set(e, SM_EFORMAT, "VERSION in it is no version");
		goto out;
	}
	snprintf(b->version, sizeof(b->version), "%.*s", SM_STR_ARG(s));
out:
	sm_buf_release(&text);
	return r;
}

static int take_entry(struct sm_bundle *b, struct sm_archive *a,
		      const struct sm_archive_entry *en, struct sm_err *e)
{
	struct sm_buf none = SM_BUF_INIT(0);
	size_t front;

	if (en->type != SM_FILE_REGULAR)
		return 0;
	if (ends_in(en->name, PLUGIN, &front) ||
	    ends_in(en->name, PLUGIN_EXE, &front))
		return take_plugin(b, a, en, front, e);
	if (ends_in(en->name, "VERSION", &front))
		return take_version(b, a, en, front, e);
	if (ends_in(en->name, "package.zip", &front))
		snprintf(b->inner, sizeof(b->inner), "%s", en->name);
	return sm_archive_scan(a, &none, 0, e);
}

static int read_zip(struct sm_bundle *b, int fd, struct sm_err *e)
{
	struct sm_archive *a = NULL;
	struct sm_archive_entry en;
	int r;

	r = sm_archive_open_new(&a, fd, b->range, SM_ARCHIVE_ZIP, NULL, e);
	if (r < 0)
		return r;
	while ((r = sm_archive_next(a, &en, e)) > 0)
		if ((r = take_entry(b, a, &en, e)) < 0)
			break;
	sm_archive_free(a);
	/* only the one beside the plugin is unpacked with it */
	if (r == 0 && b->head_len && strcmp(b->version_at, b->prefix) != 0)
		b->version[0] = '\0';
	return r;
}

int sm_bundle_open_inner(const struct sm_bundle *b, int fd, struct sm_err *e)
{
	struct sm_archive *a = NULL;
	struct sm_archive_entry en;
	int r, temp = -1;

	r = sm_archive_open_new(&a, fd, b->range, SM_ARCHIVE_ZIP, NULL, e);
	if (r < 0)
		return r;
	while ((r = sm_archive_next(a, &en, e)) > 0)
		if (!strcmp(en.name, b->inner))
			break;
	if (r == 0)
		r = sm_err_set(e, SM_EFORMAT, "zip has no package.zip");
	if (r < 0)
		goto out;
	if ((r = temp = sm_os_file_temp(NULL, e)) < 0)
		goto out;
	r = sm_archive_copy(a, temp, NULL, NULL, e);
out:
	sm_archive_free(a);
	if (r < 0 && temp >= 0)
		sm_os_file_close(temp);
	return r < 0 ? r : temp;
}

int sm_bundle_read(struct sm_bundle *b, int fd, struct sm_archive_range range,
		   struct sm_err *e)
{
	struct sm_bundle inner = { 0 };
	int r, temp;

	memset(b, 0, sizeof(*b));
	b->range = range;
	inner.range = SM_ARCHIVE_WHOLE;
	if ((r = read_zip(b, fd, e)) < 0)
		return r;
	if (!b->head_len && b->inner[0]) {
		if ((temp = sm_bundle_open_inner(b, fd, e)) < 0)
			return temp;
		r = read_zip(&inner, temp, e);
		sm_os_file_close(temp);
		if (r < 0)
			return sm_err_wrap(e, r, "package.zip");
		memcpy(inner.inner, b->inner, sizeof(inner.inner));
		*b = inner;
		b->range = range;
		b->windows = true;
	}
	if (!b->head_len)
		return sm_err_set(e, SM_EFORMAT, "zip holds no plugin");
	return 0;
}
