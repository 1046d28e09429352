#!/usr/bin/env bash
# Shows the demo's report, the benchmark's page and a bike fit's in a real browser, as on a desk (1100 px) and on a phone (400 px).
# Fails when the browser does, when the summary, a chart or a table is missing, when a page has an error on its console,
# or when it is wider than its window. Screenshots: .check/browser/*.png
# Then drives the bench (bench.mjs); its pictures are in goldens/, and SLING_ACCEPT=1 takes them anew.
#   tests/browser/run.sh NODE_MODULES
# NODE_MODULES is where npm put what package.json names; `./check` makes it.
set -eu
cd "$(dirname "$0")/../.."

modules=${1:?usage: tests/browser/run.sh NODE_MODULES}

work=$PWD/.check/browser
rm -rf "$work"
mkdir -p "$work"
profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "run.sh: no chromium here; on Debian: apt-get install chromium" >&2
    exit 2
}

# browse LOG ARGUMENT...: a new browser with nothing of an earlier one.
browse() {
    local log=$1
    shift
    timeout --kill-after=5 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="$(mktemp -d -p "$profiles")" --allow-file-access-from-files --hide-scrollbars \
        --enable-logging=stderr --log-level=0 --virtual-time-budget=10000 "$@" 2>"$log" || {
        echo "the browser failed ($?): $*"
        tail -n 20 "$log"
        return 1
    }
}

# The report may not run scripts, so a page around it measures: `measured WIDTH SCROLL_WIDTH HEIGHT WIDEST` in its title.
# WIDEST are the elements that stick out of the window and that no scrolling box holds.
frame() {
    cat <<END
<!DOCTYPE html><meta charset="utf-8"><title>not measured</title><style>body { margin: 0 } iframe { border: 0 }</style>
<iframe src="$1" width="$2" height="2000" onload="
    const root = this.contentDocument.documentElement, inside = new Set(), out = [];
    for (const e of root.querySelectorAll('body *')) {
        const scrolls = getComputedStyle(e).overflowX !== 'visible' || e.tagName === 'svg';
        if (inside.has(e.parentElement) || scrolls) inside.add(e);
        if (!inside.has(e.parentElement) && e.getBoundingClientRect().right > $2 + 0.5)
            out.push(e.tagName + (e.className ? '.' + e.className : ''));
    }
    document.title = ['measured', root.clientWidth, root.scrollWidth, root.scrollHeight, out.slice(0, 5)].join(' ');
"></iframe>
END
}

# measure PAGE WIDTH: prints WIDTH SCROLL_WIDTH HEIGHT WIDEST.
measure() {
    frame "$1" "$2" >"$work/frame.html"
    browse "$work/measure.log" --window-size=1200,2100 --dump-dom "file://$work/frame.html" |
        sed -n 's/.*<title>measured \([^<]*\)<\/title>.*/\1/p'
}

console_of() {
    grep -E ':(INFO|WARNING|ERROR):CONSOLE' "$1" || true
}

failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

# fits PAGE NAME: nothing on the console, no wider than its window; leaves screenshots.
fits() {
    local page=$1 name=$2 console client scroll height widest width
    browse "$work/$name.log" --dump-dom "file://$page" >"$work/$name.dom"
    console=$(console_of "$work/$name.log")
    [ -z "$console" ] || fail "$name, on the console: $console"
    for width in 1100 400; do
        read -r client scroll height widest <<<"$(measure "$page" "$width")"
        if [ -z "${scroll:-}" ]; then
            fail "$name, $width px: not measured"
            continue
        fi
        echo "$name, $width px: window $client, content $scroll, height $height"
        [ "$client" -eq "$width" ] || fail "$name, $width px: the window has $client px"
        [ "$scroll" -le "$width" ] || fail "$name, $width px: the page is $scroll px wide (${widest:-nothing sticks out})"
        [ -z "${widest:-}" ] || fail "$name, $width px: sticking out: $widest"
        # In the frame of that width: a window of its own is never as narrow as a phone.
        frame "$page" "$width" | sed "s/height=\"2000\"/height=\"$height\"/" >"$work/frame.html"
        browse "$work/screenshot.log" --window-size="$width,$height" --screenshot="$work/$name-$width.png" \
            "file://$work/frame.html"
        [ -s "$work/$name-$width.png" ] || fail "$name, $width px: no screenshot"
    done
}

# First a page that is wrong on purpose: what follows must be able to see it.
wide_page=$work/planted.html
cat >"$wide_page" <<'END'
<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head>
<body><script>1</script><div style="width: 900px">wide</div></body></html>
END
browse "$work/planted.log" --dump-dom "file://$wide_page" >"$work/planted.dom"
[ -n "$(console_of "$work/planted.log")" ] || fail "a planted error does not reach the console's log"
sed -i 's/<meta[^>]*>//; s/<div style="[^"]*">/<div style="width: 900px">/' "$wide_page"
read -r _ planted_width _ <<<"$(measure "$wide_page" 400)"
[ "${planted_width:-0}" -ge 900 ] || fail "a planted width of 900 px is measured as ${planted_width:-nothing}"

cargo build --quiet --release -p sling-simulator --bins --example virtual_stick
sling=${CARGO_TARGET_DIR:-target}/release/sling
report=$work/report.html
"$sling" run demo --report "$report" >"$work/demo.log" 2>&1

fits "$report" report
grep -q '<h2>Summary</h2>' "$work/report.dom" || fail "no summary"
figures=$(grep -o '<figure' "$work/report.dom" | wc -l)
[ "$figures" -eq 3 ] || fail "$figures charts where there should be 3"
charts=$(grep -o '<svg' "$work/report.dom" | wc -l)
[ "$charts" -ge 3 ] || fail "$charts drawings where there should be at least 3"
grep -q '<caption>Alerts' "$work/report.dom" || fail "no table of alerts"

# What it finds does not matter here: an exit code of 1 says that a mark is missed.
score=$work/score.html
timeout 120 "$sling" score --hours 1 --seeds 1 --first-seed 20001 --page "$score" >"$work/score.txt" 2>&1 || [ $? -eq 1 ] ||
    fail "no benchmark: $(tail -n 1 "$work/score.txt")"
fits "$score" score
for words in 'calf overload</text>' 'tibialis overload</text>' '<caption>True effects' '<caption>Other sizes' \
    '<caption>Normal rides with other sites' '<caption>Faults'; do
    grep -q "$words" "$work/score.dom" || fail "the benchmark's page lacks $words"
done

fit=$work/fit.html
"$sling" fit tests/fixtures/fit/abba.csv --report "$fit" >"$work/fit.log" 2>&1 || fail "no comparison: $(tail -n 1 "$work/fit.log")"
fits "$fit" fit
for words in 'more calf' 'Which block is which position' '<caption>Comparisons' 'Saddle height'; do
    grep -q "$words" "$work/fit.dom" || fail "the comparison's page lacks $words"
done

timeout --kill-after=10 600 node tests/browser/bench.mjs "$sling" "$modules" || fail "the bench in the browser ($?)"
exit "$failed"
