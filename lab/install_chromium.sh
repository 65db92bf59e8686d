#!/bin/sh
# Install Debian's Chromium, which the laboratory's tests drive through Playwright for Python.
set -eu
if command -v chromium >/dev/null 2>&1; then
    echo "chromium is there: $(chromium --version --no-sandbox 2>/dev/null)"
    exit 0
fi
run=""
[ "$(id -u)" -eq 0 ] || run="sudo"
$run apt-get update
$run apt-get install -y --no-install-recommends chromium
