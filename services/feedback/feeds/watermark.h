/* watermark: up to where each feed is complete, and feeds that have fallen silent. */
#ifndef BIHUAN_FEEDBACK_WATERMARK_H
#define BIHUAN_FEEDBACK_WATERMARK_H

#include "feedback/conditions/part_store.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/files/file_store.h"
#include "feedback/files/holds.h"

/* What a file that was loaded says about its feed; publishes WATERMARK_MOVED and, where the feed was silent,
 * FEED_SILENT. A mark never goes back. `known`: the feed's mark, or NULL to look for it. hold_day: the mark doesn't
 * pass into that day, whose files still wait (HOLD_NONE: none do); what the file says beyond is kept and believed as
 * soon as nothing earlier waits (watermark_judge). */
int watermark_after_file(struct tx *tx, const struct mapping *mapping, const struct file_row *file,
                         const struct feed_mark *known, int32_t hold_day, struct err *err);

/* Somebody says that the feed is complete to `through`, which isn't beyond now; *now_through: to when it is, which may
 * be more, since a mark never goes back. unit: of a feed with cities, whose part is meant; 0 all of them. */
int watermark_say(struct tx *tx, const struct mapping *mapping, uint32_t unit, int64_t through, int64_t *now_through,
                  struct err *err);
/* Where the feed's calendar makes its mark, or that of a part whose files it has: on to before the first day expected
 * that no file brought, at most to the end of today where today has come or has no file. */
int watermark_by_calendar(struct tx *tx, const struct mapping *mapping, const struct part *part, struct err *err);

/* A new feed that will say how far it is complete hasn't yet: readers must wait for it (or for its silence), or they
 * would judge on a part of the facts. Publishes a mark of 0. */
int watermark_announce(struct tx *tx, const Bihuan__Feed *feed, struct err *err);
/* Timer: what files said while earlier ones waited; feeds and parts whose mark hasn't moved for silent_after_hours of
 * business time, and how they stand else. */
int watermark_judge(struct tx *tx, const void *message, struct err *err);

/* A file that is dated later than today can't be complete: ERR_INVALID, code date_in_future; it is refused, and taken
 * when it's delivered again on its day or under its right name. Only where the name's date moves the mark. Pure. */
int watermark_check_name(const struct mapping *mapping, const char *name, int64_t now, struct err *err);

/* The moment up to which `file` makes its feed complete at business time `now`: never beyond today's end (file_date) or
 * `now` itself (last_event), since a mark can't go back. False: it says nothing. Pure. */
bool watermark_of_file(const struct mapping *mapping, const char *name, bool has_event, int64_t last_event, int64_t now,
                       int64_t *through);

#endif
