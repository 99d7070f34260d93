/* quote_store: quotes as last heard of: all their SQL. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_MONITORING_QUOTE_STORE_H
#define BIHUAN_SERVICES_MONITORING_QUOTE_STORE_H

#include "monitoring/duties/quotes.h"
#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

#define QUOTE_KEEP_DAYS 400

/* Keeps what the event says; what was withdrawn goes. Its columns are of one length. */
int quote_store_put(struct tx *tx, const Bihuan__QuotesRecorded *event, struct err *err);
/* Quotes from the day on, up to another (INT32_MAX: all), for customers whom several quoted, of one of `products`
 * (count 0: any); by customer and time.
 */
int quote_store_contested(struct tx *tx, int32_t from_day, int32_t to_day, const int32_t *products,
                          size_t product_count, struct quote **out, size_t *count, struct err *err);
int quote_store_forget(struct tx *tx, int32_t until_day, struct err *err);

#endif
