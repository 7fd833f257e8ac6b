/*
 * What the loader reads before anything of the program runs: libraries come
 * from the system's folder only. Else one that lies beside a setup program, in
 * the folder of downloads, would be loaded in place of the system's, and run
 * as administrator. The linker finds the structure by its name.
 *
 * Source: Microsoft, "/DEPENDENTLOADFLAG" and "IMAGE_LOAD_CONFIG_DIRECTORY";
 * Windows 10 1607 and later.
 */
#include "common/def.h"

#include <windows.h>

extern const IMAGE_LOAD_CONFIG_DIRECTORY _load_config_used;

const IMAGE_LOAD_CONFIG_DIRECTORY _load_config_used = {
	.Size = sizeof(_load_config_used),
	.DependentLoadFlags = LOAD_LIBRARY_SEARCH_SYSTEM32,
};
