/* Sling for a head unit written in C, in five calls: start, feed, add a field, draw, describe.
 *
 * The host owns the sensors' radio, the clock, the memory and the screen; Sling turns samples into fields. Cues, records,
 * buttons, power and cadence are not here yet: they come with the full C surface.
 *
 * Units last in names: `_ms` is milliseconds from an origin of the host's choice, `_tenths` tenths of a percent. Text is
 * UTF-8 and ends in a zero byte. Nothing is allocated, nothing blocks. One call at a time: a unit belongs to one thread.
 *
 * Every call returns SLING_OK or one of the errors below, and after an error nothing has changed, but for what
 * sling_describe says of its text. A pointer that is neither null nor to what the call says it is cannot be found out. */
#ifndef SLING_H
#define SLING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call has to say. */
enum {
    SLING_OK = 0,
    /* A pointer is null that must not be. */
    SLING_NULL = -1,
    /* The memory for the unit is too small, or not aligned as a struct sling is. */
    SLING_MEMORY = -2,
    /* sling_start has not made a unit there. */
    SLING_NOT_STARTED = -3,
    /* A callback asks for what only the host may: to feed, or to add a field. */
    SLING_BUSY = -4,
    /* A site's name is none, such as `mg.right` is. */
    SLING_SITE = -5,
    /* A site, a channel or a field's id is there already. */
    SLING_TWICE = -6,
    /* More sensors than SLING_MOST_SENSORS, or fields than SLING_MOST_FIELDS. */
    SLING_FULL = -7,
    /* The time lies before that of an earlier call. */
    SLING_CLOCK = -8,
    /* No sensor of the roster has this channel. */
    SLING_CHANNEL = -9,
    /* SmO2 is above 1000 tenths. */
    SLING_VALUE = -10,
    /* The reason is not one that a sensor can give. */
    SLING_REASON = -11,
    /* No field has this id; or a new one is not 1 to 20 of a-z, 0-9 and _. */
    SLING_ID = -12,
    /* A text is no UTF-8, or too long: a title, a unit, what a callback says. */
    SLING_TEXT = -13,
    /* The area is not inside the frame, or smaller than the field's smallest. */
    SLING_AREA = -14,
    /* The frame's numbers do not fit each other: see struct sling_frame. */
    SLING_FRAME = -15,
    /* The text's room is too small for the words. */
    SLING_ROOM = -16,
    /* The ink is none of enum sling_ink. */
    SLING_INK = -17
};

/* What stands in the place of a value, and SLING_MEASURED if there is one. */
enum {
    SLING_MEASURED = 0,
    SLING_SEARCHING = 1,
    SLING_LOST = 2,
    SLING_STALE = 3,
    SLING_NO_DATA = 4,
    SLING_AMBIENT_LIGHT = 5,
    SLING_INVALID = 6,
    SLING_IMPLAUSIBLE = 7,
    SLING_MOVED = 8,
    SLING_SWAPPED = 9,
    SLING_LOW_BATTERY = 10,
    SLING_AMBIGUOUS = 11,
    /* No sensor is worn there; no sensor says so itself. */
    SLING_NOT_WORN = 12
};

/* What a stroke means. A frame of one bit has dots for SLING_SHADE and SLING_GRID. */
enum { SLING_PAPER = 0, SLING_BLACK = 1, SLING_CALF = 2, SLING_THIGH = 3, SLING_SHADE = 4, SLING_GRID = 5 };

enum { SLING_MOST_SENSORS = 8, SLING_MOST_FIELDS = 4, SLING_LONGEST_ID = 20, SLING_LONGEST_TITLE = 47, SLING_LONGEST_WORDS = 159 };

/* A head unit. What is in it is nobody's business. */
enum { SLING_BYTES = 57344 };
struct sling {
    uint64_t room[SLING_BYTES / 8];
};

/* A sensor that is worn. */
struct sling_sensor {
    /* By which it names itself in samples. */
    uint8_t channel;
    /* Muscle and side: vl vm rf mg lg sol bf st gmax gmed ta es del, a dot, left or right. Read in the call. */
    const char *site;
};

/* A finished sample. */
struct sling_sample {
    uint8_t channel;
    /* SLING_MEASURED, or why there is no value. */
    uint8_t reason;
    /* The sensor's event count, wrapping: the same count again is the same sample again, and not counted. */
    uint16_t count;
    /* 0 to 1000; not looked at unless measured. */
    uint16_t smo2_tenths;
};

