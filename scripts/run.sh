#!/usr/bin/env bash
# The national atlas on screen: prepare, load, serve until Ctrl-C, then stop the database.
# shellcheck disable=SC2317 # functions that traps call
set -euo pipefail
cd "$(dirname "$0")/.."
export step_total=5
# shellcheck source=scripts/common.sh
source scripts/common.sh

# Better told now than after the loading.
port=${GEO_PORT:-${PORT:-8000}}
if (: <"/dev/tcp/${GEO_HOST:-127.0.0.1}/$port") 2>/dev/null; then
    fail "le port $port est déjà pris, peut-être par un atlas en marche : http://127.0.0.1:$port." \
        "Pour un autre port : make run PORT=$((port + 1))."
fi

scripts/prepare.sh run
step_number=4

# Every `make run` of the checkout holds this lock; the last one to leave stops the database.
mkdir -p "$BUILD"
exec 9>"$BUILD/en-service"
flock --shared 9

leave() {
    # Ctrl-C reaches this script, too: it must not be cut short while the database stops.
    trap '' INT TERM HUP
    if flock --exclusive --nonblock 9; then
        stop_clusters "${GEO_STATE_DIR:-.atlas}/postgres"
        say "Atlas arrêté."
    fi
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Starts the database, too.
load() { .venv/bin/geo-service etl run 9>&-; }
step "Base et données de l'atlas" load

# In the background, or a `kill` of this script would wait for the server to end by itself. From
# here on Ctrl-C and `kill` are the normal end.
told=0 server=
tell() {
    told=1
    [[ -z $server ]] || kill -TERM "$server" 2>/dev/null || true
}
trap tell INT TERM HUP
.venv/bin/geo-service serve 9>&- &
server=$!
# A signal that came before the line above found no server to stop.
[[ $told == 0 ]] || tell
status=0
wait "$server" || status=$?
# A signal interrupts `wait`; the server then needs a moment to end its requests.
while kill -0 "$server" 2>/dev/null; do wait "$server" || status=$?; done
[[ $told == 1 ]] && exit 0
exit "$status"
