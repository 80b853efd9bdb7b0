#!/bin/bash
# Run once by the database image, when its volume is new: the role of the API, which can only read.
# The etl grants it what it may read at each publication.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set mot_de_passe="$ATLAS_MOT_DE_PASSE_LECTURE" <<'SQL'
CREATE ROLE atlas_lecture LOGIN PASSWORD :'mot_de_passe';
ALTER ROLE atlas_lecture SET default_transaction_read_only = on;
SQL
