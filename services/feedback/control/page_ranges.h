/* page_ranges: upkeep of the ledger's index of page ranges, by which a part of a file is found. Pages that came since
 * the last vacuum have no summary, and belong to whatever is looked for. */
#ifndef BIHUAN_FEEDBACK_PAGE_RANGES_H
#define BIHUAN_FEEDBACK_PAGE_RANGES_H

#include "base/arena.h"
#include "db/db.h"
#include "feedback/control/rest.h"

struct page_ranges {
    int64_t summarised; /* pages of the table that the index covers for sure; 0 to begin with */
};

/* Summarises ranges that became full, some at once, with a rest behind each. Where it can't be done, looking takes
 * longer, nothing else. The arena is reset. */
void page_ranges_summarise(struct page_ranges *ranges, struct db *db, struct arena *arena, const struct rest *rest);

#endif
