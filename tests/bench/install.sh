#!/bin/sh
# Installs what `make bench` compares with, apart from the product, and says in one sentence what it cannot.
set -eu
cd "$(dirname "$0")/../.."

missing=""
command -v wrk >/dev/null || missing="$missing wrk"
command -v chromium-headless-shell >/dev/null || missing="$missing chromium-headless-shell"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
Rscript -e 'library(survey)' >/dev/null 2>&1 || missing="$missing r-cran-survey"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } ||
      echo "Not everything could be installed ($missing); figures that need it are left out." >&2
  else
    echo "Missing; an administrator installs it with: sudo apt-get install$missing" >&2
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
