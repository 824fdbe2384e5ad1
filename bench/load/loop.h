/* One epoll loop for the whole program: a watch is a descriptor and what to do when it is ready. */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

struct watch {
    void (*ready)(struct watch *self, uint32_t events);
    int fd;
};

void loop_open(void);
void loop_add(struct watch *watch, uint32_t events);
void loop_change(struct watch *watch, uint32_t events);
void loop_remove(struct watch *watch);

/* Handles what is ready; waits for it no longer than until `until_us`. */
void loop_turn(int64_t until_us);

/* Microseconds of the monotonic clock. */
int64_t now_us(void);

/* Ends the program with `what` and the system's error: a load client that limps measures nothing. */
void die(const char *what);

#endif
