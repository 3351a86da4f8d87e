# shellcheck shell=bash
# Samba as an Active Directory domain controller, with the same authority as slapd. Its ports are fixed, so that each run
# takes an address of its own on the loopback.

SAMBA_SUFFIX=DC=ad,DC=example,DC=test
SAMBA_REALM=ad.example.test
SAMBA_ADMIN_DN=administrator@$SAMBA_REALM
SAMBA_ADMIN_PASSWORD=fake-Admin-password-1
SAMBA_BIND_DN=daypass@$SAMBA_REALM
SAMBA_BIND_PASSWORD=fake-service-password
SAMBA_ADDRESS=

# After slapd_launch, whose authority signs the certificate.
samba_launch() {
  local own=$RUN_FOLDER/samba root=()
  # Low ports, and ids that only root may give.
  ((EUID == 0)) || root=(sudo -n --)
  "${root[@]}" rm -rf -- "$own"
  mkdir -p "$own"/{run,log}
  SAMBA_ADDRESS=$(samba_free_address)
  samba_certificate "$own" >"$RUN_FOLDER/samba-certificate.log" 2>&1 || {
    cat "$RUN_FOLDER/samba-certificate.log" >&2
    return 1
  }
  samba_program >"$own/start"
  launch_peer samba TERM '' "${root[@]}" bash "$own/start" "$own" "$SAMBA_ADDRESS" "$SAMBA_ADMIN_PASSWORD"
}

# An address of 127/8 at which nobody serves LDAP.
samba_free_address() {
  local address
  while :; do
    address=127.$((1 + RANDOM % 254)).$((RANDOM % 256)).$((2 + RANDOM % 250))
    if ! (exec 3<>"/dev/tcp/$address/389") 2>/dev/null; then
      printf '%s' "$address"
      return
    fi
  done
}

samba_certificate() {
  local own=$1 slapd=$RUN_FOLDER/slapd
  sed "s/IP:127.0.0.1/IP:$SAMBA_ADDRESS/" "$slapd/openssl.conf" >"$own/openssl.conf"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$SAMBA_ADDRESS" \
    -config "$own/openssl.conf" -keyout "$own/server.key" -out "$own/server.csr" &&
    openssl x509 -req -days 2 -in "$own/server.csr" -CA "$slapd/ca.pem" -CAkey "$slapd/ca.key" \
      -CAserial "$own/ca.srl" -CAcreateserial -extfile "$own/openssl.conf" -extensions server -out "$own/server.pem" &&
    chmod 600 "$own/server.key"
}

# Makes the domain and serves it: some seconds, in which the other servers start. The password rules are those of a
# domain whose administrator has loosened them; five wrong passwords lock.
samba_program() {
  cat <<'PROGRAM'
set -eu
own=$1 address=$2 password=$3
samba-tool domain provision --realm=AD.EXAMPLE.TEST --domain=ADTEST --server-role=dc --dns-backend=NONE \
  --adminpass="$password" --host-name=dc1 --host-ip="$address" --targetdir="$own/dc" --use-rfc2307 \
  --option="interfaces=$address/8" --option="bind interfaces only=yes"
sed -e '/^\[homes\]/,$d' -e '/log file =/d' -e 's/server services = .*/server services = ldap, rpc/' \
  "$own/dc/etc/smb.conf" >"$own/smb.conf"
cat >>"$own/smb.conf" <<CONF
	tls enabled = yes
	tls keyfile = $own/server.key
	tls certfile = $own/server.pem
	tls cafile = $own/../slapd/ca.pem
	pid directory = $own/run
	ncalrpc dir = $own/run/ncalrpc
	winbindd socket directory = $own/run/winbindd
	ntp signd socket directory = $own/run/ntp
	log level = 1 auth_audit:3 dsdb_audit:5
CONF
samba-tool domain passwordsettings set -s "$own/smb.conf" -H "$own/dc/private/sam.ldb" --complexity=off --min-pwd-length=8 \
  --min-pwd-age=0 --history-length=0 --account-lockout-threshold=5
exec samba -s "$own/smb.conf" -i -M single --debug-stdout
PROGRAM
}

# samba_admin PROGRAM ARGUMENT…: one of ldap-utils as administrator over LDAPS, certificate verified.
samba_admin() {
  local program=$1
  shift
  LDAPTLS_CACERT=$RUN_FOLDER/slapd/ca.pem LDAPTLS_REQCERT=demand \
    "$program" -x -H "ldaps://$SAMBA_ADDRESS" -D "$SAMBA_ADMIN_DN" -w "$SAMBA_ADMIN_PASSWORD" "$@"
}

samba_answers() { samba_admin ldapsearch -LLL -s base -b "$SAMBA_SUFFIX" dn >/dev/null 2>&1; }

samba_prepare() {
  samba_entries | samba_admin ldapmodify >"$RUN_FOLDER/samba-ldapmodify.log" 2>&1 || {
    tail -n 5 "$RUN_FOLDER/samba-ldapmodify.log" >&2
    fail "Samba refused an entry"
  }
  share DAYPASS_TEST_SAMBA_URL "ldaps://$SAMBA_ADDRESS"
  share DAYPASS_TEST_SAMBA_PLAIN_URL "ldap://$SAMBA_ADDRESS"
  share DAYPASS_TEST_SAMBA_BIND_DN "$SAMBA_BIND_DN"
  share DAYPASS_TEST_SAMBA_BIND_PASSWORD "$SAMBA_BIND_PASSWORD"
  share DAYPASS_TEST_SAMBA_ADMIN_DN "$SAMBA_ADMIN_DN"
  share DAYPASS_TEST_SAMBA_ADMIN_PASSWORD "$SAMBA_ADMIN_PASSWORD"
}

# The entries of samba.ldif; a line `password: TEXT` becomes the form that Active Directory takes.
samba_entries() {
  local line
  while IFS= read -r line; do
    case $line in
      'password: '*) printf 'unicodePwd:: %s\n' "$(printf '"%s"' "${line#password: }" | iconv -t UTF-16LE | base64 -w0)" ;;
      *) printf '%s\n' "${line//@SUFFIX@/$SAMBA_SUFFIX}" ;;
    esac
  done <"$ROOT/tests/peers/samba.ldif"
}

# It writes a line for each sign-in alone, as level 3 of its audit has it.
samba_requests() { count "$RUN_FOLDER/samba.log" 'Auth: \[LDAP,'; }
