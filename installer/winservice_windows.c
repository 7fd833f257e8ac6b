/*
 * The service manager, asked about one name.
 */
#include "common/def.h"
#include "installer/winservice.h"

#include <windows.h>

#include "common/mem.h"

#define NAME L"session-manager-plugin"
#define CONFIG_MAX 8192 /* Microsoft, "QueryServiceConfigW" */

static bool runs_plugin(SC_HANDLE service)
{
	QUERY_SERVICE_CONFIGW *config = sm_mem_zalloc(1, CONFIG_MAX);
	DWORD need;
	bool ours;

	ours = QueryServiceConfigW(service, config, CONFIG_MAX, &need) &&
	       config->lpBinaryPathName &&
	       wcsstr(config->lpBinaryPathName, NAME);
	sm_mem_free(config);
	return ours;
}

bool inst_winservice_remove(void)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE service = NULL;
	SERVICE_STATUS status;
	bool done = false;

	if (manager)
		service = OpenServiceW(manager, NAME,
				       SERVICE_QUERY_CONFIG | SERVICE_STOP |
					       DELETE);
	if (service && runs_plugin(service)) {
		(void)ControlService(service, SERVICE_CONTROL_STOP,
				     &status); /* it does not run as a rule */
		done = DeleteService(service);
	}
	if (service)
		(void)CloseServiceHandle(service);
	if (manager)
		(void)CloseServiceHandle(manager);
	return done;
}
