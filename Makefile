# The front door. Everything is the command `microdot` (try .venv/bin/microdot --help); these are its short forms.
#
#   make run                          build for this machine with examples/hello in it, and serve on port 5000
#   make run BOARD=pico               boot a board's image where no board is
#   make firmware BOARD=esp32 APP=.   an image to flash
#   make flash|mount|deploy BOARD=esp32 PORT=/dev/ttyUSB0      several ports, in quotes, for flash
#   make test | test-all | bench | size | doctor | docs
#
# MICROPYTHON=1.26.1 chooses another MicroPython than the default.

BOARD ?= unix
APP ?=
PORT ?=
MICROPYTHON ?=
ARGS ?=
PYTHON ?= python3

microdot = .venv/bin/microdot
with_app = $(if $(APP),--app $(APP))
with_port = $(foreach port,$(PORT),--port $(port))
export MICROPYTHON

.PHONY: FORCE help run firmware flash mount deploy test test-all bench size doctor boards docs lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

.venv/ready: requirements.txt pyproject.toml firmware/locks/device.json scripts/setup.py
	@$(PYTHON) scripts/setup.py

run: .venv/ready
	@$(microdot) run $(if $(filter-out unix,$(BOARD)),$(BOARD) $(with_app),$(or $(APP),examples/hello)) $(ARGS)

firmware: .venv/ready
	@$(microdot) build $(BOARD) $(with_app) $(ARGS)

flash: .venv/ready
	@$(microdot) flash $(BOARD) $(with_app) $(with_port) $(ARGS)

mount: .venv/ready
	@$(microdot) mount $(APP) $(with_port) $(ARGS)

deploy: .venv/ready
	@$(microdot) deploy $(APP) $(with_port) $(ARGS)

test: .venv/ready
	@$(microdot) test $(ARGS)

test-all: .venv/ready
	@$(microdot) test --all $(ARGS)

bench: .venv/ready
	@.venv/bin/python scripts/bench.py $(ARGS)

size: .venv/ready
	@$(microdot) size $(BOARD) $(ARGS)

doctor: .venv/ready
	@$(microdot) doctor $(ARGS)

boards: .venv/ready
	@$(microdot) boards $(ARGS)

docs: .venv/ready
	@$(MAKE) --no-print-directory -C docs PYTHON=$(CURDIR)/.venv/bin/python

# after a change of the dependencies in pyproject.toml
lock: .venv/ready
	@.venv/bin/python scripts/lock.py

clean:
	rm -rf build .venv
