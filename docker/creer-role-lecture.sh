#!/bin/bash
# Run once by the database image, when its volume is new: the role of the API, which can only read.
# The etl grants it what it may read at each publication.
set -euo pipefail
# The password comes by the environment of psql, never by its arguments, which all can see.
MOT_DE_PASSE=$(cat "$ATLAS_MOT_DE_PASSE_LECTURE_FILE") psql --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv mot_de_passe MOT_DE_PASSE
CREATE ROLE atlas_lecture LOGIN PASSWORD :'mot_de_passe';
ALTER ROLE atlas_lecture SET default_transaction_read_only = on;
SQL
