/* sights: see sights.h. */
#include "feedback/files/sights.h"

#include "base/err.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEY_MAX  512
#define WAIT_MAX (60 * SECOND)

struct seen {
    UT_hash_handle hh;
    uint64_t round; /* when it was there last */
    struct stat at;
    int64_t since; /* how long it has been so; monotonic */
    bool rests;
    unsigned failed; /* so many times in a row */
    int64_t again;   /* not before this */
    char told[ERR_TEXT_MAX];
    char key[KEY_MAX];
};

struct sights {
    struct seen *seen;
    uint64_t round;
};

bool sight_rests(int64_t same_us, int64_t age_us, int64_t quiet_us)
{
    return same_us >= (age_us >= quiet_us ? quiet_us / 4 : quiet_us);
}

static struct seen *find(struct sights **sights, const char *feed, const char *name, char key[KEY_MAX])
{
    struct seen *seen = NULL;

    snprintf(key, KEY_MAX, "%s/%s", feed, name);
    if (*sights)
        HASH_FIND_STR((*sights)->seen, key, seen);
    return seen;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Also whose it is and who may read it. */
static bool is_untouched(const struct stat *a, const struct stat *b)
{
    return a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void sights_begin(struct sights **sights)
{
    if (!*sights && !(*sights = calloc(1, sizeof **sights)))
        abort();
    (*sights)->round++;
}

static struct seen *see(struct sights *sights, const char key[KEY_MAX], const struct stat *at, int64_t now)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (!seen)
        abort();
    seen->at = *at;
    seen->since = now;
    memcpy(seen->key, key, KEY_MAX);
    HASH_ADD_STR(sights->seen, key, seen);
    return seen;
}

enum sight sights_look(struct sights **sights, const char *feed, const char *name, const struct stat *at,
                       int64_t quiet_us)
{
    char key[KEY_MAX];
    struct seen *seen = find(sights, feed, name, key);
    int64_t now = clock_monotonic_us(), age;

    if (!seen)
        seen = see(*sights, key, at, now);
    seen->round = (*sights)->round;
    if (!is_same(&seen->at, at))
        seen->since = now;
    if (!is_same(&seen->at, at) || !is_untouched(&seen->at, at))
        seen->again = 0;
    seen->at = *at;
    age = clock_real_us() - ((int64_t)at->st_mtim.tv_sec * SECOND + at->st_mtim.tv_nsec / 1000);
    seen->rests = sight_rests(now - seen->since, age, quiet_us);
    if (!seen->rests)
        return SIGHT_MOVES;
    return now < seen->again ? SIGHT_LEFT_ALONE : SIGHT_RESTS;
}

void sights_end(struct sights **sights)
{
    struct seen *seen, *next;

    HASH_ITER(hh, (*sights)->seen, seen, next)
    {
        if (seen->round == (*sights)->round)
            continue;
        HASH_DEL((*sights)->seen, seen);
        free(seen);
    }
}

bool sights_rested(struct sights **sights, const char *feed, const char *name, const struct stat *now)
{
    char key[KEY_MAX];
    const struct seen *seen = find(sights, feed, name, key);

    return seen && seen->round == (*sights)->round && seen->rests && is_same(&seen->at, now);
}

int64_t sights_same_us(struct sights **sights, const char *feed, const char *name)
{
    char key[KEY_MAX];
    const struct seen *seen = find(sights, feed, name, key);

    return seen ? clock_monotonic_us() - seen->since : -1;
}

bool sights_failed(struct sights **sights, const char *feed, const char *name, const char *why)
{
    char key[KEY_MAX];
    struct seen *seen = find(sights, feed, name, key);
    int64_t wait = SECOND;

    if (!seen)
        return true;
    for (unsigned i = 0; i < seen->failed && wait < WAIT_MAX; i++)
        wait *= 2;
    seen->failed++;
    seen->again = clock_monotonic_us() + (wait < WAIT_MAX ? wait : WAIT_MAX);
    return strcmp(seen->told, why) != 0;
}

void sights_told(struct sights **sights, const char *feed, const char *name, const char *why)
{
    char key[KEY_MAX];
    struct seen *seen = find(sights, feed, name, key);

    if (seen)
        snprintf(seen->told, sizeof seen->told, "%s", why);
}

void sights_forget(struct sights **sights, const char *feed, const char *name)
{
    char key[KEY_MAX];
    struct seen *seen = find(sights, feed, name, key);

    if (!seen)
        return;
    HASH_DEL((*sights)->seen, seen);
    free(seen);
}

void sights_clear(struct sights **sights)
{
    if (!*sights)
        return;
    (*sights)->round++;
    sights_end(sights);
    free(*sights);
    *sights = NULL;
}
