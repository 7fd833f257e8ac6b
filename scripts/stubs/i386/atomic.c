/*
 * OpenSSL on i386 asks the compiler's run-time library whether eight-byte
 * atomics are lock free; zig's does not have that function. Four bytes are,
 * and OpenSSL uses its own lock when the answer is no.
 */
#include <stddef.h>

_Bool stub_is_lock_free(size_t size, const volatile void *object) __asm__(
	"__atomic_is_lock_free");

_Bool stub_is_lock_free(size_t size, const volatile void *object)
{
	(void)object;
	return size <= 4;
}
