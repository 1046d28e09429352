/* The host on the emulated board; tests/board/c/board.c starts it. */
#include "board.h"
#include "host.h"

int main(void) {
    int code = host();
    board_say("stack peak ");
    board_say_number(board_stack_peak());
    board_say("\n");
    return code;
}
