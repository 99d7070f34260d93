/* book: what an edit changed over all axes, as acts of the ledger: one for each period. */
#ifndef BIHUAN_SERVICES_PLANNING_AXES_BOOK_H
#define BIHUAN_SERVICES_PLANNING_AXES_BOOK_H

#include "planning/axes/space.h"

struct booked {
    uint32_t version; /* of the period asked for; the act is 0 where nothing changed there */
    uint64_t act;
    uint32_t changed; /* cells, in all periods */
    char **also;      /* other periods that changed, "M10/2": with their version */
    size_t also_count;
};

/* What changed of a sheet, by unit. */
struct slice_change sheet_change(const struct space *space, const struct sheet *sheet);

/* Opens drafts where need be. Refused where a cell would leave its bounds, or a period's version waits for approval;
 * and where what followed doesn't add up over units (space_check_units). */
int space_book(struct space *space, const struct ref_period *period, const char *kind, const char *reason,
               const ProtobufCMessage *spec, struct booked *out, struct err *err);

#endif
