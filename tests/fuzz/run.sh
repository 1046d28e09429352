#!/usr/bin/env bash
# Runs every fuzz target for a while, two at a time, and prints what each did: a Markdown table.
#   tests/fuzz/run.sh SECONDS [TARGET...]     all targets, if none is named
# Fails on a finding, whose input is kept in .check/fuzz/findings; so is the corpus, from one run to the next.
set -eu
cd "$(dirname "$0")/../.."

seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
[ $# -gt 0 ] || set -- $(basename -a -s .rs tests/fuzz/src/bin/*.rs)

host=$(rustc -vV | sed -n 's/^host: //p')
build=$PWD/${CARGO_TARGET_DIR:-target}/fuzz
work=$PWD/.check/fuzz
mkdir -p "$work/findings"

# libFuzzer's coverage, from switches that every compiler has; wrong memory accesses where the runtime is installed.
# A target is named so that build scripts stay as they are.
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
if compgen -G "$(rustc --print target-libdir --target "$host")/librustc-*_rt.asan.a" >/dev/null; then
    flags+=" -Zsanitizer=address"
    export RUSTC_BOOTSTRAP=1
else
    echo "NOTE no address sanitizer in this compiler: wrong memory accesses are found only when they crash"
fi
RUSTFLAGS=$flags cargo build --quiet --release --target "$host" --target-dir "$build" \
    --manifest-path tests/fuzz/Cargo.toml --bins

# One target, its talk in a log.
fuzz() {
    mkdir -p "$work/corpus/$1"
    timeout $((seconds + 120)) "$bin/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=2048 \
        -print_final_stats=1 -artifact_prefix="$work/findings/$1-" "$work/corpus/$1" >"$work/$1.log" 2>&1 ||
        touch "$work/$1.failed"
}
export -f fuzz
export seconds work bin=$build/$host/release
rm -f "$work"/*.failed
printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'fuzz {}'

echo "| target | executions | edges covered | inputs kept | result |"
echo "|---|---|---|---|---|"
failed=0
for name; do
    log=$work/$name.log
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    last=$(grep -E 'cov: [0-9]+' "$log" | tail -n 1)
    covered=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' <<<"$last")
    kept=$(sed -n 's/.*corp: \([0-9]*\).*/\1/p' <<<"$last")
    result=ok
    # A target that did nothing has found nothing, which is no success.
    if [ -e "$work/$name.failed" ] || [ "${executions:-0}" -lt 1000 ]; then
        result=FAILED
        failed=1
    fi
    echo "| $name | ${executions:-0} | ${covered:-0} | ${kept:-0} | $result |"
done
for name; do
    if [ -e "$work/$name.failed" ]; then
        echo "== $name"
        tail -n 30 "$work/$name.log"
    fi
done
exit "$failed"
