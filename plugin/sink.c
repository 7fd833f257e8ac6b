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
#include "plugin/descriptor.h"

/* The owner stops at PLUG_SINK_HIGH; this is only the last barrier. */
#define QUEUE_MAX ((size_t)256 << 20)

struct plug_sink {
	uv_loop_t *loop;
	const struct plug_sink_ops *ops;
	void *user;
	struct plug_descriptor d;
	union {
		uv_write_t write;
		uv_fs_t fs;
	} req;
	bool writing; /* `busy` is with the system */
	bool above;   /* was above PLUG_SINK_HIGH */
	bool failed;
	bool freed;
	struct sm_buf busy;
	size_t busy_off; /* files: bytes of busy written so far */
	struct sm_buf pend;
};

static void start(struct plug_sink *s);

static void release(void *user)
{
	struct plug_sink *s = user;

	sm_buf_release(&s->busy);
	sm_buf_release(&s->pend);
	sm_mem_free(s);
}

static void let_go(struct plug_sink *s)
{
	plug_descriptor_close(&s->d, release, s);
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
		let_go(s);
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
	r = uv_fs_write(s->loop, &s->req.fs, s->d.fd, &b, 1, -1, on_fs);
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
	if (s->d.is_file) {
		file_write(s);
		return;
	}
	s->req.write.data = s;
	b = uv_buf_init(s->busy.ptr, (unsigned)s->busy.len);
	r = uv_write(&s->req.write, &s->d.h.stream, &b, 1, on_write);
	if (r < 0)
		written(s, r);
}

struct plug_sink *plug_sink_new(uv_loop_t *loop, int fd, const char *name,
				const struct plug_sink_ops *ops, void *user,
				struct sm_err *e)
{
	struct plug_sink *s = sm_mem_zalloc(1, sizeof(*s));
	int r;

	s->loop = loop;
	s->ops = ops;
	s->user = user;
	sm_buf_init(&s->busy, QUEUE_MAX);
	sm_buf_init(&s->pend, QUEUE_MAX);
	if ((r = plug_descriptor_open(&s->d, loop, fd, false, s)) < 0) {
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
	if (!s->d.is_file || !s->writing)
		let_go(s); /* else on_fs does */
}

/* As much as goes without waiting; returns the bytes taken. */
static size_t try_now(struct plug_sink *s, struct sm_str bytes)
{
	uv_buf_t b;
	int r;

	if (s->d.is_file || s->writing || s->pend.len)
		return 0;
	b.base = (char *)(uintptr_t)bytes.ptr; /* only read */
	b.len = bytes.len;
	r = uv_try_write(&s->d.h.stream, &b, 1);
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
