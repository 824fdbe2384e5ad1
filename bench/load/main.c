/* The load client: `load HOST PORT`, then a command a line on stdin, an answer in JSON a line on stdout.
 *
 *   open FILE COUNT             open streams with the request in FILE, wait for every answer
 *   stall FILE COUNT            the same, and read nothing after the head
 *   wake - COUNT                read the stalled ones until each has COUNT events
 *   collect FILE COUNT          open one stream and read it until it has COUNT events
 *   single FILE COUNT GAP_MS    publish one event at a time, wait until all have read it
 *   burst FILE COUNT            publish at once on that many connections
 *   rate FILE PER_SECOND SECONDS              publish on time, whatever the answers do
 *   flood FILE CONNECTIONS SECONDS REQUESTS   publish as fast as the answers come
 *   watch - SECONDS             read until every stream was closed by the server
 *
 * FILE holds a whole HTTP request, and behind it what a WebSocket connection says first; `-` stands for
 * none. Every answer says how long the command took and how much processor time this client used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "patterns.h"
#include "streams.h"

enum { PATIENCE_US = 60 * 1000000 };

static int64_t began_us, began_cpu_us;
static long long began_bytes;

static int64_t cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

static void begin(void) {
    began_us = now_us();
    began_cpu_us = cpu_us();
    began_bytes = streams.bytes;
}

static void answer_streams(void) {
    int64_t took = now_us() - began_us;
    printf("{\"seconds\": %.6f, \"client_cpu\": %.4f, \"bytes\": %lld, \"open\": %d, \"stalled\": %d, "
           "\"refused\": %d, \"ended\": %d, \"broken\": %d, \"close_status\": %d, \"arrived\": %lld}\n",
           (double)took / 1e6, (double)(cpu_us() - began_cpu_us) / 1e6, streams.bytes - began_bytes,
           streams.open, streams.stalled, streams.refused, streams.ended, streams.broken,
           streams.close_status, (long long)marks.arrived);
}

static void answer_pattern(void) {
    printf("{\"seconds\": %.6f, \"busy\": %.6f, \"client_cpu\": %.4f, \"bytes\": %lld, \"published\": %lld, "
           "\"answered\": %lld, \"failed\": %lld, \"arrived\": %lld, \"readers\": %d, \"wrong\": %d, ",
           (double)(outcome.ended_us - outcome.began_us) / 1e6, (double)outcome.busy_us / 1e6,
           (double)(cpu_us() - began_cpu_us) / 1e6, streams.bytes - began_bytes,
           (long long)marks.published, (long long)outcome.answered, (long long)outcome.failed,
           (long long)marks.arrived, streams.open - streams.stalled, streams_wrong());
    spread_print(&outcome.answer, "answer");
    printf(", ");
    spread_print(&marks.delay, "reader");
    printf(", ");
    spread_print(&outcome.last_reader, "last_reader");
    printf("}\n");
}

static void read_until_arrived(int64_t count) {
    int64_t until = now_us() + PATIENCE_US;
    while (marks.arrived < count && streams.open > 0 && now_us() < until) loop_turn(until);
}

static void read_until_closed(double seconds) {
    int64_t until = now_us() + (int64_t)(seconds * 1e6);
    while (streams.open > 0 && now_us() < until) loop_turn(until);
}

static void do_open(struct request request, const double *number) {
    streams_open(request, (int)number[0], false, now_us() + PATIENCE_US);
}

static void do_stall(struct request request, const double *number) {
    streams_open(request, (int)number[0], true, now_us() + PATIENCE_US);
}

static void do_wake(struct request request, const double *number) {
    (void)request;
    int64_t expected = (int64_t)number[0] * streams.stalled;
    marks_reset();
    streams_wake();
    read_until_arrived(expected);
}

static void do_collect(struct request request, const double *number) {
    marks_reset();
    streams_open(request, 1, false, now_us() + PATIENCE_US);
    read_until_arrived((int64_t)number[0]);
}

static void do_watch(struct request request, const double *number) {
    (void)request;
    read_until_closed(number[0]);
}

static void do_single(struct request request, const double *number) {
    publish_singly(request, (int)number[0], (int64_t)(number[1] * 1000), PATIENCE_US);
}

static void do_burst(struct request request, const double *number) {
    publish_burst(request, (int)number[0], PATIENCE_US);
}

static void do_rate(struct request request, const double *number) {
    publish_rate(request, (int)number[0], (int64_t)(number[1] * 1e6), PATIENCE_US);
}

static void do_flood(struct request request, const double *number) {
    publish_flood(request, (int)number[0], (int64_t)(number[1] * 1e6), (int64_t)number[2],
                  PATIENCE_US);
}

static const struct command {
    const char *name;
    void (*act)(struct request request, const double *number);
    void (*answer)(void);
} commands[] = {
    {"open", do_open, answer_streams},       {"stall", do_stall, answer_streams},
    {"wake", do_wake, answer_streams},       {"collect", do_collect, answer_streams},
    {"watch", do_watch, answer_streams},     {"single", do_single, answer_pattern},
    {"burst", do_burst, answer_pattern},     {"rate", do_rate, answer_pattern},
    {"flood", do_flood, answer_pattern},
};

static void obey(const char *line) {
    char name[32] = "", file[2048] = "-";
    double number[3] = {0, 0, 0};
    sscanf(line, "%31s %2047s %lf %lf %lf", name, file, &number[0], &number[1], &number[2]);
    struct request request = {0};
    if (strcmp(file, "-") != 0) request = request_load(file);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(name, commands[i].name) != 0) continue;
        begin();
        commands[i].act(request, number);
        commands[i].answer();
        fflush(stdout);
        return;
    }
    fprintf(stderr, "unknown command: %s\n", line);
    exit(1);
}

int main(int words, char **word) {
    char line[4096];
    if (words != 3) return fprintf(stderr, "usage: load HOST PORT\n"), 2;
    server_at(word[1], atoi(word[2]));
    loop_open();
    while (fgets(line, sizeof line, stdin) != NULL) obey(line);
    return 0;
}
