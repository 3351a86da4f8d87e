# shellcheck shell=bash
# What every peer needs: messages, a folder, free ports, waiting, starting and stopping.
# Read by tests/run.

# Everything of one run lives in this folder and is removed with it.
RUN_FOLDER=
# One word that stands in the environment of every process we start, so that also a grandchild
# which left its process group (a browser, a server under test) is found and ended, and nothing else.
MARK=
# Process id of each process we started, and the signal that ends it quickest.
declare -A STARTED=()
# Process id of each peer.
declare -A PEER_PID=()
# What the tests get to know, in order, as NAME=value.
SHARED=()
# Process id of the latest `launch`.
LAUNCHED=
# Our own output, kept aside: a signal may find us in the middle of a function whose output is
# thrown away, and what is said at the end must be seen all the same.
exec {OUT}>&1 {ERR}>&2

heading() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() {
  printf 'tests/run: %s\n' "$*" >&2
  return 1
}

# share NAME VALUE: hands a value to the tests, and to whoever asked for --peers.
share() {
  export "$1=$2"
  SHARED+=("$1=$2")
}

make_folder() {
  RUN_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/daypass-test.XXXXXXXX")
  MARK=${RUN_FOLDER##*/}
  # PostgreSQL runs as another user when we are root and must be able to walk through.
  chmod 711 "$RUN_FOLDER"
  mkdir -m 700 "$RUN_FOLDER/tmp" "$RUN_FOLDER/home"
}

# Our own ports are taken below 32768, where the kernel takes none for outgoing connections or for
# "any port", so that a test cannot take one between our look and the server's start.
free_port() {
  local port
  while :; do
    port=$((10240 + RANDOM % 22000))
    # A refused connection means that nobody listens there.
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s' "$port"
      return
    fi
  done
}

# within SECONDS COMMAND…: repeats the command until it succeeds; 1 when the time is over.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

# http_ok PORT PATH: whether GET answers 200; needs no program of its own. In a subshell, which
# takes the connection with it.
http_ok() (
  exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$1" &&
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3 &&
    IFS= read -r -t 5 status <&3 && [[ $status == HTTP/1.?' 200'* ]]
)

# launch SIGNAL USER COMMAND…: starts the command in a session of its own, so that Ctrl-C reaches
# only us and we end the rest in order. USER is empty for ourselves. The kernel ends it when we are
# killed outright. A shell starts background jobs with INT and QUIT ignored, which would be handed down.
launch() {
  local signal=$1 user=$2
  shift 2
  local wrap=(setsid setpriv --pdeathsig TERM)
  [[ -z $user ]] || wrap+=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  env --default-signal=INT,QUIT "DAYPASS_PEERS_RUN=$MARK" "${wrap[@]}" -- "$@" </dev/null {OUT}>&- {ERR}>&- &
  LAUNCHED=$!
  STARTED[$LAUNCHED]=$signal
}

# launch_peer NAME SIGNAL USER COMMAND…: the same for a server, which writes to a log of its name.
launch_peer() {
  local name=$1
  shift
  launch "$@" >"$RUN_FOLDER/$name.log" 2>&1
  PEER_PID[$name]=$LAUNCHED
}

# The process ids of ours that still run: those we know, and those that carry our mark.
still_running() {
  local pid file
  for pid in "${!STARTED[@]}"; do
    # One that root runs for us by sudo may not be asked.
    if kill -0 "$pid" 2>/dev/null || ((EUID)) && [[ -d /proc/$pid ]]; then printf '%s\n' "$pid"; fi
  done
  while IFS= read -r file; do
    file=${file#/proc/}
    printf '%s\n' "${file%/environ}"
  done < <(grep -lzxsF "DAYPASS_PEERS_RUN=$MARK" /proc/[0-9]*/environ)
}

nothing_runs() { [[ -z $(still_running) ]]; }

# end SIGNAL ID: sends a signal, as root where it is root's.
end() {
  kill "-$1" -- "$2" 2>/dev/null || ((EUID == 0)) || sudo -n -- kill "-$1" -- "$2" 2>/dev/null || true
}

# Asks each process group to end, waits, and kills what is left.
stop_everything() {
  local pid
  [[ -n $MARK ]] || return 0
  for pid in "${!STARTED[@]}"; do
    end "${STARTED[$pid]}" "-$pid"
  done
  within 3 nothing_runs || kill_the_rest
  within 5 nothing_runs || fail "still running: $(still_running | tr '\n' ' ')" || true
  STARTED=()
}

kill_the_rest() {
  local pid
  while IFS= read -r pid; do
    end KILL "$pid"
  done < <(still_running)
}

remove_folder() {
  local mount sudo=()
  [[ -n $RUN_FOLDER ]] || return 0
  ((EUID == 0)) || sudo=(sudo -n)
  # The small disk of a test that was killed.
  while read -r _ mount _; do
    if [[ $mount == "$RUN_FOLDER"/* ]]; then "${sudo[@]}" umount -l "$mount" || true; fi
  done </proc/mounts
  # Some of it may be root's.
  rm -rf -- "$RUN_FOLDER" 2>/dev/null || "${sudo[@]}" rm -rf -- "$RUN_FOLDER"
}

# start_peer NAME: waits until a launched peer answers; tries again on other ports when it ended
# at once, for another run may have taken its port a moment earlier.
start_peer() {
  local name=$1 attempt
  for attempt in 1 2 3; do
    if ((attempt > 1)); then
      unset "STARTED[${PEER_PID[$name]}]"
      "${name}_launch"
    fi
    if within 60 peer_settled "$name" && "${name}_answers"; then
      return
    fi
    note "$name did not start (try $attempt); the end of its log:"
    tail -n 20 "$RUN_FOLDER/$name.log" | sed 's/^/     /' || true
  done
  fail "$name does not start"
}

# A peer has settled when it answers, or when it has ended without ever answering.
peer_settled() {
  "${1}_answers" || ! kill -0 "${PEER_PID[$1]}" 2>/dev/null
}

# count FILE PATTERN: how many lines of the file match; 0 when there is no file yet.
count() {
  if [[ -r $1 ]]; then grep -cE -- "$2" "$1" || true; else printf '0\n'; fi
}
