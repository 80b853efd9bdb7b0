#!/usr/bin/env bash
# Install what the project needs and this machine lacks: prepare.sh run|test [outils|pages]
# Without a second word, all of it: the tools, then the pages that they build.
# Nothing that is already there, and made from the same files, is done again.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?run ou test}
part=${2:-tout}
step_total=${step_total:-4}
# shellcheck source=scripts/common.sh
source scripts/common.sh

# --- Debian packages ---------------------------------------------------------------------------

has_postgis() {
    local control version
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        version=$(basename "$(dirname "$(dirname "$control")")")
        [[ $version =~ ^[0-9]+$ && $version -ge 15 && -x /usr/lib/postgresql/$version/bin/initdb ]] &&
            return 0
    done
    [[ -f $(pg_config --sharedir 2>/dev/null)/extension/postgis.control ]]
}

# Print the path of the first Python that will do: 3.11 first, as on the machines we test on.
find_python() {
    local name
    for name in python3.11 python3 python3.12 python3.13 python3.14; do
        "$name" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' \
            2>/dev/null && return 0
    done
    return 1
}

missing_packages() {
    if [[ -z ${GEO_DATABASE_URL:-} || $mode == test ]] && ! has_postgis; then
        echo postgresql-15 postgresql-15-postgis-3
    fi
    if ! python=$(find_python); then
        echo python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo python3-venv
    fi
    if [[ $mode == test ]]; then
        command -v chromium >/dev/null || echo chromium
        # Playwright drives it with a Node.js of its own, which needs this library.
        compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || echo libatomic1
        # Clients of the conformance tests: QGIS for Debian's own Python, and GDAL's programs.
        /usr/bin/python3 -c 'import qgis.core' 2>/dev/null || echo python3-qgis
        command -v ogrinfo >/dev/null || echo gdal-bin
        # The proxy of the topology, and what moves its clock; what fills its configuration.
        [[ -x /usr/sbin/nginx ]] || command -v nginx >/dev/null || echo nginx
        compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
        command -v envsubst >/dev/null || echo gettext-base
        # The client of a benchmark (make bench): it takes little of the machine it measures.
        command -v wrk >/dev/null || echo wrk
    fi
}

# as_root COMMAND...: by sudo if need be.
as_root() {
    if [[ $EUID == 0 ]]; then "$@"; else sudo "$@"; fi
}

# Debian's PostgreSQL would make and start a cluster of its own on port 5432, and start those the
# machine's owner has stopped: both are forbidden while we install, then things are put back.
forbid_clusters() {
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | as_root tee "$DROP_IN" >/dev/null
    if [[ ! -e $POLICY ]]; then
        printf '#!/bin/sh\n# %s\nexit 101\n' "$MARK" | as_root tee "$POLICY" >/dev/null
        as_root chmod 755 "$POLICY"
    fi
}

allow_clusters() {
    as_root rm -f "$DROP_IN"
    as_root rmdir --ignore-fail-on-non-empty /etc/postgresql-common/createcluster.d
    if grep -qs "$MARK" "$POLICY"; then as_root rm -f "$POLICY"; fi
}

DROP_IN=/etc/postgresql-common/createcluster.d/atlas-internet-citoyen.conf
POLICY=/usr/sbin/policy-rc.d
MARK='atlas-internet-citoyen: temporary, while packages are installed'

