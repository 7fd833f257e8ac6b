/*
 * Session documents: what StartSession may ask for, and what each means to
 * the agent. Source: PROTOCOL.md 10.1, 11; AWS Systems Manager documents of
 * the same names. Pure.
 */
#ifndef LOOPBACK_DOCUMENT_H
#define LOOPBACK_DOCUMENT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum loop_kind {
	LOOP_KIND_SHELL,
	LOOP_KIND_INTERACTIVE, /* a command on a pty */
	LOOP_KIND_COMMAND,     /* a command on pipes */
	LOOP_KIND_PORT
};

/* A resolved document; absent strings are empty. */
struct loop_document {
	const char *name;
	enum loop_kind kind;
	struct sm_str command;
	struct sm_str stdout_prefix, stderr_prefix;
	bool separate_output;
	/* Port */
	struct sm_str port_number, local_port_number, host;
	struct sm_str local_connection_type, local_unix_socket;
	bool forwarding; /* type is LocalPortForwarding */
};

/*
 * Resolve a document (empty name: the default shell) with the Parameters of
 * the request: a JSON object of arrays of strings, or empty.
 *
 * Owns:   strings live in the arena.
 * Errors: SM_ENOTFOUND for an unknown document, SM_EFORMAT for parameters
 *         that are missing, unknown to the document or no valid value.
 */
int loop_document_resolve(struct loop_document *d, struct sm_arena *arena,
			  struct sm_str name, struct sm_str parameters,
			  struct sm_err *e);

/* SessionType of the handshake: PROTOCOL.md 7.3. */
const char *loop_document_session_type(const struct loop_document *d);

/* Append Properties of the handshake: an object for Port, else null. */
int loop_document_properties_put(struct sm_buf *out,
				 const struct loop_document *d);

/* Reads a whole document and its values; the port number as a number. */
uint16_t loop_document_port(const struct loop_document *d);

#endif
