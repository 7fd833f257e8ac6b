/*
 * Random bytes from the operating system. Never fails: a system without
 * randomness ends the program with a message.
 */
#ifndef COMMON_OS_RANDOM_H
#define COMMON_OS_RANDOM_H

#include <stddef.h>

void sm_os_random(void *p, size_t len);

#endif
