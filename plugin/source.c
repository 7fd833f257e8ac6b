/*
 * Standard input. The rule: at most one buffer is held that nobody took yet;
 * the end is reported behind it. Files and devices are read through libuv's
 * thread pool, since they cannot be polled.
 */
#include "common/def.h"
#include "plugin/source.h"

#include "common/mem.h"
#include "plugin/descriptor.h"

/* What one read of a terminal or pipe gives at most; a paste comes whole. */
#define CHUNK 65536u

struct plug_source {
	uv_loop_t *loop;
	const struct plug_source_ops *ops;
	void *user;
	struct plug_descriptor d;
	uv_fs_t fs;
	bool wanted;  /* between start and stop */
	bool reading; /* a read is with the system */
	bool ended;   /* nothing more will come */
	bool told;    /* ...and the owner knows */
	bool freed;
	int why;         /* of the end */
	size_t off, len; /* held bytes of buf */
	char buf[CHUNK];
};

static void pump(struct plug_source *s);

static void let_go(struct plug_source *s)
{
	plug_descriptor_close(&s->d, sm_mem_free, s);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	struct plug_source *s = h->data;

	SM_UNUSED(hint);
	b->base = s->buf;
	b->len = sizeof(s->buf);
}

/* Hand over what is held; false when the owner did not take all. */
static bool offer(struct plug_source *s)
{
	size_t n;

	if (!s->len)
		return true;
	n = s->ops->data(s->user, sm_str_n(s->buf + s->off, s->len));
	s->off += n;
	s->len -= n;
	if (s->len)
		s->wanted = false;
	return !s->len;
}

static void take(struct plug_source *s, ssize_t n)
{
	if (n > 0) {
		s->off = 0;
		s->len = (size_t)n;
	} else {
		s->ended = true;
		s->why = (int)n;
	}
	pump(s);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct plug_source *s = stream->data;

	SM_UNUSED(b);
	if (n == 0) /* would block */
		return;
	/* one buffer: nothing may be read over it until it was taken */
	(void)uv_read_stop(stream); /* cannot fail */
	s->reading = false;
	take(s, n);
}

static void on_fs(uv_fs_t *req)
{
	struct plug_source *s = req->data;
	ssize_t n = req->result;

	uv_fs_req_cleanup(req);
	s->reading = false;
	if (s->freed)
		let_go(s);
	else
		take(s, n);
}

static int read_more(struct plug_source *s)
{
	uv_buf_t b;

	if (!s->d.is_file)
		return uv_read_start(&s->d.h.stream, on_alloc, on_read);
	b = uv_buf_init(s->buf, sizeof(s->buf));
	s->fs.data = s;
	return uv_fs_read(s->loop, &s->fs, s->d.fd, &b, 1, -1, on_fs);
}

static void pump(struct plug_source *s)
{
	int r;

	if (!s->wanted || s->freed || s->reading || !offer(s) || !s->wanted)
		return;
	if (s->ended) {
		if (!s->told) {
			s->told = true;
			s->ops->end(s->user, s->why);
		}
		return;
	}
	s->reading = true;
	if ((r = read_more(s)) < 0) {
		s->reading = false;
		s->ended = true;
		s->told = true;
		s->ops->end(s->user, r);
	}
}

struct plug_source *plug_source_new(uv_loop_t *loop, int fd,
				    const struct plug_source_ops *ops,
				    void *user, struct sm_err *e)
{
	struct plug_source *s = sm_mem_zalloc(1, sizeof(*s));
	int r;

	s->loop = loop;
	s->ops = ops;
	s->user = user;
	if ((r = plug_descriptor_open(&s->d, loop, fd, true, s)) < 0) {
		(void)sm_err_set(e, SM_EIO, "cannot use standard input: %s",
				 uv_strerror(r));
		plug_source_free(s);
		return NULL;
	}
	return s;
}

void plug_source_free(struct plug_source *s)
{
	if (!s)
		return;
	s->freed = true;
	if (!s->d.is_file || !s->reading)
		let_go(s); /* else on_fs does */
}

void plug_source_start(struct plug_source *s)
{
	if (!s || s->wanted)
		return;
	s->wanted = true;
	pump(s);
}

void plug_source_stop(struct plug_source *s)
{
	if (!s)
		return;
	s->wanted = false;
	if (s->reading && !s->d.is_file) {
		(void)uv_read_stop(&s->d.h.stream); /* cannot fail */
		s->reading = false;
	}
}

uv_tty_t *plug_source_tty(struct plug_source *s)
{
	return s && s->d.is_tty ? &s->d.h.tty : NULL;
}
