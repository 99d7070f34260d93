/* card_store: the SQL of scorecards' versions. */
#ifndef BIHUAN_INCENTIVE_CARD_STORE_H
#define BIHUAN_INCENTIVE_CARD_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive.pb-c.h"

int card_store_put(struct tx *tx, const Bihuan__Scorecard *card, const char *by, struct err *err);

/* All versions, by card and version, those included that were applied before versions were kept; messages live in the
 * call's arena. */
typedef int card_version_fn(void *arg, const Bihuan__Scorecard *card, struct err *err);
int card_store_each(struct tx *tx, card_version_fn *each, void *arg, struct err *err);

#endif
