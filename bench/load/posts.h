/* The publishers: kept-alive connections, each of which sends a request and waits for its whole answer. */
#ifndef POSTS_H
#define POSTS_H

#include <stdbool.h>

#include "loop.h"
#include "request.h"

enum { ANSWER_HEAD = 8192 };

struct post {
    struct watch watch;
    char *bytes;                /* this connection's own copy: its marks are numbered anew each time */
    size_t length, sent;
    int64_t due_us;             /* when this request should have been sent: late sending counts as delay */
    char head[ANSWER_HEAD + 1];
    size_t head_length;
    long body_left;             /* -1 while the head is incomplete */
};

/* Called with the status when a whole answer has come; may start the next request. */
extern void (*post_answered)(struct post *post, int status);

/* `count` connected publishers of `request`. */
struct post *posts_connect(struct request request, int count);
void posts_close(struct post *posts, int count);

/* Sends the request, its events marked as published at `due_us`. */
void post_start(struct post *post, int64_t due_us);

#endif
