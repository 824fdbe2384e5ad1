/* A whole HTTP request, written by the caller into a file; and the one server everything talks to.
 *
 * Behind the request for a WebSocket connection stand the frames that are sent once it is open. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct request {
    char *bytes;
    size_t length, head; /* of all; up to and with the empty line */
};

struct request request_load(const char *file);

void server_at(const char *host, int port);

/* A socket to the server, without Nagle's delay; when `waiting`, connected. Always non-blocking in the end. */
int server_connect(bool waiting);

#endif
