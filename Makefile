# chatd: `make help` lists what can be made.
VERSION := 0.1.0

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
MODE    := release# or debug, asan, tsan, fuzz
PYTHON  := /usr/bin/python3

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2) --no-print-directory
endif
ifneq ($(filter clean distclean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
.DELETE_ON_ERROR:
.SUFFIXES:

# --- Flags ----------------------------------------------------------------------------------------

OPTIMIZE_release := -O2 -g -DNDEBUG -D_FORTIFY_SOURCE=2
OPTIMIZE_debug   := -O0 -g -D_GLIBCXX_ASSERTIONS
# Lines for the reports are enough: with -O1 -g, g++ takes three times as long over these.
OPTIMIZE_asan    := -Og -g1 -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined \
	-fno-sanitize-recover=all
OPTIMIZE_tsan    := -Og -g1 -D_GLIBCXX_ASSERTIONS -fsanitize=thread
OPTIMIZE_fuzz    := -O1 -g1 -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=all
ifndef OPTIMIZE_$(MODE)
$(error MODE is release, debug, asan, tsan or fuzz, not '$(MODE)')
endif

CXXFLAGS ?=
LDFLAGS  ?=
WERROR   ?= -Werror
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(WERROR)
COMMON   := $(OPTIMIZE_$(MODE)) -fno-omit-frame-pointer -fstack-protector-strong -pthread
COMPILE   = $(CXX) -std=c++20 $(COMMON) $(WARNINGS) -Isrc $(DEPS_FLAGS) $(CXXFLAGS)
LINK      = $(CXX) $(COMMON) $(CXXFLAGS) $(LDFLAGS) -Wl,--as-needed
LIBRARIES = $(DEPS_ARCHIVES) $(DEPS_LIBRARIES)

# --- Sources --------------------------------------------------------------------------------------

LIBRARY_LAYERS := base net http ws web
LAYERS         := base net http ws web chat
SUPPORT        :=
UNIT           :=

# `make unit` sets UNIT to the layers that it wants, and gets a folder of its own for them.
empty :=
space := $(empty) $(empty)
OUT   := $(BUILD)/$(MODE)$(if $(UNIT),-unit/$(subst $(space),-,$(strip $(UNIT))))

programs     := chatd $(if $(wildcard src/echod.cc),echod)
main_sources := $(programs:%=src/%.cc)
main_sources := $(patsubst src/chatd.cc,src/main.cc,$(main_sources))
# On the library, for test/e2e to ask.
test_sites   := xsrf_site

library_sources := $(wildcard $(LIBRARY_LAYERS:%=src/%/*.cc))
chat_sources    := $(wildcard src/chat/*.cc) $(filter-out $(main_sources),$(wildcard src/*.cc))
test_sources    := test/main.cc $(wildcard test/support/*.cc test/*/*_test.cc)
# The load generator, the floor to measure against, and what counts the codec's instructions.
bench_programs  := $(patsubst %,$(OUT)/bench/%,load floor codec)
# Of them, what has tests.
bench_tested    := test/bench/inflate_cache.cc test/bench/ledger.cc
ifneq ($(UNIT),)
tested_sources  := $(wildcard $(UNIT:%=src/%/*.cc)) $(if $(filter bench,$(UNIT)),$(bench_tested))
test_sources    := test/main.cc $(SUPPORT:%=test/support/%.cc) $(wildcard $(UNIT:%=test/%/*_test.cc))
endif

objects = $(patsubst %.cc,$(OUT)/%.o,$(filter %.cc,$1)) $(patsubst %.c,$(OUT)/%.o,$(filter %.c,$1))
library_objects = $(call objects,$(library_sources) $(DEPS_SOURCES))
chat_objects   := $(call objects,$(chat_sources))
test_objects   := $(call objects,$(test_sources))
main_objects   := $(call objects,$(main_sources))

# --- Building -------------------------------------------------------------------------------------

# Only the release is put at the top; a binary of another mode stays in its folder.
binaries := $(if $(filter release,$(MODE)),$(programs:%=./%),$(programs:%=$(OUT)/%))

.PHONY: all
all: $(binaries) ## build ./chatd (MODE=debug, asan or tsan: build/<mode>/chatd)

# What the third-party libraries are called by here; a goal that compiles nothing does not ask.
ifneq ($(filter-out help clean distclean format unit uninstall,$(or $(MAKECMDGOALS),all)),)
include third_party/deps.mk
endif
third_party/deps.mk: third_party/packages.txt third_party/fetch.sh
	@CXX='$(CXX)' third_party/fetch.sh $@

# Other flags than last time make the objects old that were built with them.
differ   = $(subst x$1,,x$2)$(subst x$2,,x$1)
remember = $(if $(call differ,$(file <$1),$2),$(shell mkdir -p $(OUT))$(file >$1,$2))
# These alone know the version and where `make install` puts the pages.
CONFIG := -DCHATD_VERSION='"$(VERSION)"' -DCHATD_DATA_DIR='"$(PREFIX)/share/chatd"'
ifdef DEPS_FLAGS
$(call remember,$(OUT)/flags,$(COMPILE) $(LINK) $(LIBRARIES))
$(call remember,$(OUT)/config_flags,$(CONFIG))
endif
configured := $(OUT)/src/config.o $(OUT)/src/default_paths.o
$(configured): $(OUT)/config_flags
$(configured): private COMPILE += $(CONFIG)
# Tests take longer to compile than to run.
$(test_objects): private COMPILE += -Itest -O0 -g1 -U_FORTIFY_SOURCE

$(OUT)/%.o: %.cc $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  C++   $<"
	@$(COMPILE) -MMD -MP -c $< -o $@

$(OUT)/third_party/%.o: third_party/%.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  C     $(<F)"
	@$(CC) -O2 -g -fPIE -w $(DEPS_FLAGS) -c $< -o $@

$(OUT)/libchatd.a: $(library_objects)
	@echo "  AR    $@"
	@rm -f $@
	@$(AR) rcs $@ $^

$(OUT)/chatd: $(OUT)/src/main.o $(chat_objects) $(OUT)/libchatd.a
$(OUT)/echod: $(OUT)/src/echod.o $(OUT)/libchatd.a
ifneq ($(UNIT),)
$(OUT)/chatd_test: $(test_objects) $(call objects,$(tested_sources) $(DEPS_SOURCES))
else
$(OUT)/chatd_test: $(test_objects) $(call objects,$(bench_tested)) $(chat_objects) $(OUT)/libchatd.a
endif
$(test_sites:%=$(OUT)/%): $(OUT)/%: $(OUT)/test/e2e/%.o $(OUT)/libchatd.a
$(OUT)/chatd $(OUT)/echod $(OUT)/chatd_test $(test_sites:%=$(OUT)/%):
	@echo "  LINK  $@"
	@$(LINK) $^ $(LIBRARIES) -o $@

$(programs:%=./%): ./%: $(OUT)/%
	@cp -f $< $@

-include $(patsubst %.o,%.d,$(filter-out $(OUT)/third_party/%,$(library_objects)) \
	$(chat_objects) $(test_objects) $(main_objects) $(call objects,$(tested_sources)) \
	$(test_sites:%=$(OUT)/test/e2e/%.o))

# --- Testing --------------------------------------------------------------------------------------

NEED_PYTHON = test -x $(PYTHON) || { echo "please:  apt-get install python3"; \
	echo "0 passed, 1 failed"; exit 1; }

.PHONY: test asan tsan run_program unit run_unit
test: $(binaries) $(OUT)/chatd_test $(test_sites:%=$(OUT)/%) $(bench_programs) ## build, install what the tests need, run all tests
	@scripts/install_test_packages.sh || true
	@$(NEED_PYTHON)
	@XSRF_SITE=$(OUT)/xsrf_site BENCH_PROGRAMS=$(OUT)/bench $(RUN_WITH) $(PYTHON) scripts/run_tests.py --program $(OUT)/chatd_test --chatd $(firstword $(binaries))

asan: ## run the C++ tests with AddressSanitizer and UndefinedBehaviorSanitizer
tsan: ## run the C++ tests with ThreadSanitizer
asan tsan:
	@$(MAKE) MODE=$@ run_program
run_program: $(OUT)/chatd_test
	@$(NEED_PYTHON)
	@$(RUN_WITH) $(PYTHON) scripts/run_tests.py --only-program --program $<

# Linux spreads memory wider by now than the ThreadSanitizer of g++ 12 can bear.
RUN_WITH_tsan = $(shell setarch -R true 2>/dev/null && echo setarch -R)
RUN_WITH = ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
	UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=second_deadlock_stack=1 $(RUN_WITH_$(MODE))

unit: ## run some layers' tests: LAYERS="base ws" [SUPPORT="ws_client"] [ARGS=-tc=*mask*] [MODE=asan]
	@$(MAKE) MODE=$(if $(filter file,$(origin MODE)),debug,$(MODE)) UNIT="$(LAYERS)" run_unit
run_unit: $(OUT)/chatd_test
	@$(RUN_WITH) $(OUT)/chatd_test $(ARGS)

# --- Measuring ------------------------------------------------------------------------------------

bench_load    := crowd inflate_cache ledger load member server_meter socket
bench_objects  = $(call objects,$(filter-out %_test.cc,$(wildcard test/bench/*.cc)))

.PHONY: bench bench_programs instructions
bench: ## measure chatd and others: ARGS=--quick for less than a minute, ARGS=--help for more
	@scripts/bench.sh $(ARGS)
bench_programs: $(binaries) $(bench_programs)
instructions: $(OUT)/bench/codec ## count the codec's instructions, compare with the stored: ARGS=--update stores
	@$(NEED_PYTHON)
	@$(PYTHON) scripts/count_instructions.py $(ARGS) $<
$(bench_objects): private COMPILE += -Itest
$(OUT)/bench/load: $(call objects,$(bench_load:%=test/bench/%.cc)) $(OUT)/libchatd.a
$(OUT)/bench/floor: $(call objects,test/bench/floor.cc) $(OUT)/libchatd.a
$(OUT)/bench/codec: $(call objects,test/bench/codec.cc) $(OUT)/libchatd.a
$(bench_programs):
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(LINK) $^ $(LIBRARIES) -o $@
-include $(bench_objects:.o=.d)

# --- Fuzzing --------------------------------------------------------------------------------------

FUZZ_SECONDS ?= 10
fuzz_targets := $(patsubst test/fuzz/%_fuzz.cc,%,$(wildcard test/fuzz/*_fuzz.cc))
fuzz_sources := $(wildcard $(patsubst %,src/%/*.cc,base net http ws)) src/web/signed_value.cc \
	src/web/xsrf_token.cc
fuzz_objects  = $(call objects,$(fuzz_targets:%=test/fuzz/%_fuzz.cc))

.PHONY: fuzz run_fuzz
fuzz: ## run each fuzz target for FUZZ_SECONDS=10, from its corpus on
	@$(MAKE) MODE=fuzz CXX='$(CLANGXX)' WERROR=-w run_fuzz
run_fuzz: $(fuzz_targets:%=$(OUT)/fuzz/%)
	@scripts/run_fuzz.sh $(FUZZ_SECONDS) $(OUT)/fuzz $(fuzz_targets)
$(fuzz_objects): private COMPILE += -Itest
$(fuzz_targets:%=$(OUT)/fuzz/%): $(OUT)/fuzz/%: $(OUT)/test/fuzz/%_fuzz.o $(call objects,$(fuzz_sources) $(DEPS_SOURCES))
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(LINK) -fsanitize=fuzzer $^ $(LIBRARIES) -o $@
-include $(fuzz_objects:.o=.d)

# --- Checking -------------------------------------------------------------------------------------

CLANGXX      ?= clang++-14
CLANG_TIDY   ?= clang-tidy-14
CLANG_FORMAT ?= clang-format-14
CLANG_FLAGS   = -std=c++20 -pthread -Isrc $(CONFIG) $(DEPS_FLAGS)
CLANG_WARN   := -Wall -Wextra -Wpedantic -Wthread-safety -Werror
our_files     = $(shell find src test -name node_modules -prune -o \
	\( -name '*.h' -o -name '*.cc' \) -print)

# A stamp for each file that was found good, so that only what changed is looked at again.
headers     := $(wildcard src/*.h src/*/*.h)
code_checks := $(patsubst %,$(BUILD)/check/%.ok,$(library_sources) $(chat_sources) \
	$(wildcard $(main_sources)) $(headers))

.PHONY: check check_tools check_format check_layers format
check: check_format check_layers $(code_checks) ## format, layers, clang's warnings, thread safety, clang-tidy
check_tools:
	@for tool in $(CLANGXX) $(CLANG_TIDY) $(CLANG_FORMAT) $(PYTHON); do \
	  command -v $$tool >/dev/null || { echo "make check needs $$tool; please:" \
	    "apt-get install clang-14 clang-tidy-14 clang-format-14 python3"; exit 1; } done
check_format: check_tools
	@echo "  CHECK format"
	@$(CLANG_FORMAT) --dry-run -Werror $(our_files)
check_layers: check_tools
	@echo "  CHECK layers"
	@$(PYTHON) scripts/check_layers.py
format: ## let clang-format put all files into shape
	@$(CLANG_FORMAT) -i $(our_files)

$(BUILD)/check/%.cc.ok: %.cc .clang-tidy | check_tools
	@mkdir -p $(@D)
	@echo "  TIDY  $<"
	@$(CLANGXX) $(CLANG_FLAGS) $(CLANG_WARN) -fsyntax-only -MMD -MP -MF $@.d -MT $@ $<
	@$(CLANG_TIDY) --quiet $< -- $(CLANG_FLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@
# A header compiles alone.
$(BUILD)/check/%.h.ok: %.h | check_tools
	@mkdir -p $(@D)
	@echo "  ALONE $<"
	@echo '#include "$(<:src/%=%)"' | $(CLANGXX) $(CLANG_FLAGS) $(CLANG_WARN) -fsyntax-only \
	  -MMD -MP -MF $@.d -MT $@ -x c++ -
	@touch $@
-include $(code_checks:=.d)

# --- Installing -----------------------------------------------------------------------------------

bin_dir     := $(DESTDIR)$(PREFIX)/bin
lib_dir     := $(DESTDIR)$(PREFIX)/lib
include_dir := $(DESTDIR)$(PREFIX)/include/chatd
data_dir    := $(DESTDIR)$(PREFIX)/share/chatd
doc_dir     := $(DESTDIR)$(PREFIX)/share/doc/chatd

# Archives that were fetched are not on the system: they are installed beside libchatd.a.
define PKG_CONFIG_FILE
prefix=$(PREFIX)
libdir=$${prefix}/lib
includedir=$${prefix}/include

Name: chatd
Description: HTTP and WebSocket server library, the lower layers of the chatd chat server
Version: $(VERSION)
Cflags: -I$${includedir}/chatd -pthread
Libs: -L$${libdir} -lchatd $(patsubst %,$${libdir}/chatd/%,$(notdir $(DEPS_ARCHIVES))) $(DEPS_LIBRARIES) -pthread
endef

.PHONY: install uninstall clean distclean help
install: ./chatd $(OUT)/libchatd.a ## install below PREFIX (default /usr/local), staged in DESTDIR
	install -d $(bin_dir) $(lib_dir)/pkgconfig $(doc_dir)
	install -m 755 chatd $(bin_dir)/chatd
	install -m 644 $(wildcard README.md LICENSE CHANGELOG.md) $(doc_dir)
	@find templates public -type f -exec install -D -m 644 {} $(data_dir)/{} ';'
	install -m 644 $(OUT)/libchatd.a $(lib_dir)/libchatd.a
	@for file in $(DEPS_ARCHIVES); do install -D -m 644 $$file $(lib_dir)/chatd/$${file##*/}; done
	@for file in $(filter $(LIBRARY_LAYERS:%=src/%/%),$(headers)); do \
	  install -D -m 644 $$file $(include_dir)/$${file#src/}; done
	$(file >$(OUT)/chatd.pc,$(PKG_CONFIG_FILE))
	install -m 644 $(OUT)/chatd.pc $(lib_dir)/pkgconfig/chatd.pc
uninstall: ## remove what install put there
	rm -rf $(bin_dir)/chatd $(data_dir) $(doc_dir) $(include_dir) $(lib_dir)/chatd
	rm -f $(lib_dir)/libchatd.a $(lib_dir)/pkgconfig/chatd.pc

clean: ## remove what was built
	rm -rf $(BUILD) chatd echod
distclean: clean ## and what was fetched
	rm -rf third_party/unpacked third_party/deps.mk third_party/.lock test/node_modules \
	  test/bench/peers/uws/node_modules
help: ## list these
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r goal story; do \
	  printf '  make %-12s %s\n' "$$goal" "$$story"; done
