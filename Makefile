# make demo: environment, then the default run and its report.   make test: the same environment, then all checks.
PYTHON ?= python3
CORES ?= all
RUN := results/bi-se
BIN := .venv/bin
ENVIRONMENT := .venv/installed

.PHONY: demo small test tests slurm crash validate database references autoencoders lint format docs docs-site reruns reading lock clean
.PHONY: lint-code lint-types lint-rules

# Without a GPU two trainings may run at once (the profile's gpu=1 is for a machine with one).
demo: $(ENVIRONMENT)
	$(BIN)/snakemake --cores $(CORES) --resources gpu=2 --logger rich
	$(BIN)/snakemake --report $(RUN)/report.html --quiet
	$(BIN)/snakemake --report $(RUN)/report.zip --quiet

# The smallest run with every stage, and its report.
small: $(ENVIRONMENT)
	$(BIN)/snakemake --cores $(CORES) --resources gpu=2 --configfile config/test.yaml
	$(BIN)/snakemake --configfile config/test.yaml --report results/test/report.html --quiet

test: lint tests

# One file stays with one of two processes; the longest files come first (tests/conftest.py).
LEFT_OUT := not gpaw and not slurm and not crash
tests: $(ENVIRONMENT)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=20 -m '$(LEFT_OUT)'

# The smallest run through profiles/slurm on a real SLURM of one node, whose packages root installs on Debian or Ubuntu.
slurm: $(ENVIRONMENT)
	tests/slurm/install
	$(BIN)/python -m pytest -m slurm -s tests/workflow/test_slurm.py

# The smallest run, killed at random moments and started again each time: ends where an undisturbed one ends.
KILLS ?= 20
crash: $(ENVIRONMENT)
	$(BIN)/python -m pytest -m crash -s tests/workflow/test_crash.py --kills $(KILLS)

# The known phases by every potential and by GPAW, which it installs. With the best candidates of a run as well:
# make validate ARGUMENTS='--candidates results/bi-se/candidates.csv'
validate: $(ENVIRONMENT)
	CC=g++ $(BIN)/python -m pip install --quiet -e '.[dft]'
	$(BIN)/python -m pytest -m gpaw
	$(BIN)/python -W ignore -m ccdcgan.judging.validation $(ARGUMENTS)

# The ready-made Bi-Se database made again: hours, and a later call goes on where an earlier one stopped.
DATABASE := results/bi-se-database
database: $(ENVIRONMENT)
	$(BIN)/snakemake --cores $(CORES) --configfile config/database.yaml -- \
	    $(addprefix $(DATABASE)/,prototypes/table.csv database/table.csv known_phases/relaxation.csv)
	$(BIN)/python -m ccdcgan.database.packing $(DATABASE) resources/databases/bi-se --configfile config/config.yaml config/database.yaml

# The elements' own phases and the table of references made again: two hours, and a later call goes on where it stopped.
references: $(ENVIRONMENT)
	$(BIN)/python -W ignore -m ccdcgan.database.elements

# The ready-made autoencoders made again: two hours, and a later call goes on where it stopped.
autoencoders: $(ENVIRONMENT)
	$(BIN)/python -W ignore -m ccdcgan.representation.ready_made --configfile config/config.yaml config/autoencoders.yaml

lint: lint-code lint-types lint-rules

lint-code: $(ENVIRONMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: $(ENVIRONMENT)
	$(BIN)/mypy

lint-rules: $(ENVIRONMENT)
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: $(ENVIRONMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# The pages that are written from the code.
docs: $(ENVIRONMENT)
	$(BIN)/python -m ccdcgan.config.documentation

# The documentation as a site that works without a network, docs/site/index.html, by an environment of its own.
SITE_BIN := .venv-docs/bin
docs-site: .venv-docs/installed
	NO_MKDOCS_2_WARNING=1 $(SITE_BIN)/mkdocs build --strict --clean --quiet --config-file docs/mkdocs.yml

.venv-docs/installed: docs/requirements.txt
	$(PYTHON) -m venv --clear .venv-docs
	$(SITE_BIN)/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	touch $@

# The table of what runs again after which change.
reruns: $(ENVIRONMENT)
	$(BIN)/python -m tests.workflow.reruns

# The tables of what becomes of structure files.
reading: $(ENVIRONMENT)
	$(BIN)/python -W ignore -m tests.prototypes.readers.situations

$(ENVIRONMENT): requirements.lock requirements-torch.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Resolves pyproject.toml anew in a fresh environment and pins what comes out, with the hashes of every file of each release.
lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet -e '.[dev]' wheel
	.venv-lock/bin/python -m pip freeze --all --exclude-editable --exclude pip > .venv-lock/frozen
	.venv-lock/bin/python -m pip install --quiet uv
	(sed -n '/^#/p' requirements.lock; grep -v '^torch==' .venv-lock/frozen | .venv-lock/bin/uv pip compile --quiet --no-deps \
	 --generate-hashes --no-header --no-annotate --python .venv-lock/bin/python -) > .venv-lock/lock
	(sed -n '/^#/p' requirements-torch.lock; sed -n '/^torch==/s/+.*//p' .venv-lock/frozen) > .venv-lock/torch
	mv .venv-lock/lock requirements.lock
	mv .venv-lock/torch requirements-torch.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-docs docs/site .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
