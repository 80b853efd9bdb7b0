#!/usr/bin/env bash
# Stop and remove all that the other commands made in this checkout, and for it elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh

if [[ -d .atlas ]]; then
    if [[ $EUID != 0 ]] && find .atlas -type d ! -readable -print -quit 2>/dev/null | grep -q .; then
        fail "la base privée a été créée par l'administrateur : lancez « sudo make clean »."
    fi
    stop_clusters .atlas
    outside_folders .atlas | while read -r folder; do rm -rf "$folder"; done
    # The parent goes with the last checkout that has something there.
    rmdir /var/lib/atlas-internet-citoyen 2>/dev/null || true
fi
rm -rf .atlas .venv $BUILD geo_service/web/node_modules geo_service/web/dist geo_service/styles/built \
    tests/conformance/web/node_modules \
    .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/e2e/screenshots
find . -type d -name __pycache__ -prune -exec rm -rf {} +
say "Tout ce que le projet avait fabriqué ici est supprimé."
