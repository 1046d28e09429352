/* Arm's MPS2 board with the AN386 image (Cortex-M4F), as QEMU emulates it; counted in the way that
 * device/src/board/mps2_an386.rs counts: under `-icount shift=0` an instruction takes a nanosecond of the board's time,
 * so SysTick, which counts the 25 MHz of the core, steps once in 40 instructions. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_BAUD_DIVIDER REGISTER(0x40004010)
#define SYST_CONTROL REGISTER(0xE000E010)
#define SYST_RELOAD REGISTER(0xE000E014)
#define SYST_CURRENT REGISTER(0xE000E018)
#define SCB_INTERRUPTS REGISTER(0xE000ED04)
#define SCB_COPROCESSORS REGISTER(0xE000ED88)

enum { PER_STEP = 40, STEPS = 1 << 24 };
static const uint32_t TX_FULL = 1, TX_ON = 1, FASTEST_BAUD = 16;
static const uint32_t COUNTER_ON_CORE_CLOCK_WITH_INTERRUPT = 7, SYSTICK_PENDS = 1U << 26;
static const uint32_t PAINT = 0xCAFED00D;

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_TO_WRITE_BYTES = 5, APPLICATION_EXIT = 0x20026 };

/* From board.ld. */
extern uint32_t data_from, data_start, data_end, bss_start, bss_end, stack_low, stack_top;

int main(void);

static volatile uint32_t rounds;

static void systick(void) { rounds++; }

static void fault(void) { board_fail("a fault"); }

static void start_counter(void) {
    SYST_RELOAD = STEPS - 1;
    SYST_CURRENT = 0;
    SYST_CONTROL = COUNTER_ON_CORE_CLOCK_WITH_INTERRUPT;
    /* The first step loads the counter. */
    while (SYST_CURRENT == 0) {}
}

static void reset(void) {
    uint32_t *word;
    uint32_t *here = __builtin_frame_address(0);
    /* Clear of what this function itself keeps on the stack. */
    for (word = &stack_low; word < here - 16; word++) *(volatile uint32_t *)word = PAINT;
    const uint32_t *from = &data_from;
    for (word = &data_start; word < &data_end;) *word++ = *from++;
    for (word = &bss_start; word < &bss_end;) *word++ = 0;
    SCB_COPROCESSORS |= 0xFU << 20;
    __asm volatile("dsb\nisb" ::: "memory");
    UART_BAUD_DIVIDER = FASTEST_BAUD;
    UART_CONTROL = TX_ON;
    start_counter();
    board_exit(main());
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[16] = {
    (handler)&stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, systick,
};

static uint32_t semihosting(uint32_t operation, const void *arguments) {
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void board_say(const char *text) {
    for (; *text; text++) {
        while (UART_STATE & TX_FULL) {}
        UART_DATA = (uint8_t)*text;
    }
}

void board_say_number(uint32_t number) {
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do *--first = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    board_say(first);
}

uint32_t board_instructions(void) {
    for (;;) {
        uint32_t before = rounds;
        uint32_t passed = STEPS - 1 - SYST_CURRENT;
        /* A round that ended while this was read is counted before the next try. */
        if (!(SCB_INTERRUPTS & SYSTICK_PENDS) && rounds == before) return (before * STEPS + passed) * PER_STEP;
    }
}

void board_check(uint32_t *known, uint32_t *counted) {
    uint32_t n = 5000000;
    *known = 2 * n;
    uint32_t before = board_instructions();
    __asm volatile("1: subs %0, %0, #1\nbne 1b" : "+r"(n) : : "cc");
    *counted = board_instructions() - before;
}

uint32_t board_stack_peak(void) {
    const uint32_t *word = &stack_low;
    while (word < &stack_top && *(const volatile uint32_t *)word == PAINT) word++;
    return (uint32_t)((const char *)&stack_top - (const char *)word);
}

static size_t length(const char *text) {
    size_t n = 0;
    while (text[n]) n++;
    return n;
}

void board_write(const char *path, const void *head, size_t head_len, const void *body, size_t body_len) {
    const uint32_t open[] = {(uint32_t)path, OPEN_TO_WRITE_BYTES, length(path)};
    uint32_t file = semihosting(SYS_OPEN, open);
    if (file == UINT32_MAX) board_fail("a file cannot be written");
    const uint32_t first[] = {file, (uint32_t)head, head_len}, second[] = {file, (uint32_t)body, body_len};
    if (semihosting(SYS_WRITE, first) != 0 || semihosting(SYS_WRITE, second) != 0) board_fail("a file is not whole");
    semihosting(SYS_CLOSE, &file);
}

_Noreturn void board_exit(int code) {
    const uint32_t why[] = {APPLICATION_EXIT, (uint32_t)code};
    semihosting(SYS_EXIT_EXTENDED, why);
    for (;;) {}
}

_Noreturn void board_fail(const char *why) {
    board_say("error ");
    board_say(why);
    board_say("\n");
    board_exit(1);
}
