/* SPDX-License-Identifier: MIT */
#include "net/nfs/inode_table.h"

#include <stdlib.h>
#include <string.h>

#include "net/nfs/handle.h"

#define FIRST_BUCKETS 1024
/* How many directories in use may stand at the old end of the list before the table grows instead.
 */
#define EVICTION_TRIES 64

struct inode_table {
    struct inode **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    size_t capacity;
    struct inode *root;
    struct inode *newest; /* the root is not in this list */
    struct inode *oldest;
};

static struct inode **bucket_of(struct inode_table *table, const struct file_id *id)
{
    uint64_t key[3] = { id->dev, id->ino, id->generation };
    return &table->buckets[hash_bytes64(key, sizeof key) & (table->bucket_count - 1)];
}

static void list_remove(struct inode_table *table, struct inode *inode)
{
    *(inode->newer ? &inode->newer->older : &table->newest) = inode->older;
    *(inode->older ? &inode->older->newer : &table->oldest) = inode->newer;
    inode->newer = inode->older = NULL;
}

static void list_add_newest(struct inode_table *table, struct inode *inode)
{
    inode->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = inode;
    table->newest = inode;
}

static struct inode *insert(struct inode_table *table, const struct file_id *id)
{
    struct inode *inode = calloc(1, sizeof *inode);
    if (inode) {
        inode->id = *id;
        struct inode **bucket = bucket_of(table, id);
        inode->bucket_next = *bucket;
        *bucket = inode;
        table->count++;
    }
    return inode;
}

struct inode_table *inode_table_create(const struct file_id *root, size_t capacity)
{
    struct inode_table *table = calloc(1, sizeof *table);
    if (!table) {
        return NULL;
    }
    table->bucket_count = FIRST_BUCKETS;
    table->capacity = capacity;
    table->buckets = calloc(FIRST_BUCKETS, sizeof *table->buckets);
    table->root = table->buckets ? insert(table, root) : NULL;
    if (!table->root) {
        inode_table_destroy(table);
        return NULL;
    }
    return table;
}

void inode_table_destroy(struct inode_table *table)
{
    if (!table) {
        return;
    }
    for (size_t i = 0; table->buckets && i < table->bucket_count; i++) {
        while (table->buckets[i]) {
            struct inode *inode = table->buckets[i];
            table->buckets[i] = inode->bucket_next;
            free(inode->name);
            free(inode);
        }
    }
    free(table->buckets);
    free(table);
}

struct inode *inode_table_root(struct inode_table *table)
{
    return table->root;
}

bool inode_table_is_full(const struct inode_table *table)
{
    return table->count >= table->capacity;
}

struct inode *inode_table_find(struct inode_table *table, const struct file_id *id)
{
    struct inode *inode = *bucket_of(table, id);
    while (inode && !file_id_equal(&inode->id, id)) {
        inode = inode->bucket_next;
    }
    if (inode && inode != table->root) {
        list_remove(table, inode);
        list_add_newest(table, inode);
    }
    return inode;
}

void inode_table_unplace(struct inode_table *table, struct inode *inode)
{
    if (inode->parent) {
        inode->parent->children--;
    }
    free(inode->name);
    inode->name = NULL;
    inode->parent = NULL;
}

static void forget(struct inode_table *table, struct inode *inode)
{
    struct inode **link = bucket_of(table, &inode->id);
    while (*link != inode) {
        link = &(*link)->bucket_next;
    }
    *link = inode->bucket_next;
    list_remove(table, inode);
    inode_table_unplace(table, inode);
    free(inode);
    table->count--;
}

/* Forgets one inode that no other refers to, but not `keep`. */
static void make_room(struct inode_table *table, const struct inode *keep)
{
    for (int i = 0; i < EVICTION_TRIES && table->oldest; i++) {
        struct inode *inode = table->oldest;
        if (inode->children == 0 && inode != keep) {
            forget(table, inode);
            return;
        }
        list_remove(table, inode);
        list_add_newest(table, inode);
    }
}

static void grow_buckets(struct inode_table *table)
{
    size_t old_count = table->bucket_count;
    struct inode **old = table->buckets;
    struct inode **wider = calloc(old_count * 2, sizeof *wider);
    if (!wider) {
        return;
    }
    table->buckets = wider;
    table->bucket_count = old_count * 2;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i]) {
            struct inode *inode = old[i];
            old[i] = inode->bucket_next;
            struct inode **bucket = bucket_of(table, &inode->id);
            inode->bucket_next = *bucket;
            *bucket = inode;
        }
    }
    free(old);
}

static struct inode *find_or_insert(struct inode_table *table, const struct file_id *id,
                                    const struct inode *keep)
{
    struct inode *inode = inode_table_find(table, id);
    if (inode) {
        return inode;
    }
    if (inode_table_is_full(table)) {
        make_room(table, keep);
    }
    if (table->count > table->bucket_count) {
        grow_buckets(table);
    }
    inode = insert(table, id);
    if (inode) {
        list_add_newest(table, inode);
    }
    return inode;
}

/*
 * The host may have moved directories about, so that what is remembered of the way to `parent`
 * leads through `inode` itself. Forget that step: parents never form a cycle.
 */
static void break_cycle(struct inode_table *table, struct inode *inode, struct inode *parent)
{
    for (struct inode *step = parent; step; step = step->parent) {
        if (step->parent == inode) {
            inode_table_unplace(table, step);
            return;
        }
    }
}

void inode_table_place(struct inode_table *table, const struct file_id *id, struct inode *parent,
                       const char *name)
{
    struct inode *inode = find_or_insert(table, id, parent);
    if (!inode || inode == table->root || inode == parent) {
        return;
    }
    inode->removed = false;
    if (inode->parent == parent && strcmp(inode->name, name) == 0) {
        return;
    }
    inode_table_unplace(table, inode);
    char *copy = strdup(name);
    if (copy) {
        break_cycle(table, inode, parent);
        inode->name = copy;
        inode->parent = parent;
        parent->children++;
    }
}
