# libpkg.a: everything of smpkg but its main. Linux only.
pkg_SRC := \
	pkg/arc.c \
	pkg/bom.c \
	pkg/build.c \
	pkg/check.c \
	pkg/clearsign.c \
	pkg/cmd.c \
	pkg/cmd_build.c \
	pkg/cmd_distributor.c \
	pkg/cmd_fleet.c \
	pkg/cmd_inspect.c \
	pkg/cmd_key.c \
	pkg/cmd_layout.c \
	pkg/cmd_publish.c \
	pkg/cmd_repo.c \
	pkg/cmd_sign.c \
	pkg/cmd_universal.c \
	pkg/cmd_verify.c \
	pkg/cmssign.c \
	pkg/distrib.c \
	pkg/entries.c \
	pkg/facts.c \
	pkg/field.c \
	pkg/filelist.c \
	pkg/fleet.c \
	pkg/fmt_deb.c \
	pkg/fmt_pkg.c \
	pkg/fmt_rpm.c \
	pkg/fmt_winzip.c \
	pkg/fmt_zip.c \
	pkg/format.c \
	pkg/issue.c \
	pkg/jsonpos.c \
	pkg/key.c \
	pkg/keypkt.c \
	pkg/layout.c \
	pkg/machofat.c \
	pkg/manifest.c \
	pkg/odc.c \
	pkg/pgpsign.c \
	pkg/release.c \
	pkg/repo.c \
	pkg/repoapt.c \
	pkg/repoyum.c \
	pkg/rpmfiles.c \
	pkg/rpmhdr.c \
	pkg/rpmread.c \
	pkg/sbom.c \
	pkg/script.c \
	pkg/sign.c \
	pkg/template.c \
	pkg/xarw.c \
	pkg/yumxml.c

pkg_NEEDS := common
pkg_EXT := rpm archive curl ssl expat yyjson zlib

unit_pkg := pkg_arc pkg_check pkg_filelist pkg_format pkg_jsonpos pkg_key \
	pkg_manifest pkg_script
# macOS packages; the readers of common are tested with what we write.
unit_pkg += flatcheck pkg_bom pkg_machofat pkg_odc pkg_template pkg_xarw
# repositories and releases
unit_pkg += pkg_clearsign pkg_issue pkg_repo pkg_sbom
fuzz_pkg := pkg_key pkg_manifest pkg_rpmread pkg_sbom
bench_pkg :=

smpkg_MAIN := pkg/main.c
smpkg_LIBS := pkg common
smpkg_EXT := $(pkg_EXT)

# The templates of a macOS package are built in, as the elements of arrays.
$(O)/gen/pkg/macos_%.inc: macos/%.in
	@mkdir -p $(@D)
	@od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g' >$@
$(O)/obj/pkg/fmt_pkg.o: $(addprefix $(O)/gen/pkg/macos_,Distribution.inc \
	PackageInfo.inc postinstall.inc)

# What fleets run (scripts) and read (templates) is built in, one array each:
# deb-install.sh is deb_install_sh.
fleet_scripts := $(foreach x,deb rpm mac,pkg/fleet/$x-install.sh \
	pkg/fleet/$x-uninstall.sh) pkg/fleet/win-install.ps1 \
	pkg/fleet/win-uninstall.ps1
fleet_templates := $(foreach x,winget-version.yaml winget-locale.yaml \
	winget-installer.yaml scoop.json cask.rb autopkg.recipe \
	intune-detect.ps1,pkg/fleet/$x.in)
$(O)/gen/pkg/fleet_scripts.inc: $(fleet_scripts)
$(O)/gen/pkg/fleet_templates.inc: $(fleet_templates)
$(O)/gen/pkg/fleet_%.inc:
	@mkdir -p $(@D)
	@for file in $^; do \
		name=$$(basename $$file | tr .- __); \
		echo "static const unsigned char $$name[] = {"; \
		od -An -v -tx1 $$file | \
			sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
		echo '};'; \
	done >$@
$(O)/obj/pkg/distrib.o: $(O)/gen/pkg/fleet_scripts.inc
$(O)/obj/pkg/fleet.o: $(O)/gen/pkg/fleet_templates.inc
