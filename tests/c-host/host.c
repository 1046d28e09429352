/* Somebody else's head unit, in C: two sensors, a framebuffer and a data field of its own, on the five calls of sling.h.
 *
 * It writes down what it feeds and what it gets, a line each; tests/board/c_host.rs does the same through Rust and compares.
 *
 *   sensor CHANNEL SITE
 *   tick MS
 *   sample MS CHANNEL COUNT REASON TENTHS
 *   drawn X Y W H ID DIGEST      the whole framebuffer's afterwards, FNV-1a of 64 bits
 *   about ID W H W H             the smallest and the preferred size
 *   words ID TEXT
 *   own DRAWN STRAYED            of the field of its own: times drawn, strokes that left its area
 *   refused CODE WHAT            a call that was wrong, and was told so
 *   unexpected CODE WHAT         it was told something else */
#include "host.h"
#include "board.h"
#include "sling.h"

/* Memory: the unit's, the glass's, and some behind each that nobody may touch. */
static struct {
    struct sling unit;
    uint8_t behind[64];
} memory;
uint8_t frame[FRAME_STRIDE * FRAME_H];
enum { UNTOUCHED = 0xA5 };

static const struct sling_frame GLASS = {
    .bytes = frame, .size = sizeof frame, .stride = FRAME_STRIDE, .width = FRAME_W, .height = FRAME_H,
};

/* ---- Saying ---- */

static int failures;

static void say_signed(int32_t number) {
    if (number < 0) board_say("-");
    board_say_number(number < 0 ? 0U - (uint32_t)number : (uint32_t)number);
}

/* A blank, then the number. */
static void also(int32_t number) {
    board_say(" ");
    say_signed(number);
}

static void say_hex(uint64_t number) {
    char digits[17] = {0};
    for (int i = 15; i >= 0; i--, number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
    board_say(digits);
}

/* A call's answer against the one that is right. */
static void expect(const char *what, int32_t wanted, int32_t got) {
    if (wanted == got && got == SLING_OK) return;
    if (wanted != got) failures++;
    board_say(wanted == got ? "refused " : "unexpected ");
    say_signed(got);
    board_say(" ");
    board_say(what);
    board_say("\n");
}

static void expect_that(const char *what, int is_so) { expect(what, SLING_OK, is_so ? SLING_OK : 1); }

static uint64_t digest(const uint8_t *bytes, size_t size) {
    uint64_t state = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++) state = (state ^ bytes[i]) * 0x100000001b3;
    return state;
}

/* ---- A field of its own: calf and thigh as two columns, as high as their SmO2 ---- */

struct columns {
    int32_t drawn, strayed;
};

static void column(struct sling_canvas *canvas, struct sling_area half, struct sling_smo2 smo2, uint8_t ink) {
    if (smo2.reason != SLING_MEASURED) {
        expect("a fill", SLING_OK, canvas->fill(canvas, half, SLING_GRID));
        return;
    }
    int16_t high = (int16_t)((int32_t)half.h * smo2.tenths / 1000);
    struct sling_area bar = {(int16_t)(half.x + 1), (int16_t)(half.y + half.h - high), (int16_t)(half.w - 2), high};
    expect("a fill", SLING_OK, canvas->fill(canvas, bar, ink));
}

