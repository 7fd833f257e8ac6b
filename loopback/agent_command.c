/*
 * A command on pipes, or into a file.
 *
 * Separate output: stdout and stderr are sent while the command runs, each
 * chunk at most 1024 bytes with its prefix, then the exit code. Combined:
 * both go into one file, which is sent when the command has ended, without an
 * exit code. Source: PROTOCOL.md 11.
 */
#include "common/def.h"
#include "loopback/agent_command.h"

#include <signal.h>
#include <uv.h>

#include "common/mem.h"
#include "common/os/file.h"
#include "loopback/document.h"
#include "loopback/server.h"

#define CHUNK 1024u   /* with the prefix: PROTOCOL.md 13.4 */
#define LINGER_MS 500 /* for pipes that somebody still holds open */
#define KILL_MS 1000

struct command;

struct output {
	uv_pipe_t pipe;
	struct command *owner;
	uint32_t type; /* of its payloads */
	struct sm_str prefix;
	bool line_start, reading, eof;
	char bytes[CHUNK];
};

struct command {
	struct loop_agent *agent; /* NULL after stop */
	uv_process_t process;
	uv_timer_t killer;
	struct output out[2];
	unsigned handles;
	bool separate, exited, finished;
	bool tried; /* `process` is known to libuv */
	int64_t exit_status;
	int exit_signal;
	int64_t exited_ms;
	int fd;          /* combined output; -1 */
	uint64_t offset; /* of what was sent of it */
};

static void on_closed(uv_handle_t *h)
{
	struct command *c = h->data;

	if (--c->handles)
		return;
	sm_os_file_close(c->fd);
	sm_mem_free(c);
}

static void on_pipe_closed(uv_handle_t *h)
{
	struct output *o = h->data;

	h->data = o->owner;
	on_closed(h);
}

static void on_killer(uv_timer_t *t)
{
	struct command *c = t->data;

	if (!c->exited)
		(void)uv_kill(-c->process.pid, SIGKILL);
}

static void close_rest(struct command *c)
{
	if (c->tried)
		uv_close((uv_handle_t *)&c->process, on_closed);
	uv_close((uv_handle_t *)&c->killer, on_closed);
}

static void on_ended(uv_process_t *p, int64_t status, int number)
{
	struct command *c = p->data;

	c->exited = true;
	c->exit_status = status;
	c->exit_signal = number;
	c->exited_ms = loop_server_now().mono_ms;
	if (!c->agent)
		close_rest(c);
}

/* --- live output ----------------------------------------------------------- */

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	struct output *o = h->data;
	size_t len = sizeof(o->bytes) - o->prefix.len;

	SM_UNUSED(hint);
	*b = uv_buf_init(o->bytes, (unsigned)len);
}

static void output_read(struct output *o, bool on);

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct output *o = stream->data;
	struct sm_buf chunk = SM_BUF_INIT(CHUNK);
	struct loop_agent *a = o->owner->agent;

	if (n < 0) {
		o->eof = true;
		output_read(o, false);
		return;
	}
	if (n == 0)
		return;
	if (o->line_start)
		(void)sm_buf_put_str(&chunk, o->prefix);
	(void)sm_buf_put(&chunk, b->base, (size_t)n);
	o->line_start = b->base[n - 1] == '\n';
	loop_agent_write(a, o->type, sm_buf_str(&chunk));
	sm_buf_release(&chunk);
	if (loop_agent_room(a) < CHUNK)
		output_read(o, false);
}

static void output_read(struct output *o, bool on)
{
	if (o->reading == on || (on && o->eof))
		return;
	o->reading = on;
	if (on)
		(void)uv_read_start((uv_stream_t *)&o->pipe, on_alloc, on_read);
	else
		(void)uv_read_stop((uv_stream_t *)&o->pipe);
}

/* --- start ----------------------------------------------------------------- */

static void stdio_separate(struct command *c, uv_loop_t *loop,
			   uv_stdio_container_t *stdio)
{
	const struct loop_document *d = loop_agent_document(c->agent);
	int i;

	for (i = 0; i < 2; i++) {
		struct output *o = &c->out[i];

		(void)uv_pipe_init(loop, &o->pipe, 0);
		o->pipe.data = o;
		o->owner = c;
		o->line_start = true;
		o->type = i ? PLUG_PAYLOAD_STDERR : PLUG_PAYLOAD_OUTPUT;
		o->prefix = i ? d->stderr_prefix : d->stdout_prefix;
		c->handles++;
		stdio[1 + i].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
		stdio[1 + i].data.stream = (uv_stream_t *)&o->pipe;
	}
}

static int stdio_combined(struct command *c, uv_stdio_container_t *stdio,
			  struct sm_err *e)
{
	c->fd = sm_os_file_temp(NULL, e);
	if (c->fd < 0)
		return c->fd;
	stdio[1].flags = UV_INHERIT_FD;
	stdio[1].data.fd = c->fd;
	stdio[2] = stdio[1];
	return 0;
}

