/*
 * Memory: allocation that ends the program when there is none, and an arena
 * for what dies together.
 *
 * Every size that comes from outside is bounded before it is allocated, so
 * running out of memory is not something an input can cause; one function
 * reports it and exits with status 1.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include "common/str.h"

/* Zeroed / plain / resized memory of `n * size` bytes; checked for overflow. */
void *sm_mem_zalloc(size_t n, size_t size);
void *sm_mem_alloc(size_t size);
void *sm_mem_realloc(void *p, size_t n, size_t size);
void sm_mem_free(void *p);

/* A terminated copy; owned by the caller. */
char *sm_mem_dup(struct sm_str s);

/* Overwrite with zeros in a way that the compiler keeps. */
void sm_mem_wipe(void *p, size_t len);

/* Says that memory is exhausted and exits with status 1; never returns. */
void sm_mem_exhausted(void);

struct sm_arena_block;

struct sm_arena {
	struct sm_arena_block *head;
};

#define SM_ARENA_INIT \
	{             \
		NULL  \
	}

/* Zeroed, aligned for any type, valid until the arena is released. */
void *sm_arena_alloc(struct sm_arena *a, size_t n, size_t size);

/* A terminated copy that lives as long as the arena. */
char *sm_arena_dup(struct sm_arena *a, struct sm_str s);
struct sm_str sm_arena_str(struct sm_arena *a, struct sm_str s);

/* Frees all; the arena is empty and usable afterwards. */
void sm_arena_release(struct sm_arena *a);

#endif
