# libinstaller.a: everything of the installer but its main.
installer_SRC := \
	installer/apply.c \
	installer/artifact.c \
	installer/bring.c \
	installer/bundled.c \
	installer/cmd_completion.c \
	installer/cmd_contract.c \
	installer/cmd_doctor.c \
	installer/cmd_download.c \
	installer/cmd_history.c \
	installer/cmd_install.c \
	installer/cmd_list.c \
	installer/cmd_rollback.c \
	installer/cmd_status.c \
	installer/cmd_uninstall.c \
	installer/cmd_update.c \
	installer/cmd_verify.c \
	installer/complete.c \
	installer/doctor.c \
	installer/doctor_net.c \
	installer/feed.c \
	installer/fetch.c \
	installer/job.c \
	installer/kept.c \
	installer/label.c \
	installer/layout.c \
	installer/owner.c \
	installer/pathlist.c \
	installer/place.c \
	installer/plan.c \
	installer/report.c \
	installer/result.c \
	installer/scratch.c \
	installer/settings.c \
	installer/setup.c \
	installer/setupargs.c \
	installer/state.c \
	installer/trust.c
installer_SRC_unix := \
	installer/doctor_unix.c \
	installer/entry_unix.c \
	installer/owner_unix.c \
	installer/place_unix.c \
	installer/register_unix.c \
	installer/support_unix.c
installer_SRC_windows := \
	installer/arp_windows.c \
	installer/doctor_windows.c \
	installer/entry_windows.c \
	installer/owner_windows.c \
	installer/pathenv_windows.c \
	installer/place_windows.c \
	installer/register_windows.c \
	installer/support_windows.c \
	installer/winservice_windows.c \
	installer/wizard_windows.c

installer_NEEDS := common
installer_EXT := curl archive ssl expat yyjson zlib

unit_installer := apply artifact complete doctor feed fetch inst_settings \
	kept label layout owner pathlist place plan report result scratch setupargs \
	state trust
fuzz_installer := feed pathlist
bench_installer :=

# It talks to a server in the same process.
$(O)/tests/test_fetch: $(O)/obj/tests/lib/httpd.o

session-manager-installer_MAIN := installer/main.c
session-manager-installer_LIBS := installer common
session-manager-installer_EXT := $(installer_EXT)
session-manager-installer_RES_windows := windows/installer.rc

# setup.exe of Windows
session-manager-setup_MAIN := installer/setup_main_windows.c
session-manager-setup_LIBS := installer common
session-manager-setup_EXT := $(installer_EXT)
session-manager-setup_RES_windows := windows/setup.rc
session-manager-setup_LDFLAGS := -Wl,--subsystem,windows -lcomctl32
