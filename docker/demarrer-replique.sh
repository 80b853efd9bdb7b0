#!/bin/bash
# A read replica: demarrer-replique.sh postgres -cname=value…
# Copies the primary at the first start, then follows it. PRIMAIRE says where it is (host=… port=…),
# PGDATA where the copy goes, ATLAS_MOT_DE_PASSE_REPLICATION_FILE how to enter.
# A replica that was away too long to catch up says so in its log: remove its data, start it again.
set -euo pipefail
umask 077
# In a file that PostgreSQL reads at each connection: neither in the data nor in an argument.
passfile=${TMPDIR:-/tmp}/mot-de-passe-replication
printf '*:*:*:atlas_replication:%s\n' "$(cat "$ATLAS_MOT_DE_PASSE_REPLICATION_FILE")" >"$passfile"

if [[ ! -s $PGDATA/PG_VERSION ]]; then
    # Whole or not at all: what a copy that was stopped left is done again.
    rm -rf "$PGDATA.neuf"
    pg_basebackup --dbname="$PRIMAIRE user=atlas_replication passfile=$passfile" \
        --pgdata="$PGDATA.neuf" --write-recovery-conf --wal-method=stream --checkpoint=fast
    rm -rf "$PGDATA"
    mv "$PGDATA.neuf" "$PGDATA"
fi
exec "$@" -D "$PGDATA"
