/*
 * What the network and the trusted roots tell the doctor.
 */
#ifndef INSTALLER_DOCTOR_NET_H
#define INSTALLER_DOCTOR_NET_H

#include "common/err.h"
#include "installer/doctor.h"

/*
 * Try the endpoints of a region, seconds each, through the proxy in force.
 * Errors: SM_EUSAGE for a name that is no region.
 */
int inst_doctor_net_reach(struct inst_doctor_facts *f, struct sm_arena *a,
			  const char *region, struct sm_err *e);

/*
 * Which of AWS's roots are among those in force: AWS_CA_BUNDLE, else
 * SSL_CERT_FILE and SSL_CERT_DIR, else the system's; unknown where the
 * system's are not files.
 */
void inst_doctor_net_roots(struct inst_doctor_facts *f, struct sm_arena *a);

#endif
