/*
 * One table of documents, one of parameters.
 *
 * To add a document: one row in `documents`; a parameter: one row in
 * `parameters` and a member to keep it.
 */
#include "common/def.h"
#include "loopback/document.h"

#include <stddef.h>
#include <yyjson.h>

#include "plugin/wire/payload.h"

#define VALUE_MAX 65536 /* SSM's limit of a parameter is not published; ours */

enum parameter_bit {
	P_PORT = 1,
	P_LOCAL = 2,
	P_HOST = 4,
	P_SOCKET = 8,
	P_COMMAND = 16,
	P_SEPARATE = 32
};

struct document_row {
	const char *name;
	enum loop_kind kind;
	unsigned takes, needs; /* parameter bits */
	const char *port;      /* default */
	bool forwarding;
};

/* clang-format off */
static const struct document_row documents[] = {
	{ "SSM-SessionManagerRunShell", LOOP_KIND_SHELL, 0, 0, "", false },
	{ "AWS-StartSSHSession", LOOP_KIND_PORT, P_PORT, 0, "22", false },
	{ "AWS-StartPortForwardingSession", LOOP_KIND_PORT,
	  P_PORT | P_LOCAL, 0, "80", true },
	{ "AWS-StartPortForwardingSessionToRemoteHost", LOOP_KIND_PORT,
	  P_PORT | P_LOCAL | P_HOST, P_HOST, "80", true },
	{ "AWS-StartPortForwardingSessionToSocket", LOOP_KIND_PORT,
	  P_PORT | P_SOCKET, P_PORT | P_SOCKET, "", true },
	{ "AWS-StartInteractiveCommand", LOOP_KIND_INTERACTIVE,
	  P_COMMAND, P_COMMAND, "", false },
	{ "AWS-StartNonInteractiveCommand", LOOP_KIND_COMMAND,
	  P_COMMAND | P_SEPARATE, P_COMMAND, "", false },
};

struct parameter_row {
	const char *name;
	unsigned bit;
	size_t at; /* offset of a struct sm_str in struct loop_document */
	bool port; /* a number up to 65535 */
};

#define AT(member) offsetof(struct loop_document, member)
#define NOWHERE ((size_t)-1)

static const struct parameter_row parameters[] = {
	{ "portNumber", P_PORT, AT(port_number), true },
	{ "localPortNumber", P_LOCAL, AT(local_port_number), true },
	{ "host", P_HOST, AT(host), false },
	{ "localUnixSocket", P_SOCKET, AT(local_unix_socket), false },
	{ "command", P_COMMAND, AT(command), false },
	{ "separateOutputStream", P_SEPARATE, NOWHERE, false },
	{ "stdOutSeparatorPrefix", P_SEPARATE, AT(stdout_prefix), false },
	{ "stdErrSeparatorPrefix", P_SEPARATE, AT(stderr_prefix), false },
};
/* clang-format on */

static struct sm_str *text_of(struct loop_document *d, size_t at)
{
	return (struct sm_str *)(void *)((char *)d + at);
}

static const struct parameter_row *parameter_find(struct sm_str name)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(parameters); i++)
		if (sm_str_eqz(name, parameters[i].name))
			return &parameters[i];
	return NULL;
}

/* ^[0-9a-zA-Z\r\n_:-]{0,30}$ : PROTOCOL.md 11. */
static bool is_prefix(struct sm_str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.ptr[i];
		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && (!c || !strchr("\r\n_:-", c)))
			return false;
	}
	return s.len <= 30;
}

static bool is_valid(const struct parameter_row *p, struct sm_str value)
{
	uint64_t port;

	if (p->port)
		return sm_str_u64(value, 65535, &port) == 0;
	if (p->bit == P_SEPARATE && p->at == NOWHERE)
		return sm_str_eqz(value, "true") || sm_str_eqz(value, "false");
	if (p->bit == P_SEPARATE)
		return is_prefix(value);
	return value.len > 0 && value.len <= VALUE_MAX &&
	       !memchr(value.ptr, 0, value.len);
}

static int parameter_set(struct loop_document *d, struct sm_arena *arena,
			 const struct parameter_row *p, yyjson_val *val,
			 struct sm_err *e)
{
	struct sm_str value;

	/* StartSession has lists; only the first element counts. */
	if (yyjson_is_arr(val))
		val = yyjson_arr_get_first(val);
	if (!yyjson_is_str(val))
		return sm_err_set(e, SM_EFORMAT, "parameter '%s' has no value",
				  p->name);
	value = sm_str_n(yyjson_get_str(val), yyjson_get_len(val));
	if (!is_valid(p, value))
		return sm_err_set(e, SM_EFORMAT,
				  "parameter '%s' has an invalid value",
				  p->name);
	if (p->at == NOWHERE)
		d->separate_output = sm_str_eqz(value, "true");
	else
		*text_of(d, p->at) = sm_arena_str(arena, value);
	return 0;
}

