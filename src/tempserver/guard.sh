# The guard of a throw-away server. It makes the directory, runs what it is told in it, and takes all of
# it away when its input ends, which is also what the death of its starter looks like from here.
# It knows nothing of PostgreSQL but where the postmaster writes its process id.
#
# Arguments: the directories to try. Input: a command a line. Output: the directory made, then the exit
# status of each `run` when it ends. It must lead a process group of its own.
umask 077
directory=
job=

# A job outlives its signal until its program has ended, and then says so.
run() {
  (
    trap : TERM
    eval "$1" >>log 2>&1
    echo "$?"
  ) </dev/null &
  job=$!
}

# Waits for the job, but not for ever: `wait` knows no bound. The pause lets the shell reap its child.
settle() {
  left=500
  while [ -n "$job" ] && kill -0 "$job" 2>/dev/null && [ "$left" -gt 0 ]; do
    sleep 0.02 2>/dev/null || sleep 1
    left=$((left - 1))
  done
}

# SIGTERM ends any program, SIGQUIT a postmaster that would wait for its clients. Removing is repeated, as
# a program that is about to end may still make a file.
remove() {
  trap '' HUP INT QUIT TERM
  kill -TERM 0
  kill -QUIT 0
  settle
  cd /
  left=100
  until [ -z "$directory" ] || rm -rf "$directory" 2>/dev/null || [ "$left" -eq 0 ]; do
    sleep 0.1 2>/dev/null || sleep 1
    left=$((left - 1))
  done
  # What is still there did not listen; this ends the guard as well.
  if [ -n "$job" ] && kill -0 "$job" 2>/dev/null; then kill -KILL 0; fi
}

trap remove EXIT
trap 'exit 1' HUP INT QUIT TERM

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
