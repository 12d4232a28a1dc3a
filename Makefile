# Each of these needs Python 3.11+ and nothing else; they build .venv and pin versions by constraints.txt.
PYTHON ?= python3
READY := .venv/.ready

.PHONY: run test check lint clean

run: $(READY)
	.venv/bin/tdabench run -m 'reproduction=glob(*)'; status=$$?; .venv/bin/tdabench results --write && exit $$status

test: $(READY)
	.venv/bin/python -m ruff check .
	.venv/bin/python -m pytest

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tdabench needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cluster,engines,test]'
	touch $@

# The suite in the quick profile against reference/. What is on record is not run again.
check: $(READY)
	.venv/bin/tdabench run -m 'reproduction=glob(*)'
	.venv/bin/tdabench check

lint: $(READY)
	.venv/bin/python -m ruff check .

clean:
	rm -rf .venv report *.egg-info
