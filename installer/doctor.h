/*
 * The prerequisites: facts about a machine are collected by
 * inst_doctor_probe and inst_doctor_net_*, and judged here. The judgement is
 * pure: one table, one function a row.
 *
 * Source of every row: the Systems Manager user guide, editions of 2018 to
 * 2023; the row names its year. Where they differ, the newest counts.
 */
#ifndef INSTALLER_DOCTOR_H
#define INSTALLER_DOCTOR_H

#include "common/buf.h"
#include "common/mem.h"
#include "common/os/platform.h"

enum inst_doctor_grade {
	INST_DOCTOR_NONE, /* does not apply here; not shown */
	INST_DOCTOR_PASS,
	INST_DOCTOR_WARN,
	INST_DOCTOR_FAIL
};

enum inst_doctor_tri {
	INST_DOCTOR_UNKNOWN,
	INST_DOCTOR_NO,
	INST_DOCTOR_YES
};

/* The hosts that the guide names. */
enum inst_doctor_host {
	INST_DOCTOR_SSM,
	INST_DOCTOR_SSMMESSAGES,
	INST_DOCTOR_EC2MESSAGES,
	INST_DOCTOR_HOSTS
};

struct inst_doctor_reach {
	const char *url;
	enum inst_doctor_tri reached; /* it answered, with whatever status */
	bool refused;                 /* its certificate was refused */
	const char *text;             /* status, or the error */
};

/* Texts may be NULL: not found out. Borrowed. */
struct inst_doctor_facts {
	enum sm_platform platform;
	enum sm_arch arch;
	const char *os, *os_version; /* "ubuntu" "22.04"; "windows" "10.0.17763"
				      */
	bool nano;                   /* Windows Server Nano */
	const char *powershell;      /* version */

	const char *cli, *cli_version;
	const char *plugin;  /* the first on PATH */
	const char *plugins; /* all others on PATH, ", " between */
	const char *plugin_version;
	const char *plugin_off_path;    /* installed, but not on PATH */
	const char *minimum, *newest;   /* of the release history */
	const char *link_dir;           /* folder of the default link */
	enum inst_doctor_tri sudo_path; /* link_dir is in sudo's secure_path */

	const char *log_dir;
	enum inst_doctor_tri log_writable;

	const char *proxy; /* in force for the endpoints; NULL: none */
	struct inst_doctor_reach host[INST_DOCTOR_HOSTS];
	const char *roots;       /* names of AWS's roots found */
	const char *roots_error; /* why none could be looked for */
	enum inst_doctor_tri roots_known;

	const char *agent,
		*agent_version; /* of the managed node, if it is one */
	enum inst_doctor_tri ssm_user, ssm_user_sudo;
};

struct inst_doctor_finding {
	const char *name; /* "aws-cli" */
	enum inst_doctor_grade grade;
	char found[640];
	const char *advice; /* "" unless warn or fail */
	const char *source; /* "user guide 2023" */
};

/* "pass", "warn", "fail". */
const char *inst_doctor_grade_name(enum inst_doctor_grade g);

/* Rows of the table. */
size_t inst_doctor_count(void);

/* Judge row `i`, below inst_doctor_count. */
void inst_doctor_judge(const struct inst_doctor_facts *f, size_t i,
		       struct inst_doctor_finding *out);

/*
 * Is the system one on which the agent runs? PASS also for a newer one than
 * the guide lists, FAIL for an older one or the wrong width, WARN if it is not
 * listed.
 */
enum inst_doctor_grade inst_doctor_node(enum sm_platform p, enum sm_arch arch,
					const char *os, const char *version);

/* The first dotted number in a program's output; NULL if there is none. */
const char *inst_doctor_version(struct sm_arena *a, struct sm_str text);

/*
 * Collect what this machine tells. `root` is put before the paths of system
 * files, "" but in tests. What cannot be found out is left unknown.
 */
void inst_doctor_probe(struct inst_doctor_facts *f, struct sm_arena *a,
		       const char *root);

#endif
