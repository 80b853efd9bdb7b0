#!/usr/bin/env bash
# Ask what is known of the faults of what is installed. Exit code: 0 nothing known, 1 something is,
# 2 a list could not be reached, so that nothing is known of that part.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
source scripts/common.sh
uv=.build/uv/bin/uv
verdict=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# worse CODE: keep the gravest answer; a fault known is graver than a list out of reach.
worse() { if [[ $verdict != 1 ]]; then verdict=$1; fi; }

say "Bibliothèques Python (uv.lock), par pip-audit"
"$uv" export --quiet --frozen --all-groups --no-emit-project --output-file "$work/python.txt"
code=0
"$uv" run --quiet --frozen --inexact --group audit pip-audit --disable-pip --require-hashes --strict \
    --progress-spinner off --requirement "$work/python.txt" >"$work/python" 2>&1 || code=$?
if grep -q '^Found .* known vulnerabilit' "$work/python"; then
    cat "$work/python" && verdict=1
elif [[ $code != 0 ]]; then
    say "    non vérifié : la liste n'a pas pu être lue ($(grep -v '^ *$' "$work/python" | tail -n 1 | cut -c1-160))" && worse 2
else
    say "    rien de connu"
fi

for place in geo_service/web tests/conformance/web; do
    say "Paquets npm de $place, par npm audit"
    code=0
    npm audit --prefix "$place" --audit-level low >"$work/npm" 2>&1 || code=$?
    if [[ $code == 0 ]]; then
        say "    rien de connu"
    elif grep -q 'audit endpoint returned an error\|ENOTFOUND\|ECONNREFUSED' "$work/npm"; then
        say "    non vérifié : le registre ne répond pas à cette question" && worse 2
    else
        cat "$work/npm" && verdict=1
    fi
done

say "Paquets Debian : versions de sécurité à installer"
if command -v apt-get >/dev/null; then
    apt-get --simulate upgrade 2>/dev/null | grep '^Inst .*[Ss]ecurity' >"$work/debian" || true
    if [[ -s $work/debian ]]; then
        cut -d' ' -f2-4 "$work/debian" | head -n 40 && verdict=1
    else
        say "    rien à installer, d'après les listes de cette machine (apt-get update les rafraîchit)"
    fi
fi
exit $verdict