static void draw_columns(void *own, const struct sling_view *view, struct sling_canvas *canvas, struct sling_area area) {
    struct columns *columns = own;
    struct sling_area left = {area.x, area.y, area.w / 2, area.h};
    struct sling_area right = {(int16_t)(area.x + left.w), area.y, (int16_t)(area.w - left.w), area.h};
    columns->drawn++;
    /* All that is outside is cut off. */
    static const struct sling_area STRAY[] = {
        {INT16_MIN, INT16_MIN, INT16_MAX, INT16_MAX}, {INT16_MAX, 0, INT16_MAX, INT16_MAX}, {0, 0, -1, -1}, {-9, 0, 9, 400},
    };
    for (size_t i = 0; i < sizeof STRAY / sizeof *STRAY; i++) {
        expect("a fill outside", SLING_OK, canvas->fill(canvas, STRAY[i], SLING_BLACK));
        columns->strayed++;
    }
    struct sling_area all = {INT16_MIN / 2, INT16_MIN / 2, INT16_MAX, INT16_MAX};
    expect("a fill of more than all", SLING_OK, canvas->fill(canvas, all, SLING_PAPER));
    column(canvas, left, view->calf, SLING_CALF);
    column(canvas, right, view->thigh, SLING_THIGH);
    if (columns->drawn > 1) return;
    expect("an ink that is none", SLING_INK, canvas->fill(canvas, all, 6));
    expect("a fill of no canvas", SLING_NULL, canvas->fill(NULL, all, SLING_BLACK));
    expect("to feed while drawing", SLING_BUSY, sling_feed(&memory.unit, view->now_ms, NULL, NULL));
    expect("to add while drawing", SLING_BUSY, sling_add_field(&memory.unit, NULL));
    /* Other fields may be asked. */
    char words[64];
    expect("to describe while drawing", SLING_OK, sling_describe(&memory.unit, "ride_time", words, sizeof words, NULL));
}

/* Puts text behind text, as much as there is room for. */
static void append(char *text, size_t size, const char *more) {
    size_t at = 0;
    while (text[at]) at++;
    while (*more && at + 1 < size) text[at++] = *more++;
    text[at] = 0;
}

static void append_tenths(char *text, size_t size, uint32_t tenths) {
    char digits[12];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    *--first = (char)('0' + tenths % 10);
    *--first = '.';
    uint32_t whole = tenths / 10;
    do *--first = (char)('0' + whole % 10);
    while ((whole /= 10) != 0);
    append(text, size, first);
}

static void append_smo2(char *text, size_t size, struct sling_smo2 smo2) {
    static const char *const WORDS[SLING_NOT_WORN + 1] = {
        [SLING_SEARCHING] = "searched", [SLING_LOST] = "lost", [SLING_STALE] = "without news", [SLING_NO_DATA] = "without data",
        [SLING_AMBIENT_LIGHT] = "in the light", [SLING_NOT_WORN] = "bare",
    };
    if (smo2.reason == SLING_MEASURED) {
        append_tenths(text, size, smo2.tenths);
        append(text, size, " %");
    } else {
        const char *words = smo2.reason <= SLING_NOT_WORN ? WORDS[smo2.reason] : NULL;
        append(text, size, words ? words : "unknown");
    }
}

static void describe_columns(void *own, const struct sling_view *view, char *text, size_t size) {
    (void)own;
    text[0] = 0;
    append(text, size, "calf ");
    append_smo2(text, size, view->calf);
    append(text, size, " · thigh ");
    append_smo2(text, size, view->thigh);
}

static void draw_nothing(void *own, const struct sling_view *view, struct sling_canvas *canvas, struct sling_area area) {
    (void)own, (void)view, (void)canvas, (void)area;
}

static void fill_with(char *text, size_t size, char letter) {
    for (size_t i = 0; i < size; i++) text[i] = letter;
}

/* Words that have no end. */
static void describe_endless(void *own, const struct sling_view *view, char *text, size_t size) {
    (void)own, (void)view;
    fill_with(text, size, 'x');
}

/* Bytes that are no UTF-8. */
static void describe_garbage(void *own, const struct sling_view *view, char *text, size_t size) {
    (void)own, (void)view;
    fill_with(text, size, '\xff');
    text[size - 1] = 0;
}

static struct columns columns;
static const struct sling_field COLUMNS = {
    .id = "columns", .title = "Columns", .unit = "%", .smallest_w = 20, .smallest_h = 30,
    .own = &columns, .draw = draw_columns, .describe = describe_columns,
};

/* ---- The ride ---- */

