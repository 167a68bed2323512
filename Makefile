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
CTL_LIBS    := -larchive $(LIB_LIBS)
WORKER_LIBS := -linotifytools -lz $(LIB_LIBS)
# Functions of MuPDF and FreeType that tounicode.c, glyphwork.c and faces.c stand before.
WRAPPED     := pdf_load_to_unicode fz_advance_glyph fz_bound_glyph fz_bound_text fz_glyph_entirely_outside_box \
               FT_New_Memory_Face FT_Done_Face FT_Get_Name_Index FT_Get_Advance
LEAN_LIBS   := $(WRAPPED:%=-Wl,--wrap=%) -lmupdf -lmupdf-third -lfreetype -lharfbuzz -ljbig2dec -lopenjp2 -ljpeg -lgumbo -lmujs -lz -lm -lfribidi -lseccomp
PARSER_LIBS := -ltesseract -llept -lpoppler-glib -lgobject-2.0 -lglib-2.0 -larchive $(LEAN_LIBS)
HTTP_LIBS   := -lmicrohttpd -lz -lpthread $(LIB_LIBS)
PAGE_LIBS   := $(HTTP_LIBS) $(CTL_LIBS) -lcurl
TEST_LIBS   := -lcmocka $(WORKER_LIBS)

PACKAGES := gcc libc6-dev make pkg-config libmupdf-dev libtesseract-dev libleptonica-dev tesseract-ocr-osd tesseract-ocr-eng \
            tesseract-ocr-deu tesseract-ocr-fra tesseract-ocr-spa tesseract-ocr-ita tesseract-ocr-por tesseract-ocr-nld \
            libpoppler-glib-dev poppler-data libfreetype-dev libharfbuzz-dev libjbig2dec0-dev libopenjp2-7-dev \
            libjpeg-dev libgumbo-dev libmujs-dev zlib1g-dev libfribidi-dev libseccomp-dev libinotifytools0-dev \
            libiniparser-dev libjansson-dev libssl-dev libarchive-dev libmicrohttpd-dev libcurl4-openssl-dev
TEST_PACKAGES := libcmocka-dev mupdf-tools poppler-utils python3 rsync strace valgrind \
            user-mode-linux nfs-common nfs-kernel-server rpcbind iproute2 e2fsprogs dosfstools kmod procps clang libclang-rt-14-dev zstd xz-utils unzip \
            python3-jsonschema python3-yaml scdoc mandoc systemd chromium $(if $(shell command -v npm),,nodejs npm)
# The tools that text and OCR are measured beside; models of the languages of the pages that it is measured on.
BENCH_PACKAGES := tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra ocrmypdf python3-fitz wrk
# What makes Debian packages, and what tries them.
DEB_PACKAGES := dpkg-dev debhelper fakeroot scdoc
DEB_TEST_PACKAGES := lintian debootstrap logrotate systemd-container
GLUSTER_PACKAGES := glusterfs-server glusterfs-client
STYLE_PACKAGES := clang-format clang-tidy cppcheck git

