# Each of these needs Python 3.11+ and nothing else; they build .venv and pin versions by constraints.txt.
PYTHON ?= python3
READY := .venv/.ready

.PHONY: run all test check lint clean

# The core suite, in minutes; what it leaves out is shown from reference/.
run: $(READY)
	.venv/bin/tdabench run --core; status=$$?; .venv/bin/tdabench results --write && exit $$status

# Every page in the quick profile.
all: $(READY)
	.venv/bin/tdabench run --all; status=$$?; .venv/bin/tdabench results --write && exit $$status

test: $(READY)
	.venv/bin/python -m ruff check .
	.venv/bin/python -m pytest

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tdabench needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cluster,engines,test]'
	touch $@

# Every page in the quick profile against reference/. What is on record is not run again, unless the code that it loads,
# a version below that or its configuration has changed. What failed or lacks its data is told by both.
check: $(READY)
	-.venv/bin/tdabench run --all
	.venv/bin/tdabench check

lint: $(READY)
	.venv/bin/python -m ruff check .

clean:
	rm -rf .venv report *.egg-info
