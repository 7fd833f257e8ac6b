/*
 * First include of every .c file: feature macros, attributes, and names that
 * nobody here may call. Besides common/os this is the only file that may ask
 * which operating system it is compiled for.
 */
#ifndef COMMON_DEF_H
#define COMMON_DEF_H

#ifndef _WIN32
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* POSIX.1-2008, pidfd, accept4 on Linux */
#endif
#define _FILE_OFFSET_BITS 64
#ifdef __APPLE__
#define _DARWIN_C_SOURCE 1
#endif
#else
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN 1
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00 /* Windows 10, Server 2016 */
#endif
#define __USE_MINGW_ANSI_STDIO 1
#endif

/*
 * printf-like: `fmt` and `first` count parameters from 1; `first` is 0 where
 * a va_list follows.
 */
#if defined(_WIN32) && !defined(__clang__)
#define SM_PRINTF(fmt, first) __attribute__((format(gnu_printf, fmt, first)))
#else
#define SM_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#endif
#define SM_NORETURN __attribute__((noreturn))
#define SM_MUST_CHECK __attribute__((warn_unused_result))
#define SM_UNUSED(x) ((void)(x))
#define SM_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#ifdef _WIN32
#include <io.h> /* its inline functions use what is banned below */
#endif

/* What the name of a program ends with. */
#ifdef _WIN32
#define SM_EXE ".exe"
#else
#define SM_EXE ""
#endif

/*
 * Banned: unbounded, locale bound or with static results. sm_buf_printf,
 * snprintf, sm_time_* and the allocators of common/mem.h take their place.
 */
#define SM_BANNED(f) sm_error_##f##_is_banned
#undef strcpy
#define strcpy(x, y) SM_BANNED(strcpy)
#undef strcat
#define strcat(x, y) SM_BANNED(strcat)
#undef strncpy
#define strncpy(x, y, n) SM_BANNED(strncpy)
#undef strncat
#define strncat(x, y, n) SM_BANNED(strncat)
#undef sprintf
#define sprintf(...) SM_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) SM_BANNED(vsprintf)
#undef gets
#define gets(x) SM_BANNED(gets)
#undef gmtime
#define gmtime(t) SM_BANNED(gmtime)
#undef localtime
#define localtime(t) SM_BANNED(localtime)
#undef ctime
#define ctime(t) SM_BANNED(ctime)
#undef asctime
#define asctime(t) SM_BANNED(asctime)
#undef strtok
#define strtok(x, y) SM_BANNED(strtok)
#undef atoi
#define atoi(x) SM_BANNED(atoi)

#endif
