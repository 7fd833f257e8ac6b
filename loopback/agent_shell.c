/*
 * A child on a pseudo terminal, run as the user of this program.
 *
 * Life: open (child and terminal) -> exited (the rest of the output is read)
 * -> finished. After stop() the object belongs to the loop: it hangs the
 * child up, kills it if that does not help, reaps it and frees itself.
 *
 * Output that the stream has no room for stays in the terminal, so a fast
 * child is held back by a slow client.
 */
#include "common/def.h"
#include "loopback/agent_shell.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "loopback/document.h"
#include "loopback/server.h"

#define READ_SIZE 16384u
#define FIRST_READ_MS 1000 /* official pause before the first read */
#define LINGER_MS 200      /* for output behind the child's end */
#define KILL_MS 1000       /* from hang-up to kill */
#define COLUMNS 80
#define ROWS 24

struct shell {
	struct loop_agent *agent; /* NULL after stop */
	uv_poll_t poll;
	uv_signal_t child;
	uv_timer_t killer;
	unsigned handles; /* not yet closed */
	int fd;           /* master; -1 once closed */
	pid_t pid;        /* 0 once reaped */
	bool eof, finished;
	int polled; /* events asked for */
	int64_t first_ms, exited_ms;
	struct sm_buf input; /* not yet taken by the terminal */
};

static void on_closed(uv_handle_t *h)
{
	struct shell *s = h->data;

	if (--s->handles)
		return;
	sm_buf_release(&s->input);
	sm_mem_free(s);
}

/* After stop, once the child is reaped. */
static void close_rest(struct shell *s)
{
	uv_close((uv_handle_t *)&s->child, on_closed);
	uv_close((uv_handle_t *)&s->killer, on_closed);
}

static void terminal_close(struct shell *s)
{
	if (s->fd < 0)
		return;
	uv_close((uv_handle_t *)&s->poll, on_closed);
	(void)close(s->fd);
	s->fd = -1;
}

static void on_poll(uv_poll_t *p, int status, int events);

static void poll_for(struct shell *s, int events)
{
	if (s->polled == events)
		return;
	s->polled = events;
	if (events)
		(void)uv_poll_start(&s->poll, events, on_poll);
	else
		(void)uv_poll_stop(&s->poll);
}

/* Move what the stream has room for; true if more may be there at once. */
static bool read_some(struct shell *s)
{
	size_t room = loop_agent_room(s->agent);
	char bytes[READ_SIZE];
	ssize_t n;

	if (!room || s->eof)
		return false;
	n = read(s->fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes));
	if (n > 0) {
		loop_agent_write(s->agent, PLUG_PAYLOAD_OUTPUT,
				 sm_str_n(bytes, (size_t)n));
		return true;
	}
	/* EIO says that nobody has the other side open any more. */
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		s->eof = true;
	return false;
}

static void write_some(struct shell *s)
{
	ssize_t n;

	while (s->input.len) {
		n = write(s->fd, s->input.ptr, s->input.len);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			sm_buf_clear(&s->input);
		if (n <= 0)
			return;
		sm_buf_consume(&s->input, (size_t)n);
	}
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct shell *s = p->data;

	if (status < 0)
		s->eof = true;
	if (events & UV_READABLE)
		read_some(s);
	if (events & UV_WRITABLE)
		write_some(s);
}

static void on_child(uv_signal_t *h, int number)
{
	struct shell *s = h->data;
	int status;

	SM_UNUSED(number);
	if (!s->pid || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	s->pid = 0;
	s->exited_ms = loop_server_now().mono_ms;
	(void)uv_signal_stop(&s->child);
	if (!s->agent)
		close_rest(s);
}

static void on_killer(uv_timer_t *t)
{
	struct shell *s = t->data;

	if (s->pid)
		(void)kill(-s->pid, SIGKILL);
}

/* Only async-signal-safe calls: this is the child of a fork. */
SM_NORETURN static void child_run(char *const argv[], char *const envp[])
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execve("/bin/sh", argv, envp);
	_exit(127);
}

extern char **environ;

/* The environment with TERM set; the strings are borrowed. */
static char **environment_new(void)
{
	static char term[] = "TERM=xterm-256color";
	size_t n = 0, i, kept = 0;
	char **envp;

	while (environ[n])
		n++;
	envp = sm_mem_zalloc(n + 2, sizeof(*envp));
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], "TERM=", 5) != 0)
			envp[kept++] = environ[i];
	envp[kept] = term;
	return envp;
}

