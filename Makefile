# The two commands of the README, and the habits of the house. Every target is thin: the same works by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help claim lab browser slurm test proof verification lint format bench docs golden clean

help:
	@echo "make claim   try the essay's claims: environment, runs, verdicts, report in results/claim"
	@echo "make lab     open the laboratory in the browser"
	@echo "make browser install Debian's Chromium, for the laboratory's tests"
	@echo "make slurm   install Debian's Slurm, for the proof of sweeps on a batch system"
	@echo "make test    run the tests (creates the environment if need be)"
	@echo "make proof   run the long proofs: laws at full size, conformance, planted faults, branches taken (hours)"
	@echo "make verification  write docs/verification.md from a run of the known answers (VERIFY_SEED=n repeats one)"
	@echo "make lint    ruff and mypy"
	@echo "make format  let ruff format the code"
	@echo "make bench   measure engines, runner and pages against their peers"
	@echo "make docs    build the documentation site into site/"
	@echo "make golden  rewrite the golden numbers: make golden WHY='the reason'"
	@echo "make clean   remove the environment and what tools left behind (results stay)"

claim: $(VENV)/.runs
	$(BIN)/python run.py claim

lab: $(VENV)/.lab
	$(BIN)/python run.py lab

browser:
	sh lab/install_chromium.sh

slurm:
	sh tests/experiments/install_slurm.sh

test: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto --dist loadfile

proof: $(VENV)/.proof slurm
	$(BIN)/python -m pytest -m proof -s --ignore=tests/known_answers
	$(BIN)/python tests/known_answers/verification.py --proof
	$(BIN)/python run.py check --out results/proof
	cp results/proof/check.json docs/proof/conformance.json
	$(BIN)/python tests/proof/mutation.py
	$(BIN)/python tests/proof/branches.py
	$(BIN)/python tests/known_answers/verification.py --quote

verification: $(VENV)/.tests
	$(BIN)/python tests/known_answers/verification.py

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.tests
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/sweeps.py
	$(BIN)/python benchmarks/lab.py

docs: $(VENV)/.tests
	$(BIN)/python -m experiments.documents
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

golden: $(VENV)/.tests
	$(BIN)/python tests/golden/golden.py --why "$(WHY)"

$(VENV)/.runs: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing (a minute or two the first time)"
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.tests: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing (a minute or two the first time)"
	$(PIP) install --constraint constraints.txt --editable '.[all]'
	@touch $@ $(VENV)/.runs

$(VENV)/.proof: $(VENV)/.tests
	$(PIP) install --constraint constraints.txt --editable '.[all,proof]'
	@touch $@

$(VENV)/.bench: $(VENV)/.tests
	$(PIP) install --constraint constraints.txt --editable '.[all,bench]'
	@touch $@

$(VENV)/.lab: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing (a minute or two the first time)"
	$(PIP) install --constraint constraints.txt --editable '.[lab]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
