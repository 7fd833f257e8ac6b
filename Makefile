# One makefile for everything; every folder adds its sources in module.mk.
#
# MODE chooses what is compiled: native (default), san (address and undefined
# behaviour sanitizers), fuzz (libFuzzer), or a release target such as
# x86_64-linux-musl. scripts/mk has the tools of each; objects go to
# BUILD/MODE, native programs to BUILD/bin. `make help` lists the targets,
# which are in scripts/mk/targets.mk.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh

MODE ?= native
BUILD ?= build
DEPS ?= $(BUILD)/deps
VERSION := $(shell cat VERSION)
O := $(BUILD)/$(MODE)
BIN := $(if $(filter native,$(MODE)),$(BUILD)/bin,$(O)/bin)

ifneq ($(filter native san fuzz,$(MODE)),)
include scripts/mk/native.mk
else
include scripts/mk/release.mk
endif

# --- sources ---------------------------------------------------------------
# NAME_SRC, and NAME_SRC_unix / _linux / _macos / _windows for one platform.
include common/module.mk
include plugin/module.mk
include installer/module.mk
include pkg/module.mk
include loopback/module.mk
include tests/module.mk

families := $(OS) $(if $(filter windows,$(OS)),,unix)
sources = $($1_SRC) $(foreach f,$(families),$($1_SRC_$f))
objects = $(patsubst %.c,$(O)/obj/%.o,$(call sources,$1))
lib = $(O)/lib/lib$1.a

# --- flags -----------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Wcast-qual \
	-Wwrite-strings $(if $(CI),-Werror)
CPPFLAGS_ALL := -I. -I$(O)/gen $(DEP_CPPFLAGS) $(CPPFLAGS)
CFLAGS_ALL := -std=c11 $(WARN) $(MODE_CFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(MODE_LDFLAGS) $(LDFLAGS)

say = @printf '  %-4s %s\n' $1 $2

# --- rules -----------------------------------------------------------------
$(O)/obj/%.o: %.c | $(DEPS_READY)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	@$(CCACHE) $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(EXTRA_$<) \
		-MMD -MP -c $< -o $@

comma := ,
$(O)/obj/%.o: %.rc VERSION $(wildcard windows/*.inc windows/*.manifest) | \
		$(DEPS_READY)
	@mkdir -p $(@D)
	$(call say,RC,$<)
	@$(WINDRES) -I. -DSM_VERSION='\"$(VERSION)\"' \
		-DSM_NUMBERS=$(subst .,$(comma),$(VERSION)) $< $(RES_FORM) -o $@

# The only file that knows the version; recompiled when VERSION changes.
EXTRA_common/version.c := -DSM_VERSION='"$(VERSION)"'
$(O)/obj/common/version.o: VERSION

$(O)/lib/lib%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)
	@rm -f $@ && $(AR) rcs $@ $^

# $(call link,EXTERNAL): objects and libraries among the prerequisites, then
# the external libraries; the linker takes each once, in that order.
link = $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter $(O)/lib/%,$^) \
	$(foreach x,$1,$(LIBS_$x)) $(LIBS_SYSTEM)

# $(call program,NAME): NAME_MAIN is its main file, NAME_RES_OS its resources
# and NAME_LDFLAGS what else its link needs.
define program
$(BIN)/$1$(EXE): LDFLAGS_ALL += $($1_LDFLAGS)
$(BIN)/$1$(EXE): $(O)/obj/$($1_MAIN:.c=.o) \
		$($1_RES_$(OS):%.rc=$(O)/obj/%.o) \
		$(foreach l,$($1_LIBS),$(call lib,$l)) | $(DEPS_READY)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	@$$(call link,$($1_EXT))
endef

libraries := common wire plugin installer pkg loopback
$(foreach l,$(libraries),$(eval $(call lib,$l): $(call objects,$l)))

programs := $(foreach p,$(PROGRAMS),$(if $(wildcard $($p_MAIN)),$p))
$(foreach p,$(programs),$(eval $(call program,$p)))

# --- unit tests, fuzz targets, benchmarks ----------------------------------
# unit_LIB, fuzz_LIB and bench_LIB list the stems of tests/unit/test_STEM.c,
# tests/fuzz/fuzz_STEM.c and tests/bench/bench_STEM.c, which are linked with
# LIB and what LIB needs. tools lists programs of one file in tests/lib.
define test_program
$(O)/tests/$2_$3: $(O)/obj/tests/$(if $(filter test,$2),unit,$2)/$2_$3.o \
		$4 $(foreach l,$1 $($1_NEEDS),$(call lib,$l)) | $(DEPS_READY)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	@$$(call link,$($1_EXT) $(if $(filter test,$2),cmocka))
endef
test_programs = $(foreach l,$(libraries),$(foreach s,$($1_$l),$(eval \
	$(call test_program,$l,$2,$s,$3))$(O)/tests/$2_$s))

unit_programs := $(call test_programs,unit,test)
fuzz_programs := $(call test_programs,fuzz,fuzz,$(FUZZ_DRIVER))
bench_programs := $(call test_programs,bench,bench)
tool_programs := $(tools:%=$(BUILD)/tests/%)

$(tool_programs): $(BUILD)/tests/%: tests/lib/%.c common/def.h
	@mkdir -p $(@D)
	$(call say,LD,$@)
	@$(CC) -std=c11 $(WARN) -O2 -I. -o $@ $<

.PHONY: programs unit-programs fuzz-programs bench-programs tool-programs
programs: $(programs:%=$(BIN)/%$(EXE))
unit-programs: $(unit_programs)
fuzz-programs: $(fuzz_programs)
bench-programs: $(bench_programs)
tool-programs: $(tool_programs)

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

include scripts/mk/targets.mk
