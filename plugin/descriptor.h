/*
 * One of the descriptors that this process was started with, as the loop can
 * use it: terminals, pipes and sockets as streams, files and devices through
 * libuv's thread pool. Embedded by plugin/sink and plugin/source.
 */
#ifndef PLUGIN_DESCRIPTOR_H
#define PLUGIN_DESCRIPTOR_H

#include <stdbool.h>
#include <uv.h>

typedef void plug_descriptor_fn(void *user);

struct plug_descriptor {
	union { /* first: callbacks of libuv get its address */
		uv_handle_t any;
		uv_stream_t stream;
		uv_tty_t tty;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	} h; /* `data` of it is the owner */
	uv_file fd;
	bool is_file; /* use uv_fs_*; there is no handle */
	bool is_tty;
	/* private */
	bool spare; /* `h` could not be used and is being closed */
	bool gone;  /* ...and is all that is left */
	plug_descriptor_fn *released;
};

/*
 * Find out what `fd` is. `d` is all zeros; it is closed by
 * plug_descriptor_close in any case. `user` is the owner. Returns 0 or
 * libuv's code.
 */
int plug_descriptor_open(struct plug_descriptor *d, uv_loop_t *loop, int fd,
			 bool readable, void *user);

/*
 * Let go of it; 0, 1 and 2 stay open. `released` gets the owner when nothing
 * refers to `d` any more: now, or in one of the loop's next turns. For a file
 * no request may be with the system.
 */
void plug_descriptor_close(struct plug_descriptor *d,
			   plug_descriptor_fn *released, void *user);

#endif
