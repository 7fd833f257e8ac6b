/*
 * The smallest Windows program that readers take, for tests of signatures.
 */
#ifndef TESTS_LIB_PROGRAM_H
#define TESTS_LIB_PROGRAM_H

#include <stdint.h>
#include <string.h>

/* Bytes of it, and the offsets of what signing changes. */
#define PROGRAM_SIZE 536
#define PROGRAM_OPTIONAL 0x58
#define PROGRAM_CHECKSUM (PROGRAM_OPTIONAL + 64)
#define PROGRAM_SECURITY (PROGRAM_OPTIONAL + 112 + 32)

static inline void program_put32(char *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i & 0xff);
}

static inline uint32_t program_get32(const char *p)
{
	uint32_t v = 0;

	for (size_t i = 4; i--;)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

/* A PE32+ for x86_64 with one section of 16 bytes at 512. */
static inline void program_make(char raw[PROGRAM_SIZE])
{
	memset(raw, 0, PROGRAM_SIZE);
	memcpy(raw, "MZ", 2);
	raw[0x3c] = 0x40;
	memcpy(raw + 0x40, "PE\0\0\x64\x86\1\0", 8);
	raw[0x40 + 20] = (char)240; /* size of the optional header */
	raw[PROGRAM_OPTIONAL] = 0x0b;
	raw[PROGRAM_OPTIONAL + 1] = 2;
	raw[PROGRAM_OPTIONAL + 108] = 16;
	program_put32(raw + PROGRAM_OPTIONAL + 240 + 16, 16);
	program_put32(raw + PROGRAM_OPTIONAL + 240 + 20, 512);
	memset(raw + 512, 0x5a, 16);
}

#endif
