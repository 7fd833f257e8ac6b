/*
 * Terminal questions that need no event loop.
 */
#ifndef COMMON_OS_TERM_H
#define COMMON_OS_TERM_H

#include <stdbool.h>

/* True if descriptor 0, 1 or 2 is a terminal (console, or mintty's pipe). */
bool sm_os_term_is_tty(int fd);

/* Columns and rows of the terminal behind `fd`; returns 0 or SM_ENOTSUP. */
int sm_os_term_size(int fd, unsigned *cols, unsigned *rows);

#endif
