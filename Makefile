# clvstream: `make help` lists what there is.

GOLANGCI := go tool -modfile=internal/tools/golangci/go.mod golangci-lint

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build consumer, publisher and clvstream into bin/
	go build -o bin/ ./cmd/...

.PHONY: test
test: ## install the servers that tests need, then run every test, most with the race detector
	@scripts/test

.PHONY: test-short
test-short: ## run the tests that need nothing but Go
	go test -short ./...

.PHONY: soak
soak: ## every test with the race detector, and whatever takes long as well (hours)
	TESTBED_SOAK=1 scripts/test -v -timeout=6h ./...

.PHONY: lint
lint: ## go vet, gofmt, golangci-lint (its first run compiles it: a minute or two)
	go vet ./...
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	 test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }
	$(GOLANGCI) run

.PHONY: generate
generate: ## write the generated files anew: references, schemas and tables of the documentation
	go generate ./...

FUZZTIME ?= 20000x
.PHONY: fuzz
fuzz: ## run every fuzz target (FUZZTIME=20000x, or a duration such as 1m)
	@scripts/fuzz $(FUZZTIME)

BENCH ?= .
.PHONY: bench
bench: ## run the micro-benchmarks and compare what they allocate with the baseline (BENCH=pattern)
	go test -run='^$$' -bench='$(BENCH)' -benchmem -p=1 ./... | go run ./internal/tools/allocs bench/baseline.txt

.PHONY: bench-allocs
bench-allocs: ## the same for the path of an event, without times: in seconds, as CI does
	@scripts/bench-allocs

.PHONY: bench-baseline
bench-baseline: ## write the baseline of allocations anew
	@scripts/bench-allocs -update

ARGS ?= -workload shop
.PHONY: bench-e2e
bench-e2e: ## compare with Kafka Streams on fresh servers, end to end (ARGS='-workload zipf -repeats 1')
	@scripts/bench-e2e $(ARGS)

FOR ?= 20s
.PHONY: demo
demo: ## see the whole thing work, with Go alone (FOR=20s)
	go run ./cmd/clvstream demo --for $(FOR)

.PHONY: clean
clean: ## remove what was built; the servers' jars stay in the user's cache
	rm -rf bin
