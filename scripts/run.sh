#!/usr/bin/env bash
# The national atlas on screen: prepare, load, serve until Ctrl-C, then stop the database.
set -euo pipefail
cd "$(dirname "$0")/.."
export step_total=6
scripts/prepare.sh run
# shellcheck source=scripts/common.sh
source scripts/common.sh
step_number=4

geo() { .venv/bin/geo-service "$@" 9>&-; }

# Every `make run` of the checkout holds this lock; the last one to leave stops the database.
exec 9>"$BUILD/en-service"
flock --shared 9
leave() {
    # Ctrl-C reaches this script, too: it must not be cut short while the database stops.
    trap '' INT TERM
    if flock --exclusive --nonblock 9; then geo db down; fi
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "Base de données" geo db up
step "Données de l'atlas" geo etl run
# From here on Ctrl-C is the normal end: the server has received it, too.
trap 'exit 0' INT
geo serve
