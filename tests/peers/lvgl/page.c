/* The page in the places where core/src/ui/balance.rs has them on an upright display of 240x400, made as someone would
 * who knows LVGL: labels that hold their own text, a bar for the needle, a chart in circular mode (a sweep, which LVGL
 * redraws in part; a scroll it would redraw whole). All of it is black on white, as the 1-bit panel shows it. */
#include "page.h"

#include "lvgl.h"

LV_FONT_DECLARE(small_13)
LV_FONT_DECLARE(label_18)
LV_FONT_DECLARE(text_22)
LV_FONT_DECLARE(number_28)
LV_FONT_DECLARE(numeral_70)

enum {
    EDGE = 2,
    INNER_W = PAGE_W - 2 * EDGE,
    CELL_W = 116,
    THIGH_X = EDGE + CELL_W + 4,
    RANGE_Y = 134,
    RANGE_H = 4,
    BLOCK_W = 10,
    RAIL_W = CELL_W - 4,
    BAR_Y = 142,
    BAR_H = 39,
    /* Tenths of points at the ends of the bar, and of the rider's normal band. */
    FULL_SCALE = 200,
    NORMAL = 34,
    CHART_Y = 218,
    CHART_H = 142,
    /* Lines across the chart and down it, those at its edges too. */
    ACROSS = 5,
    DOWN = 6,
    /* From here on LVGL draws a vertical run for each column. */
    IS_RUNS = POINTS >= PAGE_W,
    /* As core has them: points before the newest that are kept clear, and the point that the ride has come to. */
    GAP = 8,
    NEWEST = POINTS / 4 - 1,
};

static lv_obj_t *status_time, *calf_number, *thigh_number, *calf_block, *thigh_block, *needle;
static lv_obj_t *power, *cadence, *heart_rate, *chart;
static lv_chart_series_t *calf_line, *thigh_line;
static uint32_t newest = NEWEST;

static lv_obj_t *label(const lv_font_t *font, const char *text, lv_align_t align, int32_t x, int32_t y) {
    lv_obj_t *made = lv_label_create(lv_screen_active());
    lv_obj_set_style_text_font(made, font, 0);
    lv_label_set_text(made, text);
    lv_obj_align(made, align, x, y);
    return made;
}

static lv_obj_t *box(int32_t x, int32_t y, int32_t w, int32_t h, lv_color_t color) {
    lv_obj_t *made = lv_obj_create(lv_screen_active());
    lv_obj_set_pos(made, x, y);
    lv_obj_set_size(made, w, h);
    lv_obj_set_style_bg_color(made, color, 0);
    lv_obj_set_style_bg_opa(made, LV_OPA_COVER, 0);
    return made;
}

/* An object that draws itself. */
static lv_obj_t *drawn(int32_t x, int32_t y, int32_t w, int32_t h, lv_event_cb_t draw) {
    lv_obj_t *made = lv_obj_create(lv_screen_active());
    lv_obj_set_pos(made, x, y);
    lv_obj_set_size(made, w, h);
    lv_obj_add_event_cb(made, draw, LV_EVENT_DRAW_MAIN, NULL);
    return made;
}

/* A filled triangle in the object's place, its tip below: a heart, nearly. */
static void draw_heart(lv_event_t *event) {
    lv_area_t place;
    lv_obj_get_coords(lv_event_get_target_obj(event), &place);
    lv_draw_triangle_dsc_t heart;
    lv_draw_triangle_dsc_init(&heart);
    heart.color = lv_color_black();
    heart.p[0] = (lv_point_precise_t){(place.x1 + place.x2) / 2, place.y2};
    heart.p[1] = (lv_point_precise_t){place.x1, place.y1};
    heart.p[2] = (lv_point_precise_t){place.x2, place.y1};
    lv_draw_triangle(lv_event_get_layer(event), &heart);
}

/* Every other pixel of the object's place, which is one row. */
static void draw_rail(lv_event_t *event) {
    lv_area_t place;
    lv_obj_get_coords(lv_event_get_target_obj(event), &place);
    lv_draw_line_dsc_t rail;
    lv_draw_line_dsc_init(&rail);
    rail.color = lv_color_black();
    rail.dash_width = rail.dash_gap = 1;
    rail.p1 = (lv_point_precise_t){place.x1, place.y1};
    rail.p2 = (lv_point_precise_t){place.x2 + 1, place.y1};
    lv_draw_line(lv_event_get_layer(event), &rail);
}

/* What a chart has no setting for. All its lines have one width, and a run's is in columns: here the calf's are made
 * three rows thick, as core's are, and the thigh's one. The grid has no lines at its edges. */
