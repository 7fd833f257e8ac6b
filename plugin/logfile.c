/*
 * The log's files. Rule: whoever logs is never held up by an error here; an
 * output that fails is closed and left out until the configuration changes.
 * Records of one output are written in one call, so that two processes with
 * the same file do not mix theirs.
 *
 * Rolling (PROTOCOL.md 12.3): before a write, a file that has reached its
 * size becomes NAME.K, K above all numbers there; then the lowest numbers
 * are removed until maxrolls are left.
 */
#include "common/def.h"
#include "plugin/logfile.h"

#include <uv.h>

#include "common/fs.h"
#include "common/os/env.h"
#include "common/os/platform.h"
#include "common/path.h"
#include "plugin/seelog.h"

/* PROTOCOL.md 12.1. */
#define UNIX_PATH "/usr/local/sessionmanagerplugin/seelog.xml"
#define WINDOWS_PATH "/Amazon/SessionManagerPlugin/seelog.xml"

/* The official debug format, PROTOCOL.md 12.2. */
#define QUICK_FORMAT "%Date %Time %LEVEL [%FuncShort @ %File.%Line] %Msg%n"

#define FILE_MODE 0600
#define DIR_MODE 0755 /* the official 0767 lets everybody write */
#define RECORD_MAX ((size_t)256 << 10)
#define ROLLS_SEEN 256 /* old files looked at in one roll */

/* What a file looked like when it was read last. */
struct stamp {
	bool there;
	uint64_t dev, ino, size;
	int64_t mtime_sec;
};

struct plug_logfile {
	struct sm_log *log;
	uv_mutex_t lock; /* of everything below */
	struct plug_seelog conf;
	int fd[PLUG_SEELOG_OUTPUTS];    /* -1: not open */
	bool dead[PLUG_SEELOG_OUTPUTS]; /* failed; not tried again */
	struct sm_buf line;
	char *path; /* of the configuration; NULL: SSM_PLUGIN_LOG */
	struct stamp stamp;
};

/* --- rolling ----------------------------------------------------------------- */

struct rolls {
	struct sm_str base; /* name without folder */
	uint64_t number[ROLLS_SEEN];
	size_t n;
	uint64_t highest;
};

static int take_roll(void *user, const char *name)
{
	struct rolls *p = user;
	struct sm_str s = sm_str(name);
	uint64_t k;

	if (s.len <= p->base.len + 1 || s.ptr[p->base.len] != '.' ||
	    !sm_str_eq(sm_str_sub(s, 0, p->base.len), p->base) ||
	    sm_str_u64(sm_str_sub(s, p->base.len + 1, s.len), UINT32_MAX, &k) <
		    0)
		return 0;
	if (k > p->highest)
		p->highest = k;
	if (p->n < ROLLS_SEEN)
		p->number[p->n++] = k;
	return 0;
}

static int cmp_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int numbered(struct sm_buf *out, const char *path, uint64_t k)
{
	sm_buf_clear(out);
	return sm_buf_printf(out, "%s.%llu", path, (unsigned long long)k);
}

static int roll(const char *path, unsigned max_rolls)
{
	struct sm_str folder = sm_path_dirname(sm_str(path));
	struct rolls p = { .base = sm_path_basename(sm_str(path)) };
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	char *dir = sm_mem_dup(folder);
	size_t i;
	int r;

	if ((r = sm_os_dir_list(dir, take_roll, &p, NULL)) < 0 ||
	    (r = numbered(&name, path, p.highest + 1)) < 0 ||
	    (r = sm_os_file_rename(path, sm_buf_z(&name), NULL)) < 0)
		goto out;
	qsort(p.number, p.n, sizeof(p.number[0]), cmp_number);
	for (i = 0; max_rolls && i < p.n && p.n + 1 - i > max_rolls; i++) {
		if (numbered(&name, path, p.number[i]) >= 0)
			(void)sm_os_file_remove(sm_buf_z(&name), NULL);
	}
out:
	sm_buf_release(&name);
	sm_mem_free(dir);
	return r;
}

/* --- writing ----------------------------------------------------------------- */

static int open_in(const char *dir, const char *path)
{
	unsigned flags = SM_FILE_WRITE | SM_FILE_CREATE | SM_FILE_APPEND;
	struct sm_file_info st;
	int fd;

	if (sm_os_file_stat(dir, true, &st, NULL) < 0 || !(st.mode & 0022))
		return sm_os_file_open(path, flags, FILE_MODE, NULL);
	/* others write there, too, as the official plugin leaves its logs/:
	 * what they may have put in our way is not followed or waited for */
	fd = sm_os_file_open(path, flags | SM_FILE_NOFOLLOW, FILE_MODE, NULL);
	if (fd < 0 || (sm_os_file_fstat(fd, &st, NULL) >= 0 &&
		       st.type == SM_FILE_REGULAR && st.nlink == 1))
		return fd;
	sm_os_file_close(fd);
	return SM_EPERM;
}

