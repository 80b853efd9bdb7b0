#!/usr/bin/env bash
# The whole test suite, from a clean clone or not: stops at the first step that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export step_total=9
# shellcheck source=scripts/common.sh
source scripts/common.sh
scripts/prepare.sh test outils

# What the types say comes while the pages are built: each of the two keeps one processor busy.
types=$(mktemp)
.venv/bin/mypy >"$types" 2>&1 &
checking=$!
types_of_python() {
    local status=0
    wait "$checking" || status=$?
    checking=
    cat "$types"
    return "$status"
}

# The suite makes its own databases and servers, whatever this machine is set to serve.
unset "${!GEO_@}" PORT

# A suite that was cut short must leave no server behind, unless another one is using it.
leave() {
    [[ -z $checking ]] || kill "$checking" 2>/dev/null || true
    rm -f "$types"
    local users=.atlas/tests/sessions.lock
    [[ -e $users ]] || return 0
    (if flock --exclusive --nonblock 8; then stop_clusters .atlas/tests; fi) 8<"$users"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

scripts/prepare.sh test pages
step_number=4

format_and_lint() {
    .venv/bin/ruff check --no-cache .
    .venv/bin/ruff format --no-cache --check .
}

step "Style du code Python (ruff)" format_and_lint
step "Types du code Python (mypy)" types_of_python
step "Types des pages web" npm run typecheck --prefix geo_service/web
step "Tests des pages web" npm test --prefix geo_service/web
# Two processes that share the files out (tests/conftest.py orders them); -n0 in ARGS: a single one.
step "Tests (PostGIS et Chromium réels)" .venv/bin/pytest \
    --numprocesses auto --maxprocesses 2 --dist loadfile --no-loadscope-reorder "$@"
