#!/bin/sh
# sh /etc/linli/pgbackrest/drill.sh: restore the newest backup with all that was archived after it, prove it, note
# that, and throw it away. On a machine with PostgreSQL's programs, pgBackRest, the repository and Linli;
# as the user linli, with as much room in the folder of drills as the databases take.
# "--type=time" "--target=2026-11-20 10:00:00+08" rehearses a moment instead.
set -eu
bin={{postgresql_bin}}
umask 077
folder={{drills}}/$$
mkdir "$folder"
case " $* " in *" --type=time "*) set -- --target-action=promote "$@" ;; esac

end() {
    [ $? -eq 0 ] || [ ! -e "$folder/log" ] || tail -n 50 "$folder/log" >&2
    [ ! -e "$folder/data/postmaster.pid" ] || "$bin/pg_ctl" -D "$folder/data" -s -m immediate -w stop
    rm -rf "$folder"
}
trap end EXIT

echo "local all all trust" >"$folder/hba"
: >"$folder/ident"
began=$(date +%s)
pgbackrest --config={{configuration}}/pgbackrest/pgbackrest.conf \
    --config-include-path={{configuration}}/pgbackrest/conf.d --lock-path="$folder" --stanza=linli \
    --pg1-path="$folder/data" --archive-mode=off "$@" restore
# Nothing of it is kept: it need not reach the disk.
"$bin/pg_ctl" -D "$folder/data" -s -w -t 86400 -l "$folder/log" start -o "-c listen_addresses='' -c unix_socket_directories='$folder' \
    -c port=1 -c hba_file='$folder/hba' -c ident_file='$folder/ident' -c archive_mode=off \
    -c synchronous_standby_names='' -c hot_standby=off -c fsync=off -c autovacuum=off"
until "$bin/psql" -h "$folder" -p 1 -U postgres -Atqc 'SELECT pg_is_in_recovery()' linli 2>&1 | grep -qx f; do
    "$bin/pg_ctl" -D "$folder/data" -s status >"$folder/status"
    sleep 1
done
set -a
. {{configuration}}/environment/linli.env
set +a
here=$(echo "$folder" | sed 's,/,%2F,g')
DATABASE_URL="postgresql://postgres@$here:1/linli" KEYS_DATABASE_URL="postgresql://postgres@$here:1/keys" \
    LINLI_DIRECT=1 LINLI_LOG_LEVEL=WARNING {{program}}/.venv/bin/linli prove_restored --verify --note --began="$began"
