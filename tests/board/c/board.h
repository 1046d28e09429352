/* The emulated board, as far as this program needs it: a console, a counter of instructions, files of the machine that
 * emulates, the stack's peak. */
#ifndef SLING_BOARD_H
#define SLING_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Text to the console. */
void board_say(const char *text);
/* A number, in decimal, to the console. */
void board_say_number(uint32_t number);

/* Instructions since reset, in steps of 40, for up to four thousand million. */
uint32_t board_instructions(void);
/* How many instructions a loop of known length executes, and how many the counter says. */
void board_check(uint32_t *known, uint32_t *counted);

/* Bytes of stack that were ever used. */
uint32_t board_stack_peak(void);

/* Writes a file on the machine that emulates: two parts, one after the other. */
void board_write(const char *path, const void *head, size_t head_len, const void *body, size_t body_len);

/* Ends the emulation. */
_Noreturn void board_exit(int code);
/* Says why and ends the emulation as a failure. */
_Noreturn void board_fail(const char *why);

#endif
