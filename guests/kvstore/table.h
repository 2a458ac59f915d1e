// A hash table from byte strings to byte strings with a bound on its memory.
//
// Collisions are chained. When the table gets full, a second bucket array of
// twice the size is opened and every later operation moves a few buckets over,
// so that no single operation pays for moving everything.
#ifndef KVSTORE_TABLE_H
#define KVSTORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../common/mixing.h"

struct slice { // bytes that belong to someone else
    const char *bytes;
    size_t length;
};

struct entry {
    struct entry *next;
    uint64_t hash;
    uint32_t key_length, value_length;
    char data[]; // the key, directly followed by the value
};

struct bucket_array {
    struct entry **heads;
    size_t size; // a power of two, or 0 when there is no array
};

struct table {
    struct bucket_array current; // all new entries go here
    struct bucket_array old;     // being emptied, from bucket 0 up to `moved`
    size_t moved;
    size_t entries;
    uint64_t bytes, max_bytes; // what entries and bucket arrays take
};

static inline uint64_t hash_slice(struct slice key)
{
    uint64_t hash = mix(key.length + 1);
    while (key.length > 0) {
        uint64_t word = 0;
        size_t taken = key.length < sizeof word ? key.length : sizeof word;
        memcpy(&word, key.bytes, taken);
        hash = mix(hash ^ word);
        key.bytes += taken;
        key.length -= taken;
    }
    return hash;
}

static inline uint64_t entry_bytes(size_t key_length, size_t value_length)
{
    return sizeof(struct entry) + key_length + value_length;
}

static inline struct slice entry_value(const struct entry *entry)
{
    return (struct slice){ entry->data + entry->key_length, entry->value_length };
}

static inline struct entry **bucket_of(struct bucket_array *array, uint64_t hash)
{
    return &array->heads[hash & (array->size - 1)];
}

static inline bool open_buckets(struct table *table, size_t size)
{
    struct entry **heads = calloc(size, sizeof *heads);
    if (heads == NULL)
        return false;
    table->old = table->current;
    table->moved = 0;
    table->current = (struct bucket_array){ heads, size };
    table->bytes += size * sizeof *heads;
    return true;
}

static inline bool table_begin(struct table *table, uint64_t max_bytes)
{
    *table = (struct table){ .max_bytes = max_bytes };
    return open_buckets(table, 64);
}

static inline void close_old_buckets(struct table *table)
{
    table->bytes -= table->old.size * sizeof *table->old.heads;
    free(table->old.heads);
    table->old = (struct bucket_array){ NULL, 0 };
}

static inline void move_some_buckets(struct table *table)
{
    for (int step = 0; step < 4 && table->old.size != 0; step++) {
        struct entry *entry = table->old.heads[table->moved];
        while (entry != NULL) {
            struct entry *next = entry->next;
            struct entry **head = bucket_of(&table->current, entry->hash);
            entry->next = *head;
            *head = entry;
            entry = next;
        }
        table->old.heads[table->moved] = NULL;
        if (++table->moved == table->old.size)
            close_old_buckets(table);
    }
}

// Finds the pointer that points to the entry, which is what a removal needs.
static inline struct entry **find_link(struct table *table, struct slice key)
{
    move_some_buckets(table);
    uint64_t hash = hash_slice(key);
    struct bucket_array *arrays[] = { &table->current, &table->old };
    for (int i = 0; i < 2; i++) {
        if (arrays[i]->size == 0)
            continue;
        struct entry **link = bucket_of(arrays[i], hash);
        for (; *link != NULL; link = &(*link)->next)
            if ((*link)->hash == hash && (*link)->key_length == key.length &&
                memcmp((*link)->data, key.bytes, key.length) == 0)
                return link;
    }
    return NULL;
}

static inline const struct entry *table_find(struct table *table, struct slice key)
{
    struct entry **link = find_link(table, key);
    return link ? *link : NULL;
}

static inline bool table_remove(struct table *table, struct slice key)
{
    struct entry **link = find_link(table, key);
    if (link == NULL)
        return false;
    struct entry *entry = *link;
    *link = entry->next;
    table->entries--;
    table->bytes -= entry_bytes(entry->key_length, entry->value_length);
    free(entry);
    return true;
}

// Sets a key to `head` followed by `tail`. False when the memory would not
// suffice; then nothing has changed. Both slices may lie in the old value.
static inline bool table_set(struct table *table, struct slice key, struct slice head,
                             struct slice tail)
{
    struct entry **link = find_link(table, key);
    uint64_t before = link ? entry_bytes((*link)->key_length, (*link)->value_length) : 0;
    uint64_t after = entry_bytes(key.length, head.length + tail.length);
    if (table->bytes - before + after > table->max_bytes)
        return false;
    struct entry *entry = malloc(after);
    if (entry == NULL)
        return false;
    entry->key_length = (uint32_t)key.length;
    entry->value_length = (uint32_t)(head.length + tail.length);
    memcpy(entry->data, key.bytes, key.length);
    memcpy(entry->data + key.length, head.bytes, head.length);
    memcpy(entry->data + key.length + head.length, tail.bytes, tail.length);
    table->bytes += after - before;

    if (link != NULL) { // takes the old entry's place in its chain
        entry->hash = (*link)->hash;
        entry->next = (*link)->next;
        free(*link);
        *link = entry;
        return true;
    }
    entry->hash = hash_slice(key);
    struct entry **place = bucket_of(&table->current, entry->hash);
    entry->next = *place;
    *place = entry;
    table->entries++;
    // Growing is an optimisation: without memory for it the chains get longer.
    uint64_t larger = table->current.size * 2 * sizeof *table->current.heads;
    if (table->old.size == 0 && table->entries > table->current.size &&
        table->bytes + larger <= table->max_bytes)
        open_buckets(table, table->current.size * 2);
    return true;
}

static inline void table_clear(struct table *table)
{
    struct bucket_array *arrays[] = { &table->current, &table->old };
    for (int i = 0; i < 2; i++)
        for (size_t bucket = 0; bucket < arrays[i]->size; bucket++) {
            struct entry *entry = arrays[i]->heads[bucket];
            while (entry != NULL) {
                struct entry *next = entry->next;
                table->bytes -= entry_bytes(entry->key_length, entry->value_length);
                free(entry);
                entry = next;
            }
            arrays[i]->heads[bucket] = NULL;
        }
    if (table->old.size != 0)
        close_old_buckets(table);
    table->entries = 0;
}

static inline void table_end(struct table *table)
{
    table_clear(table);
    free(table->current.heads);
}

#endif
