/* asking: a loop with a asking_sender of TM Forum resources that is asked for what no event told; one of them a test.
 *
 * Texts returned are good until a few calls later.
 */
#ifndef BIHUAN_TESTS_SUPPORT_ASKING_H
#define BIHUAN_TESTS_SUPPORT_ASKING_H

#include "support/fake_sender.h"
#include "support/loop.h"
#include "support/web.h"

extern struct stack asking_stack;
extern struct web asking_web;
extern struct fake_sender asking_sender;

#define YUAN 10000 /* in stored units */

/* A feed of order lines, named as its asking_sender; more: members of `asks`. */
#define FEED(code, more)                                                                                               \
    "{'code':'" code "','title':'orders','sender':'" code "','fact':'order_line','format':'json_lines',"               \
    "'watermark':'last_event','key':['order','item'],'tmf_answer':204,'columns':["                                     \
    "{'field':'time','column':'booked_at','format':'iso'},{'field':'unit','column':'channel'},"                        \
    "{'field':'product','column':'offering'},{'field':'quantity','column':'quantity'},"                                \
    "{'field':'amount','column':'amount'},{'field':'state','column':'state'},{'field':'version','column':'version'}"   \
    "],'asks':{" more "}}"

/* The fake asking_sender (token s3cret, two resources a page), feedback that may ask it, units S0 and S1 under P,
 * product 5G-A, measures done and ordered. */
int asking_set_up(void **state);
int asking_tear_down(void **state);

/* "2026-11-22T01:00:00Z", so many minutes before the first call. */
const char *asking_ago(int minutes);
/* An order of one item for `yuan`. more: further members. */
char *asking_order(const char *id, const char *unit, int minutes, int yuan, const char *state, const char *more);

/* A column, or an expression of them, of tmf_source; 0 where there is no row. */
long asking_source(const char *feed, const char *column);
/* Fails after 20 s. */
void asking_wait_until(const char *feed, const char *condition);
/* Asks and waits until that was done, however it ended. */
void asking_now(const char *feed);
long asking_sum(const char *unit, const char *measure);

#endif