static int open_output(const char *path)
{
	char *dir = sm_mem_dup(sm_path_dirname(sm_str(path)));
	int fd = open_in(dir, path);

	if (fd == SM_ENOTFOUND && sm_fs_mkdirs(dir, DIR_MODE, NULL) >= 0)
		fd = open_in(dir, path);
	sm_mem_free(dir);
	return fd;
}

/* Another process may have rolled the file that is open here. */
static bool is_moved(const char *path, const struct sm_file_info *open_file)
{
	struct sm_file_info st;

	return sm_os_file_stat(path, true, &st, NULL) < 0 ||
	       st.dev != open_file->dev || st.ino != open_file->ino;
}

static bool is_full(const struct plug_seelog_output *o, int fd)
{
	struct sm_file_info st;

	return o->kind == PLUG_SEELOG_ROLLING &&
	       sm_os_file_fstat(fd, &st, NULL) >= 0 && st.size >= o->max_size;
}

/* A descriptor with room for a record, or negative. */
static int ready(struct plug_logfile *f, size_t i)
{
	const struct plug_seelog_output *o = &f->conf.output[i];
	struct sm_file_info st;

	if (o->kind == PLUG_SEELOG_CONSOLE)
		return 2;
	if (f->fd[i] < 0)
		f->fd[i] = open_output(o->path);
	if (f->fd[i] < 0 || !is_full(o, f->fd[i]))
		return f->fd[i];
	if (sm_os_file_fstat(f->fd[i], &st, NULL) >= 0) {
		bool moved = is_moved(o->path, &st);

		sm_os_file_close(f->fd[i]); /* Windows: before a rename */
		f->fd[i] = -1;
		if (!moved && roll(o->path, o->max_rolls) < 0)
			return -1;
		f->fd[i] = open_output(o->path);
	}
	return f->fd[i];
}

static void write_output(struct plug_logfile *f, size_t i,
			 const struct sm_log_record *rec)
{
	int fd = ready(f, i);

	sm_buf_clear(&f->line);
	(void)plug_seelog_format(&f->line, f->conf.output[i].format, rec);
	if (fd >= 0 &&
	    sm_os_file_write_all(fd, sm_buf_str(&f->line), NULL) >= 0)
		return;
	f->dead[i] = true;
	if (f->fd[i] >= 0)
		sm_os_file_close(f->fd[i]);
	f->fd[i] = -1;
}

static void on_record(void *user, const struct sm_log_record *rec)
{
	struct plug_logfile *f = user;
	unsigned bit = PLUG_SEELOG_BIT(rec->level);
	size_t i;

	uv_mutex_lock(&f->lock);
	if (plug_seelog_levels(&f->conf, rec->file, rec->func) & bit) {
		for (i = 0; i < f->conf.n_outputs; i++) {
			if (f->conf.output[i].levels & bit && !f->dead[i])
				write_output(f, i, rec);
		}
	}
	uv_mutex_unlock(&f->lock);
}

/* --- configuration ------------------------------------------------------------ */

static void close_all(struct plug_logfile *f)
{
	size_t i;

	for (i = 0; i < PLUG_SEELOG_OUTPUTS; i++) {
		if (f->fd[i] >= 0)
			sm_os_file_close(f->fd[i]);
		f->fd[i] = -1;
		f->dead[i] = false;
	}
}

/* Takes over `conf`. */
static void put_in_force(struct plug_logfile *f, struct plug_seelog *conf)
{
	uv_mutex_lock(&f->lock);
	close_all(f);
	plug_seelog_release(&f->conf);
	f->conf = *conf;
	f->log->min = plug_seelog_min(&f->conf);
	uv_mutex_unlock(&f->lock);
}

struct plug_logfile *plug_logfile_new(struct sm_log *log)
{
	struct plug_logfile *f = sm_mem_zalloc(1, sizeof(*f));
	size_t i;

	if (uv_mutex_init(&f->lock))
		sm_mem_exhausted();
	for (i = 0; i < PLUG_SEELOG_OUTPUTS; i++)
		f->fd[i] = -1;
	f->log = log;
	sm_buf_init(&f->line, RECORD_MAX);
	plug_seelog_init(&f->conf);
	sm_log_init(log, SM_LOG_OFF, on_record, f);
	return f;
}

void plug_logfile_free(struct plug_logfile *f)
{
	if (!f)
		return;
	f->log->min = SM_LOG_OFF;
	f->log->write = NULL;
	f->log->user = NULL;
	close_all(f);
	plug_seelog_release(&f->conf);
	sm_buf_release(&f->line);
	uv_mutex_destroy(&f->lock);
	sm_mem_free(f->path);
	sm_mem_free(f);
}

