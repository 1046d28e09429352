#!/usr/bin/env bash
# The page Balance at 240x400 made with LVGL 9, counted on the same emulated core as ours, in one table; docs/drawing.md says
# what it means.
#   tests/peers/lvgl/run.sh NODE_MODULES [IMAGE SLING]
# NODE_MODULES is where npm put lv_font_conv (package.json). IMAGE, ours, is what device/build.sh left, and SLING the program
# that writes the ride it is measured on; without both, our rows are left out. LVGL's sources come from the crate that
# Cargo.toml names, checked against Cargo.lock.
# Fails when the counter is off, an update leaves a picture that a whole redraw would not, or the page is not the page.
set -eu
cd "$(dirname "$0")/../../.."
here=tests/peers/lvgl
board=tests/board/c
golden=tests/goldens/screens/240x400/balance-normal.png

modules=$(realpath "${1:?usage: tests/peers/lvgl/run.sh NODE_MODULES [IMAGE SLING]}")
image=${2:-} sling=${3:-}
converter=$modules/lv_font_conv/lv_font_conv.js
work=$PWD/.check/lvgl
mkdir -p "$work"
for tool in arm-none-eabi-gcc qemu-system-arm node cargo python3; do
    command -v "$tool" >/dev/null || {
        echo "run.sh: $tool is missing: see tools_lvgl in ./check" >&2
        exit 2
    }
done
[ -e "$converter" ] || {
    echo "run.sh: there is no $converter: see tools_lvgl in ./check" >&2
    exit 2
}

# LVGL's sources, in a folder of our own rather than in a place of cargo's that may change.
timeout 300 cargo vendor --quiet --locked --versioned-dirs --manifest-path $here/Cargo.toml "$work/vendor" >/dev/null
lvgl=$(echo "$work"/vendor/lightvgl-sys-*/vendor/lvgl)
version=$(sed -n 's/^#define LVGL_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\)/\2/p' "$lvgl/lv_version.h" | paste -sd.)

# digit_height FONT.c: rows of its "1". Bitmaps and descriptions of glyphs stand in the same order.
digit_height() {
    awk '/\/\* U\+[0-9A-F]+ "/ { n++; if ($2 == "U+0031") one = n }
        /box_h = / { if (seen++ == one && one) { sub(/.*box_h = /, ""); print $1 + 0; exit } }' "$1"
}

# font NAME TYPEFACE SIZE DIGIT CHARACTERS: of one bit a pixel; its "1" must be DIGIT rows high.
fonts=$work/fonts
mkdir -p "$fonts"
font() {
    local made=$fonts/$1.c
    timeout 60 node "$converter" --font "fonts/typefaces/$2" --size "$3" --range "$5" --bpp 1 --no-compress \
        --format lvgl --lv-include lvgl.h -o "$made" >/dev/null
    [ "$(digit_height "$made")" = "$4" ] || {
        echo "FAILED: digits of $1 have $(digit_height "$made") rows and not $4"
        exit 1
    }
}
font small_13 b612/B612-Regular.otf 17 13 0x20-0x7e
# Ours has 17, which no size of the converter gives.
font label_18 barlow-condensed/BarlowCondensed-SemiBold.ttf 24 18 0x20-0x7e
font text_22 barlow-condensed/BarlowCondensed-SemiBold.ttf 31 22 0x20-0x7e
font number_28 barlow-condensed/BarlowCondensed-SemiBold.ttf 40 28 0x20-0x3a
font numeral_70 barlow-condensed/BarlowCondensed-SemiBold.ttf 100 70 0x2b-0x39

# More than is used: the peak is what counts.
heap_kib=40
arm=(-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=gnu11 -ffunction-sections -fdata-sections
    -DLV_CONF_INCLUDE_SIMPLE -DLV_LVGL_H_INCLUDE_SIMPLE "-DHEAP_KIB=$heap_kib" "-I$here" "-I$board" "-I$lvgl")

