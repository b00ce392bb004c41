# chatd: `make help` lists what can be made.
VERSION := 0.1.0

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
MODE    ?= release# or debug, asan, tsan
PYTHON  := /usr/bin/python3

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2) --no-print-directory
endif
.DELETE_ON_ERROR:
.SUFFIXES:

# --- Flags ----------------------------------------------------------------------------------------

OPTIMIZE_release := -O2 -DNDEBUG -D_FORTIFY_SOURCE=2
OPTIMIZE_debug   := -O0 -D_GLIBCXX_ASSERTIONS
OPTIMIZE_asan    := -O1 -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined -fno-sanitize-recover=all
OPTIMIZE_tsan    := -O1 -D_GLIBCXX_ASSERTIONS -fsanitize=thread
ifndef OPTIMIZE_$(MODE)
$(error MODE is release, debug, asan or tsan, not '$(MODE)')
endif

CXXFLAGS ?=
LDFLAGS  ?=
WERROR   ?= -Werror
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(WERROR)
COMMON   := $(OPTIMIZE_$(MODE)) -g -fno-omit-frame-pointer -fstack-protector-strong -pthread
COMPILE   = $(CXX) -std=c++20 $(COMMON) $(WARNINGS) -Isrc $(DEPS_FLAGS) $(CXXFLAGS)
LINK      = $(CXX) $(COMMON) $(CXXFLAGS) $(LDFLAGS) -Wl,--as-needed
LIBRARIES = $(DEPS_ARCHIVES) $(DEPS_LIBRARIES)

# --- Sources --------------------------------------------------------------------------------------

LIBRARY_LAYERS := base net http ws web
LAYERS         ?= base net http ws web chat
SUPPORT        ?=

# `make unit` sets UNIT to the layers that it wants, and gets a folder of its own for them.
empty :=
space := $(empty) $(empty)
OUT   := $(BUILD)/$(MODE)$(if $(UNIT),-unit/$(subst $(space),-,$(strip $(UNIT))))

programs     := chatd $(if $(wildcard src/echod.cc),echod)
main_sources := $(programs:%=src/%.cc)
main_sources := $(patsubst src/chatd.cc,src/main.cc,$(main_sources))

library_sources := $(wildcard $(LIBRARY_LAYERS:%=src/%/*.cc))
chat_sources    := $(wildcard src/chat/*.cc) $(filter-out $(main_sources),$(wildcard src/*.cc))
test_sources    := test/main.cc $(wildcard test/support/*.cc test/*/*_test.cc)
ifdef UNIT
tested_sources  := $(wildcard $(UNIT:%=src/%/*.cc))
test_sources    := test/main.cc $(SUPPORT:%=test/support/%.cc) $(wildcard $(UNIT:%=test/%/*_test.cc))
endif

objects = $(patsubst %.cc,$(OUT)/%.o,$(filter %.cc,$1)) $(patsubst %.c,$(OUT)/%.o,$(filter %.c,$1))
library_objects = $(call objects,$(library_sources) $(DEPS_SOURCES))
chat_objects   := $(call objects,$(chat_sources))
test_objects   := $(call objects,$(test_sources))
main_objects   := $(call objects,$(main_sources))

# --- Building -------------------------------------------------------------------------------------

.PHONY: all
all: $(if $(filter release,$(MODE)),$(programs),$(programs:%=$(OUT)/%))

# What the third-party libraries are called by here; a goal that compiles nothing does not ask.
ifneq ($(filter-out help clean distclean format unit uninstall,$(or $(MAKECMDGOALS),all)),)
include third_party/deps.mk
endif
third_party/deps.mk: third_party/packages.txt third_party/fetch.sh
	@CXX='$(CXX)' third_party/fetch.sh $@

# Other flags than last time make the objects old that were built with them.
differ   = $(subst x$1,,x$2)$(subst x$2,,x$1)
remember = $(if $(call differ,$(file <$1),$2),$(shell mkdir -p $(OUT))$(file >$1,$2))
# The configuration alone knows the version and where `make install` puts the pages.
CONFIG := -DCHATD_VERSION='"$(VERSION)"' -DCHATD_DATA_DIR='"$(PREFIX)/share/chatd"'
ifdef DEPS_FLAGS
$(call remember,$(OUT)/flags,$(COMPILE) $(LINK) $(LIBRARIES))
$(call remember,$(OUT)/config_flags,$(CONFIG))
endif
$(OUT)/src/config.o: $(OUT)/config_flags
$(OUT)/src/config.o: private COMPILE += $(CONFIG)
$(test_objects): private COMPILE += -Itest

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
ifdef UNIT
$(OUT)/chatd_test: $(test_objects) $(call objects,$(tested_sources) $(DEPS_SOURCES))
else
$(OUT)/chatd_test: $(test_objects) $(chat_objects) $(OUT)/libchatd.a
endif
$(OUT)/chatd $(OUT)/echod $(OUT)/chatd_test:
	@echo "  LINK  $@"
	@$(LINK) $^ $(LIBRARIES) -o $@

$(programs): %: $(OUT)/%
	@cp -f $< $@

-include $(patsubst %.o,%.d,$(filter-out $(OUT)/third_party/%,$(library_objects)) \
	$(chat_objects) $(test_objects) $(main_objects) $(call objects,$(tested_sources)))

# --- Testing --------------------------------------------------------------------------------------

# Compiles these layers and their tests only, and runs them:
#   make unit LAYERS="base ws" [SUPPORT="ws_client"] [ARGS="-tc=*mask*"] [MODE=asan]
.PHONY: unit run_unit
unit:
	@$(MAKE) MODE=$(if $(filter file,$(origin MODE)),debug,$(MODE)) UNIT="$(LAYERS)" run_unit
run_unit: $(OUT)/chatd_test
	$(OUT)/chatd_test $(ARGS)
