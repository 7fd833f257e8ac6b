/*
 * The local end of a forwarded port: TCP on the loopback addresses (or on
 * SSM_PLUGIN_LOCAL_HOST), or a unix socket. Source: PROTOCOL.md 10.1, 10.5.
 */
#ifndef PLUGIN_LISTENER_H
#define PLUGIN_LISTENER_H

#include "common/err.h"
#include "plugin/wire/handshake.h"

#include <stdbool.h>
#include <uv.h>

struct plug_listener;

/* A connection waits at `server`; accept it with plug_conn_accept, now or
 * later (no more are announced there until then). */
typedef void plug_listener_fn(void *user, uv_stream_t *server);

/*
 * Listen as the properties say. `host`: address for TCP, or "" for 127.0.0.1
 * and, if it is there, ::1 with the same port.
 * Errors: with the words of the official client, "listen tcp
 * 127.0.0.1:8080: bind: address already in use".
 */
struct plug_listener *plug_listener_new(uv_loop_t *loop,
					const struct plug_port_properties *p,
					const char *host, plug_listener_fn *fn,
					void *user, struct sm_err *e);

/* Stops listening and removes a unix socket; memory goes later. */
void plug_listener_free(struct plug_listener *l);

/* The path of a unix socket, or NULL; the TCP port. */
const char *plug_listener_path(const struct plug_listener *l);
unsigned plug_listener_port(const struct plug_listener *l);

/* True for 127.0.0.0/8 and ::1, and for "" (see plug_listener_new). */
bool plug_listener_is_local(const char *host);

/* The first address listened on: "127.0.0.1". */
const char *plug_listener_host(const struct plug_listener *l);

#endif
