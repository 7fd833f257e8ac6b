/*
 * Numbers that the dialogs in windows/setup.rc and the code share.
 */
#ifndef INSTALLER_WIZARD_IDS_H
#define INSTALLER_WIZARD_IDS_H

#define INST_WIZARD_CHOOSE 101 /* pages */
#define INST_WIZARD_REMOVE 102
#define INST_WIZARD_WORK 103
#define INST_WIZARD_END 104

#define INST_WIZARD_TEXT 201 /* controls */
#define INST_WIZARD_DIR 202
#define INST_WIZARD_BROWSE 203
#define INST_WIZARD_BAR 204
#define INST_WIZARD_STEP 205

#endif
