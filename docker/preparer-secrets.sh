#!/bin/bash
# Make what docker-compose.yml reads in a folder of secrets: preparer-secrets.sh [FOLDER] [NAME]
# (default: secrets, localhost). What is there already is kept, a certificate of yours first of all.
#
# Compose mounts these files as they are, and its containers run as three different users: the files
# can be read by all, in a folder that its owner alone can enter.
set -euo pipefail
folder=${1:-secrets}
name=${2:-localhost}
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# keep FILE: write what comes to the file, whole or not at all, unless it is there.
keep() {
    if [[ -s $1 ]]; then
        cat >/dev/null
        return
    fi
    cat >"$1.neuf"
    chmod 444 "$1.neuf"
    mv "$1.neuf" "$1"
}

for secret in mot_de_passe_proprietaire mot_de_passe_lecture mot_de_passe_replication s3_secret; do
    openssl rand -hex 24 | tr -d '\n' | keep "$secret"
done
printf 'atlas' | keep s3_cle
address() { printf 'postgresql://%s:%s@%s/atlas' "$1" "$(cat "$2")" "$3"; }
address atlas mot_de_passe_proprietaire postgis | keep url_proprietaire
address atlas_lecture mot_de_passe_lecture postgis | keep url_lecture
address atlas_lecture mot_de_passe_lecture replique | keep url_repliques

if [[ -s certificat.pem && ! -s cle.pem || -s cle.pem && ! -s certificat.pem ]]; then
    echo "Dans $PWD, certificat.pem et cle.pem vont ensemble : il en manque un." >&2
    exit 1
elif [[ ! -s certificat.pem ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
        -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
        -keyout cle.neuve -out certificat.neuf 2>/dev/null
    keep cle.pem <cle.neuve
    keep certificat.pem <certificat.neuf
    rm cle.neuve certificat.neuf
    echo "Certificat d'essai pour $name, valable 90 jours : les navigateurs s'en méfieront." >&2
fi
echo "Secrets prêts dans $PWD." >&2
