/* orders: a feedback daemon that takes one feed of orders, by file, upload or row, into two measures. The one of a test
 * program: the tests of intake share it. */
#ifndef BIHUAN_TESTS_SUPPORT_ORDERS_H
#define BIHUAN_TESTS_SUPPORT_ORDERS_H

#include "support/receiving.h"

#define ORDERS_HEAD "id,when,shop,who,what,money,state,v\n"

extern struct stack orders_stack;
extern const char orders_feed[]; /* JSON of ApplyFeeds */

/* Units: 4 S1 and 5 S2, shops; 6 ann, who sells at S1. Measures: 1 the amount, 2 the number of lines. cmocka's. */
int orders_set_up(void **state);
int orders_tear_down(void **state);

/* Where a file of the feed waits. */
void orders_inbox(const char *name, char out[256]);
/* Written aside and renamed in: complete at once. */
void orders_put(const char *name, const void *bytes, size_t len);
/* Waits until what became of it is known, and it's out of the inbox; at most so many seconds. */
void orders_wait(const char *name, int seconds);
/* Both. */
void orders_deliver(const char *name, const char *text);
/* What the newest file of a name came to. */
void orders_expect(const char *name, const char *state, long read, long accepted, long duplicate, long superseded,
                   long suspended);
/* A piece of an upload; want_code: of the problem, "" where it is taken. */
void orders_upload(const char *name, uint64_t offset, const char *text, bool last, const char *want_code);
int64_t orders_recount(uint32_t unit, uint32_t measure, const char *from, const char *until);
/* What readers of the streams add up is what the facts say when they are counted again. */
void orders_expect_streams(void);

#endif
