# shellcheck shell=bash
# OpenLDAP's slapd: LDAPS with a certificate of our own authority, and plain LDAP for loading.

LDAP_SUFFIX=dc=example,dc=test
LDAP_ADMIN_DN=cn=admin,$LDAP_SUFFIX
LDAP_ADMIN_PASSWORD=fake-admin-password
LDAP_BIND_DN=cn=daypass,ou=services,$LDAP_SUFFIX
LDAP_BIND_PASSWORD=fake-service-password
LDAPS_PORT=
LDAP_PORT=

slapd_launch() {
  local own=$RUN_FOLDER/slapd
  LDAPS_PORT=$(free_port)
  LDAP_PORT=$(free_port)
  rm -rf -- "$own"
  mkdir -p "$own/database"
  slapd_certificates "$own" >"$RUN_FOLDER/openssl.log" 2>&1 || {
    cat "$RUN_FOLDER/openssl.log" >&2
    return 1
  }
  sed -e "s|@FOLDER@|$own|g" -e "s|@SUFFIX@|$LDAP_SUFFIX|g" \
    -e "s|@ADMIN_PASSWORD@|$LDAP_ADMIN_PASSWORD|g" \
    "$ROOT/tests/peers/slapd.conf" >"$own/slapd.conf"
  # With -d it stays in the foreground and writes its own record of each operation to standard error.
  launch_peer slapd TERM '' slapd -d stats -f "$own/slapd.conf" \
    -h "ldaps://127.0.0.1:$LDAPS_PORT ldap://127.0.0.1:$LDAP_PORT"
}

# An authority and a server certificate for 127.0.0.1, new for each run and never kept.
slapd_certificates() {
  local folder=$1
  local ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  # A configuration of our own: the machine's may add extensions of its own.
  cat >"$folder/openssl.conf" <<'CONF'
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
CONF
  openssl req -x509 "${ec[@]}" -days 2 -subj "/CN=Daypass test authority" \
    -config "$folder/openssl.conf" -extensions authority \
    -keyout "$folder/ca.key" -out "$folder/ca.pem" &&
  openssl req "${ec[@]}" -subj "/CN=127.0.0.1" -config "$folder/openssl.conf" \
    -keyout "$folder/server.key" -out "$folder/server.csr" &&
  openssl x509 -req -days 2 -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" \
    -CAcreateserial -extfile "$folder/openssl.conf" -extensions server -out "$folder/server.pem"
}

# ldap_admin PROGRAM ARGUMENT…: one of ldap-utils as administrator over LDAPS, certificate verified.
ldap_admin() {
  local program=$1
  shift
  LDAPTLS_CACERT=$RUN_FOLDER/slapd/ca.pem LDAPTLS_REQCERT=demand \
    "$program" -x -H "ldaps://127.0.0.1:$LDAPS_PORT" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PASSWORD" "$@"
}

slapd_answers() { ldap_admin ldapwhoami >/dev/null 2>&1; }

# Through the server, not slapadd: only so does the memberof overlay see the members.
slapd_prepare() {
  { cat "$ROOT/tests/peers/people.ldif" && ldap_teams; } | ldap_admin ldapadd >"$RUN_FOLDER/ldapadd.log" 2>&1 || {
    tail -n 5 "$RUN_FOLDER/ldapadd.log" >&2
    fail "slapd refused an entry"
  }
  share DAYPASS_TEST_LDAP_URL "ldaps://127.0.0.1:$LDAPS_PORT"
  share DAYPASS_TEST_LDAP_PLAIN_URL "ldap://127.0.0.1:$LDAP_PORT"
  share DAYPASS_TEST_LDAP_CA "$RUN_FOLDER/slapd/ca.pem"
  share DAYPASS_TEST_LDAP_BIND_DN "$LDAP_BIND_DN"
  share DAYPASS_TEST_LDAP_BIND_PASSWORD "$LDAP_BIND_PASSWORD"
  share DAYPASS_TEST_LDAP_ADMIN_DN "$LDAP_ADMIN_DN"
  share DAYPASS_TEST_LDAP_ADMIN_PASSWORD "$LDAP_ADMIN_PASSWORD"
}

# A hundred and fifty groups, more than a page of the group picker; Frank.Miller is in each.
ldap_teams() {
  local number
  for number in $(seq -w 1 150); do
    printf '\ndn: cn=team-%s,ou=groups,%s\n' "$number" "$LDAP_SUFFIX"
    printf 'objectClass: groupOfNames\ncn: team-%s\ndescription: Generated team %s\n' "$number" "$number"
    printf 'member: uid=Frank.Miller,ou=people,%s\n' "$LDAP_SUFFIX"
  done
}

slapd_requests() { count "$RUN_FOLDER/slapd.log" ' op=[0-9]+ (BIND dn=.* method=|SRCH base=|MOD dn=|ADD dn=|DEL dn=|CMP dn=|MODRDN dn=)'; }
