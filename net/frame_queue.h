/* SPDX-License-Identifier: MIT */
/*
 * Frames that wait for the guest, first in first out and bounded: what does not fit is lost, as on
 * a wire.
 */
#ifndef NET_FRAME_QUEUE_H
#define NET_FRAME_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_QUEUE_FRAMES 1000
#define FRAME_QUEUE_BYTES  (4u << 20)

struct queued_frame {
    struct queued_frame *next;
    size_t size;
    uint8_t bytes[];
};

struct frame_queue {
    struct queued_frame *head, *tail;
    size_t frames, bytes;
    uint64_t lost; /* frames that did not fit, since the start */
};

/* Appends a copy. False: there is no room, the frame is lost. */
bool frame_queue_put(struct frame_queue *queue, const uint8_t *frame, size_t size);

/* Takes the first frame out; the queue must not be empty. */
void frame_queue_drop(struct frame_queue *queue);

/* Empties the queue. */
void frame_queue_clear(struct frame_queue *queue);

#endif
