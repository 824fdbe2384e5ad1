/* The patterns in which events are published; each returns when everything published has been read. */
#ifndef PATTERNS_H
#define PATTERNS_H

#include "posts.h"
#include "spread.h"

/* What a pattern saw; cleared when it begins. */
struct outcome {
    int64_t answered, failed;       /* answers below 400; the others */
    int64_t began_us, ended_us;     /* first request sent; last answer or last event read, whichever is later */
    int64_t busy_us;                /* of that, the time in which something was under way */
    struct spread answer;           /* a request's due time to its answer */
    struct spread last_reader;      /* an event's publishing to the moment the last reader had it */
};
extern struct outcome outcome;

/* `count` events, one at a time: each is read by all, then `gap_us` of silence. */
void publish_singly(struct request request, int count, int64_t gap_us, int64_t patience_us);

/* `count` requests in the same moment, each on its own connection. */
void publish_burst(struct request request, int count, int64_t patience_us);

/* `per_second` requests, on time whatever the answers do (an open loop). */
void publish_rate(struct request request, int per_second, int64_t for_us, int64_t patience_us);

/* As fast as `connections` get their answers (a closed loop), for a time or `most` requests. */
void publish_flood(struct request request, int connections, int64_t for_us, int64_t most,
                   int64_t patience_us);

#endif
