/*
 * The service that install.bat of the official zip leaves (PACKAGING.md 1.7):
 * the plugin is no service, so that it fails at every start of the machine.
 * Windows only.
 */
#ifndef INSTALLER_WINSERVICE_H
#define INSTALLER_WINSERVICE_H

#include <stdbool.h>

/* Stop and delete it if it is there and runs the plugin. True if it did. */
bool inst_winservice_remove(void);

#endif
