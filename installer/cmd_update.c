/*
 * update: the latest version, unless it is there.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/bring.h"

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	return inst_bring_install(s, true, out, e);
}

const struct inst_verb inst_cmd_update = {
	"update",
	INST_GROUP_PLACE | INST_GROUP_SOURCE | INST_GROUP_PICK |
		INST_GROUP_ACT | INST_GROUP_KEEP | INST_GROUP_JSON |
		INST_GROUP_DOWN,
	0,
	"update [options]",
	"Installs the latest version unless it is installed already; never an "
	"older one\nunless --allow-downgrade is given.\n",
	run,
	NULL,
};
