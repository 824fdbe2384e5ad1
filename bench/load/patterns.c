#include "patterns.h"

#include "marks.h"
#include "streams.h"

/* An open loop needs as many connections as requests can be under way; beyond that they wait, and
 * their waiting counts. */
enum { RATE_CONNECTIONS = 64 };

struct outcome outcome;

static struct post *idle[RATE_CONNECTIONS];
static int idle_count;
static int64_t flood_ends_us, flood_left, under_way;

static void note(struct post *post, int status) {
    under_way--;
    outcome.ended_us = now_us();
    status < 400 ? outcome.answered++ : outcome.failed++;
    spread_add(&outcome.answer, outcome.ended_us - post->due_us);
}

static void note_and_keep(struct post *post, int status) {
    note(post, status);
    idle[idle_count++] = post;
}

static void start(struct post *post, int64_t due_us) {
    under_way++;
    post_start(post, due_us);
}

static void note_and_go_on(struct post *post, int status) {
    note(post, status);
    if (flood_left <= 0 || outcome.ended_us >= flood_ends_us) return;
    flood_left--;
    start(post, outcome.ended_us);
}

static void begin(void (*answered)(struct post *, int)) {
    marks_reset();
    streams_reset();
    outcome = (struct outcome){.began_us = now_us()};
    under_way = idle_count = 0;
    post_answered = answered;
}

static bool all_read(void) {
    int64_t readers = streams.open - streams.stalled;
    return marks.arrived >= marks.published * readers;
}

/* Waits for every answer and every reader, and counts the time since `since_us` as busy. */
static void finish(int64_t since_us, int64_t patience_us) {
    int64_t until = now_us() + patience_us;
    while ((under_way > 0 || !all_read()) && now_us() < until) loop_turn(until);
    if (marks.last_arrival_us > outcome.ended_us) outcome.ended_us = marks.last_arrival_us;
    outcome.busy_us += outcome.ended_us - since_us;
}

static void rest(int64_t us) {
    for (int64_t until = now_us() + us; now_us() < until;) loop_turn(until);
}

void publish_singly(struct request request, int count, int64_t gap_us, int64_t patience_us) {
    struct post *post = posts_connect(request, 1);
    begin(note);
    for (int i = 0; i < count; i++) {
        int64_t at = now_us();
        start(post, at);
        finish(at, patience_us);
        spread_add(&outcome.last_reader, marks.last_arrival_us - at);
        rest(gap_us);
    }
    posts_close(post, 1);
}

void publish_burst(struct request request, int count, int64_t patience_us) {
    struct post *posts = posts_connect(request, count);
    rest(100000);
    begin(note);
    for (int i = 0; i < count; i++) start(&posts[i], outcome.began_us);
    finish(outcome.began_us, patience_us);
    posts_close(posts, count);
}

void publish_rate(struct request request, int per_second, int64_t for_us, int64_t patience_us) {
    struct post *posts = posts_connect(request, RATE_CONNECTIONS);
    begin(note_and_keep);
    for (int i = 0; i < RATE_CONNECTIONS; i++) idle[idle_count++] = &posts[i];
    int64_t total = for_us * per_second / 1000000, due = outcome.began_us;
    for (int64_t sent = 0; sent < total;) {
        loop_turn(due);
        for (; sent < total && idle_count > 0 && due <= now_us(); sent++) {
            start(idle[--idle_count], due);
            due = outcome.began_us + (sent + 1) * 1000000 / per_second;
        }
        if (idle_count == 0) loop_turn(now_us() + patience_us);
    }
    finish(outcome.began_us, patience_us);
    posts_close(posts, RATE_CONNECTIONS);
}

void publish_flood(struct request request, int connections, int64_t for_us, int64_t most,
                   int64_t patience_us) {
    struct post *posts = posts_connect(request, connections);
    begin(note_and_go_on);
    flood_ends_us = outcome.began_us + for_us;
    flood_left = most;
    for (int i = 0; i < connections && flood_left > 0; i++, flood_left--)
        start(&posts[i], outcome.began_us);
    while (under_way > 0) loop_turn(now_us() + patience_us);
    finish(outcome.began_us, patience_us);
    posts_close(posts, connections);
}
