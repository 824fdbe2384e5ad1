#define _GNU_SOURCE
#include "posts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "marks.h"

void (*post_answered)(struct post *post, int status);

static void send_on(struct post *post) {
    size_t left = post->length - post->sent;
    ssize_t sent = send(post->watch.fd, post->bytes + post->sent, left, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) die("send");
    if (sent > 0) post->sent += (size_t)sent;
    bool whole = post->sent == post->length;
    loop_change(&post->watch, whole ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static long body_length(const char *head) {
    const char *field = strcasestr(head, "\r\ncontent-length:");
    if (field != NULL) return strtol(field + 17, NULL, 10);
    if (strcasestr(head, "\r\ntransfer-encoding:") == NULL) return 0;
    fprintf(stderr, "an answer in chunks is not understood:\n%s\n", head);
    exit(1);
}

/* Takes the next bytes of an answer: to its head until that is complete, then counted as body. */
static void take(struct post *post, const char *bytes, size_t length) {
    if (post->body_left >= 0) {
        post->body_left -= (long)length;
        return;
    }
    size_t room = ANSWER_HEAD - post->head_length, kept = length < room ? length : room;
    memcpy(post->head + post->head_length, bytes, kept);
    post->head_length += kept;
    post->head[post->head_length] = 0;
    const char *end = strstr(post->head, "\r\n\r\n");
    if (end == NULL) return;
    long beyond = (long)(post->head_length + length - kept) - (end + 4 - post->head);
    post->body_left = body_length(post->head) - beyond;
}

static void ready(struct watch *watch, uint32_t events) {
    char buffer[65536];
    struct post *post = (struct post *)watch;
    if (events & EPOLLOUT) send_on(post);
    if (!(events & ~(uint32_t)EPOLLOUT)) return;
    ssize_t length = recv(watch->fd, buffer, sizeof buffer, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) die("the server closed a publisher's connection");
    take(post, buffer, (size_t)length);
    if (post->body_left == 0) post_answered(post, atoi(post->head + 9));
}

struct post *posts_connect(struct request request, int count) {
    struct post *posts = calloc((size_t)count, sizeof *posts);
    for (int i = 0; i < count; i++) {
        struct post *post = &posts[i];
        post->watch = (struct watch){ready, server_connect(true)};
        post->length = request.length;
        post->bytes = malloc(request.length);
        memcpy(post->bytes, request.bytes, request.length);
        loop_add(&post->watch, EPOLLIN);
    }
    return posts;
}

void posts_close(struct post *posts, int count) {
    for (int i = 0; i < count; i++) {
        loop_remove(&posts[i].watch);
        close(posts[i].watch.fd);
        free(posts[i].bytes);
    }
    free(posts);
}

void post_start(struct post *post, int64_t due_us) {
    post->due_us = due_us;
    post->sent = post->head_length = 0;
    post->body_left = -1;
    marks_stamp(post->bytes, post->length, due_us);
    send_on(post);
}
