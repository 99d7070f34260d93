/* code_table: see code_table.h. */
#include "refdata/code_table.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* How each begins. */
struct entry {
    uint32_t id;
    char *code;
};

static const char *entry_code(const void *entry)
{
    return ((const struct entry *)entry)->code;
}

static uint32_t slot_of(const struct code_table *table, const char *code)
{
    return (uint32_t)hash_bytes(code, strlen(code), 0) & (table->slot_count - 1);
}

void *code_table_by_code(const struct code_table *table, const char *code)
{
    if (!table->slot_count || !code)
        return NULL;
    for (uint32_t slot = slot_of(table, code); table->slots[slot]; slot = (slot + 1) & (table->slot_count - 1))
        if (strcmp(entry_code(table->by_id[table->slots[slot]]), code) == 0)
            return table->by_id[table->slots[slot]];
    return NULL;
}

static void add_slot(struct code_table *table, const char *code, uint32_t id)
{
    uint32_t slot = slot_of(table, code);

    while (table->slots[slot])
        slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = id;
    table->used++;
}

static void grow_slots(struct code_table *table)
{
    uint32_t old_count = table->slot_count;
    uint32_t *old = table->slots;

    table->slot_count = old_count ? old_count * 2 : 64;
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    if (!table->slots)
        abort();
    table->used = 0;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i])
            add_slot(table, entry_code(table->by_id[old[i]]), old[i]);
    free(old);
}

void *code_table_at(const struct code_table *table, uint32_t id)
{
    return id < table->limit ? table->by_id[id] : NULL;
}

void *code_table_entry(struct code_table *table, uint32_t id, const char *code, size_t size)
{
    struct entry *entry;

    if (code_table_at(table, id))
        return table->by_id[id];
    if (id >= table->cap) {
        uint32_t cap = table->cap ? table->cap : 64;

        while (cap <= id)
            cap *= 2;
        table->by_id = realloc(table->by_id, cap * sizeof *table->by_id);
        if (!table->by_id)
            abort();
        memset(table->by_id + table->cap, 0, (cap - table->cap) * sizeof *table->by_id);
        table->cap = cap;
    }
    entry = calloc(1, size);
    if (!entry || !(entry->code = strdup(code)))
        abort();
    entry->id = id;
    table->by_id[id] = entry;
    if (id >= table->limit)
        table->limit = id + 1;
    if (table->used * 2 >= table->slot_count)
        grow_slots(table);
    add_slot(table, code, id);
    return entry;
}

void code_table_fini(struct code_table *table, void (*fini)(void *entry))
{
    for (uint32_t i = 0; i < table->limit; i++)
        if (table->by_id[i]) {
            fini(table->by_id[i]);
            free(table->by_id[i]);
        }
    free(table->by_id);
    free(table->slots);
    *table = (struct code_table) { 0 };
}

void code_table_set_text(char **at, const char *text)
{
    free(*at);
    *at = strdup(text ? text : "");
    if (!*at)
        abort();
}