static uint64_t due = UINT64_MAX;

static void tick(uint64_t at_ms) {
    board_say("tick");
    also((int32_t)at_ms);
    board_say("\n");
    expect("a tick", SLING_OK, sling_feed(&memory.unit, at_ms, NULL, &due));
}

static void sample(uint64_t at_ms, struct sling_sample sample) {
    while (due < at_ms) tick(due);
    board_say("sample");
    also((int32_t)at_ms);
    also(sample.channel);
    also(sample.count);
    also(sample.reason);
    also(sample.smo2_tenths);
    board_say("\n");
    expect("a sample", SLING_OK, sling_feed(&memory.unit, at_ms, &sample, &due));
}

/* Seconds of both muscles: the calf falls faster; from the 60th on the thigh's sensor sees the light. */
static void ride(uint32_t from_s, uint32_t to_s) {
    for (uint32_t s = from_s; s < to_s; s++) {
        uint16_t calf = (uint16_t)(640 - 3 * s + s * 7 % 5), thigh = (uint16_t)(700 - 2 * s + s * 5 % 7);
        uint8_t reason = s < 60 ? SLING_MEASURED : SLING_AMBIENT_LIGHT;
        sample(s * 1000 + 100, (struct sling_sample){.channel = 3, .count = (uint16_t)s, .smo2_tenths = calf});
        /* What stands in the place of the value is not looked at. */
        sample(s * 1000 + 600, (struct sling_sample){
            .channel = 7, .reason = reason, .count = (uint16_t)s, .smo2_tenths = reason ? 0xffff : thigh,
        });
    }
}

static const struct {
    const char *id;
    struct sling_area area;
} LAYOUT[] = {
    {"smo2_calf", {0, 0, 119, 100}},       {"smo2_thigh", {121, 0, 119, 100}}, {"strip_chart", {0, 104, 240, 92}},
    {"share_bar", {3, 198, 145, 50}},      {"slope_calf", {153, 198, 84, 50}}, {"ride_time", {3, 252, 120, 60}},
    {"sensor_thigh", {127, 252, 113, 60}}, {"trend_chart", {0, 316, 160, 84}}, {"columns", {167, 317, 71, 83}},
};
enum { FIELDS = sizeof LAYOUT / sizeof *LAYOUT };

static void show(void) {
    for (size_t i = 0; i < FIELDS; i++) {
        const char *id = LAYOUT[i].id;
        struct sling_area area = LAYOUT[i].area;
        expect(id, SLING_OK, sling_draw(&memory.unit, id, &GLASS, area));
        board_say("drawn");
        also(area.x), also(area.y), also(area.w), also(area.h);
        board_say(" ");
        board_say(id);
        board_say(" ");
        say_hex(digest(frame, sizeof frame));
        board_say("\n");
        char words[SLING_LONGEST_WORDS + 1];
        struct sling_about about;
        expect(id, SLING_OK, sling_describe(&memory.unit, id, words, sizeof words, &about));
        board_say("about ");
        board_say(id);
        also(about.smallest_w), also(about.smallest_h), also(about.preferred_w), also(about.preferred_h);
        board_say("\nwords ");
        board_say(id);
        board_say(" ");
        board_say(words);
        board_say("\n");
        size_t length = 0;
        while (words[length]) length++;
        expect_that("the length of the words", length == about.length);
    }
}

/* ---- What is wrong and is told so ---- */

