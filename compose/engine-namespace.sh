#!/bin/sh
# The namespace that dossiers live in; safe to repeat. Bootstrap sets how long histories are kept, and its attributes.
set -eu
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 \
  || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE"