install_packages() {
    local packages
    read -r -a packages <<<"$(missing_packages | tr '\n' ' ')"
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        fail "Node.js et npm sont introuvables : installez Node.js 20.19 ou plus récent."
    fi
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        fail "Node.js $(node --version) est trop ancien : installez la version 20.19 ou plus récente."
    if [[ ${#packages[@]} == 0 ]]; then
        say "    rien ne manque"
        return
    fi
    local command="apt-get install ${packages[*]}"
    command -v apt-get >/dev/null ||
        fail "il manque ${packages[*]} (noms Debian) : installez-les, ou lancez « docker compose up »."
    if [[ $EUID != 0 ]] && ! sudo -n true 2>/dev/null && ! { [[ -t 0 ]] && command -v sudo >/dev/null; }; then
        fail "lancez d'abord en administrateur « $command », ou bien utilisez « docker compose up »."
    fi
    say "    à installer : ${packages[*]}"
    trap allow_clusters EXIT
    forbid_clusters
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${packages[@]}"
    allow_clusters
    trap - EXIT
    # Its own server is not ours: it was not started, and is not to be at the next boot.
    if [[ " ${packages[*]} " == *" nginx "* ]]; then as_root systemctl disable --quiet nginx || true; fi
}

# --- Python ------------------------------------------------------------------------------------

UV_VERSION=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' scripts/uv.txt)

install_uv() {
    local uv=$BUILD/uv/bin/uv
    if [[ $("$uv" --version 2>/dev/null) == "uv $UV_VERSION"* ]]; then
        say "    uv $UV_VERSION est déjà là"
        return
    fi
    rm -rf "$BUILD/uv"
    "$(find_python)" -m venv "$BUILD/uv"
    # No other file than those whose hashes are written, whatever the registry gives.
    "$BUILD/uv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --only-binary=:all: --requirement scripts/uv.txt
}

install_python() {
    local python key
    python=$(find_python)
    # A virtual environment knows its own address: a moved checkout needs another one.
    key="$PWD $python $(fingerprint uv.lock pyproject.toml)"
    if [[ -x .venv/bin/geo-service ]] &&
        { up_to_date python-test "$key" || { [[ $mode == run ]] && up_to_date python-run "$key"; }; }; then
        say "    inchangé"
        return
    fi
    rm -f "$STAMPS"/python-*
    # Without the development tools for a run; those already there for the tests are left.
    local options=(--frozen --python "$python")
    [[ $mode == test ]] || options+=(--no-dev --inexact)
    "$BUILD/uv/bin/uv" sync "${options[@]}"
    done_with "python-$mode" "$key"
}

# --- Web pages ---------------------------------------------------------------------------------

WEB=geo_service/web
STYLES=geo_service/styles
FICHE=geo_service/fiche

# What npm installs: the tools of the pages, and the font of the maps.
install_modules() {
    local key
    key="$PWD $(node --version) $(fingerprint $WEB/package.json $WEB/package-lock.json)"
    if ! up_to_date web-modules "$key" || [[ ! -x $WEB/node_modules/.bin/vite ]]; then
        rm -f "$STAMPS/web-modules"
        npm ci --prefix $WEB --no-audit --no-fund
        done_with web-modules "$key"
    fi
}

build_web() {
    local modules sources
    modules="$PWD $(node --version) $(fingerprint $WEB/package.json $WEB/package-lock.json)"
    sources="$modules $(fingerprint $WEB)"
    if up_to_date web-dist "$sources" && [[ -f $WEB/dist/.vite/manifest.json ]] &&
        { [[ $mode == run ]] || up_to_date web-modules "$modules"; }; then
        say "    inchangées"
        return
    fi
    install_modules
    npm run build --prefix $WEB
    done_with web-dist "$sources"
}

# Fonts and sprites of the ready-made map styles.
build_styles() {
    local key
    key=$(fingerprint uv.lock $WEB/package-lock.json $STYLES/{build,faces,glyphs,palette,sprites}.py \
        $STYLES/OFL.txt $STYLES/icones)
    if up_to_date styles "$key" && [[ -d $STYLES/built ]]; then
        say "    polices et icônes inchangées"
        return
    fi
    install_modules
    .venv/bin/python -m geo_service.styles.build
    done_with styles "$key"
}

# Fonts of the fiche.
build_fiche() {
    local key
    key=$(fingerprint uv.lock $WEB/package-lock.json $FICHE/{build,fonts}.py)
    if up_to_date fiche "$key" && [[ -d $FICHE/built ]]; then
        say "    polices de la fiche inchangées"
        return
    fi
    install_modules
    .venv/bin/python -m geo_service.fiche.build
    done_with fiche "$key"
}

# The pages of the conformance tests, with the web pages' own Vite and MapLibre.
build_conformance() {
    local place=tests/conformance/web key
    key="$PWD $(node --version) $(fingerprint $place $WEB/package-lock.json)"
    if up_to_date conformance "$key" && [[ -f $BUILD/conformance/maplibre.html ]]; then
        say "    pages des tests inchangées"
        return
    fi
    install_modules
    npm ci --prefix $place --no-audit --no-fund --ignore-scripts
    $WEB/node_modules/.bin/vite build --config $place/vite.config.js --logLevel warn
    done_with conformance "$key"
}

build_pages() {
    build_web
    build_styles
    build_fiche
    if [[ $mode == test ]]; then build_conformance; fi
}

if [[ $part != pages ]]; then
    step "Paquets du système" install_packages
    step "Outil uv" install_uv
    step "Bibliothèques Python" install_python
fi
if [[ $part != outils ]]; then
    step_number=3
    step "Pages web" build_pages
fi
