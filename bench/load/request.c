#define _GNU_SOURCE
#include "request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loop.h"

static struct sockaddr_in server;

struct request request_load(const char *file) {
    FILE *from = fopen(file, "rb");
    if (from == NULL) die(file);
    fseek(from, 0, SEEK_END);
    struct request request = {.length = (size_t)ftell(from)};
    rewind(from);
    request.bytes = malloc(request.length);
    if (fread(request.bytes, 1, request.length, from) != request.length) die(file);
    fclose(from);
    const char *end = memmem(request.bytes, request.length, "\r\n\r\n", 4);
    request.head = end == NULL ? request.length : (size_t)(end + 4 - request.bytes);
    return request;
}

void server_at(const char *host, int port) {
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &server.sin_addr) != 1) die(host);
}

int server_connect(bool waiting) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (waiting ? 0 : SOCK_NONBLOCK), 0), on = 1;
    if (fd < 0) die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        die("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}
