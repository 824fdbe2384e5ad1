#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINAL = 0x80, MASKED = 0x80, OPCODE = 0x0f };
enum { TWO_BYTES = 126, EIGHT_BYTES = 127, NO_STATUS = 1005 };

static bool is_control(enum opcode opcode) { return opcode >= CLOSE; }

/* How long the head is, as far as its first two bytes have come to tell. */
static size_t whole_head(const struct frames *frames) {
    if (frames->head_length < 2) return 2;
    uint8_t length = frames->head[1];
    if (length & MASKED || (is_control(frames->head[0] & OPCODE) && length > CONTROL_PAYLOAD)) {
        fprintf(stderr, "no server may send a frame that begins %02x %02x\n", frames->head[0], length);
        exit(1);
    }
    return length == EIGHT_BYTES ? 10 : length == TWO_BYTES ? 4 : 2;
}

static uint64_t payload_length(const uint8_t *head, size_t head_length) {
    if (head_length == 2) return head[1];
    uint64_t length = 0;
    for (size_t i = 2; i < head_length; i++) length = length << 8 | head[i];
    return length;
}

/* Takes on the head of a frame; whether it is whole, and the payload is what follows. */
static bool take_head(struct frames *frames, const char **bytes, const char *end) {
    while (frames->head_length < whole_head(frames)) {
        if (*bytes == end) return false;
        frames->head[frames->head_length++] = (uint8_t)*(*bytes)++;
    }
    frames->left = payload_length(frames->head, frames->head_length);
    frames->head_length = 0;
    return true;
}

/* Adds a part of a control frame's payload to what came before; whether that was the last. */
static bool gather(struct frames *frames, struct piece *part) {
    memcpy(frames->control + frames->control_length, part->bytes, part->length);
    frames->control_length = (uint8_t)(frames->control_length + part->length);
    if (frames->left > 0) return false;
    part->bytes = (const char *)frames->control;
    part->length = frames->control_length;
    frames->control_length = 0;
    return true;
}

bool frames_next(struct frames *frames, const char **bytes, const char *end, struct piece *piece) {
    while (frames->left > 0 || take_head(frames, bytes, end)) {
        size_t there = (size_t)(end - *bytes);
        if (there == 0 && frames->left > 0) return false;
        size_t taken = frames->left < there ? (size_t)frames->left : there;
        *piece = (struct piece){frames->head[0] & OPCODE, *bytes, taken};
        *bytes += taken;
        frames->left -= taken;
        if (!is_control(piece->opcode) || gather(frames, piece)) return true;
    }
    return false;
}

size_t frame_write(char *frame, enum opcode opcode, const char *payload, size_t length) {
    memset(frame, 0, CONTROL_FRAME);
    frame[0] = (char)(FINAL | opcode);
    frame[1] = (char)(MASKED | length);
    memcpy(frame + 6, payload, length);
    return 6 + length;
}

int close_status(const struct piece *piece) {
    if (piece->length < 2) return NO_STATUS;
    return (uint8_t)piece->bytes[0] << 8 | (uint8_t)piece->bytes[1];
}
