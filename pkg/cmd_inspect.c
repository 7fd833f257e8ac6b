/*
 * smpkg inspect: what a package says it is, what it carries, and the
 * plugin's files in it.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/package.h"
#include "pkg/inside.h"

#define TEMP_PATH_MAX 64

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

/* The reader's own extraction into a private folder, which also checks it. */
static int print_payload(struct sm_out *o, int fd, struct sm_err *e)
{
	char dir[TEMP_PATH_MAX];
	struct sm_err ignored = SM_ERR_INIT;
	int r;

	r = sm_os_dir_temp("/tmp/smpkg-", dir, sizeof(dir), e);
	if (r < 0)
		return r;
	r = sm_package_extract(fd, dir, print_file, o, NULL, e);
	(void)sm_fs_remove_tree(dir, &ignored); /* private, of no more use */
	return r;
}

static int inspect_one(struct sm_out *o, const char *path, struct sm_err *e)
{
	struct sm_package p;
	struct subject subject = { o, path };
	int fd, program;
	int r;

	fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	program = pkg_inside_list(fd, print_inside, &subject);
	if (program && sm_package_detect(fd, &p.format, NULL) < 0) {
		r = 0;
		goto out;
	}
	if ((r = sm_package_read(&p, fd, e)) < 0)
		goto out;
	sm_out_say(o, "%s: %s, %s %s%s%s for %s", path,
		   sm_package_format_name(p.format), p.name, p.version,
		   p.release[0] ? "-" : "", p.release, p.arch_text);
	r = print_payload(o, fd, e);
out:
	if (r < 0)
		sm_err_wrap(e, r, "'%s'", path);
	sm_os_file_close(fd);
	return r;
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	int r = 0;

	SM_UNUSED(args);
	for (size_t i = 0; i < line->n_args && r >= 0; i++)
		r = inspect_one(o, line->args[i], e);
	return r;
}

int pkg_cmd_inspect(struct sm_out *o, int argc, char **argv)
{
	bool help = false;
	const struct sm_option table[] = {
		PKG_CMD_HELP(help),
	};
	struct pkg_cmd_line line = {
		.usage = "inspect FILE...",
		.about = "Show name, version, architecture and files of "
			 "packages.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &help,
		.min_args = 1,
		.max_args = SIZE_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, NULL);
}
