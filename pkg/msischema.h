/*
 * pkg_msischema: the tables of a Windows Installer database that our packages
 * use, and the rows that are the same in each of them.
 */
#ifndef PKG_MSISCHEMA_H
#define PKG_MSISCHEMA_H

#include "pkg/msidb.h"

/* Numbers of the tables below. */
enum pkg_msischema_table {
	PKG_MSISCHEMA_PROPERTY,
	PKG_MSISCHEMA_DIRECTORY,
	PKG_MSISCHEMA_COMPONENT,
	PKG_MSISCHEMA_FEATURE,
	PKG_MSISCHEMA_FEATURE_COMPONENTS,
	PKG_MSISCHEMA_FILE,
	PKG_MSISCHEMA_FILE_HASH,
	PKG_MSISCHEMA_MEDIA,
	PKG_MSISCHEMA_ENVIRONMENT,
	PKG_MSISCHEMA_UPGRADE,
	PKG_MSISCHEMA_LAUNCH,
	PKG_MSISCHEMA_SEARCH,
	PKG_MSISCHEMA_SIGNATURE,
	PKG_MSISCHEMA_LOCATOR,
	PKG_MSISCHEMA_REGISTRY,
	PKG_MSISCHEMA_CUSTOM,
	PKG_MSISCHEMA_EXECUTE,
	PKG_MSISCHEMA_UI,
	PKG_MSISCHEMA_ADMIN,
	PKG_MSISCHEMA_ADMIN_UI,
	PKG_MSISCHEMA_ADVERTISE,
	PKG_MSISCHEMA_N
};

/* Their columns. Source: Windows Installer, "Database Tables". */
extern const struct pkg_msidb_table pkg_msischema_tables[PKG_MSISCHEMA_N];

/* Public properties that the sequences set and read. */
#define PKG_MSISCHEMA_FOLDER "INSTALLFOLDER"
#define PKG_MSISCHEMA_BEFORE "PREVIOUSFOLDER" /* of an older version */
#define PKG_MSISCHEMA_OLDER "OLDERVERSION"
#define PKG_MSISCHEMA_NEWER "NEWERVERSION"

/*
 * Put the sequences: which actions run, in which order, and our own that only
 * set a property. Source: Windows Installer, "Sequence Table Reference".
 */
void pkg_msischema_sequences(struct pkg_msidb *db);

#endif
