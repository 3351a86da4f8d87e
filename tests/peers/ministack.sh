# shellcheck shell=bash
# ministack: AWS IAM and STS as others wrote them, with signatures and policies enforced.

MINISTACK_PORT=

ministack_launch() {
  local own=$RUN_FOLDER/ministack
  MINISTACK_PORT=$(free_port)
  rm -rf -- "$own"
  mkdir -p "$own/state"
  # Through its web server's own command, which can write an access log; ministack's cannot.
  launch_peer ministack TERM '' env HOME="$RUN_FOLDER/home" TMPDIR="$RUN_FOLDER/tmp" STATE_DIR="$own/state" \
    GATEWAY_PORT="$MINISTACK_PORT" EDGE_PORT="$MINISTACK_PORT" MINISTACK_HOST=127.0.0.1 \
    AUTH=true MINISTACK_ACCOUNT_ID=123456789012 \
    "$DAYPASS_TEST_PYTHON" -m hypercorn ministack.app:app --bind "127.0.0.1:$MINISTACK_PORT" --workers 0 \
    --keep-alive 75 --graceful-timeout 0 --access-logfile "$RUN_FOLDER/ministack-access.log"
}

ministack_answers() { http_ok "$MINISTACK_PORT" /_ministack/health; }

ministack_prepare() {
  share DAYPASS_TEST_MINISTACK "http://127.0.0.1:$MINISTACK_PORT"
}

# Questions about its health are ours.
ministack_requests() { count "$RUN_FOLDER/ministack-access.log" '"(POST|PUT|DELETE|GET /[^_]|GET / )'; }
