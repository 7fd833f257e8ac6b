/*
 * Checked allocation and the arena: a list of blocks, newest first, each
 * filled from its start.
 */
#include "common/def.h"
#include "common/mem.h"

#include <stdalign.h>

#define ARENA_BLOCK 4096

struct sm_arena_block {
	struct sm_arena_block *next;
	size_t used, cap;
	alignas(max_align_t) unsigned char data[];
};

SM_NORETURN void sm_mem_exhausted(void)
{
	static const char text[] = "out of memory\n";

	(void)fwrite(text, 1, sizeof(text) - 1, stderr); /* nothing to do */
	exit(1);
}

static size_t product(size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size)
		sm_mem_exhausted();
	n *= size;
	return n ? n : 1;
}

void *sm_mem_zalloc(size_t n, size_t size)
{
	void *p = calloc(1, product(n, size));

	if (!p)
		sm_mem_exhausted();
	return p;
}

void *sm_mem_alloc(size_t size)
{
	void *p = malloc(product(1, size));

	if (!p)
		sm_mem_exhausted();
	return p;
}

void *sm_mem_realloc(void *p, size_t n, size_t size)
{
	void *q = realloc(p, product(n, size));

	if (!q)
		sm_mem_exhausted();
	return q;
}

void sm_mem_free(void *p)
{
	free(p);
}

char *sm_mem_dup(struct sm_str s)
{
	char *z = sm_mem_alloc(s.len + 1);

	if (s.len)
		memcpy(z, s.ptr, s.len);
	z[s.len] = '\0';
	return z;
}

void sm_mem_wipe(void *p, size_t len)
{
	volatile unsigned char *v = p;

	while (len--)
		*v++ = 0;
}

void *sm_arena_alloc(struct sm_arena *a, size_t n, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct sm_arena_block *b = a->head;
	size_t want = (product(n, size) + unit - 1) / unit * unit;
	void *p;

	if (!b || b->cap - b->used < want) {
		size_t cap = want > ARENA_BLOCK ? want : ARENA_BLOCK;

		b = sm_mem_zalloc(1, sizeof(*b) + cap);
		b->cap = cap;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += want;
	return p;
}

char *sm_arena_dup(struct sm_arena *a, struct sm_str s)
{
	char *z = sm_arena_alloc(a, s.len + 1, 1);

	if (s.len)
		memcpy(z, s.ptr, s.len);
	return z;
}

struct sm_str sm_arena_str(struct sm_arena *a, struct sm_str s)
{
	return sm_str_n(sm_arena_dup(a, s), s.len);
}

void sm_arena_release(struct sm_arena *a)
{
	while (a->head) {
		struct sm_arena_block *next = a->head->next;

		free(a->head);
		a->head = next;
	}
}
