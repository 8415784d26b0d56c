#!/bin/sh
# sh /etc/linli/pgbackrest/restore.sh "2026-11-20 10:00:00+08": put both databases back as they were at that
# moment, on one database machine, as the user postgres, while Patroni is stopped on all three. What
# persons had erased since stays erased: the keys are those of the end of the archive.
# Afterwards the cluster lies there, stopped; docs/operations.md says how it goes on. What follows the
# moment goes to pgBackRest: --target-timeline=1 if the site has run on after an earlier restore.
set -eu
moment=$1
shift
data={{postgresql_data}}
bin={{postgresql_bin}}
umask 077
scratch=$(mktemp -d "$data.keys-XXXXXX")

backrest() {
    pgbackrest --config={{configuration}}/pgbackrest/pgbackrest.conf \
        --config-include-path={{configuration}}/pgbackrest/conf.d --lock-path="$scratch" --stanza=linli "$@"
}

# Nobody but this user reaches them: no network, a socket in a folder of its own.
settings() {
    echo "-c listen_addresses='' -c unix_socket_directories='$scratch' -c port=$1 -c hba_file='$scratch/hba'" \
        "-c ident_file='$scratch/ident' -c archive_mode=off -c synchronous_standby_names='' -c hot_standby=off"
}

end() {
    [ $? -eq 0 ] || tail -n 50 "$scratch"/log* >&2
    for folder in "$scratch/data" "$data"; do
        [ ! -e "$folder/postmaster.pid" ] || "$bin/pg_ctl" -D "$folder" -s -m fast -w stop
    done
    rm -rf "$scratch"
}
trap end EXIT

if [ -d "$data" ] && [ -n "$(ls -A "$data")" ]; then
    echo "$data is not empty. Give it another name first: nothing is put over what is there." >&2
    exit 1
fi
echo "local all all trust" >"$scratch/hba"
: >"$scratch/ident"
backrest --type=time --target="$moment" --target-action=promote "$@" restore
backrest --pg1-path="$scratch/data" --db-include=keys --archive-mode=off restore
"$bin/pg_ctl" -D "$data" -s -w -t 86400 -l "$scratch/log" -o "$(settings 1)" start
"$bin/pg_ctl" -D "$scratch/data" -s -w -t 86400 -l "$scratch/log.keys" -o "$(settings 2)" start
stands() {
    until "$bin/psql" -h "$scratch" -p "$2" -U postgres -Atqc 'SELECT pg_is_in_recovery()' keys 2>&1 | grep -qx f; do
        "$bin/pg_ctl" -D "$1" -s status >"$scratch/status"
        sleep 1
    done
}
stands "$data" 1
stands "$scratch/data" 2
{
    echo 'BEGIN; TRUNCATE vault_datakey, vault_indexkey;'
    "$bin/pg_dump" -h "$scratch" -p 2 -U postgres --data-only -t vault_datakey -t vault_indexkey keys
    echo 'COMMIT;'
} | "$bin/psql" -h "$scratch" -p 1 -U postgres -q -v ON_ERROR_STOP=1 -o /dev/null keys
for name in restore_command recovery_target_time recovery_target_action recovery_target_timeline; do
    "$bin/psql" -h "$scratch" -p 1 -U postgres -q -c "ALTER SYSTEM RESET $name" postgres
done
# That it has branched off is archived once it runs again, and not before: until then another moment can be chosen.
for file in "$data"/pg_wal/*.history; do
    : >"$data/pg_wal/archive_status/${file##*/}.ready"
done
echo "Restored to $moment. Nothing has been proven yet."
