/* The floor: the least a server can do that writes every event to every reader with write(2).
 *
 *   floor HOST PORT          one write per event and reader
 *   floor HOST PORT join     what was published in one turn goes out in one write per reader: what the
 *                            load client can take, whatever the server
 *
 * GET opens a stream, POST publishes its body. Nothing is checked, stored or queued; a reader that
 * does not keep up ends the program, because a figure with lost events would be worth nothing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, BATCH = 1024, PENDING = 1 << 22, REQUEST = 1 << 16 };

static const char STREAM_HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
static const char ACCEPTED[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

static int epoll_fd, readers[MOST], reader_count;
static char pending[PENDING];
static size_t pending_length;
static bool joining;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static int listen_at(const char *host, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet_pton(AF_INET, host, &at.sin_addr) != 1) die(host);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 4096) < 0) die("listen");
    return fd;
}

static void accept_all(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(fd);
    }
}

static void flush(void) {
    for (int i = 0; i < reader_count; i++)
        if (write(readers[i], pending, pending_length) != (ssize_t)pending_length) die("a slow reader");
    pending_length = 0;
}

static void publish(const char *body, size_t length) {
    if (pending_length + length + 64 > PENDING) flush();
    int head = sprintf(pending + pending_length, "data: ");
    memcpy(pending + pending_length + head, body, length);
    memcpy(pending + pending_length + head + length, "\n\n", 2);
    pending_length += (size_t)head + length + 2;
    if (!joining) flush();
}

static void subscribe(int fd) {
    if (reader_count == MOST) die("too many readers");
    if (write(fd, STREAM_HEAD, sizeof STREAM_HEAD - 1) < 0) die("write");
    readers[reader_count++] = fd;
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* One request is one read: the load client sends small ones, whole. */
static void handle(int fd) {
    static char request[REQUEST];
    ssize_t length = read(fd, request, sizeof request - 1);
    if (length <= 0) {
        close(fd);
        return;
    }
    request[length] = 0;
    if (memcmp(request, "GET ", 4) == 0) {
        subscribe(fd);
        return;
    }
    const char *body = strstr(request, "\r\n\r\n") + 4;
    if (write(fd, ACCEPTED, sizeof ACCEPTED - 1) < 0) die("write");
    publish(body, (size_t)(request + length - body));
}

int main(int words, char **word) {
    struct epoll_event events[BATCH];
    if (words < 3) return fprintf(stderr, "usage: floor HOST PORT [join]\n"), 2;
    joining = words > 3;
    epoll_fd = epoll_create1(0);
    int listener = listen_at(word[1], atoi(word[2]));
    watch(listener);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, BATCH, -1);
        for (int i = 0; i < count; i++)
            events[i].data.fd == listener ? accept_all(listener) : handle(events[i].data.fd);
        if (pending_length > 0) flush();
    }
}
