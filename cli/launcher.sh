#!/bin/sh
# The operator's command: installed as .venv/bin/lienthong, works from any folder.
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
PYTHONPATH="$root" exec "$root/.venv/bin/python" -P -m cli "$@"
