#define _GNU_SOURCE
#include "streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frames.h"
#include "loop.h"

/* Connects under way at a time: below every server's listen backlog, so that no SYN is dropped and
 * sent again a second later. */
enum { IN_FLIGHT = 200, BUFFER = 256 * 1024, MOST = 65536 };

/* In the answer that a WebSocket connection waits for. */
enum { ANSWER = '^' };

/* Edge-triggered, a third cheaper per delivery: a read that does not fill the buffer has emptied the
 * socket, and an end that came together with data is told by EPOLLRDHUP. */
static const uint32_t READABLE = EPOLLIN | EPOLLRDHUP | EPOLLET;
static const uint32_t ENDING = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

enum state { CONNECTING, ASKED, OPEN, GONE };

struct stream {
    struct watch watch;
    struct tally tally;
    enum state state;
    bool stalled, talks;     /* talks: in frames, both ways */
    struct frames frames;
};

struct streams streams;

static struct stream *all[MOST];
static int known, unanswered;
static struct request asking;

static void answered(void) { unanswered--; }

static void gone(struct stream *stream, bool in_order) {
    if (stream->state != OPEN) answered();
    if (stream->state == OPEN) streams.open--;
    stream->state = GONE;
    in_order ? streams.ended++ : streams.broken++;
    loop_remove(&stream->watch);
    close(stream->watch.fd);
}

static bool say(struct stream *stream, const char *bytes, size_t length) {
    return send(stream->watch.fd, bytes, length, MSG_NOSIGNAL) >= 0;
}

static void ask(struct stream *stream) {
    if (!say(stream, asking.bytes, asking.head)) {
        gone(stream, false);
        return;
    }
    stream->state = ASKED;
    loop_change(&stream->watch, READABLE);
}

static void open_up(struct stream *stream) {
    answered();
    stream->state = OPEN;
    streams.open++;
    if (!stream->stalled) return;
    streams.stalled++;
    loop_remove(&stream->watch);
}

/* The first read: all of the answer's head. What follows that begins at `*bytes` then. */
static void take_answer(struct stream *stream, const char **bytes, const char *end) {
    const char *head = *bytes, *head_end = memmem(head, (size_t)(end - head), "\r\n\r\n", 4);
    *bytes = head_end == NULL ? end : head_end + 4;
    stream->talks = head_end != NULL && memcmp(head, "HTTP/1.1 101", 12) == 0;
    size_t said = stream->talks ? asking.length - asking.head : 0;
    if (said > 0) {
        say(stream, asking.bytes + asking.head, said);
        return;
    }
    if (!stream->talks && (end - head < 12 || memcmp(head, "HTTP/1.1 200", 12) != 0)) streams.refused++;
    open_up(stream);
}

/* Says what a client has to: a pong to a ping, a close frame to a close frame. */
static void take_control(struct stream *stream, const struct piece *piece) {
    char frame[CONTROL_FRAME];
    if (piece->opcode == PONG) return;
    if (piece->opcode == CLOSE) streams.close_status = close_status(piece);
    enum opcode answer = piece->opcode == PING ? PONG : CLOSE;
    say(stream, frame, frame_write(frame, answer, piece->bytes, piece->length));
}

static void take_frames(struct stream *stream, const char *bytes, const char *end, int64_t at_us) {
    struct piece piece;
    while (frames_next(&stream->frames, &bytes, end, &piece)) {
        if (piece.opcode >= CLOSE) {
            take_control(stream, &piece);
            continue;
        }
        marks_read(&stream->tally, piece.bytes, piece.length, at_us);
        if (stream->state == ASKED && memchr(piece.bytes, ANSWER, piece.length)) open_up(stream);
    }
}

/* One read; whether another is needed before the next event. */
static bool read_once(struct stream *stream, bool ending) {
    static char buffer[BUFFER];
    const char *bytes = buffer;
    ssize_t length = recv(stream->watch.fd, buffer, BUFFER, 0);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN) gone(stream, length == 0);
        return false;
    }
    streams.bytes += length;
    int64_t at_us = now_us();
    if (stream->state == ASKED && !stream->talks) take_answer(stream, &bytes, buffer + length);
    if (stream->talks) take_frames(stream, bytes, buffer + length, at_us);
    else marks_read(&stream->tally, bytes, (size_t)(buffer + length - bytes), at_us);
    return !stream->stalled && (ending || length == BUFFER);
}

static void ready(struct watch *watch, uint32_t events) {
    struct stream *stream = (struct stream *)watch;
    if (stream->state == CONNECTING) {
        if (events & (EPOLLERR | EPOLLHUP)) gone(stream, false);
        else ask(stream);
        return;
    }
    while (read_once(stream, (events & ENDING) != 0)) continue;
}

static void connect_one(bool stalled) {
    if (known == MOST) die("too many streams");
    struct stream *stream = calloc(1, sizeof *stream);
    *stream = (struct stream){.watch = {ready, server_connect(false)}, .stalled = stalled};
    all[known++] = stream;
    unanswered++;
    loop_add(&stream->watch, EPOLLOUT);
}

void streams_open(struct request request, int count, bool stalled, int64_t until_us) {
    asking = request;
    while ((count > 0 || unanswered > 0) && now_us() < until_us) {
        for (; count > 0 && unanswered < IN_FLIGHT; count--) connect_one(stalled);
        loop_turn(until_us);
    }
    if (count > 0 || unanswered > 0) errno = ETIMEDOUT, die("opening streams");
}

void streams_wake(void) {
    for (int i = 0; i < known; i++) {
        if (!all[i]->stalled || all[i]->state != OPEN) continue;
        all[i]->stalled = false;
        streams.stalled--;
        loop_add(&all[i]->watch, READABLE);
    }
}

int streams_wrong(void) {
    int wrong = 0;
    for (int i = 0; i < known; i++) {
        const struct tally *got = &all[i]->tally;
        if (all[i]->state == OPEN && !all[i]->stalled)
            wrong += got->count != marks.published || got->sum != marks.sum;
    }
    return wrong;
}

void streams_reset(void) {
    for (int i = 0; i < known; i++) all[i]->tally.count = 0, all[i]->tally.sum = 0;
}
