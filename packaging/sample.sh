#!/bin/sh
# /etc/pdfspool/pdfspool.ini for a host that runs the units: all settings, out of the schema, with those set that name the page's own files:
# sample.sh BUILD >FILE
set -eu
"$1/spoolctl" config sample host | sed -e '1i\
# The units read this file (pdfspool-extractd@, pdfspool-spoold@); so does `spoolctl --config`. Who may not know the addresses of\
# webhooks may not read it: chgrp pdfspool, chmod 640.' \
    -e 's|^#token_file = .*|token_file = /var/lib/pdfspool/token|' -e 's|^#keep_file = .*|keep_file = /var/lib/pdfspool/history|'
