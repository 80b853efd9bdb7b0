#!/bin/bash
# Run once by the database image, when its volume is new: the role of the read replicas, and the
# line that lets it in. Nothing is made where no password is given: there is no replica then.
set -euo pipefail
[[ -n ${ATLAS_MOT_DE_PASSE_REPLICATION_FILE:-} ]] || exit 0
# The password comes by the environment of psql, never by its arguments.
MOT_DE_PASSE=$(cat "$ATLAS_MOT_DE_PASSE_REPLICATION_FILE") psql --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv mot_de_passe MOT_DE_PASSE
CREATE ROLE atlas_replication LOGIN REPLICATION PASSWORD :'mot_de_passe';
SQL
echo 'host replication atlas_replication all scram-sha-256' >>"$PGDATA/pg_hba.conf"
