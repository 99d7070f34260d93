/* code_table: entries by id, and by code through a hash. Every entry begins with {uint32_t id; char *code;}. */
#ifndef BIHUAN_REFDATA_CODE_TABLE_H
#define BIHUAN_REFDATA_CODE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed before first use. */
struct code_table {
    void **by_id; /* [id], NULL where unknown */
    uint32_t limit, cap;
    uint32_t *slots; /* open addressing: ids by hash of code; 0 empty */
    uint32_t slot_count, used;
};

/* NULL: none is known by it. */
void *code_table_at(const struct code_table *table, uint32_t id);
void *code_table_by_code(const struct code_table *table, const char *code);
/* The entry of `id`, made (zeroed, `size` bytes) when it is new. Codes never change their id. */
void *code_table_entry(struct code_table *table, uint32_t id, const char *code, size_t size);
/* fini: frees what an entry holds, its code among it. */
void code_table_fini(struct code_table *table, void (*fini)(void *entry));

/* A text that an entry owns. */
void code_table_set_text(char **at, const char *text);

#endif
