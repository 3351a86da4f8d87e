# shellcheck shell=bash
# Chromium behind its own WebDriver server; each test opens browsers of its own.

CHROMEDRIVER_PORT=

chromedriver_launch() {
  CHROMEDRIVER_PORT=$(free_port)
  # Profiles and crash reports of the browsers go where HOME and TMPDIR point: into our folder.
  launch_peer chromedriver TERM '' env HOME="$RUN_FOLDER/home" TMPDIR="$RUN_FOLDER/tmp" \
    XDG_CONFIG_HOME="$RUN_FOLDER/home" XDG_CACHE_HOME="$RUN_FOLDER/home" \
    chromedriver --port="$CHROMEDRIVER_PORT" --log-level=INFO --log-path="$RUN_FOLDER/chromedriver-commands.log"
}

chromedriver_answers() { http_ok "$CHROMEDRIVER_PORT" /status; }

chromedriver_prepare() {
  share DAYPASS_TEST_WEBDRIVER "http://127.0.0.1:$CHROMEDRIVER_PORT"
}

# The status is what we ask ourselves.
chromedriver_requests() {
  count "$RUN_FOLDER/chromedriver-commands.log" '^\[[0-9.]+\]\[INFO\]: \[[^]]*\] COMMAND ([A-FH-Z]|G[^e]|Get[^S]|GetS[^t])'
}
