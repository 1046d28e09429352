#!/usr/bin/env bash
# Our reading of ANT+ pages against two foreign readers. Called by ../run.sh.
set -eu
modules=$1
node -e 'for (const name of ["incyclist-ant-plus", "ant-plus"]) require(require("node:path").resolve(process.argv[1], name))' "$modules" || {
    echo "run.sh: node, or in $modules a reader, is missing: see tools_peers in ./check" >&2
    exit 2
}
cargo build --quiet --release -p sling-tests --example ant_pages

echo "== ANT+: ten thousand random pages of each kind, in two readers"
"$EXAMPLES/ant_pages" 10000 >"$WORK/ant-pages.jsonl"
timeout 120 node tests/peers/ant_pages/compare.js "$modules" <"$WORK/ant-pages.jsonl"
