/* What a WebSocket server sends, taken apart as its bytes come, and the short frames of a client
 * (RFC 6455, section 5). */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum { CONTROL_PAYLOAD = 125, CONTROL_FRAME = 6 + CONTROL_PAYLOAD };

/* The frame that a connection is in the middle of. */
struct frames {
    uint8_t head[10], head_length; /* what has come of the next head; none while payload is left */
    uint64_t left;                 /* of the payload */
    uint8_t control[CONTROL_PAYLOAD], control_length;
};

/* Payload: of a message as much as there is, of a control frame all of it. */
struct piece {
    enum opcode opcode;
    const char *bytes;
    size_t length;
};

/* Takes the next piece off `*bytes`; false when there is none before `end`. */
bool frames_next(struct frames *frames, const char **bytes, const char *end, struct piece *piece);

/* Writes a client's control frame, whose mask is zero; how long it is, at most CONTROL_FRAME. */
size_t frame_write(char *frame, enum opcode opcode, const char *payload, size_t length);

/* The status in the payload of a close frame; 1005 when it has none. */
int close_status(const struct piece *piece);

#endif
