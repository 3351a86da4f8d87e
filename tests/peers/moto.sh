# shellcheck shell=bash
# moto: AWS KMS as others wrote it. Its authentication is off: who may use a key is not what it is asked.

MOTO_PORT=

moto_launch() {
  MOTO_PORT=$(free_port)
  launch_peer moto TERM '' env HOME="$RUN_FOLDER/home" TMPDIR="$RUN_FOLDER/tmp" \
    "$DAYPASS_TEST_PYTHON" -m moto.server -H 127.0.0.1 -p "$MOTO_PORT"
}

moto_answers() { http_ok "$MOTO_PORT" /moto-api/data.json; }

moto_prepare() {
  share DAYPASS_TEST_MOTO "http://127.0.0.1:$MOTO_PORT"
}

# Its log has a line for each request; questions about its health are ours.
moto_requests() { count "$RUN_FOLDER/moto.log" '"POST / HTTP'; }
