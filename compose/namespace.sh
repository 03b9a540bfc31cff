#!/bin/sh
# The namespace that dossiers live in; safe to repeat. Histories are kept for a year.
set -eu
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 \
  || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 8760h
temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name OpenIncidents --type Int
temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name IncidentCodes --type KeywordList
