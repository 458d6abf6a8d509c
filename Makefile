# `make` shows what there is. Needs Node 20 or newer with npm, and git; everything else comes with `npm ci`.
.DEFAULT_GOAL := help
NODE := node_modules/.bin/node --disable-warning=ExperimentalWarning
SEEDS ?= 300
KILLS ?= 50
SIGNALS ?= 50000
SESSIONS ?= 40
PROCESSES ?= 4

.PHONY: help install demo test lint format simulate planted kills chaos burst bench control-plane helm kafka crds operator-run clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

install: node_modules/.installed ## npm ci, once for each lock file

node_modules/.installed: package-lock.json
	@test ! -L node_modules || { echo 'node_modules is a link, and npm ci would empty what it leads to: install there'; exit 1; }
	npm ci --loglevel=error
	@touch $@

demo: install ## explores a question on the embedded default, and replays it; MODEL=ollama:qwen3 for another model
	@test/demo.sh $(if $(MODEL),--model $(MODEL)) $(ARGS)

test: install ## everything that can be tested here; SEEDS=n for the simulation
	@$(NODE) test/all.ts --seeds $(SEEDS) --kills $(KILLS)

lint: install ## types, lint and format
	npm run -s typecheck
	npm run -s lint
	npm run -s format:check

format: install ## formats the code
	npm run -s format

simulate: install ## the simulation: SEEDS=10000
	@$(NODE) test/all.ts --only simulation --seeds $(SEEDS)

planted: install ## faults planted into the code, each of which the simulation must catch
	@$(NODE) test/simulation/planted.ts

kills: install ## SIGKILLs of `nireon serve` on SQLite: KILLS=50
	@$(NODE) test/chaos/kills.ts --kills $(KILLS)

control-plane: ## builds the Kubernetes control plane of the tests, once, into ~/.cache; needs Go
	@test/testbed/cluster/build.sh

crds: install ## writes the CustomResourceDefinition from operator/instance into crds and helm/crds
	@$(NODE) operator/write-crd.ts

operator-run: install ## runs the operator against the cluster of KUBECONFIG; its lease stands in NIREON_NAMESPACE
	@$(NODE) operator/main.ts

helm: ## builds the helm that the chart is tested with, once, into ~/.cache; needs Go
	@test/testbed/helm/build.sh

kafka: ## fetches the jars of the Kafka that tests start, once, into ~/.cache; needs Maven and Java
	@test/testbed/kafka/fetch.sh

chaos: install ## several `nireon serve` on one PostgreSQL, killed, stopped and cut off: KILLS=200 SESSIONS=1000 PROCESSES=8
	@$(NODE) test/chaos/cluster.ts --kills $(KILLS) --sessions $(SESSIONS) --processes $(PROCESSES)

burst: install ## a burst of signals on SQLite, through SIGKILLs: SIGNALS=50000
	@$(NODE) test/chaos/burst.ts --signals $(SIGNALS)

bench: install ## measurements beside their peers, as JSON lines
	cd bench && npm ci && for file in *.ts; do ../$(NODE) --expose-gc $$file || exit 1; done

clean: ## removes what was built and installed
	rm -rf node_modules dist coverage
