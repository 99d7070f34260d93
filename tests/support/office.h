/* office: a small province with people of six roles, each with a token, asked through the gateway.
 *
 * Units: P with the offices O-MK, O-CH, O-BR, the centre CC, the cities C1 (with the outlet T1) and C2. One a test
 * program; everything ends the test with a message when it isn't as expected.
 */
#ifndef BIHUAN_TESTS_SUPPORT_OFFICE_H
#define BIHUAN_TESTS_SUPPORT_OFFICE_H

#include "support/web.h"

enum who { MARKETING, CHANNEL, BRAND, CENTRE, CITY1, CITY2, BOSS, OUTLET, TRAINER, WHO_COUNT };

extern struct stack office_stack;
extern struct web office_web;

/* Starts gateway and planning at noon of a day, makes the province and its people, applies deploy/templates. */
void office_start(const char *day);
void office_stop(void);
/* Kills planning and starts it at noon of another day: a crash is the normal way to stop. */
void go_to(const char *day);

/* Applies items as an administrator: apply("units", "{...},{...}"). */
void apply(const char *what, const char *items);

/* A request below /api/v1/ by a person. */
struct web_reply ask(enum who who, const char *method, const char *path, const char *body);
/* POST is granted, and `where` (NULL: anything) is `want` in the answer. */
void does(enum who who, const char *path, const char *body, const char *where, const char *want);
/* GET is granted, and `where` is `want`. */
void sees(enum who who, const char *path, const char *where, const char *want);
/* POST is refused with the status, the code, and words that help. */
void cannot(enum who who, const char *path, const char *body, long status, const char *code, const char *words);
/* PUT of bytes below /api/v1/. */
struct web_reply upload(enum who who, const char *path, const char *bytes);
void attach(enum who who, const char *path, const char *bytes, long status, const char *where, const char *want);
/* Runs `bihuan` with the person's token in the folder of the stack; put() writes a file there. */
void runs(enum who who, const char *arguments, int code, const char *words);
void put(const char *name, const char *text);

#endif
