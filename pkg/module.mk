# libpkg.a: everything of smpkg but its main. Linux only.
pkg_SRC := \
	pkg/apkkey.c \
	pkg/arc.c \
	pkg/bom.c \
	pkg/build.c \
	pkg/cab.c \
	pkg/cfb.c \
	pkg/cfbread.c \
	pkg/check.c \
	pkg/clearsign.c \
	pkg/cmd.c \
	pkg/cmd_build.c \
	pkg/cmd_diff.c \
	pkg/cmd_distributor.c \
	pkg/cmd_fleet.c \
	pkg/cmd_inspect.c \
	pkg/cmd_key.c \
	pkg/cmd_layout.c \
	pkg/cmd_publish.c \
	pkg/cmd_repo.c \
	pkg/cmd_sign.c \
	pkg/cmd_staple.c \
	pkg/cmd_universal.c \
	pkg/cmd_verify.c \
	pkg/cmssign.c \
	pkg/der.c \
	pkg/diff.c \
	pkg/distrib.c \
	pkg/ecdsa.c \
	pkg/entries.c \
	pkg/facts.c \
	pkg/field.c \
	pkg/filelist.c \
	pkg/fleet.c \
	pkg/fmt_apk.c \
	pkg/fmt_deb.c \
	pkg/fmt_exe.c \
	pkg/fmt_msi.c \
	pkg/fmt_pkg.c \
	pkg/fmt_rpm.c \
	pkg/fmt_targz.c \
	pkg/fmt_winzip.c \
	pkg/fmt_zip.c \
	pkg/foreign.c \
	pkg/format.c \
	pkg/guard.c \
	pkg/inside.c \
	pkg/issue.c \
	pkg/jsonpos.c \
	pkg/key.c \
	pkg/keypkt.c \
	pkg/layout.c \
	pkg/listing.c \
	pkg/machofat.c \
	pkg/manifest.c \
	pkg/msidb.c \
	pkg/msinames.c \
	pkg/msiparts.c \
	pkg/msiread.c \
	pkg/msischema.c \
	pkg/odc.c \
	pkg/pack.c \
	pkg/pesign.c \
	pkg/pever.c \
	pkg/parts.c \
	pkg/pgpsign.c \
	pkg/pool.c \
	pkg/programs.c \
	pkg/progparts.c \
	pkg/release.c \
	pkg/repo.c \
	pkg/repoapt.c \
	pkg/repoyum.c \
	pkg/roots.c \
	pkg/rpmclass.c \
	pkg/rpmfiles.c \
	pkg/rpmhdr.c \
	pkg/rpmparts.c \
	pkg/rpmread.c \
	pkg/sbom.c \
	pkg/script.c \
	pkg/sign.c \
	pkg/signer.c \
	pkg/signer_command.c \
	pkg/signer_pkcs11.c \
	pkg/tarw.c \
	pkg/staple.c \
	pkg/template.c \
	pkg/tsa.c \
	pkg/xarw.c \
	pkg/yumxml.c \
	pkg/zipw.c

pkg_NEEDS := common
pkg_EXT := p11 rpm lzma archive curl ssl expat yyjson zlib

unit_pkg := pkg_arc pkg_check pkg_filelist pkg_format pkg_jsonpos pkg_key \
	pkg_manifest pkg_script
unit_pkg += pkg_pack pkg_pool pkg_tarw pkg_zipw
unit_pkg += deb pkg_ecdsa pkg_signer
# macOS packages; the readers of common are tested with what we write.
unit_pkg += flatcheck pkg_bom pkg_machofat pkg_odc pkg_template pkg_xarw
# repositories and releases
unit_pkg += pkg_clearsign pkg_issue pkg_repo pkg_sbom
unit_pkg += pkg_der pkg_pesign pkg_tsa
unit_pkg += pkg_cab pkg_cfb pkg_msidb pkg_pever
unit_pkg += pkg_cfbread pkg_listing pkg_msiread
$(O)/tests/test_pkg_tsa: $(O)/obj/tests/lib/httpd.o
fuzz_pkg := pkg_diff pkg_key pkg_listing pkg_manifest pkg_msiread pkg_pever \
	pkg_rpmread pkg_sbom
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
