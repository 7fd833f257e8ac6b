/*
 * The list of installed programs of Windows ("Apps & features"): one key below
 * Uninstall (PACKAGING.md 5.5). Windows only.
 */
#ifndef INSTALLER_ARP_H
#define INSTALLER_ARP_H

#include "common/buf.h"
#include "common/err.h"

/* True if the machine's or the user's entry is of this directory. */
bool inst_arp_has(const char *dir);

/*
 * Write the entry. The program that removes is setup.exe in the directory, or
 * the installer in its bin; without one of them no entry is made.
 */
int inst_arp_add(const char *dir, const char *version, bool machine,
		 struct sm_err *e);

/* Remove the entries of this directory. Not there: 0. */
int inst_arp_remove(const char *dir, struct sm_err *e);

/* See inst_register_rival. */
int inst_arp_rival(struct sm_buf *command, struct sm_buf *version);

#endif
