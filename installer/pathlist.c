/*
 * Elements are cut out of the text and compared; what stays is copied byte by
 * byte, so that nothing of the user's is spelled anew.
 */
#include "common/def.h"
#include "installer/pathlist.h"

/* The next element with its quotes; false at the end. A quote that is never
 * closed reaches to the end, as the system's own search has it. */
static bool next(struct sm_str *rest, struct sm_str *element)
{
	bool quoted = false;
	size_t i;

	if (!rest->ptr)
		return false;
	for (i = 0; i < rest->len; i++) {
		if (rest->ptr[i] == '"')
			quoted = !quoted;
		else if (rest->ptr[i] == ';' && !quoted)
			break;
	}
	*element = sm_str_n(rest->ptr, i);
	if (i < rest->len)
		*rest = sm_str_n(rest->ptr + i + 1, rest->len - i - 1);
	else
		*rest = sm_str_n(NULL, 0);
	return true;
}

static char fold(char c)
{
	if (c == '/')
		return '\\';
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static struct sm_str without_slashes(struct sm_str s)
{
	while (s.len && fold(s.ptr[s.len - 1]) == '\\')
		s.len--;
	return s;
}

static bool same_text(struct sm_str a, struct sm_str b)
{
	size_t i;

	a = without_slashes(a);
	b = without_slashes(b);
	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++) {
		if (fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	}
	return true;
}

static bool is_dir(struct sm_str element, struct sm_str dir,
		   inst_pathlist_expand_fn *expand)
{
	struct sm_buf bare = SM_BUF_INIT((size_t)INST_PATHLIST_MAX);
	struct sm_buf full = SM_BUF_INIT((size_t)4 * INST_PATHLIST_MAX);
	bool same;
	size_t i;

	for (i = 0; i < element.len; i++) {
		if (element.ptr[i] != '"')
			(void)sm_buf_put_u8(&bare, (uint8_t)element.ptr[i]);
	}
	same = same_text(sm_str_trim(sm_buf_str(&bare)), dir);
	if (!same && expand) {
		expand(&full, sm_str_trim(sm_buf_str(&bare)));
		same = same_text(sm_buf_str(&full), dir);
	}
	sm_buf_release(&bare);
	sm_buf_release(&full);
	return same;
}

bool inst_pathlist_has(struct sm_str list, struct sm_str dir,
		       inst_pathlist_expand_fn *expand)
{
	struct sm_str element;

	while (list.len && next(&list, &element)) {
		if (is_dir(element, dir, expand))
			return true;
	}
	return false;
}

int inst_pathlist_add(struct sm_buf *out, struct sm_str list, struct sm_str dir,
		      inst_pathlist_expand_fn *expand)
{
	int r;

	if (sm_str_chr(dir, ';', 0) >= 0 || sm_str_chr(dir, '"', 0) >= 0)
		return SM_EFORMAT;
	if (inst_pathlist_has(list, dir, expand)) {
		r = sm_buf_put_str(out, list);
		return r < 0 ? r : 0;
	}
	if (list.len + dir.len + 1 > INST_PATHLIST_MAX)
		return SM_ELIMIT;
	(void)sm_buf_put_str(out, list); /* sticks */
	if (list.len && list.ptr[list.len - 1] != ';')
		(void)sm_buf_put_u8(out, ';');
	(void)sm_buf_put_str(out, dir);
	return out->err ? out->err : 1;
}

int inst_pathlist_remove(struct sm_buf *out, struct sm_str list,
			 struct sm_str dir, inst_pathlist_expand_fn *expand)
{
	struct sm_str element;
	bool removed = false, first = true;

	while (list.len && next(&list, &element)) {
		if (is_dir(element, dir, expand)) {
			removed = true;
			continue;
		}
		if (!first)
			(void)sm_buf_put_u8(out, ';'); /* sticks */
		(void)sm_buf_put_str(out, element);
		first = false;
		/* a separator at the end is an empty element that next()
		 * does not give */
		if (list.ptr && !list.len)
			(void)sm_buf_put_u8(out, ';');
	}
	if (out->err)
		return out->err;
	return removed;
}
