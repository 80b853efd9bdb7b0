#!/bin/bash
# Run a command each night: chaque-nuit.sh COMMAND…, at ATLAS_HEURE (HH:MM, UTC). The command's
# failure is said and the next night comes all the same: the atlas in place has not changed.
set -euo pipefail
export TZ=UTC
hour=${ATLAS_HEURE:-03:15}
[[ $hour =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || {
    echo "ATLAS_HEURE vaut « $hour » : la forme attendue est HH:MM, par exemple 03:15." >&2
    exit 2
}
# As process 1 of a container, bash would ignore the order to stop; a command that runs is told too.
child=
trap 'kill -TERM $child 2>/dev/null || true; wait; exit 0' TERM INT

# wait_for COMMAND…: run it so that a signal is heard at once.
wait_for() {
    "$@" &
    child=$!
    wait "$child"
}

while true; do
    now=$(date +%s)
    next=$(date -d "$(date -d "@$now" +%F) $hour" +%s)
    ((next > now)) || next=$((next + 86400))
    echo "Prochain chargement : $(date -d "@$next" '+%F %H:%M') UTC." >&2
    wait_for sleep $((next - now))
    wait_for "$@" || echo "Le chargement a échoué (code $?) : l'atlas en place n'a pas changé." >&2
done