/* Pixels from the top left; width and height are positive. */
struct sling_area {
    int16_t x, y, w, h;
};

/* A picture of one bit a pixel in the host's memory: the most significant bit of a byte is leftmost, a set bit is
 * dark. */
struct sling_frame {
    uint8_t *bytes;
    /* Of the memory; what the last row needs of it is enough. */
    size_t size;
    /* From a row to the next, in bytes; what lies behind a row's pixels is left alone. */
    size_t stride;
    /* 1 to 32767 pixels. */
    uint16_t width, height;
};

/* SmO2 of a muscle, over the last 5 s. */
struct sling_smo2 {
    /* 0 unless measured. */
    uint16_t tenths;
    /* SLING_MEASURED, or why there is none. */
    uint8_t reason;
};

/* What a field of the host's own is shown. */
struct sling_view {
    uint64_t now_ms;
    struct sling_smo2 calf, thigh;
};

/* What a field of the host's own draws on, for as long as its `draw` is called. */
struct sling_canvas {
    /* Fills what of an area lies in the field's own. SLING_NULL, SLING_INK. */
    int32_t (*fill)(struct sling_canvas *canvas, struct sling_area area, uint8_t ink);
};

/* A field of the host's own. It is copied; what its pointers name must stay as it is for as long as the unit is used.
 * Its callbacks may draw and describe, even itself if it comes to an end; to feed and to add they are SLING_BUSY. */
struct sling_field {
    const char *id, *title, *unit;
    /* Pixels in which it is legible: from there up any area will do. */
    int16_t smallest_w, smallest_h;
    /* Handed to both callbacks; may be null. */
    void *own;
    /* Draws the view into an area that has been cleared. */
    void (*draw)(void *own, const struct sling_view *view, struct sling_canvas *canvas, struct sling_area area);
    /* The same in words, at most SLING_LONGEST_WORDS bytes of them: writes them with a zero byte into `size` bytes. */
    void (*describe)(void *own, const struct sling_view *view, char *text, size_t size);
};

/* What is known of a field. */
struct sling_about {
    /* Bytes of its words, without the zero byte. */
    size_t length;
    int16_t smallest_w, smallest_h, preferred_w, preferred_h;
};

/* Makes a head unit in `unit`, which has `bytes` bytes, for these sensors; with none, `sensors` may be null. Not from a
 * callback. SLING_NULL, SLING_MEMORY, SLING_FULL, SLING_SITE, SLING_TWICE. */
int32_t sling_start(struct sling *unit, size_t bytes, const struct sling_sensor *sensors, size_t count);

/* Lets time pass up to `now_ms` and takes a sample; none if `sample` is null. `due_ms`, unless null, becomes the time
 * at which to feed again even if nothing happens; UINT64_MAX if nothing is due. SLING_NULL, SLING_NOT_STARTED,
 * SLING_BUSY, SLING_CLOCK, SLING_CHANNEL, SLING_VALUE, SLING_REASON. */
int32_t sling_feed(struct sling *unit, uint64_t now_ms, const struct sling_sample *sample, uint64_t *due_ms);

/* Adds a field of the host's own, to be drawn and described by its id as Sling's are.
 * SLING_NULL, SLING_NOT_STARTED, SLING_BUSY, SLING_ID, SLING_TWICE, SLING_TEXT, SLING_AREA, SLING_FULL. */
int32_t sling_add_field(struct sling *unit, const struct sling_field *field);

/* Clears an area of the frame and draws a field there, as things stand; nothing outside the area is touched.
 * SLING_NULL, SLING_NOT_STARTED, SLING_ID, SLING_FRAME, SLING_AREA. */
int32_t sling_draw(const struct sling *unit, const char *id, const struct sling_frame *frame, struct sling_area area);

/* Says in words what a field shows: as much as `size` bytes hold with a zero byte at the end, no character cut.
 * `text` may be null if `size` is 0. `about`, unless null, is filled in even if the answer is SLING_ROOM. SLING_NULL,
 * SLING_NOT_STARTED, SLING_ID, SLING_ROOM, SLING_TEXT (of a callback). */
int32_t sling_describe(const struct sling *unit, const char *id, char *text, size_t size, struct sling_about *about);

#ifdef __cplusplus
}
#endif

#endif
