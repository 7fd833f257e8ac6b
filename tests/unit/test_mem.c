/*
 * Allocation that cannot fail quietly, and the arena.
 */
#include "common/def.h"
#include "common/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

static void copies(void **state)
{
	char *p = sm_mem_dup(sm_str_n("abcdef", 3));

	SM_UNUSED(state);
	assert_string_equal(p, "abc");
	sm_mem_wipe(p, 3);
	assert_memory_equal(p, "\0\0\0", 3);
	sm_mem_free(p);
	p = sm_mem_dup(sm_str(NULL));
	assert_string_equal(p, "");
	sm_mem_free(p);
	sm_mem_free(NULL);
}

static void zero_sized(void **state)
{
	void *p = sm_mem_zalloc(0, 8), *q = sm_mem_alloc(0);

	SM_UNUSED(state);
	assert_non_null(p);
	assert_non_null(q);
	sm_mem_free(p);
	q = sm_mem_realloc(q, 0, 4);
	assert_non_null(q);
	sm_mem_free(q);
}

static void zeroed(void **state)
{
	unsigned char *p = sm_mem_zalloc(1000, 3);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < 3000; i++)
		assert_int_equal(p[i], 0);
	sm_mem_free(p);
}

/* The exit status of a child that asks for n * size bytes. */
static int status_of(size_t n, size_t size)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(9);
		sm_mem_free(sm_mem_zalloc(n, size));
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void overflow_ends_the_program(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(status_of(10, 10), 0);
	assert_int_equal(status_of(SIZE_MAX, 2), 1);
	assert_int_equal(status_of(SIZE_MAX / 4 + 2, 4), 1);
	assert_int_equal(status_of(2, SIZE_MAX), 1);
}

static void arena(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;
	unsigned char *p[200];
	struct sm_str s;
	size_t i, k;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(p); i++) {
		p[i] = sm_arena_alloc(&a, 1, i + 1);
		assert_true((uintptr_t)p[i] % sizeof(void *) == 0);
		for (k = 0; k <= i; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)i, i + 1);
	}
	for (i = 0; i < SM_ARRAY_LEN(p); i++) {
		for (k = 0; k <= i; k++)
			assert_int_equal(p[i][k], (int)i);
	}
	assert_string_equal(sm_arena_dup(&a, sm_str_n("xyz", 2)), "xy");
	s = sm_arena_str(&a, sm_str("hello"));
	assert_true(sm_str_eqz(s, "hello"));
	assert_int_equal(s.ptr[5], '\0');
	/* larger than a block */
	memset(sm_arena_alloc(&a, 100000, 1), 1, 100000);
	sm_arena_release(&a);
	assert_null(a.head);
	assert_non_null(sm_arena_alloc(&a, 1, 1));
	sm_arena_release(&a);
	sm_arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(zero_sized),
		cmocka_unit_test(zeroed),
		cmocka_unit_test(overflow_ends_the_program),
		cmocka_unit_test(arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
