/* sights: how the files of the inbox were at the loader's last looks: whether one has come to rest, and whether one
 * that couldn't be taken is left alone for a while. The loader's thread only.
 *
 * Times of writing are somebody else's clock (a share's, a sender's that sets them), so none is believed alone: a file
 * rests when it was the same at two looks, a quarter of quiet_ms apart where its time of writing is that old, else all
 * of it.
 */
#ifndef BIHUAN_FEEDBACK_SIGHTS_H
#define BIHUAN_FEEDBACK_SIGHTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum sight {
    SIGHT_MOVES, /* it was written to just now, or may have been */
    SIGHT_RESTS,
    SIGHT_LEFT_ALONE, /* it failed a while ago, and nothing has changed about it since */
};

struct sights;

/* Whether a file rests that was the same for `same_us`, its time of writing being `age_us` ago (negative: to come).
 * Pure. */
bool sight_rests(int64_t same_us, int64_t age_us, int64_t quiet_us);

void sights_begin(struct sights **sights); /* a round of looks */
enum sight sights_look(struct sights **sights, const char *feed, const char *name, const struct stat *at,
                       int64_t quiet_us);
/* Forgets files that weren't there in this round. */
void sights_end(struct sights **sights);

/* Whether it rested at this round's look, and is still as it was then. */
bool sights_rested(struct sights **sights, const char *feed, const char *name, const struct stat *now);

/* For how long it has been as it is; -1 where it wasn't seen. */
int64_t sights_same_us(struct sights **sights, const char *feed, const char *name);

/* It couldn't be taken: it is left alone for a second, then ever longer, up to a minute. True where that, and `why`, is
 * yet to be told. */
bool sights_failed(struct sights **sights, const char *feed, const char *name, const char *why);
void sights_told(struct sights **sights, const char *feed, const char *name, const char *why);
/* It was moved on; what comes under its name is something new. */
void sights_forget(struct sights **sights, const char *feed, const char *name);

void sights_clear(struct sights **sights);

#endif
