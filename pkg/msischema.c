/*
 * Tables and sequences of Windows Installer packages.
 *
 * Rule: columns have the names, kinds and order of Microsoft's documentation,
 * because the installer looks them up by these. An older version goes inside
 * the transaction, so that a failure brings it back.
 */
#include "common/def.h"
#include "pkg/msischema.h"

#define KEY PKG_MSIDB_KEY
#define NUL PKG_MSIDB_NULL
#define S PKG_MSIDB_TEXT
#define L PKG_MSIDB_LOCAL
#define I2 PKG_MSIDB_I2
#define I4 PKG_MSIDB_I4

/* A text, one of a set, a key of another table, a number. */
#define T(name, type, category)                        \
	{                                              \
		name, type, category, NULL, NULL, 0, 0 \
	}
#define REF(name, type, table)                              \
	{                                                   \
		name, type, "Identifier", NULL, table, 0, 0 \
	}
#define N(name, type, min, max)                        \
	{                                              \
		name, type, NULL, NULL, NULL, min, max \
	}

#define SEQUENCE                                                   \
	{                                                          \
		T("Action", KEY | S(72), "Identifier"),            \
			T("Condition", NUL | S(255), "Condition"), \
			N("Sequence", NUL | I2, -4, INT16_MAX),    \
	}

