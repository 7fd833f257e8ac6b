/*
 * A small HTTP server on loopback for unit tests: one thread, one connection
 * at a time, one request per connection. The handler writes the answer itself,
 * so that it can also write half of one.
 */
#ifndef TESTS_LIB_HTTPD_H
#define TESTS_LIB_HTTPD_H

#include "common/def.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct httpd_req {
	char method[16];
	char target[4096];
	char headers[16384]; /* as received, "\r\n" between them */
	char body[65536];    /* terminated */
	size_t body_len;
	int n; /* which request of this server, from 1 */
};

typedef void httpd_fn(void *user, const struct httpd_req *q, int fd);

struct httpd {
	int fd;
	unsigned port;
	char url[64]; /* "http://127.0.0.1:PORT" */
	httpd_fn *fn;
	void *user;
	atomic_int n;
	atomic_bool stop;
	pthread_t thread;
};

void httpd_start(struct httpd *h, httpd_fn *fn, void *user);
void httpd_stop(struct httpd *h);

/* Copy the value of a request header into `out`; "" if it is not there. */
void httpd_header(const struct httpd_req *q, const char *name, char *out,
		  size_t size);

/* Raw bytes, or a whole answer. `headers` may be NULL, else "Name: v\r\n". */
void httpd_write(int fd, const void *p, size_t len);
void httpd_reply(int fd, int status, const char *headers, const char *body);

#endif
