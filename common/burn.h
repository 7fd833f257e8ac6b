/*
 * Setup programs made with WiX, as the official one: recognised, so that a
 * message can say what to use instead. What they carry is an installer
 * database inside a cabinet, which nothing here reads.
 */
#ifndef COMMON_BURN_H
#define COMMON_BURN_H

#include <stdbool.h>

/*
 * True for a Windows program with the section ".wixburn"; false also if it
 * cannot be read. Source: PACKAGING.md 1.7; PE format, section table.
 */
bool sm_burn_is_burn(int fd);

#endif
