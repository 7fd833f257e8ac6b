/*
 * Reading the kernel's table of connections. Fails closed: a connection that
 * is not found belongs to nobody.
 */
#include "common/def.h"
#include "loopback/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "common/buf.h"
#include "common/os/file.h"

#define TABLE_MAX ((size_t)64 << 20)
#define CHUNK ((size_t)64 << 10)
#define MAPPED "0000000000000000FFFF0000"
#define ESTABLISHED "01"

/* The next word of a line; empty at its end. */
static struct sm_str word(struct sm_str *line)
{
	struct sm_str w;
	long end;

	*line = sm_str_trim(*line);
	end = sm_str_chr(*line, ' ', 0);
	w = sm_str_sub(*line, 0, end < 0 ? line->len : (size_t)end);
	*line = sm_str_sub(*line, w.len, line->len);
	return w;
}

/* "0100007F:1F90" against one end. */
static bool matches(struct sm_str text, const struct loop_peer_end *end)
{
	char port[8];
	long colon = sm_str_chr(text, ':', 0);
	struct sm_str address;

	if (colon < 0)
		return false;
	(void)snprintf(port, sizeof(port), "%04X", (unsigned)end->port);
	if (!sm_str_eqz(sm_str_sub(text, (size_t)colon + 1, text.len), port))
		return false;
	address = sm_str_sub(text, 0, (size_t)colon);
	if (strlen(end->address) == 8 && sm_str_starts(address, MAPPED))
		address = sm_str_sub(address, strlen(MAPPED), address.len);
	return sm_str_eqz(address, end->address);
}

int loop_peer_find(struct sm_str table, const struct loop_peer_end *peer,
		   const struct loop_peer_end *local, uint32_t *uid)
{
	struct sm_str line, owner;
	uint64_t n;
	int skip;

	while (sm_str_split(&table, '\n', &line)) {
		(void)word(&line); /* its number */
		if (!matches(word(&line), peer) ||
		    !matches(word(&line), local) ||
		    !sm_str_eqz(word(&line), ESTABLISHED))
			continue;
		for (skip = 0; skip < 3; skip++)
			(void)word(&line); /* queues, timer, retransmits */
		owner = word(&line);
		if (sm_str_u64(owner, UINT32_MAX, &n) < 0)
			continue;
		*uid = (uint32_t)n;
		return 0;
	}
	return SM_ENOTFOUND;
}

/* The table prints each 32-bit group in the machine's order. */
static int end_of(const struct sockaddr *a, struct loop_peer_end *end)
{
	const struct sockaddr_in6 *six;
	const struct sockaddr_in *four;
	uint32_t group[4];
	size_t i;

	if (a->sa_family == AF_INET) {
		four = (const struct sockaddr_in *)(const void *)a;
		end->port = ntohs(four->sin_port);
		(void)snprintf(end->address, sizeof(end->address), "%08X",
			       (unsigned)four->sin_addr.s_addr);
		return 0;
	}
	if (a->sa_family != AF_INET6)
		return SM_ENOTSUP;
	six = (const struct sockaddr_in6 *)(const void *)a;
	end->port = ntohs(six->sin6_port);
	memcpy(group, &six->sin6_addr, sizeof(group));
	for (i = 0; i < SM_ARRAY_LEN(group); i++)
		(void)snprintf(end->address + 8 * i, 9, "%08X",
			       (unsigned)group[i]);
	return 0;
}

static int table_read(const char *path, struct sm_buf *out, struct sm_err *e)
{
	int fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	int64_t n = fd;

	while (n >= 0) {
		n = sm_buf_reserve(out, CHUNK);
		if (n == 0)
			n = sm_os_file_read(fd, out->ptr + out->len, CHUNK, e);
		if (n <= 0)
			break;
		sm_buf_added(out, (size_t)n);
	}
	if (fd >= 0)
		sm_os_file_close(fd);
	return (int)n;
}

int loop_peer_uid(const struct sockaddr *peer, const struct sockaddr *local,
		  uint32_t *uid, struct sm_err *e)
{
	static const char *const tables[] = { "/proc/net/tcp",
					      "/proc/net/tcp6" };
	struct sm_buf text = SM_BUF_INIT(TABLE_MAX);
	struct loop_peer_end from, to;
	size_t i;
	int r;

	if (end_of(peer, &from) < 0 || end_of(local, &to) < 0)
		return sm_err_set(e, SM_ENOTSUP, "unknown address family");
	for (i = 0; i < SM_ARRAY_LEN(tables); i++) {
		sm_buf_clear(&text);
		r = table_read(tables[i], &text, e);
		if (r == 0)
			r = loop_peer_find(sm_buf_str(&text), &from, &to, uid);
		if (r == 0)
			goto out;
	}
	r = sm_err_set(e, SM_ENOTFOUND, "the connection has no known owner");
out:
	sm_buf_release(&text);
	return r;
}