static int spawn(struct command *c, uv_loop_t *loop,
		 uv_stdio_container_t *stdio, struct sm_err *e)
{
	static char sh[] = "sh", minus_c[] = "-c";
	struct sm_str command = loop_agent_document(c->agent)->command;
	char *line = sm_mem_dup(command);
	char *argv[4] = { sh, minus_c, line, NULL };
	uv_process_options_t o;
	int r;

	memset(&o, 0, sizeof(o));
	o.file = "/bin/sh";
	o.args = argv;
	o.exit_cb = on_ended;
	/* Its own group, so that signals reach what it started. */
	o.flags = UV_PROCESS_DETACHED;
	o.stdio_count = 3;
	o.stdio = stdio;
	r = uv_spawn(loop, &c->process, &o);
	c->handles++; /* to be closed even if it failed */
	c->tried = true;
	sm_mem_free(line);
	if (r < 0)
		return sm_err_set(e, SM_EIO, "cannot run '/bin/sh': %s",
				  uv_strerror(r));
	return 0;
}

static void command_stop(void *state);

static void *command_start(struct loop_agent *a, struct sm_err *e)
{
	struct loop_server *server = loop_agent_server(a);
	struct command *c = sm_mem_zalloc(1, sizeof(*c));
	uv_stdio_container_t stdio[3];
	int r = 0;

	memset(stdio, 0, sizeof(stdio));
	stdio[0].flags = UV_IGNORE;
	c->agent = a;
	c->fd = -1;
	c->separate = loop_agent_document(a)->separate_output ||
		      server->options->separate;
	(void)uv_timer_init(server->loop, &c->killer);
	c->killer.data = c;
	c->process.data = c;
	c->handles = 1;
	if (c->separate)
		stdio_separate(c, server->loop, stdio);
	else
		r = stdio_combined(c, stdio, e);
	if (r == 0)
		r = spawn(c, server->loop, stdio, e);
	if (r == 0)
		return c;
	c->exited = true;
	command_stop(c);
	return NULL;
}

/* --- running --------------------------------------------------------------- */

static int command_input(void *state, uint32_t type, struct sm_str payload)
{
	struct command *c = state;
	size_t i;

	if (type != PLUG_PAYLOAD_OUTPUT || c->exited)
		return 0;
	for (i = 0; i < payload.len; i++) {
		/* PROTOCOL.md 11: the first of these in a payload wins. */
		if (payload.ptr[i] != 0x03 && payload.ptr[i] != 0x1c)
			continue;
		(void)uv_kill(-c->process.pid,
			      payload.ptr[i] == 0x03 ? SIGINT : SIGQUIT);
		break;
	}
	return 0;
}

/* The combined file, as far as there is room; true at its end. */
static bool send_file(struct command *c)
{
	char bytes[CHUNK];
	int64_t n;

	while (loop_agent_room(c->agent) >= sizeof(bytes)) {
		n = sm_os_file_read_at(c->fd, bytes, sizeof(bytes), c->offset,
				       NULL);
		if (n <= 0)
			return true;
		c->offset += (uint64_t)n;
		loop_agent_write(c->agent, PLUG_PAYLOAD_OUTPUT,
				 sm_str_n(bytes, (size_t)n));
	}
	return false;
}

static void send_exit_code(struct command *c)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "EXIT_CODE: %lld",
		       c->exit_signal ? 128LL + c->exit_signal :
					(long long)c->exit_status);
	loop_agent_write(c->agent, PLUG_PAYLOAD_EXIT_CODE, sm_str(text));
}

static int64_t step_separate(struct command *c, int64_t now)
{
	bool room = loop_agent_room(c->agent) >= CHUNK;
	bool over;

	output_read(&c->out[0], room);
	output_read(&c->out[1], room);
	if (!c->exited)
		return INT64_MAX;
	over = c->out[0].eof && c->out[1].eof;
	if (!over && (!room || now < c->exited_ms + LINGER_MS))
		return room ? c->exited_ms + LINGER_MS : INT64_MAX;
	output_read(&c->out[0], false);
	output_read(&c->out[1], false);
	c->finished = true;
	send_exit_code(c);
	loop_agent_finish(c->agent, "");
	return now;
}

static int64_t command_step(void *state, int64_t now)
{
	struct command *c = state;

	if (c->finished)
		return INT64_MAX;
	if (c->separate)
		return step_separate(c, now);
	if (!c->exited)
		return INT64_MAX;
	if (!send_file(c))
		return INT64_MAX;
	c->finished = true;
	loop_agent_finish(c->agent, "");
	return now;
}

static size_t command_backlog(const void *state)
{
	SM_UNUSED(state); /* input is never kept */
	return 0;
}

static void command_stop(void *state)
{
	struct command *c = state;
	int i;

	c->agent = NULL;
	for (i = 0; c->separate && i < 2; i++)
		uv_close((uv_handle_t *)&c->out[i].pipe, on_pipe_closed);
	if (c->exited) {
		close_rest(c);
		return;
	}
	(void)uv_kill(-c->process.pid, SIGHUP);
	(void)uv_timer_start(&c->killer, on_killer, KILL_MS, 0);
}

const struct loop_agent_ops loop_agent_command_ops = {
	true,         command_start,   command_input,
	command_step, command_backlog, command_stop
};
