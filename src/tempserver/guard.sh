# The guard of a temporary server. It creates the directory, runs jobs in it, and stops the jobs and removes the
# directory when its input ends. The input also ends when the process that started the guard dies.
# Of PostgreSQL it uses only the file with the process id of the postmaster.
#
# Arguments: the base directories to try. Input: one command per line. Output: the directory, then the exit status
# of each `run` when it ends. It must be the leader of a separate process group.
umask 077
directory=
job=

# The subshell does not end on SIGHUP and SIGTERM: it prints the exit status after its program has ended.
run() {
  (
    trap : HUP TERM
    eval "$1" >>log 2>&1
    echo "$?"
  ) </dev/null &
  job=$!
}

# Waits for the job, at most 500 times: `wait` has no limit. The pause lets the shell reap its child.
settle() {
  left=500
  while [ -n "$job" ] && kill -0 "$job" 2>/dev/null && [ "$left" -gt 0 ]; do
    sleep 0.02 2>/dev/null || sleep 1
    left=$((left - 1))
  done
}

# SIGTERM ends most programs, SIGQUIT ends a postmaster that waits for its clients. Removing is repeated, because a
# program that is ending may still create a file.
remove() {
  trap '' HUP INT QUIT TERM
  trap - EXIT
  kill -TERM 0
  kill -QUIT 0
  settle
  cd /
  left=100
  until [ -z "$directory" ] || rm -rf "$directory" 2>/dev/null || [ "$left" -eq 0 ]; do
    sleep 0.1 2>/dev/null || sleep 1
    left=$((left - 1))
  done
  # A program that still runs ignored the signals; this also ends the guard.
  if [ -n "$job" ] && kill -0 "$job" 2>/dev/null; then kill -KILL 0; fi
}

# A signal can arrive when `remove` has begun, and `exit` alone would then end the guard before the rest of it. The kernel
# sends SIGHUP at the death of the starting process if a program of the group is stopped.
trap remove EXIT
trap 'remove; exit 1' HUP INT QUIT TERM

for base in "$@"; do
  directory=$(mktemp -d "$base/posemo-XXXXXX" 2>/dev/null) && break
done
cd "${directory:-/nowhere}" 2>/dev/null || exit 1
printf '%s\n' "$directory"

while IFS= read -r line; do
  case $line in
    "run "*) run "${line#run }" ;;
    stop) kill -INT "$(head -n 1 data/postmaster.pid)" ;;
    keep)
      wait "$job"
      exit
      ;;
  esac
done
