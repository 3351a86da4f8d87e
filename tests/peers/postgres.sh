# shellcheck shell=bash
# PostgreSQL, on loopback and a socket in our folder, without any care for its data after a crash.

POSTGRES_BIN=
POSTGRES_PORT=

# The folder of the newest PostgreSQL that has the server's programs, not only a client.
postgres_folder() {
  local folder found=
  while IFS= read -r folder; do
    if [[ -x $folder/initdb && -x $folder/postgres ]]; then found=$folder; fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V)
  [[ -n $found ]] && printf '%s' "$found"
}

# The server refuses to run as root; the account that came with its package will do, or else nobody's.
postgres_user() {
  ((EUID == 0)) || return 0
  if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

postgres_launch() {
  local own=$RUN_FOLDER/postgres user
  user=$(postgres_user)
  POSTGRES_BIN=$(postgres_folder)
  POSTGRES_PORT=$(free_port)
  rm -rf -- "$own"
  mkdir -m 700 "$own"
  [[ -z $user ]] || chown "$user" "$own"
  # initdb looks up its own folder, which the other user may not be allowed to.
  (cd / && as_user "$user" "$POSTGRES_BIN/initdb" --pgdata "$own/data" --username daypass --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync --no-instructions) >"$RUN_FOLDER/initdb.log" 2>&1 || {
    cat "$RUN_FOLDER/initdb.log" >&2
    return 1
  }
  # Every statement is logged, with its values: the count at the end and the search for secrets read it.
  launch_peer postgres INT "$user" "$POSTGRES_BIN/postgres" -D "$own/data" -p "$POSTGRES_PORT" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories="$own" -c max_connections=200 \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=64MB \
    -c logging_collector=off -c log_statement=all -c log_connections=on -c log_line_prefix='%m [%p] %d '
}

# as_user USER COMMAND…: runs it and waits; USER is empty for ourselves.
as_user() {
  local user=$1
  shift
  if [[ -z $user ]]; then "$@"; else setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"; fi
}

postgres_answers() {
  "$POSTGRES_BIN/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -U daypass -d postgres
}

postgres_prepare() {
  share DAYPASS_TEST_POSTGRES "postgres://daypass@127.0.0.1:$POSTGRES_PORT/postgres"
}

postgres_requests() { count "$RUN_FOLDER/postgres.log" ' LOG:  (statement|execute [^:]*): '; }
