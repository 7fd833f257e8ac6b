/*
 * The two JSON documents of the command line: StartSession's response and its
 * parameters. Pure. Source: PROTOCOL.md 1.1 to 1.3, appendix C.
 */
#ifndef PLUGIN_REQUEST_H
#define PLUGIN_REQUEST_H

#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"

#define PLUG_REQUEST_ID_MAX 255u /* bytes of a session id */
#define PLUG_REQUEST_TOKEN_MAX 8191u
#define PLUG_REQUEST_URL_MAX 8191u

struct plug_request {
	struct sm_arena arena;
	/* terminated; live as long as the request */
	struct sm_str session_id;
	struct sm_str token;
	struct sm_str stream_url; /* ws:// or wss://, no user-info */
	struct sm_str target;     /* empty when no parameters were given */
};

/* Starts empty. */
void plug_request_init(struct plug_request *q);

/* Wipes the token. */
void plug_request_release(struct plug_request *q);

/*
 * Read SessionId, TokenValue and StreamUrl; names in any case, an exact match
 * preferred; other members are ignored. The text of an error is what stands
 * behind "Cannot perform start session: ".
 *
 * Errors: SM_EFORMAT, SM_ELIMIT.
 */
int plug_request_response(struct plug_request *q, struct sm_str json,
			  struct sm_err *e);

/* Read Target. Errors: SM_EFORMAT if it is not an object with that string. */
int plug_request_parameters(struct plug_request *q, struct sm_str json,
			    struct sm_err *e);

#endif