static void adjust_line(lv_event_t *event) {
    lv_draw_task_t *task = lv_event_get_draw_task(event);
    lv_draw_line_dsc_t *line = lv_draw_task_get_line_dsc(task);
    if (!line) return;
    if (line->base.part == LV_PART_MAIN) {
        uint32_t last = (line->p1.y == line->p2.y ? ACROSS : DOWN) - 1;
        if (line->base.id1 == 0 || line->base.id1 == last) line->opa = LV_OPA_TRANSP;
        return;
    }
    if (line->base.id1 == 1 || IS_RUNS) line->width = 1;
    if (line->base.id1 == 1 || !IS_RUNS) return;
    /* Its upper end, its lower end, and what parts it from the next. */
    for (int32_t i = 0; i + 1 < line->point_cnt; i += 3) {
        line->points[i].y -= 1;
        line->points[i + 1].y += 1;
    }
}

static int32_t wave(int32_t i, int32_t low, int32_t depth) {
    int32_t x = (i - POINTS / 2) * 240 / POINTS;
    return low + depth * x * x / 14400 + i * 7 % 5;
}

static void make_chart(void) {
    chart = lv_chart_create(lv_screen_active());
    lv_obj_set_pos(chart, 0, CHART_Y);
    lv_obj_set_size(chart, PAGE_W, CHART_H);
    lv_obj_set_style_pad_top(chart, 4, 0);
    lv_obj_set_style_pad_bottom(chart, 5, 0);
    /* Points begin beside a border that is not there, and end where the width does, one column too late: with this the
     * first stands in the first column, the last in the last. */
    lv_obj_set_style_pad_left(chart, -1, 0);
    lv_obj_set_style_pad_right(chart, 2, 0);
    lv_obj_set_style_border_width(chart, 1, 0);
    lv_obj_set_style_border_side(chart, LV_BORDER_SIDE_TOP | LV_BORDER_SIDE_BOTTOM, 0);
    lv_obj_set_style_line_width(chart, 1, 0);
    lv_obj_set_style_line_dash_width(chart, 1, 0);
    lv_obj_set_style_line_dash_gap(chart, 1, 0);
    lv_obj_set_style_line_width(chart, 3, LV_PART_ITEMS);
    lv_obj_set_style_size(chart, 0, 0, LV_PART_INDICATOR);
    lv_chart_set_div_line_count(chart, ACROSS, DOWN);
    lv_chart_set_type(chart, LV_CHART_TYPE_LINE);
    lv_chart_set_update_mode(chart, LV_CHART_UPDATE_MODE_CIRCULAR);
    lv_chart_set_point_count(chart, POINTS);
    lv_chart_set_axis_range(chart, LV_CHART_AXIS_PRIMARY_Y, 0, 1000);
    calf_line = lv_chart_add_series(chart, lv_color_black(), LV_CHART_AXIS_PRIMARY_Y);
    thigh_line = lv_chart_add_series(chart, lv_color_black(), LV_CHART_AXIS_PRIMARY_Y);
    for (int32_t i = 0; i < POINTS; i++) {
        bool shown = i <= NEWEST || i > NEWEST + GAP;
        lv_chart_set_series_value_by_id(chart, calf_line, i, shown ? wave(i, 470, 40) : LV_CHART_POINT_NONE);
        lv_chart_set_series_value_by_id(chart, thigh_line, i, shown ? wave(i, 340, 60) : LV_CHART_POINT_NONE);
    }
    lv_obj_add_flag(chart, LV_OBJ_FLAG_SEND_DRAW_TASK_EVENTS);
    lv_obj_add_event_cb(chart, adjust_line, LV_EVENT_DRAW_TASK_ADDED, NULL);
}

static void make_bar(void) {
    int32_t band = INNER_W * NORMAL / FULL_SCALE;
    /* Grey, which the 1-bit mode makes white. */
    lv_obj_t *normal = box(PAGE_W / 2 - band / 2, BAR_Y + 2, band + 1, BAR_H - 4, lv_color_hex(0xC0C0C0));
    lv_obj_set_style_border_width(normal, 1, 0);
    lv_obj_set_style_border_side(normal, LV_BORDER_SIDE_LEFT | LV_BORDER_SIDE_RIGHT, 0);
    box(EDGE, BAR_Y + BAR_H - 2, INNER_W, 2, lv_color_black());
    needle = lv_bar_create(lv_screen_active());
    lv_obj_set_pos(needle, EDGE, BAR_Y + 12);
    lv_obj_set_size(needle, INNER_W, 14);
    lv_bar_set_mode(needle, LV_BAR_MODE_SYMMETRICAL);
    lv_bar_set_range(needle, -FULL_SCALE, FULL_SCALE);
    lv_obj_set_style_bg_color(needle, lv_color_black(), LV_PART_INDICATOR);
    lv_obj_set_style_bg_opa(needle, LV_OPA_COVER, LV_PART_INDICATOR);
    box(PAGE_W / 2 - 1, BAR_Y, 3, BAR_H, lv_color_black());
    label(&text_22, "calf", LV_ALIGN_TOP_LEFT, EDGE, BAR_Y + BAR_H + 2);
    label(&text_22, "thigh", LV_ALIGN_TOP_RIGHT, -EDGE, BAR_Y + BAR_H + 2);
}

