/* The readers: streams that are opened, read and counted, or left unread.
 *
 * A WebSocket connection (its answer is 101) is one too. When frames are sent on it, the last of them
 * has to ask for an answer with a `^` in it: that one is the stream's. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>

#include "marks.h"
#include "request.h"

struct streams {
    int open, stalled;       /* answered and not ended; of these, those that nobody reads */
    int refused;             /* answered with neither 200 nor 101 */
    int ended, broken;       /* closed by the server in order; by a reset */
    int close_status;        /* of the last close frame that came; 0: none has */
    long long bytes;
};
extern struct streams streams;

/* Opens `count` more; returns when each was answered, and dies when one is not by `until_us`. A stalled
 * one is read no further. */
void streams_open(struct request request, int count, bool stalled, int64_t until_us);

/* Reads the stalled ones from now on. */
void streams_wake(void);

/* Streams that are read and have not got exactly what was published since the last reset. */
int streams_wrong(void);

/* Starts a new count for every stream. */
void streams_reset(void);

#endif
