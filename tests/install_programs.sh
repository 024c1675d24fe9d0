#!/bin/sh
# Debian's Chromium (and PostgreSQL and nginx) for the tests, where there is a right to install; otherwise say what is left out.
# The programs are looked for first, so that a machine that has them installs nothing.
wanted=""
command -v chromium >/dev/null 2>&1 || wanted="$wanted chromium"
if command -v pg_config >/dev/null 2>&1 && [ -x "$(pg_config --bindir)/initdb" ]; then :
elif ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then :
else wanted="$wanted postgresql"
fi
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || wanted="$wanted nginx-light"
[ -z "$wanted" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$wanted"
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted >/dev/null; then
        exit 0
    fi
fi
echo "Not installed, so the tests that need them are left out (pytest names them):$wanted"
