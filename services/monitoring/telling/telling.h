/* telling: who is told of an alert, and when.
 *
 * Who: the routes that fit (routes.h) name receivers, roles whose holders have contacts, and a ladder that an alert
 * climbs while nobody takes it. Without any route every receiver is told what passes its own filter. When: retell.h
 * says what is news to a receiver; quiet hours and the rule of one message a day hold it back, and what is still true
 * afterwards is told in one message. How is delivery's. All of it happens in the transaction that changed the alert, or
 * in that of the clock (desk.c), so what was told and what is in the outbox cannot differ.
 *
 * Memory: routes, ladders and contacts as applied, in order; under monitoring's lock.
 */
#ifndef BIHUAN_SERVICES_MONITORING_TELLING_H
#define BIHUAN_SERVICES_MONITORING_TELLING_H

#include "monitoring/delivery/delivery.h"
#include "monitoring/telling/retell.h"
#include "monitoring/telling/route_match.h"
#include "monitoring/telling/worktime.h"

#define ROUTES_MAX 256

struct telling {
    struct arena arena; /* of the documents */
    const Bihuan__Route **routes;
    int *min_severities;
    struct quiet *quiets;
    int32_t *digest_at_s;
    size_t route_count;
    const Bihuan__Ladder **ladders;
    size_t ladder_count;
    const Bihuan__Contact **contacts;
    size_t contact_count;
    const char **held; /* alerts of which something waits, by id; in the arena of whoever called telling_begin() */
    size_t held_count;
    bool held_none;  /* nothing waits, as it was read and nothing was put there since */
    int64_t next_us; /* when the clock has something to do; 0: look */
};

struct telling *telling_new(void);
void telling_destroy(struct telling **telling);
/* The clock looks again: something changed that may be due earlier than what it waits for. */
void telling_soon(struct monitoring *monitoring);

/* routes.c: routes, ladders and contacts as documents. */
int routes_load(struct tx *tx, struct err *err);
int on_apply_routes(struct tx *tx, const void *message, struct err *err);
int on_apply_ladders(struct tx *tx, const void *message, struct err *err);
int on_apply_contacts(struct tx *tx, const void *message, struct err *err);
int on_list_routes(struct tx *tx, const void *message, struct err *err);
int on_list_ladders(struct tx *tx, const void *message, struct err *err);
int on_list_contacts(struct tx *tx, const void *message, struct err *err);
const Bihuan__Ladder *ladder_find(const struct telling *telling, const char *code);
const Bihuan__Contact *contact_find(const struct telling *telling, const char *person);

/* Working time by the calendars; lives as long as the handler. */
struct worktime worktime_of(struct tx *tx);

/* --- addressees.c --- */

/* One receiver of an alert, and by which rules. */
struct addressee {
    const char *receiver;
    size_t route; /* index of telling->routes, SIZE_MAX: none, told at once */
    bool one_a_day;
    bool due;            /* it waited for its morning, which is now */
    const char **people; /* for whom, where roles or contacts led there */
    size_t people_count;
};
struct addressees {
    struct addressee *items;
    size_t count, cap;
    size_t routes[ROUTES_MAX]; /* that fit, in order */
    size_t route_count;
};
/* Those of the routes, without the ladder; in the call's arena. Each receiver once, by the first route that names it.
 */
int addressees_of(struct tx *tx, const struct alert *alert, struct addressees *out, struct err *err);
/* The same of an alert by a rule that is only tried. */
int addressees_of_rule(struct tx *tx, const struct alert *alert, const struct rule *rule, struct addressees *out,
                       struct err *err);
/* The routes alone, which costs no query. */
void addressees_routes(struct tx *tx, const struct alert *alert, struct addressees *out);
/* Adds receivers of a person's contact. False: there is none. */
bool addressees_add_person(struct tx *tx, struct addressees *list, const char *person, size_t route);
void addressees_add(struct tx *tx, struct addressees *list, const char *receiver, size_t route, const char *person);
/* The ladder that the alert climbs: its rule's, else that of the first route that has one; NULL none. *route: by whose
 * hours it is told. */
