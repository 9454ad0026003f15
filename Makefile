# SPDX-License-Identifier: MIT
# assay: `make demo` shows it, `make check` proves it.  Output goes to build/.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
SANITIZE ?=
STRICT   ?= 0
FUZZ_S   ?= 4
ifeq ($(origin CC),default)
CC       := gcc
endif
FUZZ_CC  ?= $(shell command -v clang || command -v clang-14 || echo clang)
PROVE    ?= prove -j2
comma    := ,
Q        := $(if $(V),,@)
say       = $(if $(V),@:,@echo '  $(1) $@')

# Every kind of build has its own folder, so that none spoils another.
BUILD := build$(if $(SANITIZE),/kind-$(subst $(comma),-,$(SANITIZE)))

PKGS := yaml-0.1 libpcre2-8 libcjson sqlite3 zlib libcurl libssl libcrypto libcares libnghttp2 libmicrohttpd
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wwrite-strings -Wformat=2 -Wpointer-arith
# a sanitized build is compiled twice as fast with -O1, and hardly slower
CFLAGS ?= $(if $(SANITIZE),-O1,-O2) -g
SAN   := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_C := -std=c11 -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' -I. -I$(BUILD) \
         $(WARN) $(if $(filter 1,$(STRICT)),-Werror) -MMD -MP $(SAN) \
         $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS) $(CPPFLAGS)
LIBS  := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lev -lm -pthread
LINK   = $(CC) $(SAN) $(CFLAGS) $(LDFLAGS) -o $@

# One archive a folder, in the order in which they may know each other.
FOLDERS  := scenarios report probe loadgen
sources   = $(sort $(shell find $(1) -name '*.c'))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))
archive   = $(BUILD)/lib$(1).a
upto_scenarios := $(call archive,scenarios)
upto_report    := $(call archive,report) $(upto_scenarios)
upto_probe     := $(call archive,probe) $(upto_report)
upto_loadgen   := $(call archive,loadgen) $(upto_probe)

UNITS   := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
HELPERS := $(BUILD)/libhelpers.a
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all deps demo check check-units check-threads check-programs lint fuzz bench \
        install clean tests
all: $(BUILD)/assay $(BUILD)/assay.1

$(BUILD)/assay: $(BUILD)/assay.o $(upto_loadgen)
	$(call say,link)
	$(Q)$(LINK) $< $(upto_loadgen) $(LIBS)

$(BUILD)/assay.1: $(BUILD)/assay
	@$< help --man > $@.part && mv $@.part $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc)
	$(Q)$(CC) $(ALL_C) -c $< -o $@

define folder
$(call archive,$(1)): $(call objects,$(1))
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call folder,$(f))))

# What the program carries as text, made from the file that is the source.
$(BUILD)/scenarios/init_text.h: scenarios/examples/first.yaml
	@mkdir -p $(@D)
	@awk -f tests/lint/embed.awk $< > $@.part && mv $@.part $@
$(BUILD)/report/commands/cmd_init.o: $(BUILD)/scenarios/init_text.h

# DEPS=build: only what building needs
deps:
	@DEPS='$(DEPS)' sh tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory -s all $(BUILD)/origin
	@sh tests/demo.sh $(BUILD)

# The whole proof, summed up in one closing line.
check: deps
	@sh tests/check.sh

# Units link only their folder's archive and those below it: an upward call
# does not link.
unit_folder = $(or $(shell sed -n 's,^/\* folder: \([a-z]*\) \*/$$,\1,p' tests/unit/$(1).c),loadgen)
define unit
$(BUILD)/unit/$(1): $(BUILD)/tests/unit/$(1).o $(HELPERS) $(upto_$(call unit_folder,$(1)))
	@mkdir -p $$(@D)
	$$(call say,link)
	$$(Q)$$(LINK) $$(filter %.o,$$^) $$(filter %.a,$$^) $$(LIBS) -lcmocka
endef
$(foreach u,$(UNITS),$(eval $(call unit,$(u))))

# An archive, so that a test takes only the helpers that its folder can link.
$(HELPERS): $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/origin: $(call objects,tests/origin) $(upto_scenarios)
	$(call say,link)
	$(Q)$(LINK) $^ $(LIBS)

# Makes exchanges by the transport it is told.
$(BUILD)/exchange: $(BUILD)/tests/tool/exchange.o $(upto_probe)
	$(call say,link)
	$(Q)$(LINK) $< $(upto_probe) $(LIBS)

# Tells histograms as text, for other implementations to agree or not.
$(BUILD)/hist_tool: $(BUILD)/tests/tool/hist_tool.o $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $< $(upto_report) $(LIBS)

# Plays samples to a condition, for Prometheus to agree or not.
$(BUILD)/condition_tool: $(BUILD)/tests/tool/condition_tool.o $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $< $(upto_report) $(LIBS)

# Results of a load that never was, large ones and many.
$(BUILD)/result_tool: $(BUILD)/tests/tool/result_tool.o $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $< $(upto_report) $(LIBS)

# The status page with everything on it, for a browser.
$(BUILD)/page_tool: $(BUILD)/tests/tool/page_tool.o $(HELPERS) $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

