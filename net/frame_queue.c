/* SPDX-License-Identifier: MIT */
#include "net/frame_queue.h"

#include <stdlib.h>
#include <string.h>

bool frame_queue_put(struct frame_queue *queue, const uint8_t *frame, size_t size)
{
    struct queued_frame *item = NULL;

    if (queue->frames < FRAME_QUEUE_FRAMES && size <= FRAME_QUEUE_BYTES - queue->bytes)
        item = malloc(sizeof *item + size);
    if (!item) {
        queue->lost++;
        return false;
    }
    item->next = NULL;
    item->size = size;
    memcpy(item->bytes, frame, size);
    if (queue->tail)
        queue->tail->next = item;
    else
        queue->head = item;
    queue->tail = item;
    queue->frames++;
    queue->bytes += size;
    return true;
}

void frame_queue_drop(struct frame_queue *queue)
{
    struct queued_frame *item = queue->head;

    queue->head = item->next;
    if (!queue->head)
        queue->tail = NULL;
    queue->frames--;
    queue->bytes -= item->size;
    free(item);
}

void frame_queue_clear(struct frame_queue *queue)
{
    while (queue->head)
        frame_queue_drop(queue);
}
