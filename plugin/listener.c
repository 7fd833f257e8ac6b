/*
 * Listening sockets. A unix socket that nobody listens on any more (a crash
 * left it) is replaced; one that answers, or another kind of file, is not.
 */
#include "common/def.h"
#include "plugin/listener.h"

#include "common/mem.h"

/* Connections that wait to be accepted; as the agent's side. */
#define BACKLOG 1024
/* sun_path is 104 bytes on macOS, 108 on Linux. */
#define PATH_MAX_BYTES 103u
#define SERVERS 2

struct server {
	union {
		uv_handle_t any;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} h;
	bool open;
};

struct plug_listener {
	uv_loop_t *loop;
	plug_listener_fn *fn;
	void *user;
	struct server server[SERVERS];
	unsigned handles;
	unsigned port;
	char host[64];
	char *path;
};

static void on_closed(uv_handle_t *h)
{
	struct plug_listener *l = h->data;

	if (--l->handles)
		return;
	sm_mem_free(l->path);
	sm_mem_free(l);
}

/* uv_close on a pipe that listens removes its file. */
void plug_listener_free(struct plug_listener *l)
{
	size_t i;
	bool any = false;

	if (!l)
		return;
	for (i = 0; i < SERVERS; i++) {
		if (!l->server[i].open)
			continue;
		any = true;
		l->server[i].open = false;
		uv_close(&l->server[i].h.any, on_closed);
	}
	if (!any && !l->handles) {
		sm_mem_free(l->path);
		sm_mem_free(l);
	}
}

static void on_connection(uv_stream_t *server, int status)
{
	struct plug_listener *l = server->data;

	/* an accept that failed (no descriptors) is tried again by libuv */
	if (status == 0)
		l->fn(l->user, server);
}

/* Open one more handle; it counts until it is closed. */
static struct server *add(struct plug_listener *l, size_t i, bool tcp)
{
	struct server *s = &l->server[i];

	if (tcp)
		(void)uv_tcp_init(l->loop, &s->h.tcp);
	else
		(void)uv_pipe_init(l->loop, &s->h.pipe, 0);
	s->h.any.data = l;
	s->open = true;
	l->handles++;
	return s;
}

static void drop(struct server *s)
{
	s->open = false;
	uv_close(&s->h.any, on_closed);
}

/* ---- TCP ---- */

static int address(const char *host, int port, struct sockaddr_storage *sa)
{
	if (uv_ip4_addr(host, port, (struct sockaddr_in *)sa) == 0)
		return 0;
	return uv_ip6_addr(host, port, (struct sockaddr_in6 *)sa);
}

bool plug_listener_is_local(const char *host)
{
	static const unsigned char one[16] = { [15] = 1 };
	struct sockaddr_storage sa;

	memset(&sa, 0, sizeof(sa));
	if (!*host)
		return true;
	if (address(host, 0, &sa) < 0)
		return false;
	if (sa.ss_family == AF_INET6)
		return !memcmp(&((struct sockaddr_in6 *)&sa)->sin6_addr, one,
			       sizeof(one));
	/* network order: the first byte is 127 */
	return *(unsigned char *)&((struct sockaddr_in *)&sa)->sin_addr == 127;
}

static unsigned bound_port(uv_tcp_t *h)
{
	struct sockaddr_storage sa;
	int len = sizeof(sa);

	if (uv_tcp_getsockname(h, (struct sockaddr *)&sa, &len) < 0)
		return 0;
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return ntohs(((struct sockaddr_in *)&sa)->sin_port);
}

static int bind_tcp(struct plug_listener *l, size_t i, const char *host,
		    unsigned port)
{
	struct server *s = add(l, i, true);
	struct sockaddr_storage sa;
	int r;

	memset(&sa, 0, sizeof(sa));
	if ((r = address(host, (int)port, &sa)) < 0)
		goto fail;
	r = uv_tcp_bind(&s->h.tcp, (const struct sockaddr *)&sa,
			sa.ss_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0);
	if (r < 0)
		goto fail;
	r = uv_listen(&s->h.stream, BACKLOG, on_connection);
	if (r < 0)
		goto fail;
	return 0;
fail:
	drop(s);
	return r;
}

static int listen_tcp(struct plug_listener *l,
		      const struct plug_port_properties *p, const char *host,
		      struct sm_err *e)
{
	const char *first = *host ? host : "127.0.0.1";
	uint64_t port = 0;
	int r;