# Reports with everything on them, likewise.
$(BUILD)/html_tool: $(BUILD)/tests/tool/html_tool.o $(HELPERS) $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

# Plays a history to a state file, with processes that are killed.
$(BUILD)/history_tool: $(BUILD)/tests/tool/history_tool.o $(HELPERS) $(upto_loadgen)
	$(call say,link)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# Plays gates that never were, and counts how often they were right.
$(BUILD)/gate_sim: $(BUILD)/tests/tool/gate_sim.o $(HELPERS) $(upto_report)
	$(call say,link)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# Answers after a known amount of work.
$(BUILD)/work_server: $(BUILD)/tests/tool/work_server.o
	$(call say,link)
	$(Q)$(LINK) $<

# What the program tests run besides assay itself.
tools := $(addprefix $(BUILD)/,bench/timer_loop origin exchange hist_tool condition_tool page_tool html_tool history_tool work_server gate_sim result_tool)
.PHONY: tools
tools: $(tools)

tests: all $(tools) $(addprefix $(BUILD)/unit/,$(UNITS))

check-units:
	@$(MAKE) --no-print-directory SANITIZE=address,undefined tests
	@ASAN_OPTIONS=detect_leaks=1 CMOCKA_MESSAGE_OUTPUT=TAP \
	  $(PROVE) -e 'timeout 120' $(addprefix build/kind-address-undefined/unit/,$(UNITS)) :: 2>&1

threaded := $(addprefix build/kind-thread/,unit/test_threads unit/test_load_run unit/test_gate_live)
check-threads: $(BUILD)/origin
	@$(MAKE) --no-print-directory SANITIZE=thread $(threaded) build/kind-thread/assay
	@CMOCKA_MESSAGE_OUTPUT=TAP $(PROVE) -e 'timeout 120' $(threaded) :: 2>&1
	@ASSAY=build/kind-thread/assay $(PROVE) -Itests/lib tests/program/watch_threads.t

check-programs: all tools
	@$(PROVE) -Itests/lib $(sort $(wildcard tests/program/*.t))

fuzz:
	@$(MAKE) --no-print-directory CC='$(FUZZ_CC)' BUILD=build/kind-fuzz \
	  SANITIZE=address,undefined,fuzzer-no-link fuzzers
	@sh tests/fuzz.sh build/kind-fuzz $(FUZZ_S)

.PHONY: fuzzers
fuzzers: $(addprefix $(BUILD)/fuzz/,$(FUZZERS))
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(HELPERS) $(upto_loadgen)
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(CC) -fsanitize=address,undefined,fuzzer -o $@ $< $(HELPERS) $(upto_loadgen) $(LIBS)

# make bench ONLY='plain tls' measures only that
bench: deps
	@$(MAKE) --no-print-directory -s all $(BUILD)/origin $(BUILD)/history_tool $(BUILD)/gate_sim $(BUILD)/result_tool \
	  $(addprefix $(BUILD)/bench/,bare_loop epoll_loop timer_loop usage)
	@perl -Itests/lib -Itests/bench tests/bench/bench.pl $(BUILD) $(ONLY)

# Whole gates on this machine: hours, or COUNT=2 make bench-gate ONLY=same-1m
.PHONY: bench-gate
bench-gate: deps
	@$(MAKE) --no-print-directory -s all $(BUILD)/work_server
	@perl -Itests/lib -Itests/bench tests/bench/gate.pl $(BUILD) $(ONLY)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,link)
	$(Q)$(LINK) $< $(shell pkg-config --libs libcurl) -lev

lint:
	@sh tests/lint/lint.sh

# The warnings of a compiler without its code: make CC=clang STRICT=1 syntax
.PHONY: syntax
syntax: all
	@printf '%s\n' $(call sources,$(FOLDERS) assay.c tests) | \
	  xargs -P $(shell nproc) -n 16 $(CC) $(filter-out -MMD -MP,$(ALL_C)) -fsyntax-only

# The files that the program itself writes; tests compare them.
.PHONY: generated
generated: all
	$(BUILD)/assay schema scenario > scenarios/schema.json
	$(BUILD)/assay schema result > report/result.schema.json

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/assay/examples \
	  $(DESTDIR)$(PREFIX)/share/assay/systems
	install -m 755 $(BUILD)/assay $(DESTDIR)$(PREFIX)/bin/assay
	install -m 644 $(BUILD)/assay.1 $(DESTDIR)$(PREFIX)/share/man/man1/assay.1
	install -m 644 scenarios/schema.json report/result.schema.json $(DESTDIR)$(PREFIX)/share/assay/
	install -m 644 scenarios/examples/*.yaml scenarios/examples/*.csv scenarios/examples/*.service $(DESTDIR)$(PREFIX)/share/assay/examples/
	install -m 644 scenarios/systems/*.yaml $(DESTDIR)$(PREFIX)/share/assay/systems/

clean:
	rm -rf build

# Objects stay for the next time.  Not .SECONDARY: one that is missing would not be
# noticed when an archive is newer than its source.
.PRECIOUS: $(BUILD)/%.o

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
