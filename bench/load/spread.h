/* How a measured time is spread: a histogram of microseconds, 1.6 % wide buckets, any number of samples. */
#ifndef SPREAD_H
#define SPREAD_H

#include <stdint.h>

enum { SPREAD_BUCKETS = 64 * 40 };

struct spread {
    int64_t count, max;
    uint32_t bucket[SPREAD_BUCKETS];
};

void spread_clear(struct spread *spread);
void spread_add(struct spread *spread, int64_t us);

/* Prints `"name": {"count": .., "p50": .., "p90": .., "p99": .., "max": ..}`, in milliseconds. */
void spread_print(const struct spread *spread, const char *name);

#endif
