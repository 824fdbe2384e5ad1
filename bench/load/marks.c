#define _GNU_SOURCE
#include "marks.h"

#include <string.h>

enum { MARK = '~', DIGITS = 8, REMEMBERED = 1 << 22 };

struct marks marks;

static int64_t published_at[REMEMBERED];
static uint32_t next_number;

void marks_reset(void) {
    marks.published = marks.arrived = marks.last_arrival_us = 0;
    marks.sum = 0;
    spread_clear(&marks.delay);
}

static void write_number(char *digits, uint32_t number) {
    for (int i = DIGITS - 1; i >= 0; i--, number /= 10) digits[i] = (char)('0' + number % 10);
}

void marks_stamp(char *request, size_t length, int64_t at_us) {
    char *end = request + length, *mark = request;
    while ((mark = memchr(mark, MARK, (size_t)(end - mark))) != NULL) {
        published_at[next_number % REMEMBERED] = at_us;
        write_number(++mark, next_number);
        marks.published++;
        marks.sum += next_number++;
    }
}

static void arrive(struct tally *tally, int64_t at_us) {
    tally->count++;
    tally->sum += tally->part;
    marks.arrived++;
    marks.last_arrival_us = at_us;
    spread_add(&marks.delay, at_us - published_at[tally->part % REMEMBERED]);
}

void marks_read(struct tally *tally, const char *bytes, size_t length, int64_t at_us) {
    const char *end = bytes + length;
    for (;;) {
        while (tally->digits_left && bytes < end) {
            tally->part = tally->part * 10 + (uint32_t)(*bytes++ - '0');
            if (--tally->digits_left == 0) arrive(tally, at_us);
        }
        bytes = memchr(bytes, MARK, (size_t)(end - bytes));
        if (bytes == NULL) return;
        bytes++;
        tally->digits_left = DIGITS;
        tally->part = 0;
    }
}
