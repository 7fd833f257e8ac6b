/*
 * Labels of SELinux: a new file has the one of its folder, a new program in
 * DIR/bin must have that of a program.
 */
#ifndef INSTALLER_LABEL_H
#define INSTALLER_LABEL_H

#include "common/buf.h"

/*
 * Append the path of the program that sets the labels that the policy wants.
 * Returns 1, or 0 where SELinux is off or the program is not there. `root` is
 * "" but in tests.
 * Source: selinuxfs is mounted on /sys/fs/selinux while SELinux is enabled,
 * with the file `enforce`; restorecon(8).
 */
int inst_label_find(const char *root, struct sm_buf *program);

#endif
