# libcommon.a: shared foundations. Leaf modules first, then services.
common_SRC := \
	common/appended.c \
	common/archive.c \
	common/armor.c \
	common/authenticode.c \
	common/aws/api.c \
	common/aws/config.c \
	common/aws/cred.c \
	common/aws/cred_process.c \
	common/aws/cred_profile.c \
	common/aws/cred_remote.c \
	common/aws/cred_sso.c \
	common/aws/cred_sts.c \
	common/aws/endpoint.c \
	common/aws/sigv4.c \
	common/aws/time.c \
	common/bom.c \
	common/buf.c \
	common/bundle.c \
	common/burn.c \
	common/chain.c \
	common/channel.c \
	common/cms.c \
	common/deb.c \
	common/der.c \
	common/digest.c \
	common/err.c \
	common/flatcheck.c \
	common/flatpkg.c \
	common/fs.c \
	common/hex.c \
	common/history.c \
	common/http.c \
	common/http_download.c \
	common/http_easy.c \
	common/http_proxy.c \
	common/http_roots.c \
	common/json.c \
	common/jtable.c \
	common/log.c \
	common/macho.c \
	common/mem.c \
	common/nameset.c \
	common/odc.c \
	common/openpgp.c \
	common/options.c \
	common/os/platform.c \
	common/out.c \
	common/package.c \
	common/path.c \
	common/pe.c \
	common/pgpblock.c \
	common/pgpkey.c \
	common/pgppacket.c \
	common/pgpsig.c \
	common/progress.c \
	common/receipt.c \
	common/rpm.c \
	common/signeddata.c \
	common/str.c \
	common/tst.c \
	common/version.c \
	common/xar.c \
	common/xarsig.c \
	common/xzdict.c

common_SRC_unix := \
	common/os/unix/clock.c \
	common/os/unix/dir.c \
	common/os/unix/env.c \
	common/os/unix/errno.c \
	common/os/unix/file.c \
	common/os/unix/link.c \
	common/os/unix/process.c \
	common/os/unix/term.c
common_SRC_linux := \
	common/os/linux/clock.c \
	common/os/linux/file.c \
	common/os/linux/platform.c \
	common/os/linux/process.c \
	common/os/linux/random.c
common_SRC_macos := \
	common/os/macos/clock.c \
	common/os/macos/file.c \
	common/os/macos/platform.c \
	common/os/macos/process.c \
	common/os/macos/random.c
common_SRC_windows := \
	common/os/windows/clock.c \
	common/os/windows/dir.c \
	common/os/windows/env.c \
	common/os/windows/errno.c \
	common/os/windows/file.c \
	common/os/windows/link.c \
	common/os/windows/loadcfg.c \
	common/os/windows/platform.c \
	common/os/windows/process.c \
	common/os/windows/random.c \
	common/os/windows/term.c \
	common/os/windows/utf.c \
	common/os/windows/winerr.c

common_NEEDS :=
common_EXT := curl archive ssl expat yyjson zlib

unit_common := archive armor aws_api aws_config aws_cred aws_endpoint \
	aws_sigv4 aws_time buf channel cms digest err fs hex history http \
	http_download json jtable log mem nameset openpgp openpgp_gpg options \
	os_file os_platform os_process out package path pe pgpblock pgpkey \
	pgppacket progress receipt str version xar

# These talk to a server in the same process.
$(addprefix $(O)/tests/test_,aws_api aws_cred http http_download): \
	$(O)/obj/tests/lib/httpd.o
fuzz_common := appended armor channel cms deb history log openpgp package pe receipt \
	rpm xar xzdict
bench_common :=

unit_common += appended bundle burn http_roots
unit_common += authenticode chain der signeddata tst
unit_common += bom macho odc
fuzz_common += bom flatcheck macho odc
fuzz_common += authenticode signeddata tst
fuzz_common += aws_api aws_config aws_cred_sts aws_sigv4 json

# The release history is built in: its bytes as the elements of an array.
$(O)/gen/common/history.inc: releases/history.json
	@mkdir -p $(@D)
	@od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g' >$@
$(O)/obj/common/history.o: $(O)/gen/common/history.inc
