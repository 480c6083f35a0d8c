# Symbolon. On a fresh machine two commands do everything: "make demo" shows a
# login, "make test" passes the tests.

GO       ?= go
TOOLS    := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
MODULES  := . e2e bench
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
PACKAGES ?= ./...

.PHONY: all build demo demo-cluster test unit e2e check fmt generate soak fuzz bench clean go

all: build

build: bin/symbolon ## Build bin/symbolon, one static binary.

.PHONY: bin/symbolon
bin/symbolon: go
	@echo "building bin/symbolon (the first time takes a few minutes: it compiles SQLite)"
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $@ ./cmd/symbolon

demo: build ## Run Symbolon, a company's app and an MCP server on this terminal.
	@./bin/symbolon demo

demo-cluster: build ## Three servers on PostgreSQL behind HAProxy; a login over all of them.
	@./tools/demo-cluster

test: go ## Everything that CI runs, and in the end what it has shown.
	@MAKE="$(MAKE)" ./tools/test

unit: go ## The server's own tests.
	@./tools/needs-postgres
	$(GO) test $(PACKAGES)
	@$(GO) test -v -run 'TestClients$$' ./internal/knownclients | grep 'clients connect'

e2e: build ## Real browser, official SDKs, real MCP clients; installs what it needs.
	@./bin/symbolon demo --auto >/dev/null && echo "passed: symbolon demo --auto"
	@./e2e/setup
	@./tools/demo-cluster --once >/dev/null && echo "passed: make demo-cluster"
	@for dir in e2e $$(cd e2e && ls -d */ */*/ | sed 's|/$$||;s|^|e2e/|'); do \
		ls $$dir/*_test.go >/dev/null 2>&1 || continue; \
		if [ -x $$dir/setup ] && [ $$dir != e2e ]; then ./$$dir/setup || exit 1; fi; \
		echo "$$dir:"; (cd $$dir && $(GO) test -count=1) || exit 1; \
	done
	@echo bench:; cd bench && $(GO) test -count=1

check: go ## Formatting, vet, staticcheck, modernization, import rules.
	@./tools/check $(MODULES)

fmt: go ## Format the code.
	@$(TOOLS) gofumpt -w $$(git ls-files '*.go' | grep -v '\.pb\.go$$')

generate: go ## Regenerate protobuf code (needs protoc).
	$(GO) generate ./...

soak: build ## The long campaigns: full counts, race detector, fuzzing.
	SYMBOLON_SOAK=1 $(GO) test -race -timeout 90m $(PACKAGES)
	cd e2e/durability && SYMBOLON_SOAK=1 $(GO) test -count=1 -timeout 6h
	cd e2e/deploy && SYMBOLON_SOAK=1 $(GO) test -count=1 -timeout 1h
	$(MAKE) fuzz FUZZTIME=5m

FUZZTIME ?= 30s
fuzz: go ## Run every fuzz target for FUZZTIME.
	@./tools/fuzz $(FUZZTIME)

bench: build ## What requests cost, side by side with other servers. LONG=1: all of them, for longer.
	@programs=$$(./bench/setup $(if $(LONG),--long)) && cd bench && \
		$(GO) run . -programs "$$programs" $(if $(LONG),-long) $(BENCH)

go:
	@command -v $(GO) >/dev/null || { echo "Symbolon is built with Go 1.26 or later: install it from your distribution or go.dev, then try again." >&2; exit 1; }

clean: ## Remove what was built.
	rm -rf bin
	find e2e \( -name node_modules -o -name .venv \) -prune -exec rm -rf {} +