# library LEVEL BITS: LVGL and the fonts, compiled for one pixel format.
library() {
    local out=$work/lvgl$1-$2
    rm -rf "$out"
    mkdir -p "$out"
    # shellcheck disable=SC2016 # The inner shell expands it.
    {
        # Drivers are for other machines.
        find "$lvgl/src" -name '*.c' ! -path '*/src/drivers/*'
        printf '%s\n' "$fonts"/*.c
    } | timeout 900 xargs -P "$(nproc)" -I{} sh -c 'set -eu
        source=$1 out=$2
        shift 2
        arm-none-eabi-gcc "$@" -c "$source" -o "$out/$(echo "$source" | cksum | cut -d" " -f1).o"' \
        sh {} "$out" "${arm[@]}" "$1" -DCOLOUR_BITS="$2"
}

# page NAME LEVEL BITS POINTS: the image, linked with the library of the same level and format.
page() {
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1"
    arm-none-eabi-gcc "${arm[@]}" -Wall -Wextra -Werror "$2" -DCOLOUR_BITS="$3" -DPOINTS="$4" -nostartfiles \
        -Wl,--gc-sections -T $board/board.ld $board/board.c $here/*.c "$work/lvgl$2-$3"/*.o -o "$work/$1/image.elf"
}

# flash ELF: bytes that the image takes in flash, by the sections that lie there.
flash() {
    arm-none-eabi-size -A "$1" |
        awk '$1 ~ /^\.(vectors|vector_table|text|rodata|ARM\.exidx|data)$/ { n += $2 } END { print n }'
}

# run ELF ARGUMENTS: under the emulator as tests/board/emulator.rs starts it, in the folder it is called in.
run() {
    timeout 300 qemu-system-arm -M mps2-an386 -cpu cortex-m4 -nodefaults -display none -monitor none -serial stdio \
        -icount shift=0 -semihosting-config "enable=on,target=native,$2" -kernel "$1"
}

# said LOG KEY WORD: the number that follows WORD on the line that begins with KEY; of no WORD, the first.
said() {
    sed -n "s/^$2 //p" "$1" | tr -s ' ' '\n' | awk -v word="$3" '
        word == "" { print; exit }
        found { print; exit }
        $0 == word { found = 1 }'
}

# grouped NUMBER: in threes.
grouped() {
    [ -n "$1" ] || {
        echo "–"
        return
    }
    echo "$1" | sed -E ':more; s/^([0-9]+)([0-9]{3})/\1 \2/; t more'
}

rows=
# lvgl_row NAME WHAT
lvgl_row() {
    local log=$work/$1/log known counted ram
    (cd "$work/$1" && run image.elf arg=lvgl) >"$log" || {
        echo "FAILED: $1 ended badly"
        cat "$log"
        exit 1
    }
    known=$(said "$log" counter known) counted=$(said "$log" counter counted)
    if [ $((counted - known)) -gt 40 ] || [ $((known - counted)) -gt 40 ]; then
        echo "FAILED: $counted instructions counted, $known executed"
        exit 1
    fi
    [ "$(said "$log" differing "")" = 0 ] || {
        echo "FAILED: updates of $1 leave another picture than a whole redraw"
        exit 1
    }
    # All that is zeroed or copied at reset, less what this harness adds, and of the heap what was used.
    ram=$(arm-none-eabi-size -A "$work/$1/image.elf" | awk '$1 ~ /^\.(data|bss)$/ { n += $2 } END { print n }')
    ram=$((ram - $(said "$log" bytes harness) - $(said "$log" bytes heap) + $(said "$log" bytes heap_peak)))
    rows+="| $2 | $(grouped "$(said "$log" "instructions first" "")") | $(grouped "$(said "$log" "instructions full" "")")"
    rows+=" | $(grouped "$(said "$log" "instructions update" "")") | $(grouped "$(said "$log" "instructions update" worst)")"
    rows+=" | $(grouped "$(said "$log" "instructions chart" "")") | $(grouped "$(flash "$work/$1/image.elf")")"
    rows+=" | $(grouped "$ram") | $(grouped "$(said "$log" bytes stack_peak)") |"$'\n'
    python3 -I $here/look.py "$work/$1/page.pgm" "$golden" "$work/$1/beside.png"
}

library -O2 1
library -O2 8
library -Os 1
page 1-bit -O2 1 240
page 1-bit-slanted -O2 1 230
page 1-bit-small -Os 1 240
page 8-bit -O2 8 240
page 8-bit-slanted -O2 8 230
lvgl_row 1-bit "LVGL, 1-bit, 240 points"
lvgl_row 1-bit-small "the same, -Os"
lvgl_row 1-bit-slanted "LVGL, 1-bit, 230 points"
lvgl_row 8-bit "LVGL, 8-bit, 240 points"
lvgl_row 8-bit-slanted "LVGL, 8-bit, 230 points"

# Ours on the demo's ride, whose frames are all drawn whole; what its log does not tell stays open.
if [ -n "$image" ] && [ -n "$sling" ]; then
    log=$work/ours.log
    timeout 120 "$sling" --data "$work" >/dev/null
    image=$(realpath "$image")
    (cd "$work/demo" && run "$image" arg=sling,arg=ride.slinglog) >"$log" || {
        echo "FAILED: our image ended badly"
        cat "$log"
        exit 1
    }
    ours() {
        grouped "$(said "$log" "instructions $1" "$2")"
    }
    rows+="| ours, 1-bit | – | $(ours frame mean) | $(ours update mean) | $(ours update worst)"
    rows+=" | $(ours chart mean) | – | – | – |"$'\n'
    echo "ours: $(said "$log" "instructions frame" times) frames, the dearest $(ours frame worst) instructions"
else
    echo "NOTE without our image and the program sling our own figures are left out"
fi

echo
echo "LVGL $version, $(arm-none-eabi-gcc -dumpfullversion) -O2, $(qemu-system-arm --version | head -n 1)"
echo
echo "| instructions, bytes | first frame | whole redraw | second | dearest | chart whole | flash | RAM | stack |"
echo "|---|---|---|---|---|---|---|---|---|"
printf '%s' "$rows"
