/*
 * smpkg inspect: what a package says it is, what it carries, and everything
 * that is in it, or the plugin's files alone.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/package.h"
#include "pkg/foreign.h"
#include "pkg/inside.h"
#include "pkg/listing.h"

#define TEMP_PATH_MAX 64

struct args {
	bool payload, help;
};

static int print_file(void *user, const struct sm_archive_done *d,
		      struct sm_err *e)
{
	char hex[SM_SHA256_HEX] = "-";

	SM_UNUSED(e);
	if (d->type == SM_FILE_REGULAR)
		sm_digest_hex(d->sha256, SM_SHA256_SIZE, hex);
	sm_out_say(user, "%04o %10llu  %.16s  %s", d->mode,
		   (unsigned long long)d->size, hex, d->path);
	return 0;
}

struct subject {
	struct sm_out *o;
	const char *path;
};

static void print_inside(void *user, const char *what)
{
	const struct subject *s = user;

	sm_out_say(s->o, "%s: %s", s->path, what);
}

static void print_line(void *user, const char *line)
{
	sm_out_say(user, "%s", line);
}

/* The reader's own extraction into a private folder, which also checks it. */
static int check_payload(int fd, struct sm_out *o, bool print, struct sm_err *e)
{
	char dir[TEMP_PATH_MAX];
	struct sm_err ignored = SM_ERR_INIT;
	int r;

	r = sm_os_dir_temp("/tmp/smpkg-", dir, sizeof(dir), e);
	if (r < 0)
		return r;
	r = sm_package_extract(fd, dir, print ? print_file : NULL, o, NULL, e);
	(void)sm_fs_remove_tree(dir, &ignored); /* private, of no more use */
	return r;
}

/* Whose signature it has inside; which is not judged. */
static void print_signer(const struct subject *s, struct sm_str data)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_cms_signer who;

	if (pkg_foreign_verify(NULL, data, &who, &e) < 0)
		sm_out_say(s->o, "%s: %s", s->path, sm_err_msg(&e));
	else
		sm_out_say(s->o, "%s: signed inside by '%s' of '%s'", s->path,
			   who.cn, who.org);
}

/* What it is: the plugin's package, somebody else's, or only a program. */
static int print_facts(struct subject *s, int fd, struct sm_str data,
		       bool payload, struct sm_err *e)
{
	struct pkg_foreign f;
	struct sm_package p;
	int program = pkg_inside_list(fd, print_inside, s);
	int r;

	if (program && sm_package_detect(fd, &p.format, NULL) < 0)
		return 0;
	r = sm_package_read(&p, fd, e);
	if (r == 0)
		sm_out_say(s->o, "%s: %s, %s %s%s%s for %s", s->path,
			   sm_package_format_name(p.format), p.name, p.version,
			   p.release[0] ? "-" : "", p.release, p.arch_text);
	if (!payload && pkg_foreign_look(&f, data) > 0) {
		if (r < 0)
			sm_out_say(s->o, "%s: %s", s->path, f.about);
		if (pkg_foreign_is_installer(data))
			print_signer(s, data);
		sm_err_clear(e);
		return 0;
	}
	return r < 0 ? r : check_payload(fd, s->o, payload, e);
}

static int inspect_one(struct sm_out *o, const char *path, bool payload,
		       struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT((size_t)SM_PACKAGE_MAX);
	struct subject subject = { o, path };
	int fd, r;

	fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	if ((r = sm_fs_read(path, (size_t)SM_PACKAGE_MAX, &data, e)) < 0)
		goto out;
	r = print_facts(&subject, fd, sm_buf_str(&data), payload, e);
	if (r == 0 && !payload)
		r = pkg_listing_run(sm_buf_str(&data), print_line, o, e);
	if (r < 0)
		sm_err_wrap(e, r, "'%s'", path);
out:
	sm_os_file_close(fd);
	sm_buf_release(&data);
	return r;
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	int r = 0;

	for (size_t i = 0; i < line->n_args && r >= 0; i++)
		r = inspect_one(o, line->args[i], a->payload, e);
	return r;
}

int pkg_cmd_inspect(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 0, "payload", NULL,
		  "only the plugin's files, by their place in the installed "
		  "tree",
		  SM_OPTION_FLAG, &a.payload },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "inspect [--payload] FILE...",
		.about = "Show what packages say of themselves and everything "
			 "that is in them.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 1,
		.max_args = SIZE_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}
