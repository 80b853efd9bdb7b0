#!/usr/bin/env bash
# The whole test suite, from a clean clone or not: stops at the first step that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export step_total=9
scripts/prepare.sh test
# shellcheck source=scripts/common.sh
source scripts/common.sh
step_number=4

# The suite makes its own databases and servers, whatever this machine is set to serve.
unset "${!GEO_@}" PORT

# A suite that was cut short must leave no server behind, unless another one is using it.
leave() {
    local users=.atlas/tests/sessions.lock
    [[ -e $users ]] || return 0
    (if flock --exclusive --nonblock 8; then stop_clusters .atlas/tests; fi) 8<"$users"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

format_and_lint() {
    .venv/bin/ruff check --no-cache .
    .venv/bin/ruff format --no-cache --check .
}

step "Style du code Python (ruff)" format_and_lint
step "Types du code Python (mypy)" .venv/bin/mypy
step "Types des pages web" npm run typecheck --prefix geo_service/web
step "Tests des pages web" npm test --prefix geo_service/web
# Two processes that share the files out (tests/conftest.py orders them); -n0 in ARGS: a single one.
step "Tests (PostGIS et Chromium réels)" .venv/bin/pytest \
    --numprocesses auto --maxprocesses 2 --dist loadfile --no-loadscope-reorder "$@"