const Bihuan__Ladder *addressees_ladder(struct tx *tx, const struct alert *alert, const struct addressees *list,
                                        size_t *route);
/* Working days after which a taken alert lapses. */
uint32_t lapse_days_of(struct tx *tx, const struct alert *alert);
/* The unit of a step, and who holds its role there now, as codes; *unit NULL: nobody was found. */
int step_people(struct tx *tx, uint32_t unit_id, const Bihuan__LadderStep *step, const struct ref_unit **unit,
                const char ***people, size_t *count, struct err *err);

/* --- telling.c --- */

/* Before a round of the following: what waits is asked for once, not by each of thousands. */
int telling_begin(struct tx *tx, struct err *err);
/* Tells whom the alert concerns what is news to them; called for every alert that changed. */
int telling_settle(struct tx *tx, struct alert *alert, struct err *err);
/* One receiver one thing now, or held back; `note` may be NULL. *went: it was told. */
struct tell {
    enum notice_event event;
    const char *note_zh, *note_en;
};
int tell_or_hold(struct tx *tx, const struct alert *alert, const struct addressee *to, const struct tell *tell,
                 bool *went, struct err *err);
/* Reminds whoever was told of the alert, and the person (NULL nobody), unless it is silenced or gathered. */
int telling_remind(struct tx *tx, struct alert *alert, const struct tell *tell, const char *person, struct err *err);
/* Whether a reminder has to wait for the end of quiet hours, and until when: what is held is told again only where it
 * is news. */
bool telling_waits(struct tx *tx, const struct alert *alert, int64_t *until_us);
/* A step for the worse where no route says otherwise, in basis points of the gap. */
int32_t telling_step(const struct monitoring *m);
struct retell_now telling_now(struct tx *tx, const struct alert *alert, const struct addressee *to);
/* The same of an alert by a rule that is only tried. */
struct retell_now telling_now_of_rule(struct tx *tx, const struct alert *alert, const struct rule *rule,
                                      const struct addressee *to);
struct retell_told telling_told(const struct told *told, const struct alert *alert);
enum notice_event telling_event(enum retell what, const struct alert *alert);
/* The words that go with it: that it comes and goes. */
struct tell telling_words(enum retell what, const struct alert *alert);
/* Critical, or by a rule that is sent in quiet hours as well. */
bool telling_is_urgent(struct tx *tx, const struct alert *alert);
/* That, or to a receiver that takes state: it would be wrong all night. */
bool telling_is_never_held(struct tx *tx, const struct alert *alert, const char *receiver);
/* Whether only what is critical may go out by the route now, and until when. */
bool telling_is_quiet(struct tx *tx, size_t route, int64_t *until_us);

/* Whether what is news waits for the receiver's morning; when that is, for what waits since then. */
bool telling_waits_for_morning(const struct monitoring *m, const char *receiver);
int64_t telling_morning(struct tx *tx, size_t route, int64_t since_us);
/* Today's digest of the route, which will tell what is open, is still to come; *at_us: when. */
bool telling_digest_comes(struct tx *tx, size_t route, int64_t *at_us);

/* --- desk.c: what the clock brings: ends of silences, lapses, steps of ladders, mornings --- */
int on_desk(struct tx *tx, const void *message, struct err *err);
/* The next step of the alert's ladder where it is due, or at once where `now`; *due_us: when the one after is. */
int escalate(struct tx *tx, struct alert *alert, bool now, int64_t *due_us, struct err *err);
/* Step days that lie behind: the ladder goes on from there. */
uint32_t ladder_days_climbed(struct tx *tx, const struct alert *alert);

/* --- morning.c: what waited, and digests; *next_us is lowered to when there is more to do --- */
int morning_tell(struct tx *tx, int64_t *next_us, struct err *err);

int on_people(struct tx *tx, const void *message, struct err *err);
int on_try_route(struct tx *tx, const void *message, struct err *err);

#endif
