/*
 * Who is at the other end of a loopback connection: the system knows which
 * user owns that socket.
 *
 * The keys of this server are published, so without this every user of the
 * machine would get a shell of the one who runs it.
 */
#ifndef LOOPBACK_PEER_H
#define LOOPBACK_PEER_H

#include "common/err.h"
#include "common/str.h"

struct sockaddr;

/* The ports and addresses of a connection, as the table spells them. */
struct loop_peer_end {
	char address[33]; /* hexadecimal, 8 or 32 digits */
	uint16_t port;
};

/*
 * Find the established connection in the text of /proc/net/tcp or tcp6 that
 * goes from `peer` to `local`. An IPv4 end also matches its mapped form.
 * Errors: SM_ENOTFOUND.
 * Source: proc(5); the state 01 is TCP_ESTABLISHED. A socket that is closed
 * already has no owner and is therefore not looked at.
 */
int loop_peer_find(struct sm_str table, const struct loop_peer_end *peer,
		   const struct loop_peer_end *local, uint32_t *uid);

/*
 * The user who owns the socket at the other end. Both addresses are of one
 * family. Errors: SM_ENOTFOUND, and those of reading the tables.
 */
int loop_peer_uid(const struct sockaddr *peer, const struct sockaddr *local,
		  uint32_t *uid, struct sm_err *e);

#endif
