/* Balance at 240x400, of LVGL's widgets. */
#ifndef SLING_PAGE_H
#define SLING_PAGE_H

#include <stdint.h>

enum { PAGE_W = 240, PAGE_H = 400 };

/* What the page shows of one second. */
typedef struct {
    uint32_t ride_s;
    /* Percent. */
    int32_t calf, thigh;
    /* Where the values stand in the muscles' own ranges, percent. */
    int32_t calf_place, thigh_place;
    /* Tenths of points of SmO2. */
    int32_t balance;
    int32_t power, cadence, heart_rate;
} page_numbers;

/* Makes the page on the display there is. */
void page_make(void);
/* Sets all numbers, the needle and the marks of the ranges. */
void page_set(const page_numbers *numbers);
/* Adds a point to both lines of the chart, in tenths of percent, and moves the gap on. */
void page_add_points(int32_t calf, int32_t thigh);
/* Has the chart drawn anew, all of it. */
void page_touch_chart(void);

#endif