/* clang-format off */
const struct pkg_msidb_table pkg_msischema_tables[PKG_MSISCHEMA_N] = {
	[PKG_MSISCHEMA_PROPERTY] = { "Property", {
		T("Property", KEY | S(72), "Identifier"),
		T("Value", L(0), "Text"),
	} },
	[PKG_MSISCHEMA_DIRECTORY] = { "Directory", {
		T("Directory", KEY | S(72), "Identifier"),
		REF("Directory_Parent", NUL | S(72), "Directory"),
		T("DefaultDir", L(255), "DefaultDir"),
	} },
	[PKG_MSISCHEMA_COMPONENT] = { "Component", {
		T("Component", KEY | S(72), "Identifier"),
		T("ComponentId", NUL | S(38), "Guid"),
		REF("Directory_", S(72), "Directory"),
		N("Attributes", I2, 0, INT16_MAX),
		T("Condition", NUL | S(255), "Condition"),
		REF("KeyPath", NUL | S(72), "File"),
	} },
	[PKG_MSISCHEMA_FEATURE] = { "Feature", {
		T("Feature", KEY | S(38), "Identifier"),
		REF("Feature_Parent", NUL | S(38), "Feature"),
		T("Title", NUL | L(64), "Text"),
		T("Description", NUL | L(255), "Text"),
		N("Display", NUL | I2, 0, INT16_MAX),
		N("Level", I2, 0, INT16_MAX),
		REF("Directory_", NUL | S(72), "Directory"),
		N("Attributes", I2, 0, 63),
	} },
	[PKG_MSISCHEMA_FEATURE_COMPONENTS] = { "FeatureComponents", {
		REF("Feature_", KEY | S(38), "Feature"),
		REF("Component_", KEY | S(72), "Component"),
	} },
	[PKG_MSISCHEMA_FILE] = { "File", {
		T("File", KEY | S(72), "Identifier"),
		REF("Component_", S(72), "Component"),
		T("FileName", L(255), "Filename"),
		N("FileSize", I4, 0, INT32_MAX),
		T("Version", NUL | S(72), "Version"),
		T("Language", NUL | S(20), "Language"),
		N("Attributes", NUL | I2, 0, INT16_MAX),
		N("Sequence", I2, 1, INT16_MAX),
	} },
	[PKG_MSISCHEMA_FILE_HASH] = { "MsiFileHash", {
		REF("File_", KEY | S(72), "File"),
		N("Options", I2, 0, INT16_MAX),
		N("HashPart1", I4, 0, 0),
		N("HashPart2", I4, 0, 0),
		N("HashPart3", I4, 0, 0),
		N("HashPart4", I4, 0, 0),
	} },
	[PKG_MSISCHEMA_MEDIA] = { "Media", {
		N("DiskId", KEY | I2, 1, INT16_MAX),
		N("LastSequence", I2, 0, INT16_MAX),
		T("DiskPrompt", NUL | L(64), "Text"),
		T("Cabinet", NUL | S(255), "Cabinet"),
		T("VolumeLabel", NUL | S(32), "Text"),
		T("Source", NUL | S(72), "Property"),
	} },
	[PKG_MSISCHEMA_ENVIRONMENT] = { "Environment", {
		T("Environment", KEY | S(72), "Identifier"),
		T("Name", L(255), "Text"),
		T("Value", NUL | L(255), "Formatted"),
		REF("Component_", S(72), "Component"),
	} },
	[PKG_MSISCHEMA_UPGRADE] = { "Upgrade", {
		T("UpgradeCode", KEY | S(38), "Guid"),
		T("VersionMin", KEY | NUL | S(20), "Text"),
		T("VersionMax", KEY | NUL | S(20), "Text"),
		T("Language", KEY | NUL | S(255), "Language"),
		N("Attributes", KEY | I4, 0, INT32_MAX),
		T("Remove", NUL | S(255), "Formatted"),
		T("ActionProperty", S(72), "UpperCase"),
	} },
	[PKG_MSISCHEMA_LAUNCH] = { "LaunchCondition", {
		T("Condition", KEY | S(255), "Condition"),
		T("Description", L(255), "Formatted"),
	} },
	[PKG_MSISCHEMA_SEARCH] = { "AppSearch", {
		T("Property", KEY | S(72), "Identifier"),
		T("Signature_", KEY | S(72), "Identifier"),
	} },
	/* without rows, but the search looks into it */
	[PKG_MSISCHEMA_SIGNATURE] = { "Signature", {
		T("Signature", KEY | S(72), "Identifier"),
		T("FileName", S(255), "Text"),
		T("MinVersion", NUL | S(20), "Text"),
		T("MaxVersion", NUL | S(20), "Text"),
		N("MinSize", NUL | I4, 0, INT32_MAX),
		N("MaxSize", NUL | I4, 0, INT32_MAX),
		N("MinDate", NUL | I4, 0, INT32_MAX),
		N("MaxDate", NUL | I4, 0, INT32_MAX),
		T("Languages", NUL | S(255), "Language"),
	} },
	[PKG_MSISCHEMA_LOCATOR] = { "RegLocator", {
		T("Signature_", KEY | S(72), "Identifier"),
		N("Root", I2, 0, 3),
		T("Key", S(255), "RegPath"),
		T("Name", NUL | S(255), "Formatted"),
		N("Type", NUL | I2, 0, 18),
	} },
	[PKG_MSISCHEMA_REGISTRY] = { "Registry", {
		T("Registry", KEY | S(72), "Identifier"),
		N("Root", I2, -1, 3),
		T("Key", L(255), "RegPath"),
		T("Name", NUL | L(255), "Formatted"),
		T("Value", NUL | L(0), "Formatted"),
		REF("Component_", S(72), "Component"),
	} },
	[PKG_MSISCHEMA_CUSTOM] = { "CustomAction", {
		T("Action", KEY | S(72), "Identifier"),
		N("Type", I2, 1, INT16_MAX),
		T("Source", NUL | S(72), "CustomSource"),
		T("Target", NUL | S(255), "Formatted"),
	} },
	[PKG_MSISCHEMA_EXECUTE] = { "InstallExecuteSequence", SEQUENCE },
	[PKG_MSISCHEMA_UI] = { "InstallUISequence", SEQUENCE },
	[PKG_MSISCHEMA_ADMIN] = { "AdminExecuteSequence", SEQUENCE },
	[PKG_MSISCHEMA_ADMIN_UI] = { "AdminUISequence", SEQUENCE },
	[PKG_MSISCHEMA_ADVERTISE] = { "AdvtExecuteSequence", SEQUENCE },
};

