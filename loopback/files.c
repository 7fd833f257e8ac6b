/*
 * Static files. The name is checked as an archive member's would be, so that
 * nothing outside the folder can be asked for; links inside it are followed.
 */
#include "common/def.h"
#include "loopback/files.h"

#include "common/fs.h"
#include "common/mem.h"
#include "common/path.h"

struct range {
	bool given;
	uint64_t from, to; /* inclusive */
};

static void refuse(const struct loop_http_request *q, int status,
		   struct sm_buf *out)
{
	struct loop_http_response r = { .status = status,
					.type = "text/plain" };

	r.body = sm_str("not here\n");
	r.keep_alive = q->keep_alive;
	(void)loop_http_respond(out, &r);
}

/* "bytes=A-B", "bytes=A-", "bytes=-N"; anything else counts as absent. */
static int parse_range(struct range *g, struct sm_str text, uint64_t size)
{
	struct sm_str first, last;
	long dash;

	if (!sm_str_starts(text, "bytes="))
		return 0;
	text = sm_str_sub(text, strlen("bytes="), text.len);
	dash = sm_str_chr(text, '-', 0);
	if (dash < 0 || sm_str_chr(text, ',', 0) >= 0)
		return 0;
	first = sm_str_sub(text, 0, (size_t)dash);
	last = sm_str_sub(text, (size_t)dash + 1, text.len);
	g->to = size - 1;
	if (!first.len) {
		if (sm_str_u64(last, UINT64_MAX, &g->from) < 0 || !g->from)
			return 0;
		g->from = g->from > size ? 0 : size - g->from;
	} else if (sm_str_u64(first, UINT64_MAX, &g->from) < 0 ||
		   (last.len && sm_str_u64(last, UINT64_MAX, &g->to) < 0)) {
		return 0;
	}
	if (g->to >= size)
		g->to = size - 1;
	g->given = true;
	return g->from > g->to || g->from >= size ? SM_EFORMAT : 0;
}

static void send(const struct loop_http_request *q, const struct sm_buf *data,
		 const char *tag, struct sm_buf *out)
{
	struct loop_http_response r = { .status = 200 };
	struct sm_str condition = loop_http_header(q, "If-Range");
	struct range g = { 0 };
	char headers[256];

	r.type = "application/octet-stream";
	r.keep_alive = q->keep_alive;
	r.body = sm_buf_str(data);
	if ((!condition.len || sm_str_eqz(condition, tag)) && data->len &&
	    parse_range(&g, loop_http_header(q, "Range"), data->len) < 0) {
		refuse(q, 416, out);
		return;
	}
	if (g.given) {
		r.status = 206;
		r.body = sm_str_sub(r.body, (size_t)g.from,
				    (size_t)(g.to - g.from + 1));
		(void)snprintf(headers, sizeof(headers),
			       "ETag: %s\r\nContent-Range: bytes "
			       "%llu-%llu/%zu\r\n",
			       tag, (unsigned long long)g.from,
			       (unsigned long long)g.to, data->len);
	} else {
		(void)snprintf(headers, sizeof(headers),
			       "ETag: %s\r\nAccept-Ranges: bytes\r\n", tag);
	}
	r.headers = headers;
	(void)loop_http_respond(out, &r);
}

void loop_files_answer(const char *root, const struct loop_http_request *q,
		       struct sm_buf *out)
{
	struct sm_buf path = SM_BUF_INIT((size_t)8 << 10);
	struct sm_buf data = SM_BUF_INIT(LOOP_FILES_MAX);
	struct sm_str name =
		sm_str_sub(q->path, strlen(LOOP_FILES_PATH), q->path.len);
	struct sm_file_info st;
	char tag[80];

	if (!root || !sm_path_is_safe(name) ||
	    sm_path_join(&path, sm_str(root), name) < 0 ||
	    sm_os_file_stat(sm_buf_z(&path), true, &st, NULL) < 0 ||
	    st.type != SM_FILE_REGULAR ||
	    sm_fs_read(sm_buf_z(&path), LOOP_FILES_MAX, &data, NULL) < 0) {
		refuse(q, 403, out);
	} else {
		(void)snprintf(tag, sizeof(tag), "\"%llx-%llx-%llx\"",
			       (unsigned long long)st.ino,
			       (unsigned long long)st.size,
			       (unsigned long long)st.mtime_sec);
		send(q, &data, tag, out);
	}
	sm_buf_release(&path);
	sm_buf_release(&data);
}
