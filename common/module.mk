# libcommon.a: shared foundations. Leaf modules first, then services.
common_SRC :=

common_SRC_unix :=
common_SRC_linux :=
common_SRC_macos :=
common_SRC_windows :=

common_NEEDS :=
common_EXT := curl archive ssl expat yyjson zlib

unit_common :=

# These talk to a server in the same process.
$(addprefix $(O)/tests/test_,aws_api aws_cred http http_download): \
	$(O)/obj/tests/lib/httpd.o
fuzz_common :=
bench_common :=

unit_common += http_roots
fuzz_common += aws_api aws_config aws_cred_sts aws_sigv4 json

# The release history is built in: its bytes as the elements of an array.
$(O)/gen/common/history.inc: releases/history.json
	@mkdir -p $(@D)
	@od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g' >$@
$(O)/obj/common/history.o: $(O)/gen/common/history.inc
