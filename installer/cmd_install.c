/*
 * install: bring a version, verify it, install it.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/bring.h"

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	return inst_bring_install(s, false, out, e);
}

const struct inst_verb inst_cmd_install = {
	"install",
	INST_GROUP_PLACE | INST_GROUP_SOURCE | INST_GROUP_PICK |
		INST_GROUP_ACT | INST_GROUP_KEEP | INST_GROUP_JSON |
		INST_GROUP_BUNDLED,
	1,
	"install [VERSION] [options]",
	"Downloads the plugin, verifies it and installs it. VERSION is a "
	"version or\n'latest', the default. A self-contained installer "
	"installs what it carries\nwhen neither a version nor another source is "
	"named; then no network is needed.\n",
	run,
	NULL,
};