const char *plug_logfile_path(const struct plug_logfile *f)
{
	return f->path;
}

int plug_logfile_default_path(struct sm_buf *out)
{
	int r;

	if (sm_os_platform() != SM_PLATFORM_WINDOWS)
		return sm_buf_puts(out, UNIX_PATH);
	if (sm_os_env_has("ProgramFiles"))
		r = sm_os_env_get(out, "ProgramFiles");
	else
		r = sm_buf_puts(out, "C:/Program Files");
	return r < 0 ? r : sm_buf_puts(out, WINDOWS_PATH);
}

/* "WHERE[:LEVEL]": one output that takes everything from LEVEL on. */
static int open_quick(struct plug_logfile *f, struct sm_str value,
		      struct sm_err *e)
{
	enum sm_log_level level = SM_LOG_DEBUG;
	long at = sm_str_rchr(value, ':');
	struct plug_seelog conf;
	struct plug_seelog_output *o = &conf.output[0];

	if (at >= 0 &&
	    sm_log_level_parse(&level, sm_str_sub(value, (size_t)at + 1,
						  value.len)) >= 0)
		value.len = (size_t)at;
	if (!value.len)
		return sm_err_set(e, SM_EFORMAT,
				  "cannot use " PLUG_LOGFILE_ENV
				  ": no path before the level");
	plug_seelog_init(&conf);
	conf.levels = PLUG_SEELOG_ALL & ~(PLUG_SEELOG_BIT(level) - 1u);
	conf.n_outputs = 1;
	o->levels = PLUG_SEELOG_ALL;
	o->format = QUICK_FORMAT;
	o->kind = PLUG_SEELOG_CONSOLE;
	if (!sm_str_eqz(value, "stderr")) {
		o->kind = PLUG_SEELOG_FILE;
		o->path = sm_arena_dup(&conf.arena, value);
	}
	put_in_force(f, &conf);
	return 0;
}

static void take_stamp(struct stamp *s, const char *path)
{
	struct sm_file_info st;

	memset(s, 0, sizeof(*s));
	if (sm_os_file_stat(path, true, &st, NULL) < 0)
		return;
	s->there = true;
	s->dev = st.dev;
	s->ino = st.ino;
	s->size = st.size;
	s->mtime_sec = st.mtime_sec;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return a->there == b->there && a->dev == b->dev && a->ino == b->ino &&
	       a->size == b->size && a->mtime_sec == b->mtime_sec;
}

static int read_config(struct plug_logfile *f, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(PLUG_SEELOG_MAX);
	struct plug_seelog conf;
	int r;

	plug_seelog_init(&conf);
	r = sm_fs_read(f->path, PLUG_SEELOG_MAX, &text, e);
	if (r < 0)
		goto out;
	r = plug_seelog_parse(&conf, sm_buf_str(&text), e);
	if (r < 0)
		(void)sm_err_wrap(e, r, "cannot use '%s'", f->path);
	else
		put_in_force(f, &conf);
out:
	sm_buf_release(&text);
	return r;
}

int plug_logfile_open(struct plug_logfile *f, const char *path,
		      struct sm_err *e)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	sm_mem_free(f->path);
	f->path = NULL;
	if (sm_os_env_has(PLUG_LOGFILE_ENV)) {
		r = sm_os_env_get(&b, PLUG_LOGFILE_ENV);
		if (r < 0)
			r = sm_err_set(e, r,
				       "cannot use " PLUG_LOGFILE_ENV
				       ": too long");
		else
			r = open_quick(f, sm_buf_str(&b), e);
		goto out;
	}
	r = path ? sm_buf_puts(&b, path) : plug_logfile_default_path(&b);
	if (r < 0) {
		(void)sm_err_set(e, r,
				 "path of the log configuration too long");
		goto out;
	}
	f->path = sm_mem_dup(sm_buf_str(&b));
	take_stamp(&f->stamp, f->path);
	r = f->stamp.there ? read_config(f, e) : 0;
out:
	sm_buf_release(&b);
	return r < 0 ? r : 0;
}

int plug_logfile_reload_if_changed(struct plug_logfile *f, struct sm_err *e)
{
	struct stamp now;
	int r;

	if (!f->path)
		return 0;
	take_stamp(&now, f->path);
	if (is_same(&now, &f->stamp))
		return 0;
	f->stamp = now;
	if (!now.there) /* removed: what was in force stays, PROTOCOL.md 12.4 */
		return 0;
	r = read_config(f, e);
	return r < 0 ? r : 1;
}