static int spawn(struct shell *s, const char *command, struct sm_err *e)
{
	static char sh[] = "sh", minus_c[] = "-c";
	struct winsize size = { .ws_col = COLUMNS, .ws_row = ROWS };
	char **envp = environment_new();
	char *line = sm_mem_dup(sm_str(command));
	char *argv[4] = { sh, minus_c, line, NULL };
	int r = 0;

	s->pid = forkpty(&s->fd, NULL, NULL, &size);
	if (s->pid == 0)
		child_run(argv, envp);
	if (s->pid < 0) {
		s->pid = 0;
		s->fd = -1;
		r = sm_err_set_os(e, SM_EIO, errno,
				  "cannot open a pseudo terminal: %s",
				  strerror(errno));
	}
	sm_mem_free(line);
	sm_mem_free(envp);
	return r;
}

/* The loop cannot watch the terminal: no child without somebody to read. */
static int give_up(struct shell *s, struct sm_err *e)
{
	(void)kill(-s->pid, SIGKILL);   /* it is there: not yet reaped */
	(void)waitpid(s->pid, NULL, 0); /* at once after SIGKILL */
	(void)close(s->fd);             /* nothing was written */
	return sm_err_set(e, SM_EIO, "cannot watch the pseudo terminal");
}

static void *shell_start(struct loop_agent *a, struct sm_err *e)
{
	const struct loop_document *d = loop_agent_document(a);
	struct loop_server *server = loop_agent_server(a);
	struct shell *s = sm_mem_zalloc(1, sizeof(*s));
	struct sm_buf line = SM_BUF_INIT((size_t)128 << 10);
	int r;

	s->agent = a;
	sm_buf_init(&s->input, LOOP_AGENT_BACKLOG * 2);
	if (d->kind == LOOP_KIND_SHELL)
		(void)sm_buf_printf(&line, "exec %s", server->options->shell);
	else
		(void)sm_buf_put_str(&line, d->command);
	r = line.err;
	if (r == 0)
		r = spawn(s, sm_buf_z(&line), e);
	sm_buf_release(&line);
	if (r == 0 && uv_poll_init(server->loop, &s->poll, s->fd) < 0)
		r = give_up(s, e);
	if (r < 0) {
		sm_mem_free(s);
		return NULL;
	}
	(void)uv_signal_init(server->loop, &s->child);
	(void)uv_timer_init(server->loop, &s->killer);
	s->handles = 3;
	s->poll.data = s;
	s->child.data = s;
	s->killer.data = s;
	(void)uv_signal_start(&s->child, on_child, SIGCHLD);
	/* It may have ended before the signal was watched. */
	on_child(&s->child, SIGCHLD);
	if (server->options->pace)
		s->first_ms = loop_server_now().mono_ms + FIRST_READ_MS;
	return s;
}

static int shell_input(void *state, uint32_t type, struct sm_str payload)
{
	struct shell *s = state;
	unsigned cols, rows;
	struct winsize size = { 0 };

	if (s->fd < 0)
		return 0;
	if (type == PLUG_PAYLOAD_SIZE &&
	    plug_payload_size_get(&cols, &rows, payload) == 0) {
		size.ws_col = (unsigned short)cols;
		size.ws_row = (unsigned short)rows;
		(void)ioctl(s->fd, TIOCSWINSZ, &size);
	}
	if (type != PLUG_PAYLOAD_OUTPUT)
		return 0;
	if (s->input.len > LOOP_AGENT_BACKLOG)
		return SM_EAGAIN;
	(void)sm_buf_put_str(&s->input, payload);
	write_some(s);
	return 0;
}

static int64_t shell_step(void *state, int64_t now)
{
	struct shell *s = state;
	int events = 0;

	if (now < s->first_ms)
		return s->first_ms;
	if (!s->pid)
		while (read_some(s))
			;
	if (!s->pid && !s->finished &&
	    (s->eof || now >= s->exited_ms + LINGER_MS)) {
		s->finished = true;
		poll_for(s, 0);
		loop_agent_finish(s->agent, "");
		return now;
	}
	if (!s->eof && loop_agent_room(s->agent))
		events |= UV_READABLE;
	if (s->input.len && !s->eof)
		events |= UV_WRITABLE;
	poll_for(s, events);
	return s->pid ? INT64_MAX : s->exited_ms + LINGER_MS;
}

static size_t shell_backlog(const void *state)
{
	const struct shell *s = state;

	return s->input.len;
}

static void shell_stop(void *state)
{
	struct shell *s = state;

	s->agent = NULL;
	terminal_close(s);
	if (!s->pid) {
		close_rest(s);
		return;
	}
	(void)kill(-s->pid, SIGHUP);
	(void)uv_timer_start(&s->killer, on_killer, KILL_MS, 0);
}

const struct loop_agent_ops loop_agent_shell_ops = {
	false, shell_start, shell_input, shell_step, shell_backlog, shell_stop
};
