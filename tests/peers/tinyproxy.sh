# shellcheck shell=bash
# tinyproxy: an outbound proxy that asks for a password, for plain http and for tunnels (CONNECT).

TINYPROXY_PORT=
TINYPROXY_USER=daypass
TINYPROXY_PASSWORD=fake-proxy-password

tinyproxy_launch() {
  local own=$RUN_FOLDER/tinyproxy
  TINYPROXY_PORT=$(free_port)
  rm -rf -- "$own"
  mkdir -p "$own"
  # No ConnectPort: the tests' TLS endpoints listen on any port.
  cat >"$own/tinyproxy.conf" <<CONF
Port $TINYPROXY_PORT
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 100
LogLevel Connect
BasicAuth $TINYPROXY_USER $TINYPROXY_PASSWORD
CONF
  launch_peer tinyproxy TERM '' tinyproxy -d -c "$own/tinyproxy.conf"
}

# Without a password it answers 407, which is an answer.
tinyproxy_answers() (
  exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$TINYPROXY_PORT" &&
    printf 'GET http://127.0.0.1/ HTTP/1.0\r\n\r\n' >&3 &&
    IFS= read -r -t 5 status <&3 && [[ $status == HTTP/1.?' 407'* ]]
)

tinyproxy_prepare() {
  share DAYPASS_TEST_PROXY "http://127.0.0.1:$TINYPROXY_PORT"
  share DAYPASS_TEST_PROXY_USER "$TINYPROXY_USER"
  share DAYPASS_TEST_PROXY_PASSWORD "$TINYPROXY_PASSWORD"
}

tinyproxy_requests() { count "$RUN_FOLDER/tinyproxy.log" 'Established connection to host'; }