static lv_obj_t *make_range(int32_t x) {
    drawn(x, RANGE_Y + RANGE_H / 2, RAIL_W, 1, draw_rail);
    return box(x, RANGE_Y, BLOCK_W, RANGE_H, lv_color_black());
}

static void make_battery(void) {
    lv_obj_t *battery = box(204, 7, 30, 14, lv_color_white());
    lv_obj_set_style_border_width(battery, 2, 0);
    box(208, 11, 18, 5, lv_color_black());
    box(234, 11, 3, 5, lv_color_black());
}

static lv_obj_t *secondary(int32_t x) { return label(&number_28, "", LV_ALIGN_TOP_LEFT, x, 358); }

void page_make(void) {
    lv_obj_t *screen = lv_screen_active();
    lv_obj_set_style_bg_color(screen, lv_color_white(), 0);
    lv_obj_set_style_bg_opa(screen, LV_OPA_COVER, 0);
    lv_obj_set_style_text_color(screen, lv_color_black(), 0);

    status_time = label(&text_22, "", LV_ALIGN_TOP_LEFT, EDGE, -3);
    label(&text_22, "right leg", LV_ALIGN_TOP_LEFT, 109, -3);
    make_battery();

    label(&text_22, "CALF", LV_ALIGN_TOP_LEFT, EDGE, 29);
    label(&label_18, "med", LV_ALIGN_TOP_LEFT, 62, 34);
    label(&text_22, "THIGH", LV_ALIGN_TOP_LEFT, THIGH_X, 29);
    label(&label_18, "VL", LV_ALIGN_TOP_LEFT, 195, 34);
    calf_number = label(&numeral_70, "", LV_ALIGN_TOP_LEFT, EDGE, 58);
    thigh_number = label(&numeral_70, "", LV_ALIGN_TOP_LEFT, THIGH_X, 58);
    calf_block = make_range(EDGE);
    thigh_block = make_range(THIGH_X);

    make_bar();
    make_chart();

    power = secondary(EDGE);
    label(&small_13, "W", LV_ALIGN_TOP_LEFT, 61, 374);
    cadence = secondary(82);
    label(&small_13, "rpm", LV_ALIGN_TOP_LEFT, 122, 374);
    heart_rate = secondary(166);
    drawn(223, 377, 11, 11, draw_heart);
}

void page_set(const page_numbers *it) {
    unsigned s = it->ride_s;
    lv_label_set_text_fmt(status_time, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    lv_label_set_text_fmt(calf_number, "%d", (int)it->calf);
    lv_label_set_text_fmt(thigh_number, "%d", (int)it->thigh);
    lv_obj_set_x(calf_block, EDGE + it->calf_place * (RAIL_W - BLOCK_W) / 100);
    lv_obj_set_x(thigh_block, THIGH_X + it->thigh_place * (RAIL_W - BLOCK_W) / 100);
    lv_bar_set_value(needle, it->balance, LV_ANIM_OFF);
    lv_label_set_text_fmt(power, "%d", (int)it->power);
    lv_label_set_text_fmt(cadence, "%d", (int)it->cadence);
    lv_label_set_text_fmt(heart_rate, "%d", (int)it->heart_rate);
}

void page_add_points(int32_t calf, int32_t thigh) {
    newest = (newest + 1) % POINTS;
    uint32_t cleared = (newest + GAP) % POINTS;
    lv_chart_set_series_value_by_id(chart, calf_line, newest, calf);
    lv_chart_set_series_value_by_id(chart, thigh_line, newest, thigh);
    lv_chart_set_series_value_by_id(chart, calf_line, cleared, LV_CHART_POINT_NONE);
    lv_chart_set_series_value_by_id(chart, thigh_line, cleared, LV_CHART_POINT_NONE);
}

void page_touch_chart(void) { lv_obj_invalidate(chart); }
