# What a person or a script asks for. The text after "##" is the help.

RELEASE_TARGETS := x86_64-linux-musl x86-linux-musl aarch64-linux-musl \
	x86_64-macos aarch64-macos x86_64-windows-gnu x86-windows-gnu \
	aarch64-windows-gnu
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo check lint format release bench fuzz install setup clean help

all: setup-check programs ## build the programs for this machine into build/bin

setup: ## install what building and testing need (Debian, Ubuntu)
	@scripts/setup build test release

.PHONY: setup-check setup-build setup-test setup-release
setup-check:
	@scripts/setup --check build
setup-build setup-test setup-release: setup-%:
	@scripts/setup build $*

demo: setup-test ## install what is missing, build, and try everything on loopback
	@$(MAKE) programs
	@scripts/demo

check: setup-test ## install what is missing, build, and run every test
	@BUILD=$(BUILD) scripts/check

lint: setup-test ## layers, names, sizes, format, manual pages, scripts
	@BUILD=$(BUILD) scripts/check lint

format: ## lay out all C files
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

release: setup-release ## build and package all targets into dist
	@set -e; for t in $(RELEASE_TARGETS); do $(MAKE) release-$$t; done
	@$(MAKE) programs
	@BUILD=$(BUILD) scripts/release

release-%: ## build one target, such as release-x86_64-linux-musl
	@$(MAKE) MODE=$* programs
	@scripts/check-release $(BUILD)/$*/bin

.PHONY: list-unit list-fuzz
list-unit: # names of the test programs, for scripts
	@echo $(unit_programs)
list-fuzz:
	@echo $(fuzz_programs)

bench: setup-test ## measure and print the table of ratios
	@$(MAKE) programs bench-programs tool-programs
	@BUILD=$(BUILD) scripts/bench

fuzz: setup-test ## run every fuzz target under libFuzzer, FUZZ_SEC (30) each
	@$(MAKE) MODE=fuzz fuzz-programs
	@BUILD=$(BUILD) scripts/fuzz

install: programs ## install the plugin and the installer; PREFIX, DESTDIR
	install -D -m 755 $(BIN)/session-manager-plugin \
		$(DESTDIR)$(PREFIX)/bin/session-manager-plugin
	install -D -m 755 $(BIN)/session-manager-installer \
		$(DESTDIR)$(PREFIX)/bin/session-manager-installer
	for m in $(wildcard docs/session-manager-*.1); do \
		install -D -m 644 $$m \
			$(DESTDIR)$(PREFIX)/share/man/man1/$${m##*/}; \
	done

clean: ## remove build and dist, not the cache of dependencies
	rm -rf $(BUILD) dist

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' scripts/mk/targets.mk | \
		expand -t 12