	if (p->local_port_number.len &&
	    sm_str_u64(p->local_port_number, 65535, &port) < 0)
		return sm_err_set(e, SM_EUSAGE,
				  "listen tcp: address %.*s: invalid port",
				  SM_STR_ARG(p->local_port_number));
	(void)snprintf(l->host, sizeof(l->host), "%s", first);
	if ((r = bind_tcp(l, 0, first, (unsigned)port)) < 0)
		return sm_err_set(e, r == UV_EADDRINUSE ? SM_EBUSY : SM_EIO,
				  "listen tcp %s:%u: bind: %s", first,
				  (unsigned)port, uv_strerror(r));
	l->port = bound_port(&l->server[0].h.tcp);
	if (!*host) /* many machines have no ::1, or it is taken */
		(void)bind_tcp(l, 1, "::1", l->port);
	return 0;
}

/* ---- unix ---- */

/* True when `path` is a socket and nobody listens there. */
static bool stale(uv_loop_t *loop, const char *path)
{
	uv_fs_t st;
	bool is_socket;
	int r = uv_fs_lstat(loop, &st, path, NULL);

	is_socket = r == 0 && (st.statbuf.st_mode & 0170000) == 0140000;
	uv_fs_req_cleanup(&st);
	return is_socket;
}

static int bind_unix(struct plug_listener *l, size_t i, const char *path)
{
	struct server *s = add(l, i, false);
	int r = uv_pipe_bind(&s->h.pipe, path);

	if (r == 0)
		r = uv_listen(&s->h.stream, BACKLOG, on_connection);
	if (r < 0)
		drop(s);
	return r;
}

struct probe {
	uv_pipe_t pipe;
	uv_connect_t req;
	int status;
	bool done;
};

static void on_probe(uv_connect_t *req, int status)
{
	struct probe *p = req->data;

	p->status = status;
	p->done = true;
}

static void on_probe_closed(uv_handle_t *h)
{
	((struct probe *)h->data)->done = true;
}

/* Ask the socket on a loop of its own: the answer is immediate for files. */
static bool answers(const char *path)
{
	struct probe p = { 0 };
	uv_loop_t loop;

	if (uv_loop_init(&loop) < 0)
		return true;
	(void)uv_pipe_init(&loop, &p.pipe, 0);
	p.pipe.data = &p;
	p.req.data = &p;
	uv_pipe_connect(&p.req, &p.pipe, path, on_probe);
	while (!p.done)
		(void)uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&p.pipe, on_probe_closed);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	return p.status != UV_ECONNREFUSED;
}

static int listen_unix(struct plug_listener *l,
		       const struct plug_port_properties *p, struct sm_err *e)
{
	uv_fs_t req;
	int r;

	if (!p->local_unix_socket.len)
		return sm_err_set(e, SM_EUSAGE,
				  "listen unix: no path was given");
	if (p->local_unix_socket.len > PATH_MAX_BYTES)
		return sm_err_set(e, SM_ELIMIT,
				  "listen unix %.*s: the path is longer than "
				  "%u bytes",
				  SM_STR_ARG(p->local_unix_socket),
				  PATH_MAX_BYTES);
	l->path = sm_mem_dup(p->local_unix_socket);
	r = bind_unix(l, 0, l->path);
	if (r == UV_EADDRINUSE && stale(l->loop, l->path) &&
	    !answers(l->path)) {
		(void)uv_fs_unlink(l->loop, &req, l->path, NULL);
		uv_fs_req_cleanup(&req);
		r = bind_unix(l, 1, l->path); /* 0 is still closing */
	}
	if (r < 0)
		return sm_err_set(e, r == UV_EADDRINUSE ? SM_EBUSY : SM_EIO,
				  "listen unix %s: bind: %s", l->path,
				  uv_strerror(r));
	return 0;
}

struct plug_listener *plug_listener_new(uv_loop_t *loop,
					const struct plug_port_properties *p,
					const char *host, plug_listener_fn *fn,
					void *user, struct sm_err *e)
{
	struct plug_listener *l = sm_mem_zalloc(1, sizeof(*l));
	bool is_unix = sm_str_eqz(p->local_connection_type, "unix");
	int r;

	l->loop = loop;
	l->fn = fn;
	l->user = user;
	r = is_unix ? listen_unix(l, p, e) : listen_tcp(l, p, host, e);
	if (r < 0) {
		plug_listener_free(l);
		return NULL;
	}
	return l;
}

const char *plug_listener_path(const struct plug_listener *l)
{
	return l->path;
}

unsigned plug_listener_port(const struct plug_listener *l)
{
	return l->port;
}

const char *plug_listener_host(const struct plug_listener *l)
{
	return l->host;
}
