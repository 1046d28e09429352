/* The program that runs on the board and on a desktop; what it needs of either is board_say of board.h. */
#ifndef SLING_HOST_H
#define SLING_HOST_H

#include <stdint.h>

enum { FRAME_W = 240, FRAME_H = 400, FRAME_STRIDE = 32 };

/* What is on the glass. */
extern uint8_t frame[FRAME_STRIDE * FRAME_H];

/* Rides a minute and more, and says all that it does and sees. 0, or 1 if a call did not answer as it should. */
int host(void);

#endif
