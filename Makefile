# pdfspool: one Makefile, not recursive. `make help` shows the targets.
VERSION  := 0.1.0
CC       ?= cc
PREFIX   ?= /usr/local
Q        := $(if $(V),,@)
O        := build
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CFLAGS_  := -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -I. -Ishared -DPDFSPOOL_VERSION='"$(VERSION)"' $(CFLAGS)
LDFLAGS_ := -pie -Wl,-z,relro,-z,now $(LDFLAGS)

LIB_LIBS    := -ljansson -liniparser -lcrypto
WORKER_LIBS := -linotifytools $(LIB_LIBS)
PARSER_LIBS := -lmupdf -lmupdf-third -lfreetype -lharfbuzz -ljbig2dec -lopenjp2 -ljpeg -lgumbo -lmujs -lz -lm \
               -lfribidi -lseccomp
TEST_LIBS   := -lcmocka $(WORKER_LIBS)

PACKAGES := gcc libc6-dev make libmupdf-dev libfreetype-dev libharfbuzz-dev libjbig2dec0-dev libopenjp2-7-dev \
            libjpeg-dev libgumbo-dev libmujs-dev zlib1g-dev libfribidi-dev libseccomp-dev libinotifytools0-dev \
            libiniparser-dev libjansson-dev libssl-dev
TEST_PACKAGES := libcmocka-dev mupdf-tools poppler-utils python3 rsync strace \
            user-mode-linux nfs-common nfs-kernel-server rpcbind iproute2 e2fsprogs kmod procps
STYLE_PACKAGES := clang-format clang-tidy cppcheck git

src       = $(filter-out %/main.c,$(wildcard $(1)/*.c))
obj       = $(patsubst %.c,$(O)/obj/%.o,$(1))
LIB       := $(call obj,$(wildcard shared/base/*.c shared/spool/*.c))
WORKER    := $(call obj,$(call src,extractd))
PARSER    := $(call obj,$(filter-out %/evil.c,$(call src,extractd/parser)) extractd/frame.c)
CTL       := $(call obj,$(call src,spoold/ctl))
GEN       := $(call obj,$(wildcard tests/gen/*.c))
FAULT     := $(call obj,$(wildcard tests/fault/*.c))
UNITS     := $(patsubst tests/unit/%.c,$(O)/test/%,$(wildcard tests/unit/test_*.c))
A         := $(O)/libpdfspool.a

PROGRAMS  := $(O)/extractd $(O)/pdfspool-parser $(O)/spoolctl
TOOLS     := $(O)/mkpdf $(O)/bench/mupdf-loop $(O)/test/pdfspool-parser-evil $(O)/test/run-sandbox $(O)/test/fault-sweep

.PHONY: all run test bench deps test-deps install clean check-style asan help tools format
all: $(PROGRAMS)
tools: all $(TOOLS) $(UNITS)

help:
	@echo 'make            build extractd, pdfspool-parser and spoolctl into build/'
	@echo 'make run        install what is missing, build, start a spool with a worker (SPOOL=./run), say where'
	@echo 'make test       the same set-up, then all tests'
	@echo 'make bench      figures for docs/PERFORMANCE.md'
	@echo 'make deps       install the missing Debian packages, saying which'
	@echo 'make install    into DESTDIR=, PREFIX=/usr/local'
	@echo 'make asan       all tests that run natively, under AddressSanitizer and UBSan (in build-asan/)'
	@echo 'make check-style   layers, formatting, cppcheck, clang-tidy'

$(A): $(LIB)
	@rm -f $@
	$(Q)echo '  AR    $@'; $(AR) rcs $@ $^

$(O)/extractd: $(O)/obj/extractd/main.o $(WORKER) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)
$(O)/pdfspool-parser: $(O)/obj/extractd/parser/main.o $(PARSER) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)
$(O)/spoolctl: $(O)/obj/spoold/ctl/main.o $(CTL) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(LIB_LIBS)
$(O)/mkpdf: $(GEN) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ -lz

# Tests. Everything but the main() of a program is linked with them.
$(O)/test/test_%: $(O)/obj/tests/unit/test_%.o $(WORKER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(TEST_LIBS)
$(O)/test/test_bidi: $(O)/obj/extractd/parser/bidi.o
$(O)/test/test_bidi: TEST_LIBS += -lfribidi
$(O)/test/fault-sweep: $(FAULT) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(LIB_LIBS)
$(O)/test/run-sandbox: $(O)/obj/tests/sandbox/run_sandbox.o $(WORKER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)
EVIL := $(patsubst $(O)/obj/extractd/parser/%.o,$(O)/obj/evil/%.o,$(PARSER)) $(O)/obj/evil/evil.o $(O)/obj/evil/main.o
$(O)/obj/evil/%.o: extractd/parser/%.c
	@mkdir -p $(@D)
	$(Q)echo '  CC    $< (evil)'; $(CC) $(CFLAGS_) -DTEST_EVIL -MMD -MP -c -o $@ $<
$(O)/test/pdfspool-parser-evil: $(EVIL) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)
$(O)/bench/mupdf-loop: $(O)/obj/tests/bench/loop.o
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS)

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)echo '  CC    $<'; $(CC) $(CFLAGS_) -MMD -MP -c -o $@ $<

deps:
	@sh packaging/deps.sh $(PACKAGES)
test-deps:
	@sh packaging/deps.sh $(PACKAGES) $(TEST_PACKAGES)

run: deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all $(O)/mkpdf
	@sh packaging/run.sh $(O) "$${SPOOL:-./run}"

test: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@sh tests/run.sh $(O)

# The cage kills what a sanitizer's runtime does, so the caged parser is the normal one; its own code is run under the
# sanitizers with sandbox = off, over the generator's documents and the corpus.
asan: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" O=build-asan HARDEN= \
	    OPT='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined' tools
	@mkdir -p build-asan/bare && mv build-asan/pdfspool-parser build-asan/bare/
	@cp $(O)/pdfspool-parser build-asan/ && cp $(O)/test/pdfspool-parser-evil build-asan/test/
	@CLUSTER=skip sh tests/run.sh build-asan
	@BUILD=build-asan PARSER=build-asan/bare/pdfspool-parser python3 tests/scenario/corpus.py

bench: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@python3 tests/bench/bench.py $(O)

check-style:
	@sh packaging/deps.sh $(STYLE_PACKAGES)
	@sh tests/style/check.sh
format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/pdfspool
	install -m 755 $(O)/extractd $(O)/spoolctl $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(O)/pdfspool-parser $(DESTDIR)$(PREFIX)/libexec/pdfspool/

clean:
	rm -rf build build-asan

-include $(shell find $(O) -name '*.d' 2>/dev/null)
