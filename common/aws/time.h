/*
 * Dates of AWS in text. Pure.
 */
#ifndef COMMON_AWS_TIME_H
#define COMMON_AWS_TIME_H

#include "common/buf.h"

/*
 * "20240102T030405Z" to Unix seconds. Errors: SM_EFORMAT.
 * Source: ISO 8601 basic format, as in X-Amz-Date.
 */
int sm_aws_time_basic(struct sm_str s, int64_t *unix_sec);

/*
 * "2024-01-02T03:04:05Z", with an optional fraction, and "UTC" or an offset
 * ("+01:00") in place of "Z". Errors: SM_EFORMAT.
 * Source: RFC 3339; "UTC" observed in old SSO token caches.
 */
int sm_aws_time_extended(struct sm_str s, int64_t *unix_sec);

/* Append the extended form with "Z". Errors: SM_ELIMIT. */
int sm_aws_time_put(struct sm_buf *out, int64_t unix_sec);

#endif
