/*
 * The caller's death on Unix: a descriptor becomes readable, which each
 * kernel has its own way to get (plug_parent_fd).
 */
#include "common/def.h"
#include "plugin/parent.h"

#include <unistd.h>

#include "common/mem.h"

struct plug_parent {
	uv_poll_t poll;
	int fd;
	plug_parent_fn *fn;
	void *user;
};

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct plug_parent *p = h->data;

	SM_UNUSED(status);
	SM_UNUSED(events);
	(void)uv_poll_stop(h);
	p->fn(p->user);
}

struct plug_parent *plug_parent_new(uv_loop_t *loop, plug_parent_fn *fn,
				    void *user)
{
	struct plug_parent *p;
	pid_t pid = getppid();
	int fd;

	if (pid <= 1)
		return NULL;
	fd = plug_parent_fd((long)pid);
	if (fd < 0)
		return NULL;
	p = sm_mem_zalloc(1, sizeof(*p));
	p->fd = fd;
	p->fn = fn;
	p->user = user;
	p->poll.data = p;
	if (uv_poll_init(loop, &p->poll, fd) < 0) {
		(void)close(fd);
		sm_mem_free(p);
		return NULL;
	}
	uv_unref((uv_handle_t *)&p->poll);
	(void)uv_poll_start(&p->poll, UV_READABLE, on_poll);
	return p;
}

static void on_closed(uv_handle_t *h)
{
	struct plug_parent *p = h->data;

	(void)close(p->fd);
	sm_mem_free(p);
}

void plug_parent_free(struct plug_parent *p)
{
	if (p)
		uv_close((uv_handle_t *)&p->poll, on_closed);
}
