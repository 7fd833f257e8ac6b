/*
 * Outgoing descriptors. The rule: one write is in flight at most; what comes
 * meanwhile is collected and goes out as one piece. Terminals, pipes and
 * sockets are libuv streams; files and devices that cannot be polled go
 * through its thread pool.
 */
#include "common/def.h"
#include "plugin/sink.h"

#include "common/buf.h"
#include "common/mem.h"

/* The owner stops at PLUG_SINK_HIGH; this is only the last barrier. */
#define QUEUE_MAX ((size_t)256 << 20)

struct plug_sink {
	uv_loop_t *loop;
	const struct plug_sink_ops *ops;
	void *user;
	union {
		uv_handle_t any;
		uv_stream_t stream;
		uv_tty_t tty;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	} h;
	union {
		uv_write_t write;
		uv_fs_t fs;
	} req;
	uv_file fd;
	bool is_file;
	bool writing; /* `busy` is with the system */
	bool above;   /* was above PLUG_SINK_HIGH */
	bool failed;
	bool freed;
	bool spare; /* `h` could not be used and is being closed */
	bool gone;  /* ...and is all that is left */
	struct sm_buf busy;
	size_t busy_off; /* files: bytes of busy written so far */
	struct sm_buf pend;
};

static void start(struct plug_sink *s);

static void release(struct plug_sink *s)
{
	if (s->spare) {
		s->gone = true;
		return;
	}
	sm_buf_release(&s->busy);
	sm_buf_release(&s->pend);
	sm_mem_free(s);
}

static void on_closed(uv_handle_t *h)
{
	release(h->data);
}

static void on_spare_closed(uv_handle_t *h)
{
	struct plug_sink *s = h->data;

	s->spare = false;
	if (s->gone)
		release(s);
}

static void fail(struct plug_sink *s, int uv)
{
	if (s->failed)
		return;
	s->failed = true;
	sm_buf_clear(&s->pend);
	if (s->ops && s->ops->failed && !s->freed)
		s->ops->failed(s->user, uv);
}

/* A write ended: go on with what was collected, tell the owner. */
static void written(struct plug_sink *s, int status)
{
	s->writing = false;
	sm_buf_clear(&s->busy);
	s->busy_off = 0;
	if (status < 0)
		fail(s, status);
	else
		start(s);
	if (s->freed || s->failed || !s->ops || !s->ops->drained)
		return;
	if (plug_sink_queued(s) == 0 ||
	    (s->above && plug_sink_queued(s) < PLUG_SINK_LOW)) {
		s->above = false;
		s->ops->drained(s->user);
	}
}

static void on_write(uv_write_t *req, int status)
{
	written(req->data, status);
}

static void file_write(struct plug_sink *s);

static void on_fs(uv_fs_t *req)
{
	struct plug_sink *s = req->data;
	ssize_t n = req->result;

	uv_fs_req_cleanup(req);
	if (s->freed) {
		release(s);
		return;
	}
	if (n > 0) {
		s->busy_off += (size_t)n;
		if (s->busy_off < s->busy.len) {
			file_write(s);
			return;
		}
	}
	written(s, n < 0 ? (int)n : 0);
}

static void file_write(struct plug_sink *s)
{
	size_t n = s->busy.len - s->busy_off;
	uv_buf_t b = uv_buf_init(s->busy.ptr + s->busy_off,
				 (unsigned)(n > 1u << 20 ? 1u << 20 : n));
	int r;

	s->req.fs.data = s;
	r = uv_fs_write(s->loop, &s->req.fs, s->fd, &b, 1, -1, on_fs);
	if (r < 0)
		written(s, r);
}

static void start(struct plug_sink *s)
{
	struct sm_buf swap;
	uv_buf_t b;
	int r;

	if (s->writing || s->failed || !s->pend.len)
		return;
	swap = s->busy;
	s->busy = s->pend;
	s->pend = swap;
	s->writing = true;
	if (s->is_file) {
		file_write(s);
		return;
	}
	s->req.write.data = s;
	b = uv_buf_init(s->busy.ptr, (unsigned)s->busy.len);
	r = uv_write(&s->req.write, &s->h.stream, &b, 1, on_write);
	if (r < 0)
		written(s, r);
}

