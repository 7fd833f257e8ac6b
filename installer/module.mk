# libinstaller.a: everything of the installer but its main.
installer_SRC := \
	installer/apply.c \
	installer/artifact.c \
	installer/bring.c \
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
	installer/layout.c \
	installer/owner.c \
	installer/place.c \
	installer/plan.c \
	installer/result.c \
	installer/settings.c \
	installer/state.c \
	installer/trust.c
installer_SRC_unix := \
	installer/doctor_unix.c \
	installer/owner_unix.c \
	installer/support_unix.c
installer_SRC_windows := \
	installer/doctor_windows.c \
	installer/owner_windows.c \
	installer/support_windows.c

installer_NEEDS := common
installer_EXT := curl archive ssl expat yyjson zlib

unit_installer := apply artifact complete doctor feed fetch inst_settings \
	kept layout owner place plan result state trust
fuzz_installer := feed
bench_installer :=

session-manager-installer_MAIN := installer/main.c
session-manager-installer_LIBS := installer common
session-manager-installer_EXT := $(installer_EXT)
