/* The host on a desktop, with its console on standard output. With a path as its argument it leaves there what is on
 * the glass in the end, as a PBM to look at. */
#include "board.h"
#include "host.h"

#include <stdio.h>

void board_say(const char *text) { fputs(text, stdout); }

void board_say_number(uint32_t number) { printf("%lu", (unsigned long)number); }

int main(int count, char **arguments) {
    int code = host();
    if (count > 1) {
        FILE *file = fopen(arguments[1], "wb");
        if (!file) return 2;
        fprintf(file, "P4 %d %d\n", FRAME_W, FRAME_H);
        for (int y = 0; y < FRAME_H; y++) fwrite(frame + y * FRAME_STRIDE, 1, FRAME_W / 8, file);
        if (fclose(file) != 0) return 2;
    }
    return code;
}