static void misuse_start(void) {
    static const struct sling_sensor TWO[] = {{3, "mg.right"}, {7, "vl.right"}};
    struct sling *unit = &memory.unit;
    expect("no memory", SLING_NULL, sling_start(NULL, sizeof *unit, TWO, 2));
    expect("no sensors, but two of them", SLING_NULL, sling_start(unit, sizeof *unit, NULL, 2));
    expect("memory that is too small", SLING_MEMORY, sling_start(unit, 1000, TWO, 2));
    /* Never used as one: only its address is looked at. */
    union { uint8_t *bytes; struct sling *unit; } odd = {.bytes = (uint8_t *)unit + 1};
    expect("memory at an odd address", SLING_MEMORY, sling_start(odd.unit, sizeof *unit, TWO, 2));
    expect("more sensors than there is room for", SLING_FULL, sling_start(unit, sizeof *unit, TWO, 9));
    static const struct { const char *what; int32_t code; struct sling_sensor pair[2]; } CASES[] = {
        {"a site without a name", SLING_NULL, {{3, NULL}, {7, "vl.right"}}},
        {"a site without a side", SLING_SITE, {{3, "mg"}, {7, "vl.right"}}},
        {"a site that is none", SLING_SITE, {{3, "mg.right"}, {7, "calf.right"}}},
        {"a site with an endless name", SLING_SITE, {{3, "mg.right"}, {7, "gastrocnemius medialis.right"}}},
        {"a site that is no text", SLING_SITE, {{3, "mg.right"}, {7, "\xff.right"}}},
        {"a site twice", SLING_TWICE, {{3, "mg.right"}, {7, "mg.right"}}},
        {"a channel twice", SLING_TWICE, {{3, "mg.right"}, {3, "vl.right"}}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(CASES[i].what, CASES[i].code, sling_start(unit, sizeof *unit, CASES[i].pair, 2));
    }
    char text[8];
    struct sling_area area = {0, 0, 100, 100};
    struct sling_sample one = {.channel = 3};
    expect("to feed what was not started", SLING_NOT_STARTED, sling_feed(unit, 0, &one, NULL));
    expect("to feed an odd address", SLING_NOT_STARTED, sling_feed(odd.unit, 0, &one, NULL));
    expect("to add to what was not started", SLING_NOT_STARTED, sling_add_field(unit, &COLUMNS));
    expect("to draw what was not started", SLING_NOT_STARTED, sling_draw(unit, "smo2_calf", &GLASS, area));
    expect("to describe what was not started", SLING_NOT_STARTED, sling_describe(unit, "smo2_calf", text, sizeof text, NULL));
}

static void misuse_feed(void) {
    struct sling *unit = &memory.unit;
    uint64_t same = 41;
    expect("to feed nobody", SLING_NULL, sling_feed(NULL, 0, NULL, NULL));
    static const struct { const char *what; int32_t code; struct sling_sample sample; } CASES[] = {
        {"a channel that nobody wears", SLING_CHANNEL, {.channel = 4, .smo2_tenths = 500}},
        {"more than all oxygen", SLING_VALUE, {.channel = 3, .smo2_tenths = 1001}},
        {"a reason of the host's own", SLING_REASON, {.channel = 3, .reason = SLING_NOT_WORN}},
        {"a reason that is garbage", SLING_REASON, {.channel = 3, .reason = 255}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(CASES[i].what, CASES[i].code, sling_feed(unit, 1, &CASES[i].sample, &same));
    }
    expect_that("an error leaves the time that is due alone", same == 41);
}

static void misuse_add(void) {
    struct sling *unit = &memory.unit;
    expect("to add to nobody", SLING_NULL, sling_add_field(NULL, &COLUMNS));
    expect("to add nothing", SLING_NULL, sling_add_field(unit, NULL));
    static const char LONG[] = "a title that goes on and on and says all the same nothing more";
    static const struct { const char *what; int32_t code; struct sling_field field; } CASES[] = {
        {"no id", SLING_NULL, {NULL, "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"no title", SLING_NULL, {"t", NULL, "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"no unit", SLING_NULL, {"t", "T", NULL, 1, 1, NULL, draw_nothing, describe_columns}},
        {"no way to draw", SLING_NULL, {"t", "T", "", 1, 1, NULL, NULL, describe_columns}},
        {"no way to describe", SLING_NULL, {"t", "T", "", 1, 1, NULL, draw_nothing, NULL}},
        {"an empty id", SLING_ID, {"", "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"an id in capitals", SLING_ID, {"Columns", "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"an id of 21 letters", SLING_ID, {"abcdefghijklmnopqrstu", "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"the id of a field of Sling's", SLING_TWICE, {"smo2_calf", "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"an id that is taken", SLING_TWICE, {"columns", "T", "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"a title that is too long", SLING_TEXT, {"t", LONG, "", 1, 1, NULL, draw_nothing, describe_columns}},
        {"a unit that is no text", SLING_TEXT, {"t", "T", "\xc3", 1, 1, NULL, draw_nothing, describe_columns}},
        {"a field without a width", SLING_AREA, {"t", "T", "", 0, 1, NULL, draw_nothing, describe_columns}},
        {"a field of less than no height", SLING_AREA, {"t", "T", "", 1, -1, NULL, draw_nothing, describe_columns}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(CASES[i].what, CASES[i].code, sling_add_field(unit, &CASES[i].field));
    }
    static const struct sling_field MORE[] = {
        {"endless", "Endless", "", 1, 1, NULL, draw_nothing, describe_endless},
        {"garbage", "Garbage", "", 1, 1, NULL, draw_nothing, describe_garbage},
        {"abcdefghijklmnopqrst", "Long", "", 1, 1, NULL, draw_nothing, describe_columns},
        {"fifth", "Fifth", "", 1, 1, NULL, draw_nothing, describe_columns},
    };
    for (size_t i = 0; i < 4; i++) {
        expect("a field too many", i < 3 ? SLING_OK : SLING_FULL, sling_add_field(unit, &MORE[i]));
    }
}

static void misuse_draw(void) {
    const struct sling *unit = &memory.unit;
    struct sling_area area = {0, 0, 119, 100};
    uint64_t before = digest(frame, sizeof frame);
    expect("to draw nobody", SLING_NULL, sling_draw(NULL, "smo2_calf", &GLASS, area));
    expect("to draw no id", SLING_NULL, sling_draw(unit, NULL, &GLASS, area));
    expect("to draw on nothing", SLING_NULL, sling_draw(unit, "smo2_calf", NULL, area));
    expect("to draw an unknown id", SLING_ID, sling_draw(unit, "smo2_nose", &GLASS, area));
    expect("to draw an endless id", SLING_ID, sling_draw(unit, "smo2_calf_and_smo2_thigh", &GLASS, area));
    expect("to draw an id that is no text", SLING_ID, sling_draw(unit, "\xff", &GLASS, area));
    struct sling_frame none = GLASS, small = GLASS, narrow = GLASS, flat = GLASS, thin = GLASS, huge = GLASS, far = GLASS;
    none.bytes = NULL;
    /* The last row needs 30 bytes of its 32. */
    small.size = sizeof frame - 3;
    narrow.stride = 29;
    flat.height = 0;
    thin.width = 0;
    huge.width = 32768, huge.stride = 4096;
    far.stride = SIZE_MAX / 2;
    expect("a frame without memory", SLING_NULL, sling_draw(unit, "smo2_calf", &none, area));
    expect("a frame in too little memory", SLING_FRAME, sling_draw(unit, "smo2_calf", &small, area));
    expect("rows that overlap", SLING_FRAME, sling_draw(unit, "smo2_calf", &narrow, area));
    expect("a frame without rows", SLING_FRAME, sling_draw(unit, "smo2_calf", &flat, area));
    expect("a frame without columns", SLING_FRAME, sling_draw(unit, "smo2_calf", &thin, area));
    expect("a frame that is too wide", SLING_FRAME, sling_draw(unit, "smo2_calf", &huge, area));
    expect("rows beyond all memory", SLING_FRAME, sling_draw(unit, "smo2_calf", &far, area));
    static const struct sling_area AREAS[] = {
        {-1, 0, 119, 100}, {0, -1, 119, 100}, {122, 0, 119, 100}, {0, 301, 119, 100}, {0, 0, 3, 100}, {0, 0, 119, 3},
        {0, 0, 0, 0}, {0, 0, -119, 100}, {INT16_MAX, INT16_MAX, INT16_MAX, INT16_MAX}, {INT16_MIN, 0, INT16_MAX, 100},
    };
    for (size_t i = 0; i < sizeof AREAS / sizeof *AREAS; i++) {
        expect("an area that will not do", SLING_AREA, sling_draw(unit, "smo2_calf", &GLASS, AREAS[i]));
    }
    expect_that("an error draws nothing", digest(frame, sizeof frame) == before);
    small.size = sizeof frame - 2;
    expect("the least memory", SLING_OK, sling_draw(unit, "smo2_calf", &small, area));
}

static void misuse_describe(void) {
    const struct sling *unit = &memory.unit;
    char text[SLING_LONGEST_WORDS + 1];
    struct sling_about about = {0};
    expect("to describe nobody", SLING_NULL, sling_describe(NULL, "columns", text, sizeof text, NULL));
    expect("to describe no id", SLING_NULL, sling_describe(unit, NULL, text, sizeof text, NULL));
    expect("to describe into nothing", SLING_NULL, sling_describe(unit, "columns", NULL, 1, NULL));
    expect("to describe an unknown id", SLING_ID, sling_describe(unit, "colum", text, sizeof text, NULL));
    expect("words without end", SLING_TEXT, sling_describe(unit, "endless", text, sizeof text, NULL));
    expect("words that are no text", SLING_TEXT, sling_describe(unit, "garbage", text, sizeof text, NULL));
    expect("to ask for the length", SLING_ROOM, sling_describe(unit, "columns", NULL, 0, &about));
    expect("room for all but the end", SLING_ROOM, sling_describe(unit, "columns", text, about.length, NULL));
    expect_that("the words were cut", text[about.length - 1] == 0 && text[about.length - 2] != 0);
    expect("room enough", SLING_OK, sling_describe(unit, "columns", text, about.length + 1, NULL));
    expect_that("the words are whole", text[about.length] == 0 && text[about.length - 1] != 0);
    /* The dot in the middle takes two bytes: it comes whole or not at all. */
    size_t dot = 0;
    while ((uint8_t)text[dot] != 0xC2) dot++;
    expect("room for half a dot", SLING_ROOM, sling_describe(unit, "columns", text, dot + 2, NULL));
    expect_that("no character is cut", text[dot] == 0);
}

int host(void) {
    static const struct sling_sensor SENSORS[] = {{3, "mg.right"}, {7, "vl.right"}};
    fill_with((char *)memory.behind, sizeof memory.behind, (char)UNTOUCHED);
    for (size_t i = 0; i < sizeof frame; i++) frame[i] = i % FRAME_STRIDE < FRAME_W / 8 ? 0 : UNTOUCHED;

    misuse_start();
    expect("to start", SLING_OK, sling_start(&memory.unit, sizeof memory.unit, SENSORS, 2));
    for (size_t i = 0; i < 2; i++) {
        board_say("sensor");
        also(SENSORS[i].channel);
        board_say(" ");
        board_say(SENSORS[i].site);
        board_say("\n");
    }
    misuse_feed();
    expect("to add", SLING_OK, sling_add_field(&memory.unit, &COLUMNS));
    show();
    misuse_add();
    ride(0, 60);
    show();
    misuse_draw();
    misuse_describe();
    ride(60, 72);
    show();
    expect("time that goes back", SLING_CLOCK, sling_feed(&memory.unit, 71000, NULL, NULL));
    /* Nothing comes any more. */
    while (due < 110000) tick(due);
    show();
    for (size_t i = 0; i < sizeof memory.behind; i++) expect_that("memory behind the unit", memory.behind[i] == UNTOUCHED);
    board_say("own");
    also(columns.drawn), also(columns.strayed);
    board_say("\n");
    return failures ? 1 : 0;
}
