/*
 * What a descriptor is, and its end. The rule: the owner's memory is given
 * back through `released` only, once, whether there was a handle or not.
 */
#include "common/def.h"
#include "plugin/descriptor.h"

static struct plug_descriptor *of(uv_handle_t *h)
{
	return (struct plug_descriptor *)(void *)h;
}

static void on_spare_closed(uv_handle_t *h)
{
	struct plug_descriptor *d = of(h);

	d->spare = false;
	if (d->gone)
		d->released(h->data);
}

static int open_pipe(struct plug_descriptor *d, uv_loop_t *loop)
{
	int r = uv_pipe_init(loop, &d->h.pipe, 0);

	if (r < 0 || uv_pipe_open(&d->h.pipe, d->fd) == 0)
		return r;
	/* a pipe of a kind that cannot be polled: by threads then */
	d->spare = true;
	d->is_file = true;
	uv_close(&d->h.any, on_spare_closed);
	return 0;
}

static int open_any(struct plug_descriptor *d, uv_loop_t *loop, bool readable)
{
	uv_fs_t st;
	int r;

	switch (uv_guess_handle(d->fd)) {
	case UV_TTY:
		d->is_tty = true;
		return uv_tty_init(loop, &d->h.tty, d->fd, readable);
	case UV_NAMED_PIPE:
		return open_pipe(d, loop);
	case UV_TCP:
		if ((r = uv_tcp_init(loop, &d->h.tcp)) < 0)
			return r;
		return uv_tcp_open(&d->h.tcp, (uv_os_sock_t)d->fd);
	case UV_FILE:
		d->is_file = true;
		return 0;
	default:
		/* some other device, or not open at all */
		r = uv_fs_fstat(loop, &st, d->fd, NULL);
		uv_fs_req_cleanup(&st);
		d->is_file = r == 0;
		return r;
	}
}

int plug_descriptor_open(struct plug_descriptor *d, uv_loop_t *loop, int fd,
			 bool readable, void *user)
{
	int r;

	d->fd = fd;
	r = open_any(d, loop, readable);
	d->h.any.data = user;
	return r;
}

static void on_closed(uv_handle_t *h)
{
	of(h)->released(h->data);
}

void plug_descriptor_close(struct plug_descriptor *d,
			   plug_descriptor_fn *released, void *user)
{
	d->released = released;
	if (d->spare)
		d->gone = true;
	else if (d->is_file || d->h.any.type == UV_UNKNOWN_HANDLE)
		released(user); /* nor when opening failed is there a handle */
	else if (!uv_is_closing(&d->h.any))
		uv_close(&d->h.any, on_closed);
}
