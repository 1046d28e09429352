#!/usr/bin/env bash
# The schema of scenarios, tried by a validator that shares no code with ours.
#   tests/peers/scenario/run.sh PYTHON
set -eu
cd "$(dirname "$0")/../../.."

python=${1:?usage: tests/peers/scenario/run.sh PYTHON}

echo "== Scenarios: the schema for editors against every scenario, and against mistakes"
timeout 60 "$python" tests/peers/scenario/check_schema.py simulator/scenarios
