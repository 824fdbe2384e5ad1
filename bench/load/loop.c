#define _GNU_SOURCE
#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

enum { BATCH = 1024 };

static int epoll_fd;

void die(const char *what) {
    perror(what);
    exit(1);
}

int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void loop_open(void) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) die("epoll_create1");
}

static void control(int operation, struct watch *watch, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(epoll_fd, operation, watch->fd, &event) < 0) die("epoll_ctl");
}

void loop_add(struct watch *watch, uint32_t events) { control(EPOLL_CTL_ADD, watch, events); }

void loop_change(struct watch *watch, uint32_t events) { control(EPOLL_CTL_MOD, watch, events); }

void loop_remove(struct watch *watch) { control(EPOLL_CTL_DEL, watch, 0); }

void loop_turn(int64_t until_us) {
    struct epoll_event events[BATCH];
    int64_t wait = until_us - now_us();
    if (wait < 0) wait = 0;
    struct timespec limit = {.tv_sec = wait / 1000000, .tv_nsec = wait % 1000000 * 1000};
    int count = epoll_pwait2(epoll_fd, events, BATCH, &limit, NULL);
    for (int i = 0; i < count; i++) {
        struct watch *watch = events[i].data.ptr;
        watch->ready(watch, events[i].events);
    }
}
