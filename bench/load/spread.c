#include "spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FINE = 64 };

void spread_clear(struct spread *spread) { memset(spread, 0, sizeof *spread); }

/* The first 64 buckets are a microsecond each; every doubling after them is cut into 64. */
static int bucket_of(int64_t us) {
    if (us < FINE) return us < 0 ? 0 : (int)us;
    int doublings = 57 - __builtin_clzll((unsigned long long)us);
    int bucket = doublings * FINE + (int)(us >> doublings);
    return bucket < SPREAD_BUCKETS ? bucket : SPREAD_BUCKETS - 1;
}

static int64_t floor_of(int bucket) {
    if (bucket < 2 * FINE) return bucket;
    int doublings = bucket / FINE - 1;
    return (int64_t)(bucket - doublings * FINE) << doublings;
}

void spread_add(struct spread *spread, int64_t us) {
    spread->count++;
    spread->bucket[bucket_of(us)]++;
    if (us > spread->max) spread->max = us;
}

static double quantile_ms(const struct spread *spread, double share) {
    int64_t rank = (int64_t)ceil(share * (double)spread->count), seen = 0;
    for (int i = 0; i < SPREAD_BUCKETS; i++) {
        seen += spread->bucket[i];
        if (seen >= rank && seen > 0) return (double)floor_of(i) / 1000;
    }
    return (double)spread->max / 1000;
}

void spread_print(const struct spread *spread, const char *name) {
    printf("\"%s\": {\"count\": %lld, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}",
           name, (long long)spread->count, quantile_ms(spread, 0.5), quantile_ms(spread, 0.9),
           quantile_ms(spread, 0.99), (double)spread->max / 1000);
}
