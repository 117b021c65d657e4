# The commands of the house. Two matter to a newcomer: make run and make test.
GO      ?= go
BIN     := bin/dsr
DIR     ?= run
LISTEN  ?= 127.0.0.1:8080
# An empty PostgreSQL database for make bench to fill, or nothing.
POSTGRES ?=

.PHONY: build run test check soak bench tools clean

build: ## the program
	@mkdir -p bin
	$(GO) build -trimpath -o $(BIN) ./cmd/dsr

run: build ## the product with sample requests, a console user and a mailbox
	./$(BIN) dev --dir $(DIR) --listen $(LISTEN) --quiet

test: tools ## everything: unit, story, property, both databases, real browser
	./scripts/test

check: tools ## format, vet, staticcheck, and all tests with the race detector
	./scripts/check

soak: ## years of 20,000 requests on both databases; SEEDS=, REQUESTS= and DAYS= choose others
	./scripts/soak

bench: ## figures, each beside a baseline measured in the same run
	$(GO) run -tags bench ./bench -postgres "$(POSTGRES)"

tools: ## what the tests need and this machine lacks
	./scripts/tools

clean:
	rm -rf bin