/* In which sequences an action stands, by letter: execute, UI, admin, admin
 * UI, advertisement. */
static const struct {
	const char *name;
	int32_t at;
	const char *where;
	const char *condition;
} action[] = {
	{ "FindRelatedProducts", 25, "eu", NULL },
	{ "AppSearch", 50, "eu", NULL },
	{ "LaunchConditions", 100, "eu", NULL },
	{ "ValidateProductID", 700, "eu", NULL },
	{ "KeepFolder", 750, "eu",
		PKG_MSISCHEMA_BEFORE " AND NOT " PKG_MSISCHEMA_FOLDER },
	{ "CostInitialize", 800, "euanv", NULL },
	{ "FileCost", 900, "euan", NULL },
	{ "CostFinalize", 1000, "euanv", NULL },
	{ "NoteFolder", 1100, "e", NULL },
	{ "MigrateFeatureStates", 1200, "eu", NULL },
	{ "ExecuteAction", 1300, "un", NULL },
	{ "InstallValidate", 1400, "eav", NULL },
	{ "InstallInitialize", 1500, "eav", NULL },
	{ "RemoveExistingProducts", 1510, "e", NULL },
	{ "ProcessComponents", 1600, "e", NULL },
	{ "UnpublishFeatures", 1800, "e", NULL },
	{ "RemoveRegistryValues", 2600, "e", NULL },
	{ "RemoveEnvironmentStrings", 3300, "e", NULL },
	{ "RemoveFiles", 3500, "e", NULL },
	{ "InstallAdminPackage", 3900, "a", NULL },
	{ "InstallFiles", 4000, "ea", NULL },
	{ "WriteRegistryValues", 5000, "e", NULL },
	{ "WriteEnvironmentStrings", 5200, "e", NULL },
	{ "RegisterUser", 6000, "e", NULL },
	{ "RegisterProduct", 6100, "e", NULL },
	{ "PublishFeatures", 6300, "ev", NULL },
	{ "PublishProduct", 6400, "ev", NULL },
	{ "InstallFinalize", 6600, "eav", NULL },
};
/* clang-format on */

/* Set a property from formatted text. Source: "Custom Action Type 51". */
#define SET_PROPERTY 51

static void put_set(struct pkg_msidb *db, const char *name, const char *to,
		    const char *from)
{
	const struct pkg_msidb_value v[] = {
		{ PKG_MSIDB_V_TEXT, name, 0 },
		{ PKG_MSIDB_V_NUMBER, NULL, SET_PROPERTY },
		{ PKG_MSIDB_V_TEXT, to, 0 },
		{ PKG_MSIDB_V_TEXT, from, 0 },
	};

	pkg_msidb_put(db, PKG_MSISCHEMA_CUSTOM, v, SM_ARRAY_LEN(v));
}

void pkg_msischema_sequences(struct pkg_msidb *db)
{
	static const char letters[] = "euanv"; /* tables, from _EXECUTE on */

	for (size_t i = 0; i < SM_ARRAY_LEN(action); i++) {
		const struct pkg_msidb_value v[] = {
			{ PKG_MSIDB_V_TEXT, action[i].name, 0 },
			{ PKG_MSIDB_V_TEXT, action[i].condition, 0 },
			{ PKG_MSIDB_V_NUMBER, NULL, action[i].at },
		};

		for (size_t k = 0; letters[k]; k++)
			if (strchr(action[i].where, letters[k]))
				pkg_msidb_put(db, PKG_MSISCHEMA_EXECUTE + k, v,
					      SM_ARRAY_LEN(v));
	}
	/* repair, removal and an upgrade stay where the product is */
	put_set(db, "KeepFolder", PKG_MSISCHEMA_FOLDER,
		"[" PKG_MSISCHEMA_BEFORE "]");
	put_set(db, "NoteFolder", "ARPINSTALLLOCATION",
		"[" PKG_MSISCHEMA_FOLDER "]");
}
