/* The readers: streams that are opened, read and counted, or left unread. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>

#include "marks.h"
#include "request.h"

struct streams {
    int open, stalled;       /* answered with 200 and not ended; of these, those that nobody reads */
    int refused;             /* answered with anything else */
    int ended, broken;       /* closed by the server in order; by a reset */
    long long bytes;
};
extern struct streams streams;

/* Opens `count` more; returns when each was answered, or at `until_us`. A stalled one is not read further. */
void streams_open(struct request request, int count, bool stalled, int64_t until_us);

/* Reads the stalled ones from now on. */
void streams_wake(void);

/* Streams that are read and have not got exactly what was published since the last reset. */
int streams_wrong(void);

/* Starts a new count for every stream. */
void streams_reset(void);

#endif
