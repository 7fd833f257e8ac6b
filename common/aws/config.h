/*
 * The shared configuration and credentials files of the AWS tools.
 *
 * Format: sections "[profile NAME]", "[default]", "[sso-session NAME]",
 * "[services NAME]" in the config file, "[NAME]" in the credentials file;
 * "key = value"; '#' and ';' start comments (after white space also behind a
 * value); indented lines are members of the key above ("s3 =" with
 * "  max_retries = 1"), kept as "key.member". Lines that are none of these
 * are skipped, as the tools do.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials
 * files"; PROTOCOL.md 2.4.
 */
#ifndef COMMON_AWS_CONFIG_H
#define COMMON_AWS_CONFIG_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

#include <stdbool.h>

/* Bytes of one file; members of all sections of both files. */
#define SM_AWS_CONFIG_FILE_MAX ((size_t)1 << 20)
#define SM_AWS_CONFIG_MEMBERS 20000

enum sm_aws_config_kind {
	SM_AWS_CONFIG_PROFILE,
	SM_AWS_CONFIG_SSO_SESSION,
	SM_AWS_CONFIG_SERVICES
};

struct sm_aws_config_section;

struct sm_aws_config {
	struct sm_arena arena;
	struct sm_aws_config_section *sections; /* NULL while empty */
	size_t n_members;
};

#define SM_AWS_CONFIG_INIT             \
	{                              \
		SM_ARENA_INIT, NULL, 0 \
	}

void sm_aws_config_release(struct sm_aws_config *c);

/*
 * Add the contents of one file. `credentials`: section names are profile names
 * without a word before them, and members replace those of the config file.
 * Errors: SM_ELIMIT (file or members); nothing else, as the tools do.
 */
int sm_aws_config_parse(struct sm_aws_config *c, struct sm_str text,
			bool credentials, struct sm_err *e);

/*
 * Read AWS_CONFIG_FILE or ~/.aws/config, and AWS_SHARED_CREDENTIALS_FILE or
 * ~/.aws/credentials. A file that is not there is an empty one.
 * Errors: those of reading and parsing.
 */
int sm_aws_config_load(struct sm_aws_config *c, struct sm_err *e);

/* True if a section of this kind and name was seen. */
bool sm_aws_config_has(const struct sm_aws_config *c,
		       enum sm_aws_config_kind kind, struct sm_str name);

/*
 * The value of a member (key in lower case); empty view if there is none or
 * it is empty. Owned by the config.
 */
struct sm_str sm_aws_config_get(const struct sm_aws_config *c,
				enum sm_aws_config_kind kind,
				struct sm_str name, const char *key);

/*
 * Append the profile in force: `name` unless NULL or empty, else
 * AWS_PROFILE, AWS_DEFAULT_PROFILE, "default".
 */
int sm_aws_config_profile(const char *name, struct sm_buf *out);

/*
 * Append the region in force for a profile: AWS_REGION, AWS_DEFAULT_REGION,
 * then the profile's. Returns 1 if there is one, 0 if not.
 */
int sm_aws_config_region(const struct sm_aws_config *c, struct sm_str profile,
			 struct sm_buf *out);

#endif