src       = $(filter-out %/main.c,$(wildcard $(1)/*.c))
obj       = $(patsubst %.c,$(O)/obj/%.o,$(1))
LIB       := $(call obj,$(wildcard shared/base/*.c shared/spool/*.c))
# (languages: which models are installed is told by both)
WORKER    := $(call obj,$(call src,extractd) extractd/parser/languages.c)
PARSER    := $(call obj,$(filter-out %/evil.c %/evil_sheet.c %/lean.c,$(call src,extractd/parser)) extractd/frame.c)
# The parser without the engines that few documents need (extractd/parser/whole.h), and what it lacks.
ENGINES   := $(patsubst %,$(O)/obj/extractd/parser/%.o,second recognise prepare prepare_look rawline archive)
LEAN      := $(filter-out $(ENGINES) %/whole.o,$(PARSER)) $(O)/obj/extractd/parser/lean.o
# (its report reads journals as spoold does)
CTL       := $(call obj,$(call src,spoold/ctl) spoold/scan/line.c spoold/model/fact.c spoold/model/fact_names.c spoold/model/groups.c)
HTTP      := $(call obj,$(call src,spoold/http))
MODEL     := $(call obj,$(wildcard spoold/model/*.c spoold/local/*.c))
SCAN      := $(call obj,$(call src,spoold/scan))
ALERT     := $(call obj,$(wildcard spoold/alert/*.c))
SPOOLD    := $(call obj,$(wildcard spoold/*.c spoold/api/*.c spoold/hand/*.c)) $(ALERT) $(CTL) $(MODEL) $(SCAN) $(HTTP)
GEN       := $(call obj,$(wildcard tests/gen/*.c))
FAULT     := $(call obj,$(wildcard tests/fault/*.c))
UNITS     := $(patsubst tests/unit/%.c,$(O)/test/%,$(wildcard tests/unit/test_*.c))
A         := $(O)/libpdfspool.a

PROGRAMS  := $(O)/extractd $(O)/pdfspool-parser $(O)/pdfspool-parser-whole $(O)/spoolctl $(O)/spoold
TOOLS     := $(O)/mkpdf $(O)/bench/mupdf-loop $(O)/test/pdfspool-parser-evil $(O)/test/run-sandbox $(O)/test/fault-sweep $(O)/test/power-cut

.PHONY: all run test soak soak-long test-gluster reliability-report bench bench-quality deps test-deps install clean check-style asan help tools format
all: $(PROGRAMS)
tools: all $(TOOLS) $(UNITS)

help:
	@echo 'make            build extractd, pdfspool-parser, spoold and spoolctl into build/'
	@echo 'make run        install what is missing, build, start a spool with a worker and the page (SPOOL=./run), say where'
	@echo 'make test       the same set-up, then all tests'
	@echo 'make fuzz       the fuzzers alone (FUZZ_SECONDS=60 for each of the four main ones)'
	@echo 'make bite       plants known faults, and shows which test catches each'
	@echo 'make soak       three hosts on real NFS under all faults at once (MINUTES=10)'
	@echo 'make soak-long  all long tests (MINUTES=60, and the whole fault sweeps)'
	@echo 'make test-gluster   the spool on GlusterFS'
	@echo 'make reliability-report   the counts of the tests into docs/RELIABILITY.md'
	@echo 'make bench      figures for docs/PERFORMANCE.md (BENCH="3 --only ocr": three rounds, OCR alone; tests/bench/bench.py tells what else)'
	@echo 'make expected   counts anew what make test compares with tests/bench/expected (instructions, RPCs, system calls); then see git diff'
	@echo 'make screenshots   pictures of the page, of a spool made for it, into docs/img/'
	@echo 'make bench-quality   how well scanned pages are read, and how often the gate errs: docs/QUALITY.md (QUALITY="--files 2": some pages)'
	@echo 'make bench-scale   the same with a million documents waiting and half a million done (some 20 GB of disk, half an hour)'
	@echo 'make bench-whole   512,521 entries of a mix to the end, or for an hour: rate, memory, audit (WHOLE="20000 2": so many entries, minutes; 10 GB of disk)'
	@echo 'make bench-page   what spoold costs with 100,000 and a million documents (COUNT="100000": so many; ten minutes, 1 GB of disk, a million files)'
	@echo 'make deps       install the missing Debian packages, saying which'
	@echo 'make deb        Debian packages (worker, page, tools) into build/deb/; make test-deb installs and tries them in a Debian 12 of their own'
	@echo 'make install    into DESTDIR=, PREFIX=/usr/local; make uninstall takes that away again'
	@echo 'make asan       all tests that run natively, under AddressSanitizer and UBSan (in build-asan/)'
	@echo 'make openapi    www/openapi.json anew, after docs/openapi.yaml has changed'
	@echo 'make check-style   layers, formatting, cppcheck, clang-tidy'

$(A): $(LIB)
	@rm -f $@
	$(Q)echo '  AR    $@'; $(AR) rcs $@ $^

# GLib's and FreeType's headers are not clean under our flags.
$(O)/obj/extractd/parser/second.o: CFLAGS_ += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags poppler-glib 2>&1))
$(O)/obj/extractd/parser/glyphs.o $(O)/obj/extractd/parser/faces.o $(O)/obj/tests/unit/test_faces.o: CFLAGS_ += -isystem /usr/include/freetype2

$(O)/extractd: $(O)/obj/extractd/main.o $(WORKER) $(ATEXIT) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)
$(O)/pdfspool-parser: $(O)/obj/extractd/parser/main.o $(LEAN) $(ATEXIT) $(A) $(ENGINES)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $(filter-out $(ENGINES),$^) $(LEAN_LIBS) $(LIB_LIBS) \
	    $$(nm --defined-only -g $(ENGINES) | sed -n 's/.* T \([a-z0-9_]*\)$$/-Wl,--defsym=\1=lean_missing/p')
$(O)/pdfspool-parser-whole: $(O)/obj/extractd/parser/main.o $(PARSER) $(ATEXIT) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)
$(O)/spoolctl: $(O)/obj/spoold/ctl/main.o $(CTL) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(CTL_LIBS)
$(O)/spoold: $(SPOOLD) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ -linotifytools $(PAGE_LIBS)
$(O)/mkpdf: $(GEN) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ -lz

# Scale: what makes a million files, and measures commands.
$(O)/test/scale-tree: $(O)/obj/tests/scale/tree.o $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(LIB_LIBS)
tools: $(O)/test/scale-tree
bench-scale: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@BUILD=$(O) python3 tests/scale/scale.py --full
# The whole story: entries of a mix, one worker and its page, to the end or for so many minutes.
bench-whole: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@BUILD=$(O) python3 tests/scale/whole.py $(WHOLE)
# What the page costs on a spool of so many documents.
bench-page: test-deps
	@sh packaging/deps.sh $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@BUILD=$(O) MKPDF=$(O)/mkpdf python3 tests/scale/page.py $(or $(COUNT),100000 1000000)
.PHONY: bench-scale bench-page bench-whole

# Tests. Everything but the main() of a program is linked with them.
$(O)/test/test_%: $(O)/obj/tests/unit/test_%.o $(WORKER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(TEST_LIBS)
# Those of the parser's rooms.
PARSER_A     := $(O)/libparser.a
PARSER_TESTS := $(patsubst %,$(O)/test/test_%,arena faces shortcuts bidi second repair quality grid marks standin picture merge pagepicture languages \
                  prepare recognition recognise archive attached ruled)
$(PARSER_A): $(PARSER)
	@rm -f $@
	$(Q)echo '  AR    $@'; $(AR) rcs $@ $^
$(PARSER_TESTS): $(PARSER_A)
$(PARSER_TESTS): TEST_LIBS += $(A) $(PARSER_LIBS)
$(O)/test/test_ruled: $(filter-out %/mkpdf.o,$(GEN))
$(PARSER_TESTS): LDFLAGS_ += $(WRAPPED:%=-Wl,-u,__wrap_%)
# Those of spoold.
MODEL_TESTS := $(patsubst %,$(O)/test/test_%,catalog fact formerly model restart search pick tallies keepfile)
SCAN_TESTS  := $(patsubst %,$(O)/test/test_%,tail beats scanner)
$(MODEL_TESTS): $(MODEL)
$(SCAN_TESTS): $(MODEL) $(SCAN)
$(MODEL_TESTS) $(SCAN_TESTS): TEST_LIBS += $(A) $(WORKER_LIBS)
PAGE_TESTS  := $(patsubst %,$(O)/test/test_%,choice choose)
$(PAGE_TESTS): $(filter-out %/spoold/main.o,$(SPOOLD))
$(PAGE_TESTS): TEST_LIBS += $(A) $(PAGE_LIBS)
ALERT_TESTS := $(patsubst %,$(O)/test/test_%,alerts watch finish digest message sign outbox command)
$(ALERT_TESTS): $(filter-out $(O)/obj/spoold/main.o,$(SPOOLD))
$(ALERT_TESTS): TEST_LIBS += $(A) $(PAGE_LIBS)
$(O)/test/test_export_jsonl $(O)/test/test_mcp: $(CTL)
$(O)/test/test_export_jsonl $(O)/test/test_mcp: TEST_LIBS += $(A) $(CTL_LIBS)
# Those of spoold's routes.
ROUTE_TESTS := $(patsubst %,$(O)/test/test_%,hand routes feed png)
$(ROUTE_TESTS): $(filter-out %/main.o,$(SPOOLD))
$(ROUTE_TESTS): TEST_LIBS += $(A) $(WORKER_LIBS) $(PAGE_LIBS)
# Those of the page's server, and a program that serves a few routes with it, for tests/http/attack.py.
HTTP_A := $(O)/libhttp.a
$(HTTP_A): $(HTTP)
	@rm -f $@
	$(Q)echo '  AR    $@'; $(AR) rcs $@ $^
HTTP_TESTS := $(patsubst tests/unit/%.c,$(O)/test/%,$(wildcard tests/unit/test_http_*.c))
$(HTTP_TESTS): $(HTTP_A)
$(HTTP_TESTS): TEST_LIBS += $(HTTP_A) $(A) $(HTTP_LIBS)
$(O)/test/httpd: $(O)/obj/tests/http/httpd.o $(HTTP_A) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(HTTP_LIBS)
tools: $(O)/test/httpd
# The fault sweep's own rooms know from which line each call of the table comes; the list of all lines lies beside it.
SITED := $(patsubst %.c,$(O)/obj/sited/%.o,shared/base/dirlist.c $(wildcard shared/spool/*.c))
$(O)/obj/sited/%.o: %.c tests/fault/site.h
	@mkdir -p $(@D)
	$(Q)echo '  CC    $< (sited)'; $(CC) $(CFLAGS_) -include tests/fault/site.h -MMD -MP -c -o $@ $<
$(O)/test/fault-sites.txt: $(wildcard shared/spool/*.c)
	@mkdir -p $(@D)
	@grep -no 'fs->[a-z]*(' $^ >$@
$(O)/test/fault-sweep: $(FAULT) $(SITED) $(A) | $(O)/test/fault-sites.txt
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(LIB_LIBS)
# The simulation: the protocol's rooms on an NFS in memory. Its own clock, chance, log and processes take the place of the
# library's: those objects come first, and each has all functions of what it replaces.
SIM := $(call obj,$(wildcard tests/sim/*.c))
$(O)/test/sim: $(SIM) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(LIB_LIBS)
tools: $(O)/test/sim
# The power-cut states: the fault sweep's worker, world and check, and the commands of spoolctl.
POWER := $(call obj,$(wildcard tests/power/*.c)) $(filter-out %/run_sweep.o %/sweep_report.o %/run.o,$(FAULT)) $(CTL)
$(O)/test/power-cut: $(POWER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(CTL_LIBS)
$(O)/bench/quality-gate: $(O)/obj/tests/bench/gate.o $(PARSER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)
tools: $(O)/bench/quality-gate
# The text path alone, to be counted; only what the lean parser has.
$(O)/bench/textpath: $(O)/obj/tests/bench/textpath.o $(LEAN) $(A) $(ENGINES)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $(filter-out $(ENGINES),$^) $(LEAN_LIBS) $(LIB_LIBS) \
	    $$(nm --defined-only -g $(ENGINES) | sed -n 's/.* T \([a-z0-9_]*\)$$/-Wl,--defsym=\1=lean_missing/p')
tools: $(O)/bench/textpath
# Short pieces of work, to be counted; and the same with a function that does its work twice, which the count must tell.
COUNTED := $(call obj,$(wildcard tests/bench/counted/*.c)) $(MODEL) $(SCAN) $(WORKER)
$(O)/obj/tests/bench/counted/main.o: CFLAGS_ += -DCOUNTED_FLAGS='"$(strip $(OPT) $(CFLAGS))"'
$(O)/bench/counted: $(COUNTED) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)
$(O)/bench/counted-twice: $(COUNTED) $(O)/obj/tests/bench/twice.o $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -Wl,--wrap=jsonw_uint -o $@ $^ $(WORKER_LIBS)
tools: $(O)/bench/counted $(O)/bench/counted-twice
$(O)/test/run-sandbox: $(call obj,$(wildcard tests/sandbox/*.c)) $(WORKER) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS) -larchive
# The parser in an attacker's hands: what does not know of that is the same object.
KNOWING := $(shell grep -l TEST_EVIL extractd/parser/*.c) extractd/parser/evil.c extractd/parser/evil_sheet.c
EVIL    := $(filter-out $(call obj,$(KNOWING)),$(PARSER)) $(patsubst extractd/parser/%.c,$(O)/obj/evil/%.o,$(KNOWING))
$(O)/obj/evil/%.o: extractd/parser/%.c
	@mkdir -p $(@D)
	$(Q)echo '  CC    $< (evil)'; $(CC) $(CFLAGS_) -DTEST_EVIL -MMD -MP -c -o $@ $<
$(O)/test/pdfspool-parser-evil: $(EVIL) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)
$(O)/bench/mupdf-loop: $(O)/obj/tests/bench/loop.o
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(filter-out -Wl%,$(PARSER_LIBS))

# The shipped programs' own objects, and one that puts a faulty table of file operations under them (tests/faultprog/).
FAULTPROG := $(call obj,tests/faultprog/hook.c tests/fault/faultop.c)
tools: $(O)/test/extractd-fault $(O)/test/spoolctl-fault
$(O)/test/extractd-fault: $(O)/obj/extractd/main.o $(WORKER) $(FAULTPROG) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -Wl,--wrap=child_name -o $@ $^ $(WORKER_LIBS)
$(O)/test/spoolctl-fault: $(O)/obj/spoold/ctl/main.o $(CTL) $(FAULTPROG) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -Wl,--wrap=child_name -o $@ $^ $(CTL_LIBS)

# The worker on a share that is as far away as is wished (tests/bench/far.py).
tools: $(O)/bench/extractd-far
$(O)/bench/extractd-far: $(O)/obj/extractd/main.o $(WORKER) $(call obj,tests/bench/far.c) $(A)
	@mkdir -p $(@D)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)

# The worker's programs once more, as of the version after this one (tests/scenario/upgrade.py). What does not say a version
# is the same object.
NEXT     := $(O)/test/next
SPEAKING := $(shell grep -l PDFSPOOL_VERSION extractd/*.c extractd/parser/*.c)
next_of   = $(foreach o,$(1),$(if $(filter $(call obj,$(SPEAKING)),$(o)),$(patsubst $(O)/obj/%,$(NEXT)/obj/%,$(o)),$(o)))
tools: $(NEXT)/extractd $(NEXT)/pdfspool-parser $(NEXT)/pdfspool-parser-whole
$(NEXT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)echo '  CC    $<, as of the next version'; $(CC) $(CFLAGS_) -UPDFSPOOL_VERSION -DPDFSPOOL_VERSION='"$(VERSION)+next"' -MMD -MP -c -o $@ $<
$(NEXT)/extractd: $(call next_of,$(O)/obj/extractd/main.o $(WORKER)) $(ATEXIT) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(WORKER_LIBS)
$(NEXT)/pdfspool-parser: $(call next_of,$(O)/obj/extractd/parser/main.o $(LEAN)) $(ATEXIT) $(A) $(ENGINES)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $(filter-out $(ENGINES),$^) $(LEAN_LIBS) $(LIB_LIBS) \
	    $$(nm --defined-only -g $(ENGINES) | sed -n 's/.* T \([a-z0-9_]*\)$$/-Wl,--defsym=\1=lean_missing/p')
$(NEXT)/pdfspool-parser-whole: $(call next_of,$(O)/obj/extractd/parser/main.o $(PARSER)) $(ATEXIT) $(A)
	$(Q)echo '  LD    $@'; $(CC) $(CFLAGS_) $(LDFLAGS_) -o $@ $^ $(PARSER_LIBS) $(LIB_LIBS)

# Fuzzing (tests/fuzz/): the rooms that read foreign bytes, built by clang with libFuzzer and the sanitizers.
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -I. -Ishared -DPDFSPOOL_VERSION='"$(VERSION)"' \
              -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# Rooms that no harness comes to are not built; one that comes to them is not linked until they are taken from this list.
FUZZ_NOT   := $(patsubst %,shared/base/%.c,beside child drawer heap notify pagewire png wake) \
              $(patsubst %,shared/spool/%.c,audit audit_caps audit_places audit_results audit_twice bucket cancel capfolder \
              capname caps captoken claim claim_back control drop dupindex expose journal journaltail lease need pagefile pointer publish \
              quota rates readfile reclaim reclaim_observer redo registry registry_orphans retry srvclock sweep tally \
              tally_find unpack unpack_tree)
FUZZ_ROOMS := $(patsubst %.c,$(O)/fuzz/obj/%.o,$(filter-out $(FUZZ_NOT),$(wildcard shared/base/*.c shared/spool/*.c)) tests/fuzz/memfile.c \
              tests/fuzz/result_law.c $(addprefix extractd/parser/,renew.c grow.c archive.c entry.c progress.c) \
              $(addprefix spoold/ctl/mcp_,line.c era.c wire.c args.c shape.c table.c tools.c serve.c) \
              $(addprefix spoold/http/,request.c request_look.c route.c) \
              $(wildcard spoold/model/*.c) spoold/scan/line.c spoold/scan/tail.c \
              $(addprefix extractd/,frame.c accept.c accept_files.c accept_sound.c result.c parserlink.c parserlink_say.c parserproc.c \
              entrylist.c report.c))
FUZZERS    := $(patsubst tests/fuzz/fuzz_%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c)) $(O)/fuzz/frame-planted
.PHONY: fuzz fuzzers
fuzz: test-deps
	@sh tests/fuzz/fuzz.sh $(O)
fuzzers: $(FUZZERS)
$(O)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)echo '  CLANG $<'; clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$(O)/fuzz/obj/tests/fuzz/fuzz_frame-planted.o: tests/fuzz/fuzz_frame.c
	@mkdir -p $(@D)
	$(Q)echo '  CLANG $< (planted)'; clang $(FUZZ_FLAGS) -DPLANT -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$(O)/fuzz/rooms.a: $(FUZZ_ROOMS)
	@rm -f $@
	$(Q)echo '  AR    $@'; $(AR) rcs $@ $^
$(O)/fuzz/archive: LIB_LIBS += -larchive
$(FUZZERS): $(O)/fuzz/%: $(O)/fuzz/obj/tests/fuzz/fuzz_%.o $(O)/fuzz/rooms.a
	$(Q)echo '  LD    $@'; clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(LIB_LIBS)

# The contract as spoold serves it.
.PHONY: openapi
openapi: test-deps
	@python3 tests/web/openapi.py --write

# The tests are shown to bite: faults planted into copies of the tree (tests/bite/).
.PHONY: bite
bite: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@python3 tests/bite/bite.py --build $(O)

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
	@sh tests/web/axe.sh $(O)
	@sh tests/run.sh $(O)

asan: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" O=build-asan HARDEN= ATEXIT=build-asan/obj/tests/asan/exit.o \
	    OPT='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined' tools
	@sh tests/asan/run.sh build-asan $(O)

# Three hosts on real NFS under everything at once, for MINUTES.
soak: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@sh tests/soak.sh $(O) "$${MINUTES:-10}" soak

# All long tests share MINUTES; the fault sweeps are done whole.
soak-long: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@sh tests/soak.sh $(O) "$${MINUTES:-60}"

# A second cluster file system; says why where it cannot be tried.
test-gluster: test-deps
	@sh packaging/deps.sh $(GLUSTER_PACKAGES)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all $(O)/mkpdf
	@python3 tests/cluster/gluster.py --build $(O)

# The counts of the last run of the tests, or of one that is made now.
reliability-report:
	@[ -s $(O)/report/cluster.json ] && [ -s $(O)/report/fuzz.json ] || $(MAKE) --no-print-directory test
	@[ -s $(O)/report-soak/soak.json ] || $(MAKE) --no-print-directory soak
	@python3 tests/report/reliability.py $(O)

bench: test-deps
	@sh packaging/deps.sh $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@python3 tests/bench/bench.py $(O) $(BENCH)

# What is expected of instructions, RPCs and system calls, as it is now. The commit says why it changed.
.PHONY: expected
expected: test-deps
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@EXPECTED=write python3 tests/bench/guard.py $(O)
	@EXPECTED=write BUILD=$(O) python3 tests/scenario/duplicates.py what_it_costs
	@EXPECTED=write python3 tests/cluster/run.py --build $(O) --only rpc
	-@git diff --stat tests/bench/expected

# Pictures of the page for the documentation.
.PHONY: screenshots
screenshots: test-deps
	@sh packaging/deps.sh pngquant
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all $(O)/mkpdf
	@BUILD=$(O) python3 tests/web/screenshots.py docs/img

# How well scanned pages are read, beside tesseract and ocrmypdf; then how often the gate errs.
bench-quality: test-deps
	@sh packaging/deps.sh $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" tools
	@python3 tests/bench/quality.py $(O) $(QUALITY)
	@python3 tests/bench/quality_gate.py $(O)

check-style:
	@sh packaging/deps.sh $(STYLE_PACKAGES)
	@sh tests/style/check.sh
format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

# What goes where below $(DESTDIR)$(PREFIX): folder, mode and files; $(O)/share is made by `man`. In units @prefix@ is PREFIX.
INSTALLED := bin:755:$(O)/extractd,$(O)/spoolctl,$(O)/spoold libexec/pdfspool:755:$(O)/pdfspool-parser,$(O)/pdfspool-parser-whole \
    share/pdfspool:644:$(O)/share/pdfspool.ini,packaging/grafana/pdfspool.json,packaging/prometheus/pdfspool.rules.yml \
    share/doc/pdfspool:644:README.md,docs/*.md,docs/openapi.yaml \
    share/doc/pdfspool/examples:644:$(O)/share/spool.ini,packaging/samples/exports,packaging/samples/fstab,packaging/samples/logrotate \
    lib/systemd/system:644:$(O)/share/*.service,$(O)/share/*.socket lib/sysusers.d:644:$(O)/share/sysusers/pdfspool.conf \
    lib/tmpfiles.d:644:$(O)/share/tmpfiles/pdfspool.conf share/bash-completion/completions:644:$(O)/share/spoolctl \
    $(foreach n,1 5 7 8,share/man/man$(n):644:$(O)/man/*.$(n))
INSTALL_TO := DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sh packaging/install.sh
install: all man
	@$(INSTALL_TO) install $(INSTALLED)
# (what was configured, and whatever is in a spool, stays)
uninstall: man
	@$(INSTALL_TO) uninstall $(INSTALLED)
.PHONY: uninstall

# Manual pages, completion, samples, out of what the programs say of themselves; units that name PREFIX.
man: $(PROGRAMS)
	@sh packaging/share.sh $(O) $(PREFIX)
# Debian packages of what is committed, into $(O)/deb/; and what they do in a Debian 12 of their own.
deb: deps
	@sh packaging/deps.sh $(DEB_PACKAGES)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all
	@sh packaging/deb.sh $(O)
test-deb: deb
	@sh packaging/deps.sh $(DEB_TEST_PACKAGES)
	@$(MAKE) --no-print-directory -s $(O)/mkpdf
	@sh tests/packaging/deb.sh $(O)
.PHONY: man deb test-deb

clean:
	rm -rf build build-asan

-include $(shell find $(O) -path $(O)/deb -prune -o -name '*.d' -type f -print 2>/dev/null)
