unexport PYTHONDONTWRITEBYTECODE  # each of the hundreds of processes would compile the project anew

.PHONY: run test test_here test_elsewhere soak check check_types check_rules bench lock audit

run:
	deploy/install.sh run
	.venv/bin/survey demo

test:
	deploy/install.sh test
	@$(MAKE) --no-print-directory -j 2 test_here test_elsewhere
	.venv/bin/python -m tests.covered_lines .coverage.json

test_here:
	.venv/bin/python -m slipcover --immediate --source questionnaires,analysis,reports,survey_app --json --out .coverage.json -m pytest -n 4 --dist loadfile --no-loadscope-reorder --ignore tests/test_scaling.py

test_elsewhere:
	.venv/bin/pytest tests/test_scaling.py

LONGEST = tests/test_upkeep_under_load.py tests/test_fuzzing.py tests/test_damages.py

soak:  # the longest first, that nothing waits for them at the end
	deploy/install.sh test
	.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m soak $(LONGEST) tests/*/ tests/test_*.py
	.venv/bin/pytest -n 2 --dist loadfile -m "hypothesis and not six_changes" --hypothesis-profile=thorough

check:
	deploy/install.sh test
	@$(MAKE) --no-print-directory -j 2 --output-sync=target check_types check_rules

check_types:
	.venv/bin/mypy --any-exprs-report .mypy_cache/any-expressions
	.venv/bin/python -m tests.house

check_rules:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/survey check
	.venv/bin/pytest -q -m six_changes tests/test_six_changes.py

bench:
	deploy/install.sh test
	tests/bench/install.sh
	.venv/bin/python -m tests.bench

audit:
	deploy/install.sh test
	.venv/bin/python deploy/audit.py

lock:
	.venv/bin/pip install -q pip-tools
	.venv/bin/pip-compile -q --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	.venv/bin/pip-compile -q --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-scale.txt requirements-scale.in
	.venv/bin/pip-compile -q --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in
	.venv/bin/pip-compile -q --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-bench.txt requirements-bench.in
