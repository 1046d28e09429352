/* What the page costs in LVGL, in instructions and bytes, and how it looks: run.sh reads what this prints.
 *
 * The display's buffer is the whole frame, and LVGL draws into it what has changed (its direct mode). Nothing is sent to
 * a panel; nothing is counted but LVGL and the setting of values. */
#include "board.h"
#include "lvgl.h"
#include "page.h"

#include <string.h>

#define COLOUR_FORMAT (COLOUR_BITS == 1 ? LV_COLOR_FORMAT_I1 : LV_COLOR_FORMAT_L8)
/* LVGL keeps two colours in front of a 1-bit picture. */
enum { PALETTE = COLOUR_BITS == 1 ? 8 : 0, PICTURE = PAGE_W * PAGE_H * COLOUR_BITS / 8, TIMES = 60 };

static uint8_t frame[PALETTE + PICTURE] __attribute__((aligned(4)));
static uint8_t kept[PICTURE] __attribute__((section(".bss.kept")));

static void flush(lv_display_t *display, const lv_area_t *area, uint8_t *pixels) {
    (void)area, (void)pixels;
    lv_display_flush_ready(display);
}

/* The page is drawn when this program says so; no timer has to go by. */
static uint32_t no_time(void) { return 0; }

/* What run.sh's golden shows, as near as numbers go. */
static const page_numbers FIRST = {
    .ride_s = 1275, .calf = 52, .thigh = 38, .calf_place = 38, .thigh_place = 28, .balance = 2,
    .power = 233, .cadence = 96, .heart_rate = 153,
};

/* A second in which every number changes. */
static page_numbers second(uint32_t i) {
    int32_t n = (int32_t)i;
    return (page_numbers){
        .ride_s = 1275 + i, .calf = 45 + n * 7 % 16, .thigh = 30 + n * 5 % 17, .calf_place = n * 11 % 101,
        .thigh_place = n * 13 % 101, .balance = n * 17 % 81 - 40, .power = 140 + n * 23 % 60,
        .cadence = 80 + n * 7 % 17, .heart_rate = 150 + n * 3 % 20,
    };
}

static void add_points(uint32_t i) {
    page_add_points(500 + (int32_t)(i * 7 % 11), 380 + (int32_t)(i * 5 % 13));
}

static void say(const char *what, uint32_t number) {
    board_say(what);
    board_say(" ");
    board_say_number(number);
}

static void say_line(const char *what, uint32_t number) {
    say(what, number);
    board_say("\n");
}

typedef struct {
    uint32_t total, worst;
} cost;

static void add(cost *to, uint32_t instructions) {
    to->total += instructions;
    if (instructions > to->worst) to->worst = instructions;
}

static void say_cost(const char *what, const cost *it) {
    say(what, it->total / TIMES);
    say(" worst", it->worst);
    say_line(" times", TIMES);
}

static void write_picture(void) {
#if COLOUR_BITS == 1
    static const char head[] = "P4\n240 400\n";
    /* There a set bit is black. */
    for (size_t i = 0; i < PICTURE; i++) kept[i] = (uint8_t)~frame[PALETTE + i];
#else
    static const char head[] = "P5\n240 400\n255\n";
    memcpy(kept, frame + PALETTE, PICTURE);
#endif
    board_write("page.pgm", head, sizeof head - 1, kept, PICTURE);
}

int main(void) {
    uint32_t known, counted, before;
    board_check(&known, &counted);
    say("counter known", known);
    say_line(" counted", counted);

    before = board_instructions();
    lv_init();
    lv_tick_set_cb(no_time);
    lv_display_t *display = lv_display_create(PAGE_W, PAGE_H);
    lv_display_set_color_format(display, COLOUR_FORMAT);
    lv_display_set_flush_cb(display, flush);
    lv_display_set_buffers(display, frame, NULL, sizeof frame, LV_DISPLAY_RENDER_MODE_DIRECT);
    page_make();
    page_set(&FIRST);
    say_line("instructions make", board_instructions() - before);

    before = board_instructions();
    lv_refr_now(display);
    say_line("instructions first", board_instructions() - before);
    write_picture();

    before = board_instructions();
    lv_obj_invalidate(lv_screen_active());
    lv_refr_now(display);
    say_line("instructions full", board_instructions() - before);

    cost values = {0, 0}, update = {0, 0}, points = {0, 0}, chart = {0, 0};
    for (uint32_t i = 1; i <= TIMES; i++) {
        before = board_instructions();
        page_numbers numbers = second(i);
        page_set(&numbers);
        add_points(i);
        add(&values, board_instructions() - before);
        lv_refr_now(display);
        add(&update, board_instructions() - before);
    }
    for (uint32_t i = 1; i <= TIMES; i++) {
        before = board_instructions();
        add_points(i);
        lv_refr_now(display);
        add(&points, board_instructions() - before);
        /* The chart whole, as ours is counted. */
        before = board_instructions();
        page_touch_chart();
        lv_refr_now(display);
        add(&chart, board_instructions() - before);
    }
    say_cost("instructions values", &values);
    say_cost("instructions update", &update);
    say_cost("instructions points", &points);
    say_cost("instructions chart", &chart);

    /* What updates left is what a whole redraw gives. */
    memcpy(kept, frame + PALETTE, PICTURE);
    lv_obj_invalidate(lv_screen_active());
    lv_refr_now(display);
    uint32_t differing = 0;
    for (size_t i = 0; i < PICTURE; i++) differing += kept[i] != frame[PALETTE + i];
    say_line("differing", differing);

    lv_mem_monitor_t heap;
    lv_mem_monitor(&heap);
    say("bytes frame", sizeof frame);
    say(" harness", sizeof kept);
    say(" heap_peak", heap.max_used);
    say(" heap", LV_MEM_SIZE);
    say_line(" stack_peak", board_stack_peak());
    return 0;
}
