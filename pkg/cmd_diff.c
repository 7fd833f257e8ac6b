/*
 * smpkg diff: where two artifacts differ.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/package.h"
#include "pkg/diff.h"

#define SAME 0
#define DIFFERENT 1
#define FAILED 2

struct file {
	const char *path;
	struct sm_buf data;
	struct sm_package p;
	bool known; /* p is filled in */
};

static void print_one(void *user, const char *path, const char *what)
{
	sm_out_say(user, "%s%s%s", path, *path ? ": " : "", what);
}

static int load(struct file *f, struct sm_err *e)
{
	struct sm_err ignored = SM_ERR_INIT; /* any file can be compared */
	int fd, r;

	r = sm_fs_read(f->path, (size_t)SM_PACKAGE_MAX, &f->data, e);
	if (r < 0)
		return r;
	fd = sm_os_file_open(f->path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	f->known = sm_package_read(&f->p, fd, &ignored) == 0;
	sm_os_file_close(fd);
	return 0;
}

static void print_fact(struct sm_out *o, const char *name, const char *a,
		       const char *b)
{
	if (strcmp(a, b) != 0)
		sm_out_say(o, "%s: '%s' and '%s'", name, a, b);
}

/* First what the packages say they are, as `smpkg inspect` shows it. */
static void print_facts(struct sm_out *o, const struct file *a,
			const struct file *b)
{
	if (!a->known || !b->known)
		return;
	print_fact(o, "format", sm_package_format_name(a->p.format),
		   sm_package_format_name(b->p.format));
	print_fact(o, "name", a->p.name, b->p.name);
	print_fact(o, "version", a->p.version, b->p.version);
	print_fact(o, "release", a->p.release, b->p.release);
	print_fact(o, "architecture", a->p.arch_text, b->p.arch_text);
}

static int diff_files(struct sm_out *o, const char *const *paths,
		      struct sm_err *e)
{
	struct file a = { .path = paths[0] }, b = { .path = paths[1] };
	int r;

	sm_buf_init(&a.data, (size_t)SM_PACKAGE_MAX);
	sm_buf_init(&b.data, (size_t)SM_PACKAGE_MAX);
	if ((r = load(&a, e)) < 0 || (r = load(&b, e)) < 0)
		goto out;
	r = SAME;
	if (sm_str_eq(sm_buf_str(&a.data), sm_buf_str(&b.data)))
		goto out;
	r = DIFFERENT;
	print_facts(o, &a, &b);
	(void)pkg_diff_run(sm_buf_str(&a.data), sm_buf_str(&b.data), print_one,
			   o);
out:
	sm_buf_release(&a.data);
	sm_buf_release(&b.data);
	return r;
}

int pkg_cmd_diff(struct sm_out *o, int argc, char **argv)
{
	bool help = false;
	const struct sm_option table[] = {
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP, &help },
	};
	struct pkg_cmd_line line = {
		.usage = "diff FILE FILE",
		.about = "Show where two packages differ: 0 the same, 1 "
			 "different, 2 failed.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &help,
		.min_args = 2,
		.max_args = 2,
	};
	struct sm_err e = SM_ERR_INIT;
	int r;

	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0) {
		r = r < 0 ? FAILED : SAME;
	} else if ((r = diff_files(o, line.args, &e)) < 0) {
		(void)pkg_cmd_fail(o, &e);
		r = FAILED;
	}
	pkg_cmd_release(&line);
	return r;
}
