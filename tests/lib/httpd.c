/*
 * The test server. Everything that goes wrong here ends the test program.
 */
#include "common/def.h"
#include "tests/lib/httpd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

void httpd_write(int fd, const void *p, size_t len)
{
	const char *at = p;
	ssize_t n;

	while (len) {
		n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the client has gone, as tests want */
		at += n;
		len -= (size_t)n;
	}
}

void httpd_reply(int fd, int status, const char *headers, const char *body)
{
	char head[2048];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d Status\r\nConnection: close\r\n"
			 "Content-Length: %zu\r\n%s\r\n",
			 status, strlen(body), headers ? headers : "");

	httpd_write(fd, head, (size_t)n);
	httpd_write(fd, body, strlen(body));
}

void httpd_header(const struct httpd_req *q, const char *name, char *out,
		  size_t size)
{
	const char *p = q->headers;
	size_t n = strlen(name), len;

	out[0] = '\0';
	while (p && *p) {
		if (!strncasecmp(p, name, n) && p[n] == ':') {
			p += n + 1;
			p += strspn(p, " ");
			len = strcspn(p, "\r\n");
			(void)snprintf(out, size, "%.*s", (int)len, p);
			return;
		}
		p = strstr(p, "\r\n");
		p = p ? p + 2 : NULL;
	}
}

/* Read until the body is whole. False if the client gave up. */
static bool read_request(int fd, struct httpd_req *q)
{
	static char raw[sizeof(q->headers) + sizeof(q->body)];
	size_t have = 0, want = 0, head = 0;
	char value[32], *end, *line;
	ssize_t n;

	while (!head || have < want) {
		n = recv(fd, raw + have, sizeof(raw) - 1 - have, 0);
		if (n <= 0)
			return false;
		have += (size_t)n;
		raw[have] = '\0';
		end = head ? NULL : strstr(raw, "\r\n\r\n");
		if (!end)
			continue;
		head = (size_t)(end - raw) + 4;
		line = strstr(raw, "\r\n");
		check(sscanf(raw, "%15s %4095s", q->method, q->target) == 2,
		      "request line");
		(void)snprintf(q->headers, sizeof(q->headers), "%.*s",
			       (int)(end - line), line + 2);
		httpd_header(q, "content-length", value, sizeof(value));
		want = head + strtoul(value, NULL, 10);
	}
	q->body_len = have - head;
	check(q->body_len < sizeof(q->body), "request body");
	memcpy(q->body, raw + head, q->body_len);
	q->body[q->body_len] = '\0';
	return true;
}

static void *serve(void *arg)
{
	struct httpd *h = arg;
	struct httpd_req *q = calloc(1, sizeof(*q));
	int fd;

	check(q != NULL, "memory");
	while (!atomic_load(&h->stop)) {
		struct pollfd p = { .fd = h->fd, .events = POLLIN };

		if (poll(&p, 1, 20) <= 0)
			continue;
		fd = accept(h->fd, NULL, NULL);
		if (fd < 0)
			continue;
		if (read_request(fd, q)) {
			q->n = atomic_fetch_add(&h->n, 1) + 1;
			h->fn(h->user, q, fd);
		}
		(void)shutdown(fd, SHUT_RDWR);
		close(fd);
	}
	free(q);
	return NULL;
}

void httpd_start(struct httpd *h, httpd_fn *fn, void *user)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	memset(h, 0, sizeof(*h));
	h->fn = fn;
	h->user = user;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	h->fd = socket(AF_INET, SOCK_STREAM, 0);
	check(h->fd >= 0, "socket");
	check(!bind(h->fd, (struct sockaddr *)&a, sizeof(a)), "bind");
	check(!listen(h->fd, 16), "listen");
	check(!getsockname(h->fd, (struct sockaddr *)&a, &len), "getsockname");
	h->port = ntohs(a.sin_port);
	(void)snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%u", h->port);
	check(!pthread_create(&h->thread, NULL, serve, h), "pthread_create");
}

void httpd_stop(struct httpd *h)
{
	atomic_store(&h->stop, true);
	(void)pthread_join(h->thread, NULL);
	close(h->fd);
}
