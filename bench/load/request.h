/* A whole HTTP request, written by the caller into a file; and the one server everything talks to. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct request {
    char *bytes;
    size_t length;
};

struct request request_load(const char *file);

void server_at(const char *host, int port);

/* A socket to the server, without Nagle's delay; when `waiting`, connected. Always non-blocking in the end. */
int server_connect(bool waiting);

#endif
