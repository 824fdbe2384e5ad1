/* How an event is known again on the other side without parsing: its data holds `~` and eight digits.
 *
 * No server adds a `~` of its own, so a reader looks for that one byte (it cannot be split between two
 * reads) and the digits say which event it is: when it was published, and, by count and sum, that a
 * reader got every event and none twice. */
#ifndef MARKS_H
#define MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "spread.h"

/* What one reader has seen. */
struct tally {
    int64_t count;
    uint64_t sum;
    uint32_t part;
    uint8_t digits_left;
};

/* What was published, and what has arrived at all readers together since marks_reset(). */
struct marks {
    int64_t published;
    uint64_t sum;
    int64_t arrived, last_arrival_us;
    struct spread delay;
};
extern struct marks marks;

/* Forgets what arrived. Numbering goes on, so that what is late cannot be taken for what is new. */
void marks_reset(void);

/* Numbers every mark in `request`, as published at `at_us`. */
void marks_stamp(char *request, size_t length, int64_t at_us);

/* Counts the marks in the next bytes of a reader's stream. */
void marks_read(struct tally *tally, const char *bytes, size_t length, int64_t at_us);

#endif
