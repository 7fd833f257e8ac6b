/*
 * The verbs, one file each. Exit codes: 0 done, 1 failed, 2 usage, 3
 * verification refused.
 */
#ifndef INSTALLER_CMD_H
#define INSTALLER_CMD_H

#include "installer/settings.h"

/* The bundle's contract: `install -i DIR -b LINK`; has its own usage error. */
int inst_cmd_contract(int argc, char **argv, struct sm_out *out);

extern const struct inst_verb inst_cmd_completion;
extern const struct inst_verb inst_cmd_doctor;
extern const struct inst_verb inst_cmd_download;
extern const struct inst_verb inst_cmd_history;
extern const struct inst_verb inst_cmd_install;
extern const struct inst_verb inst_cmd_list;
extern const struct inst_verb inst_cmd_rollback;
extern const struct inst_verb inst_cmd_status;
extern const struct inst_verb inst_cmd_uninstall;
extern const struct inst_verb inst_cmd_update;
extern const struct inst_verb inst_cmd_verify;

/* All of them, by name; NULL at the end. */
extern const struct inst_verb *const inst_cmd_completion_verbs[];

#endif
