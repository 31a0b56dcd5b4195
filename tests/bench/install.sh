#!/bin/sh
# Installs what `make bench` compares with, apart from the product, and says in one sentence what it cannot.
set -eu
cd "$(dirname "$0")/../.."

if ! Rscript -e 'library(survey)' >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-cran-survey; } ||
      echo "R's survey package could not be installed; its figures are left out." >&2
  else
    echo "R's survey package is missing; an administrator installs it with: sudo apt-get install r-cran-survey" >&2
  fi
fi

stamp=.venv/bench/.sum
if ! sha256sum --status -c "$stamp" 2>/dev/null; then
  python3 -m venv .venv/bench
  if .venv/bench/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.txt; then
    sha256sum requirements-bench.txt >"$stamp"
  else
    rm -r .venv/bench
    echo "The Python package svy could not be installed; its figures are left out." >&2
  fi
fi