static int open_stream(struct plug_sink *s, int fd)
{
	uv_fs_t st;
	int r;

	switch (uv_guess_handle(fd)) {
	case UV_TTY:
		return uv_tty_init(s->loop, &s->h.tty, fd, 0);
	case UV_NAMED_PIPE:
		if ((r = uv_pipe_init(s->loop, &s->h.pipe, 0)) < 0)
			return r;
		if (uv_pipe_open(&s->h.pipe, fd) == 0)
			return 0;
		/* a pipe of a kind that cannot be polled: by threads then */
		s->h.any.data = s;
		s->spare = true;
		s->is_file = true;
		uv_close(&s->h.any, on_spare_closed);
		return 0;
	case UV_TCP:
		if ((r = uv_tcp_init(s->loop, &s->h.tcp)) < 0)
			return r;
		return uv_tcp_open(&s->h.tcp, (uv_os_sock_t)fd);
	case UV_FILE:
		s->is_file = true;
		return 0;
	default:
		/* some other device, or not open at all */
		r = uv_fs_fstat(s->loop, &st, fd, NULL);
		uv_fs_req_cleanup(&st);
		s->is_file = r == 0;
		return r;
	}
}

struct plug_sink *plug_sink_new(uv_loop_t *loop, int fd, const char *name,
				const struct plug_sink_ops *ops, void *user,
				struct sm_err *e)
{
	struct plug_sink *s = sm_mem_zalloc(1, sizeof(*s));
	int r;

	s->loop = loop;
	s->fd = fd;
	s->ops = ops;
	s->user = user;
	sm_buf_init(&s->busy, QUEUE_MAX);
	sm_buf_init(&s->pend, QUEUE_MAX);
	r = open_stream(s, fd);
	s->h.any.data = s;
	if (r < 0) {
		(void)sm_err_set(e, SM_EIO, "cannot use %s: %s", name,
				 uv_strerror(r));
		plug_sink_free(s);
		return NULL;
	}
	return s;
}

void plug_sink_free(struct plug_sink *s)
{
	if (!s)
		return;
	s->freed = true;
	if (s->is_file) {
		if (!s->writing)
			release(s);
	} else if (s->h.any.type == UV_UNKNOWN_HANDLE) {
		release(s); /* opening failed before there was a handle */
	} else if (!uv_is_closing(&s->h.any)) {
		uv_close(&s->h.any, on_closed);
	}
}

/* As much as goes without waiting; returns the bytes taken. */
static size_t try_now(struct plug_sink *s, struct sm_str bytes)
{
	uv_buf_t b;
	int r;

	if (s->is_file || s->writing || s->pend.len)
		return 0;
	b.base = (char *)(uintptr_t)bytes.ptr; /* only read */
	b.len = bytes.len;
	r = uv_try_write(&s->h.stream, &b, 1);
	if (r == UV_EAGAIN || r == UV_ENOSYS)
		return 0;
	if (r < 0) {
		fail(s, r);
		return bytes.len;
	}
	return (size_t)r;
}

void plug_sink_write(struct plug_sink *s, struct sm_str bytes)
{
	size_t n;

	if (!s || s->failed || !bytes.len)
		return;
	n = try_now(s, bytes);
	if (n < bytes.len && !s->failed) {
		if (sm_buf_put(&s->pend, bytes.ptr + n, bytes.len - n) < 0) {
			fail(s, UV_ENOBUFS);
			return;
		}
		if (plug_sink_queued(s) > PLUG_SINK_HIGH)
			s->above = true;
		start(s);
	}
}

size_t plug_sink_queued(const struct plug_sink *s)
{
	return s ? s->busy.len + s->pend.len : 0;
}
