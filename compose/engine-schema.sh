#!/bin/sh
# The engine's two databases, created and brought up to date; safe to repeat. SQL_PASSWORD holds the password.
set -eu
for pair in temporal:temporal temporal_visibility:visibility; do
  schema=/etc/temporal/schema/postgresql/v12/${pair##*:}/versioned
  set -- temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u postgres --db "${pair%%:*}"
  "$@" create
  "$@" setup-schema -v 0.0
  "$@" update-schema -d "$schema"
done
