# Two commands matter: `make demo` runs the main job, `make test` is the gate. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The tests start some hundred interpreters, and each would compile the whole package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint pytest browser postgres lowest fuzz compliance mutations chaos chaos-queue clients superset bench dashboards docs clean

demo: $(VENV)/.base
	$(BIN)/xerosql demo

test: lint pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(VENV)/.dev browser postgres
	$(BIN)/pytest -n auto

# A Chromium for the tests of the pages (sign-in, queue), where Debian's can be had; without one they are skipped.
browser:
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium) >/dev/null 2>&1 \
		|| echo "no Chromium could be installed; the tests of pages in a browser will be skipped"

# A PostgreSQL for the tests of the queue, where Debian's can be had; without one they are skipped.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql) >/dev/null 2>&1 \
		|| echo "no PostgreSQL could be installed; the tests of the queue that need it will be skipped"

# The suite with the oldest libraries that pyproject.toml allows, then what Superset needs of it beside Superset's own.
BESIDE_SUPERSET := tests/sqlalchemy tests/test_dbapi.py tests/differential/test_queries.py
lowest: browser postgres pyproject.toml tests/lowest.txt tests/superset.txt
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c tests/lowest.txt -e ".[dev]"
	$(VENV)-lowest/bin/pytest -n auto
	$(PYTHON) -m venv $(VENV)-beside
	$(VENV)-beside/bin/python -m pip install --quiet --disable-pip-version-check -c tests/superset.txt \
		-e ".[sqlalchemy]" pandas pyarrow "pytest>=8.3,<10" "pytest-xdist>=3.6,<4"
	$(VENV)-beside/bin/python -m pip check
	$(VENV)-beside/bin/pytest -n auto $(BESIDE_SUPERSET)

# Generated queries without end in sight, with what they cover at the end: make fuzz SEED=7 COUNT=20000
fuzz: $(VENV)/.dev
	XEROSQL_FUZZ_SEED=$(or $(SEED),1) XEROSQL_FUZZ_COUNT=$(or $(COUNT),20000) $(BIN)/pytest -n auto tests/differential/test_generated.py \
		tests/differential/test_reuse.py tests/differential/test_views.py

# SQLAlchemy's own suite for dialects, on scratch: minutes. It writes docs/compliance.md.
compliance: $(VENV)/.dev
	$(BIN)/python tests/sqlalchemy/compliance.py

# Break the planner and the queue on purpose, one way at a time: the tests must notice each.
mutations: $(VENV)/.dev
	$(BIN)/python tests/mutations/mutations.py

# Schedules of faults over reads and writes, in threads and in processes: make chaos SEED=7 COUNT=2000
chaos: $(VENV)/.dev
	XEROSQL_CHAOS_SEED=$(or $(SEED),1) XEROSQL_CHAOS_COUNT=$(or $(COUNT),480) $(BIN)/pytest -n auto tests/chaos tests/snapshots

# Crash schedules of the write queue, half of them on PostgreSQL: make chaos-queue SEED=7 COUNT=2000
chaos-queue: $(VENV)/.dev postgres
	XEROSQL_CHAOS_SEED=$(or $(SEED),1) XEROSQL_QUEUE_CHAOS_COUNT=$$(( $(or $(COUNT),1000) / 2 )) \
		$(BIN)/pytest -n auto tests/chaos/queue

# Drivers and tools against the server, beside a real PostgreSQL 15 with the same tables. What cannot be installed is skipped.
CLIENTS := postgresql-15 postgresql-client odbc-postgresql libpostgresql-jdbc-java openjdk-17-jdk-headless nodejs npm \
	golang-go golang-github-jackc-pgx-v4-dev golang-github-lib-pq-dev
clients: $(VENV)/.dev superset browser
	apt-get update -qq >/dev/null 2>&1; for each in $(CLIENTS); do \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$each >/dev/null 2>&1 || echo "$$each cannot be installed"; done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pyodbc connectorx adbc-driver-postgresql pgcli
	(cd tests/clients && npm install --silent --no-save pg) || echo "node-postgres cannot be installed"
	PATH="$(CURDIR)/$(BIN):$$PATH" XEROSQL_CLIENTS=1 $(BIN)/pytest tests/clients tests/introspection
	$(MAKE) $(TOOLS:%=clients-%)

# Tools with a virtual environment of their own, in which xerosql stands beside them: make clients-harlequin
TOOLS := harlequin jupysql ibis dbt
clients-%: tests/clients/requirements/%.txt
	@$(MAKE) --no-print-directory $(VENV)-$*/.tool || echo "$* cannot be installed; its tests are not run"
	! test -e $(VENV)-$*/.tool || XEROSQL_CLIENTS=1 $(VENV)-$*/bin/pytest -o filterwarnings=default tests/clients/test_$*.py

$(VENV)-%/.tool: tests/clients/requirements/%.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Superset for these, in an environment of its own: its parts as of a day on which they fit together, and xerosql beside them.
SUPERSET := $(VENV)-superset
superset:
	@$(MAKE) --no-print-directory $(SUPERSET)/.superset || echo "Superset cannot be installed; its tests will be skipped"

$(SUPERSET)/.superset: pyproject.toml
	$(PYTHON) -m venv $(SUPERSET)
	$(SUPERSET)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(SUPERSET)/bin/uv pip install --quiet --python $(SUPERSET)/bin/python --exclude-newer 2026-05-20 \
		apache-superset==6.1.0 rich cachetools psycopg2-binary
	$(SUPERSET)/bin/uv pip install --quiet --python $(SUPERSET)/bin/python -e ".[sqlalchemy]"
	rm -f $(SUPERSET)/superset.db
	touch $@

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/queue_throughput.py

# Fifty clients of the server over one organisation's limits, beside slow ones and cancelled ones: minutes.
dashboards: $(VENV)/.dev
	$(BIN)/python benchmarks/dashboards.py

docs: $(VENV)/.base
	$(BIN)/python docs/generate.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ $(VENV)/.base

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	touch $@ $(VENV)/.base

clean:
	rm -rf $(VENV) $(VENV)-* .mypy_cache .ruff_cache .pytest_cache .hypothesis
