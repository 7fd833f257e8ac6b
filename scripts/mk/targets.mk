# What a person or a script asks for. The text after "##" is the help.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all demo check lint format release bench fuzz install uninstall setup \
	clean distclean help

all: setup-check ## build the programs for this machine into build/bin
	@$(MAKE) programs

setup: ## install what building and testing need (Debian, Ubuntu)
	@scripts/setup build test release

.PHONY: setup-check setup-demo setup-test setup-release
setup-check:
	@scripts/setup --check build
setup-demo setup-test setup-release: setup-%:
	@scripts/setup build $*

demo: setup-demo ## install what is missing, build, and try everything on loopback
	@$(MAKE) programs
	@scripts/demo

check: setup-test ## install what is missing, build, and run every test
	@BUILD=$(BUILD) scripts/check

lint: setup-test ## layers, names, sizes, format, manual pages, scripts
	@BUILD=$(BUILD) scripts/check lint

format: ## lay out all C files
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

release: setup-release ## build and package all targets into dist
	@set -e; for t in $$(scripts/deps --targets); do \
		$(MAKE) "release-$$t"; \
	done
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

# What is installed: programs and, by their names, their manual pages.
installed := session-manager-plugin session-manager-installer
bindir = $(DESTDIR)$(PREFIX)/bin
mandir = $(DESTDIR)$(PREFIX)/share/man/man1

install: all ## install the plugin and the installer; PREFIX, DESTDIR
	@set -e; for p in $(installed); do \
		echo "  INST $(bindir)/$$p"; \
		install -D -m 755 "$(BIN)/$$p" "$(bindir)/$$p"; \
		install -D -m 644 "docs/$$p.1" "$(mandir)/$$p.1"; \
	done

uninstall: ## remove what install put there; PREFIX, DESTDIR
	@for p in $(installed); do \
		echo "  RM   $(bindir)/$$p"; \
		rm -f "$(bindir)/$$p" "$(mandir)/$$p.1"; \
	done

clean: ## remove build and dist, not the cache of dependencies
	rm -rf "$(BUILD)" dist

distclean: clean

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1\t/p' scripts/mk/targets.mk | \
		expand -t 12