static int parameters_read(struct loop_document *d, struct sm_arena *arena,
			   const struct document_row *row, yyjson_val *root,
			   unsigned *seen, struct sm_err *e)
{
	const struct parameter_row *p;
	yyjson_obj_iter it;
	struct sm_str name;
	yyjson_val *key;
	int r;

	yyjson_obj_iter_init(root, &it);
	while ((key = yyjson_obj_iter_next(&it))) {
		name = sm_str_n(yyjson_get_str(key), yyjson_get_len(key));
		p = parameter_find(name);
		if (!p || !(row->takes & p->bit))
			return sm_err_set(
				e, SM_EFORMAT,
				"document '%s' has no parameter '%.*s'",
				row->name, SM_STR_ARG(name));
		r = parameter_set(d, arena, p, yyjson_obj_iter_get_val(key), e);
		if (r < 0)
			return r;
		*seen |= p->bit;
	}
	return 0;
}

static const struct document_row *document_find(struct sm_str name)
{
	size_t i;

	if (!name.len)
		return &documents[0];
	for (i = 0; i < SM_ARRAY_LEN(documents); i++)
		if (sm_str_eqz(name, documents[i].name))
			return &documents[i];
	return NULL;
}

/* The first parameter that is needed and was not given. */
static const char *missing(const struct document_row *row, unsigned seen)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(parameters); i++)
		if (row->needs & parameters[i].bit & ~seen)
			return parameters[i].name;
	return NULL;
}

static int resolve(struct loop_document *d, struct sm_arena *arena,
		   const struct document_row *row, yyjson_val *root,
		   struct sm_err *e)
{
	unsigned seen = 0;
	int r = 0;

	d->name = row->name;
	d->kind = row->kind;
	d->forwarding = row->forwarding;
	d->port_number = sm_str(row->port);
	if (row->takes & P_LOCAL)
		d->local_port_number = sm_str("0");
	if (row->takes & P_SOCKET)
		d->local_connection_type = sm_str("unix");
	if (root && !yyjson_is_null(root) && !yyjson_is_obj(root))
		return sm_err_set(e, SM_EFORMAT,
				  "Parameters are not an object");
	if (yyjson_is_obj(root))
		r = parameters_read(d, arena, row, root, &seen, e);
	if (r == 0 && missing(row, seen))
		r = sm_err_set(e, SM_EFORMAT, "parameter '%s' is missing",
			       missing(row, seen));
	return r;
}

int loop_document_resolve(struct loop_document *d, struct sm_arena *arena,
			  struct sm_str name, struct sm_str json,
			  struct sm_err *e)
{
	const struct document_row *row = document_find(name);
	yyjson_doc *doc = NULL;
	int r;

	memset(d, 0, sizeof(*d));
	if (!row)
		return sm_err_set(e, SM_ENOTFOUND, "no document '%.*s'",
				  SM_STR_ARG(name));
	if (json.len) {
		doc = yyjson_read(json.ptr, json.len, 0);
		if (!doc)
			return sm_err_set(e, SM_EFORMAT,
					  "Parameters are not JSON");
	}
	r = resolve(d, arena, row, yyjson_doc_get_root(doc), e);
	yyjson_doc_free(doc);
	return r;
}

const char *loop_document_session_type(const struct loop_document *d)
{
	switch (d->kind) {
	case LOOP_KIND_PORT:
		return "Port";
	case LOOP_KIND_INTERACTIVE:
		return "InteractiveCommands";
	case LOOP_KIND_COMMAND:
		return "NonInteractiveCommands";
	default:
		return "Standard_Stream";
	}
}

static void member(struct sm_buf *out, const char *name, struct sm_str value,
		   const char **comma)
{
	if (!value.len)
		return;
	(void)sm_buf_printf(out, "%s\"%s\":", *comma, name);
	(void)plug_payload_json_string(out, value);
	*comma = ",";
}

int loop_document_properties_put(struct sm_buf *out,
				 const struct loop_document *d)
{
	const char *comma = "";

	if (d->kind != LOOP_KIND_PORT)
		return sm_buf_puts(out, "null");
	(void)sm_buf_puts(out, "{");
	member(out, "portNumber", d->port_number, &comma);
	if (d->forwarding)
		member(out, "type", sm_str("LocalPortForwarding"), &comma);
	member(out, "localPortNumber", d->local_port_number, &comma);
	member(out, "localConnectionType", d->local_connection_type, &comma);
	member(out, "localUnixSocket", d->local_unix_socket, &comma);
	member(out, "host", d->host, &comma);
	return sm_buf_puts(out, "}");
}

uint16_t loop_document_port(const struct loop_document *d)
{
	uint64_t port = 0;

	if (sm_str_u64(d->port_number, 65535, &port) < 0)
		return 0;
	return (uint16_t)port;
}
