# shellcheck shell=bash
# 389 Directory Server: LDAPS with the same authority as slapd, from its own template of a configuration.

DIRSRV_SUFFIX=dc=ds,dc=example,dc=test
DIRSRV_ADMIN_DN="cn=Directory Manager"
DIRSRV_ADMIN_PASSWORD=fake-admin-password
DIRSRV_BIND_DN=cn=daypass,ou=services,$DIRSRV_SUFFIX
DIRSRV_BIND_PASSWORD=fake-service-password
DIRSRV_PORT=
DIRSRV_TLS_PORT=

# After slapd_launch, whose authority signs the certificate.
dirsrv_launch() {
  local own=$RUN_FOLDER/dirsrv user=
  rm -rf -- "$own"
  mkdir -p "$own"/{config/schema,run,lock,tmp,ldif,bak,db,log}
  DIRSRV_PORT=$(free_port)
  DIRSRV_TLS_PORT=$(free_port)
  dirsrv_configuration "$own" >"$own/config/dse.ldif"
  cp /usr/share/dirsrv/schema/*.ldif "$own/config/schema"
  # Only its own user may read these.
  as_root cat /etc/dirsrv/config/slapd-collations.conf >"$own/config/slapd-collations.conf"
  as_root cat /etc/dirsrv/config/certmap.conf >"$own/config/certmap.conf"
  dirsrv_certificates "$own" >"$RUN_FOLDER/dirsrv-certificates.log" 2>&1 || {
    cat "$RUN_FOLDER/dirsrv-certificates.log" >&2
    return 1
  }
  # It does not want to be root. Asked politely it takes some seconds to end, and nothing of it is kept.
  if ((EUID == 0)); then
    user=dirsrv
    chown -R dirsrv: "$own"
  fi
  launch_peer dirsrv KILL "$user" ns-slapd -D "$own/config" -i "$own/run/pid" -d 266354688
  # So that the shell tells nobody that it was killed.
  disown "$LAUNCHED"
}

# The server's own templates, filled in.
dirsrv_configuration() {
  local own=$1 templates=/usr/share/dirsrv/data user hash
  user=$(id -un)
  hash=$(pwdhash -s SSHA512 "$DIRSRV_ADMIN_PASSWORD")
  [[ $user != root ]] || user=dirsrv
  { cat "$templates/template-dse.ldif" && echo && grep -v '^#' "$templates/template-suffix-db.ldif"; } | cat -s |
    sed -e "s|%schema_dir%|$own/config/schema|g" -e "s|%lock_dir%|$own/lock|g" -e "s|%tmp_dir%|$own/tmp|g" \
      -e "s|%cert_dir%|$own/config|g" -e "s|%config_dir%|$own/config|g" -e "s|%ldif_dir%|$own/ldif|g" \
      -e "s|%bak_dir%|$own/bak|g" -e "s|%run_dir%|$own/run|g" -e "s|%inst_dir%|$own|g" -e "s|%log_dir%|$own/log|g" \
      -e "s|%db_dir%|$own/db|g" -e "s|%ds_bename%|userRoot|g" -e "s|%ds_suffix%|$DIRSRV_SUFFIX|g" \
      -e "s|%fqdn%|localhost|g" -e "s|%ds_port%|$DIRSRV_PORT|g" -e "s|%ds_user%|$user|g" \
      -e "s|%rootdn%|$DIRSRV_ADMIN_DN|g" -e "s|%ds_passwd%|$hash|g" \
      -e "s|%ldapi_enabled%|off|g" -e "s|%ldapi_autobind%|off|g" -e "s|%ldapi%|$own/run/socket|g" \
      -e "/^nsslapd-port:/a nsslapd-securePort: $DIRSRV_TLS_PORT\nnsslapd-security: on\nnsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1\nnsslapd-accesslog-logbuffering: off\nnsslapd-errorlog-level: 16384" \
      -e "/^nsslapd-mode: 600/a nsslapd-cache-autosize: 0\nnsslapd-dbcachesize: 10485760"
}

# NSS wants the key in a database of its own.
dirsrv_certificates() {
  local own=$1 slapd=$RUN_FOLDER/slapd
  openssl pkcs12 -export -inkey "$slapd/server.key" -in "$slapd/server.pem" -name Server-Cert \
    -passout pass:fake-pin -out "$own/config/server.p12" &&
    certutil -N -d "$own/config" --empty-password &&
    pk12util -i "$own/config/server.p12" -d "$own/config" -W fake-pin &&
    certutil -A -d "$own/config" -n authority -t CT,, -a -i "$slapd/ca.pem"
}

# dirsrv_admin PROGRAM ARGUMENT…: one of ldap-utils as administrator over LDAPS, certificate verified.
dirsrv_admin() {
  local program=$1
  shift
  LDAPTLS_CACERT=$RUN_FOLDER/slapd/ca.pem LDAPTLS_REQCERT=demand \
    "$program" -x -H "ldaps://127.0.0.1:$DIRSRV_TLS_PORT" -D "$DIRSRV_ADMIN_DN" -w "$DIRSRV_ADMIN_PASSWORD" "$@"
}

dirsrv_answers() { dirsrv_admin ldapwhoami >/dev/null 2>&1; }

dirsrv_prepare() {
  sed "s|@SUFFIX@|$DIRSRV_SUFFIX|g" "$ROOT/tests/peers/dirsrv.ldif" | dirsrv_admin ldapadd >"$RUN_FOLDER/dirsrv-ldapadd.log" 2>&1 || {
    tail -n 5 "$RUN_FOLDER/dirsrv-ldapadd.log" >&2
    fail "389 Directory Server refused an entry"
  }
  share DAYPASS_TEST_DIRSRV_URL "ldaps://127.0.0.1:$DIRSRV_TLS_PORT"
  share DAYPASS_TEST_DIRSRV_PLAIN_URL "ldap://127.0.0.1:$DIRSRV_PORT"
  share DAYPASS_TEST_DIRSRV_BIND_DN "$DIRSRV_BIND_DN"
  share DAYPASS_TEST_DIRSRV_BIND_PASSWORD "$DIRSRV_BIND_PASSWORD"
  share DAYPASS_TEST_DIRSRV_ADMIN_DN "$DIRSRV_ADMIN_DN"
  share DAYPASS_TEST_DIRSRV_ADMIN_PASSWORD "$DIRSRV_ADMIN_PASSWORD"
}

dirsrv_requests() { count "$RUN_FOLDER/dirsrv/log/access" ' op=[0-9]+ (BIND dn=|SRCH base=|MOD dn=|ADD dn=|DEL dn=|MODRDN dn=)'; }
