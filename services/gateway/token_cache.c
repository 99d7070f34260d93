/* token_cache: see token_cache.h. */
#include "gateway/token_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One set of tokens; its arena holds the texts. */
struct set {
    struct arena arena;
    struct token_row *rows;
    size_t count, cap;
};

struct token_cache {
    pthread_mutex_t lock; /* over `known` and `loaded` */
    struct set known;
    bool loaded;
    struct set staged; /* writer thread only */
};

static void set_init(struct set *set)
{
    *set = (struct set) { .count = 0 };
    arena_init(&set->arena);
}

static void set_fini(struct set *set)
{
    free(set->rows);
    arena_fini(&set->arena);
}

static struct token_row *set_add(struct set *set)
{
    if (set->count == set->cap) {
        set->cap = set->cap ? set->cap * 2 : 16;
        set->rows = realloc(set->rows, set->cap * sizeof *set->rows);
        if (!set->rows)
            abort();
    }
    return &set->rows[set->count++];
}

/* Copies a row, its texts into the set's arena; a row of the same id is replaced. */
static void set_put(struct set *set, const struct token_row *row)
{
    const char **permissions = arena_array(&set->arena, const char *, row->permission_count + 1);
    struct token_row *at = NULL;

    for (size_t i = 0; i < set->count && !at; i++)
        if (set->rows[i].id == row->id)
            at = &set->rows[i];
    if (!at)
        at = set_add(set);
    for (size_t i = 0; i < row->permission_count; i++)
        permissions[i] = arena_strdup(&set->arena, row->permissions[i]);
    *at = *row;
    at->name = arena_strdup(&set->arena, row->name);
    at->subtree = arena_strdup(&set->arena, row->subtree);
    at->permissions = permissions;
    at->made_by = at->made_key = NULL;
}

struct token_cache *token_cache_new(void)
{
    struct token_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        abort();
    pthread_mutex_init(&cache->lock, NULL);
    set_init(&cache->known);
    set_init(&cache->staged);
    return cache;
}

void token_cache_destroy(struct token_cache **cache)
{
    if (!cache || !*cache)
        return;
    set_fini(&(*cache)->known);
    set_fini(&(*cache)->staged);
    pthread_mutex_destroy(&(*cache)->lock);
    free(*cache);
    *cache = NULL;
}

static void set_reset(struct set *set)
{
    set_fini(set);
    set_init(set);
}

void token_cache_load(struct token_cache *cache, const struct token_row *rows, size_t count)
{
    pthread_mutex_lock(&cache->lock);
    set_reset(&cache->known);
    for (size_t i = 0; i < count; i++)
        set_put(&cache->known, &rows[i]);
    cache->loaded = true;
    pthread_mutex_unlock(&cache->lock);
    set_reset(&cache->staged);
}

void token_cache_stage(struct token_cache *cache, const struct token_row *row)
{
    set_put(&cache->staged, row);
}

void token_cache_commit(struct token_cache *cache)
{
    if (!cache->staged.count)
        return;
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->staged.count; i++)
        set_put(&cache->known, &cache->staged.rows[i]);
    pthread_mutex_unlock(&cache->lock);
    set_reset(&cache->staged);
}

void token_cache_drop(struct token_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    set_reset(&cache->known);
    cache->loaded = false;
    pthread_mutex_unlock(&cache->lock);
    set_reset(&cache->staged);
}

size_t token_cache_count(struct token_cache *cache)
{
    size_t count;

    pthread_mutex_lock(&cache->lock);
    count = cache->known.count + cache->staged.count;
    pthread_mutex_unlock(&cache->lock);
    return count;
}

/* Compares with every token, so that the time says nothing about which one it was. */
static const struct token_row *find_row(const struct token_cache *cache, const char *text)
{
    const struct token_row *found = NULL;
    struct token_hash hash;

    token_hash(&hash, text);
    for (size_t i = 0; i < cache->known.count; i++)
        if (token_hash_equal(&hash, &cache->known.rows[i].hash))
            found = &cache->known.rows[i];
    return found;
}

static void fill(const struct token_row *row, int64_t ends_at_us, struct arena *arena, Bihuan__Principal *out)
{
    bihuan__principal__init(out);
    out->person = arena_strdup(arena, row->name);
    out->subtree = arena_strdup(arena, row->subtree);
    out->n_permissions = row->permission_count;
    out->permissions = arena_array(arena, char *, row->permission_count + 1);
    for (size_t i = 0; i < row->permission_count; i++)
        out->permissions[i] = arena_strdup(arena, row->permissions[i]);
    out->ends_at = row->ends_at_us && row->ends_at_us < ends_at_us ? row->ends_at_us : ends_at_us;
}

static enum token_verdict judge(const struct token_cache *cache, const struct token_row *row, int64_t now_us)
{
    if (!cache->loaded)
        return TOKEN_NOT_LOADED;
    if (!row)
        return TOKEN_UNKNOWN;
    if (row->revoked)
        return TOKEN_REVOKED;
    return row->ends_at_us && row->ends_at_us <= now_us ? TOKEN_ENDED : TOKEN_GOOD;
}

enum token_verdict token_cache_find(struct token_cache *cache, const char *text, int64_t now_us, int64_t ends_at_us,
                                    struct arena *arena, Bihuan__Principal *out, uint32_t *id)
{
    const struct token_row *row;
    enum token_verdict verdict;

    if (!token_well_formed(text))
        return TOKEN_UNKNOWN;
    pthread_mutex_lock(&cache->lock);
    row = find_row(cache, text);
    verdict = judge(cache, row, now_us);
    if (verdict == TOKEN_GOOD) {
        fill(row, ends_at_us, arena, out);
        *id = row->id;
    }
    pthread_mutex_unlock(&cache->lock);
    return verdict;
}

enum token_verdict token_cache_judge(struct token_cache *cache, uint32_t id, int64_t now_us)
{
    const struct token_row *row = NULL;
    enum token_verdict verdict;

    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->known.count && !row; i++)
        if (cache->known.rows[i].id == id)
            row = &cache->known.rows[i];
    verdict = judge(cache, row, now_us);
    pthread_mutex_unlock(&cache->lock);
    return verdict;
}
