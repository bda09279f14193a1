# Verbs for humans and CI. Each does its own set-up; PYTHON chooses the interpreter that .venv is made from.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: setup setup-test models demo quick test soak mutants nightly validators sample wheels transfer setup-dataset setup-doors setup-sign setup-foxglove setup-tracing real check check-python check-web contracts bench bench-pair shape colcon lock format clean

setup:
	@$(PYTHON) scripts/setup.py dev

setup-test:
	@$(PYTHON) scripts/setup.py test

# What `amr dataset export` needs beside the rest.
setup-dataset:
	@$(PYTHON) scripts/setup.py dataset

# What doors that speak Modbus TCP need beside the rest.
setup-doors:
	@$(PYTHON) scripts/setup.py doors

# What a person's signature on the PDF of a dossier needs beside the rest.
setup-sign:
	@$(PYTHON) scripts/setup.py sign

# What a neighbours file needs that names foxglove, and one that names tracing.
setup-foxglove:
	@$(PYTHON) scripts/setup.py foxglove

setup-tracing:
	@$(PYTHON) scripts/setup.py tracing

models: setup
	@$(BIN)/python scripts/models.py

demo:
	@$(PYTHON) scripts/setup.py run
	@$(BIN)/amr demo $(ARGS)

# Unit tests, several at a time: for the minute before a commit.
quick: setup-test
	@$(BIN)/python scripts/run_tests.py quick $(ARGS)

test: setup-test
	@$(BIN)/python scripts/run_tests.py $(ARGS)

# make test again and again, N times, until it fails once.
N ?= 20
soak: setup-test
	@for run in $$(seq $(N)); do echo "run $$run of $(N)"; $(BIN)/python scripts/run_tests.py $(ARGS) || exit 1; done

# Change the lines that matter most, one at a time: does a test notice? Takes up to an hour; docs/mutants.md.
mutants: setup
	@$(BIN)/python scripts/mutants.py $(ARGS)

# Unit and node tests on every supported Python that is installed; 100,000 messages that nobody would send; 104 flights with
# a fault each; halls without people before fixed cameras (prints what they said and fails nothing); the localisation on
# every site and log; more examples of what is true of any fleet and any request; the mutants; the validators; the judges of
# our MCP server; the archive of make transfer, without network; the pages in Chromium itself; last what the assistant
# costs, since a figure just above its limit ends the night.
nightly: setup
	@$(BIN)/python scripts/other_python.py $(ARGS)
	@$(BIN)/amr bench fuzz --inputs 100000
	@$(BIN)/amr bench flights --flights 104 --seed 0
	@$(BIN)/amr bench perception --only quiet --trials 24
	@$(BIN)/amr bench localization $(if $(AMR_REAL_PICTURES),$(addprefix --real ,$(wildcard $(AMR_REAL_PICTURES)/lidar)))
	@AMR_FUZZ_EXAMPLES=10 AMR_FUZZ_BENT=19 AMR_FUZZ_REQUESTS=100000 AMR_TRAFFIC_ORDERS=200 AMR_RETURN_EXAMPLES=100 AMR_TRIAL_EXAMPLES=2500 AMR_CROSSINGS=100 \
		$(BIN)/pytest tests/property tests/api/test_fuzz.py tests/unit/test_fleet_door_trouble.py --timeout 14400
	@AMR_OUTAGE_S=300 $(BIN)/pytest tests/system/restart/test_database_outage.py --timeout 3600
	@$(BIN)/amr assistant fuzz eval/vi*.jsonl --fixture eval/state.json --sentences 10000
	@$(BIN)/python scripts/mutants.py
	@$(BIN)/python scripts/validators.py
	@$(BIN)/python scripts/mcp_judges.py
	@AMR_TRANSFER_LONG=1 $(BIN)/pytest tests/transfer --timeout 3600
	@AMR_CHROMIUM=/usr/bin/chromium $(BIN)/pytest tests/e2e -n 2 --dist loadfile
	@$(BIN)/amr bench assistant

# Judges that we did not write look at a dataset, each in its own environment: docs/dataset.md. ARGS=FOLDER for one of yours.
validators: setup
	@$(BIN)/python scripts/validators.py $(ARGS)

# A simulated week of the reference site as docs/samples/cai_cui_week.zip: when a table of the dataset has changed.
sample: setup
	@$(BIN)/python scripts/sample_dataset.py

# A wheel of every package of ours, with interfaces and dashboard, in build/wheels: docs/transfer.md.
wheels: setup
	@$(BIN)/python scripts/wheels.py $(ARGS)

# Folder and archive that another organisation takes over and starts without any network: docs/transfer.md. Says its size.
transfer: setup
	@$(BIN)/python scripts/transfer.py $(ARGS)

# The real Nav2 and Gazebo, and a site on many computers, also what takes minutes: README.md of tests/real and tests/hosts.
real: setup
	@AMR_REAL_LONG=1 AMR_NEED_REAL=1 $(BIN)/pytest tests/real tests/hosts --timeout 1800 $(ARGS)

# mypy and ESLint take longest, and each keeps one core busy: side by side, and each side is told as a whole.
check: setup
	@$(MAKE) --no-print-directory -j2 --output-sync=recurse check-python check-web

check-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-web:
	@$(PYTHON) scripts/setup.py typecheck-web
	@$(PYTHON) scripts/setup.py lint-web

# docs/openapi.json, docs/api.md, docs/topics.md, the dashboard's types, tables in docs: what is written from code.
contracts: setup
	@$(BIN)/python scripts/contracts.py --topics
	@$(BIN)/python scripts/write_docs.py

bench: setup
	@$(BIN)/amr bench $(ARGS)

# The same figures here and in another checkout that is set up, in turn: make bench-pair BASE=../old
bench-pair: setup
	@$(PYTHON) scripts/paired_bench.py $(BASE) $(ARGS)

shape:
	@$(PYTHON) scripts/shape.py $(ARGS)

colcon: setup
	@$(BIN)/python scripts/colcon.py test $(ARGS)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup
	@$(PYTHON) scripts/setup.py lock

clean:
	rm -rf .venv .venv-build .venv-validators build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf src/amr_fleet/web/node_modules src/amr_fleet/amr_fleet/static
	find src tests scripts -name __pycache__ -prune -exec rm -rf {} +
	rm -rf src/*/*.egg-info src/*/build
