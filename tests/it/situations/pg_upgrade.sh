#!/usr/bin/env bash
# pg_upgrade [OLD] [NEW]: upgrades a cluster with posemo from the programs in OLD to those in NEW, as an administrator does.
#
# Run as the user that may run servers. POSEMO is the program, CHECKS the checks. Prints what failed, and ends with 1 then.
set -euo pipefail
old=$1 new=$2
work=$(mktemp -d /tmp/posemo-upgrade-XXXXXX)
export LC_ALL=C HOME=$work
finish() {
  "$new/pg_ctl" -D "$work/new" -m immediate -w stop >/dev/null 2>&1 || true
  "$old/pg_ctl" -D "$work/old" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
options="-c listen_addresses='' -c unix_socket_directories=$work -c fsync=off -p 54321"
start() { "$1/pg_ctl" -D "$2" -l "$2.log" -w -o "$options" start >/dev/null || { cat "$2.log"; exit 1; }; }
# The newer programs include psql and know both servers.
sql() { "$new/psql" -X -At -v ON_ERROR_STOP=1 -h "$work" -p 54321 -U postgres -d "$1" -c "$2"; }
checksums=()
[ "$("$new/postgres" --version | grep -o '[0-9]*' | head -1)" -lt 18 ] || checksums=(--no-data-checksums)

"$old/initdb" -D "$work/old" -U postgres -A trust -N --locale=C -E UTF8 >/dev/null
start "$old" "$work/old"
sql postgres 'CREATE DATABASE app' >/dev/null
sql app 'CREATE SEQUENCE filling MAXVALUE 100' >/dev/null
sql app "SELECT setval('filling', 97)" >/dev/null
"$POSEMO" install -H "$work" -p 54321 -U postgres --all-databases --check "$CHECKS" >/dev/null
"$old/pg_ctl" -D "$work/old" -m fast -w stop >/dev/null

"$new/initdb" -D "$work/new" -U postgres -A trust -N --locale=C -E UTF8 "${checksums[@]}" >/dev/null
cd "$work"
if ! "$new/pg_upgrade" -b "$old" -B "$new" -d "$work/old" -D "$work/new" -U postgres -s "$work" >"$work/upgrade.log" 2>&1; then
  cat "$work/upgrade.log"
  find "$work/new/pg_upgrade_output.d" -name '*.log' -exec grep -h -m 3 'ERROR' {} +
  exit 1
fi
start "$new" "$work/new"
"$POSEMO" install -H "$work" -p 54321 -U postgres --all-databases --check "$CHECKS" >/dev/null
"$POSEMO" verify -H "$work" -p 54321 -U postgres --check "$CHECKS" || { echo 'verify reports deviations after pg_upgrade'; exit 1; }
{ "$POSEMO" run -H "$work" -p 54321 --check sequence_usage || true; } | grep -q 'filling used 97 %' || { echo 'run does not work after pg_upgrade'; exit 1; }
