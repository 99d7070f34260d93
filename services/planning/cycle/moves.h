/* moves: who may do what with a deliverable, in which state, and which stages open. Pure.
 *
 * A right is a responsibility that a person has for a deliverable because of a role held at one of the units that the
 * role has for it. First it is decided whether the person has the right, then whether the state allows it.
 */
#ifndef BIHUAN_SERVICES_PLANNING_MOVES_H
#define BIHUAN_SERVICES_PLANNING_MOVES_H

#include "planning/cycle/due.h"

#include <stddef.h>

/* Responsibilities as bits. */
enum duty {
    DUTY_DRIVE = 1 << 0,
    DUTY_PLAN = 1 << 1,
    DUTY_DRAFT = 1 << 2,
    DUTY_DEVELOP = 1 << 3,
    DUTY_INPUT = 1 << 4,
    DUTY_REVIEW = 1 << 5,
    DUTY_APPROVE = 1 << 6,
    DUTY_EXECUTE = 1 << 7,
    DUTY_COORDINATE = 1 << 8,
    DUTY_SUPERVISE = 1 << 9,
};
#define DUTY_ANY     ((1U << 10) - 1)
#define DUTY_WRITES  (DUTY_PLAN | DUTY_DRAFT | DUTY_DEVELOP)
#define DUTY_RETURNS (DUTY_REVIEW | DUTY_APPROVE)

/* NULL-terminated, in the order of the bits. */
extern const char *const duty_words[];
/* 0 for an unknown word. */
unsigned duty_of(const char *word);

enum move { MOVE_SUBMIT = 0, MOVE_RETURN, MOVE_APPROVE, MOVE_NOTE, MOVE_ATTACH };
/* "submit" ... */
const char *move_word(enum move move);
/* Any of these responsibilities gives the right. */
unsigned move_duties(enum move move);

enum stage_state { STAGE_WAITING = 0, STAGE_OPEN, STAGE_DONE };
const char *stage_word(enum stage_state state);

/* One person's wish. */
struct move_case {
    enum move move;
    enum work_state state;
    enum stage_state stage;
    unsigned here;      /* responsibilities that the person has for this deliverable */
    unsigned elsewhere; /* those that the person's roles have for it at other units */
    bool own;           /* the person submitted it or attached a file at any time */
    bool lacks_file;    /* it needs an attachment and has none */
    uint32_t revision, expected;
};

enum verdict {
    VERDICT_YES = 0,
    VERDICT_WRONG_ROLE,   /* none of the person's roles may */
    VERDICT_WRONG_UNIT,   /* the role may, at another unit */
    VERDICT_STALE,        /* somebody moved it meanwhile */
    VERDICT_STAGE_CLOSED, /* the stage isn't open yet */
    VERDICT_WRONG_STATE,  /* e.g. approved already */
    VERDICT_OWN_DRAFT,    /* approving what one submitted or attached to */
    VERDICT_NO_FILE,
};

/* VERDICT_YES and the state behind it, or why not. */
enum verdict move_decide(const struct move_case *wish, enum work_state *next);

/* --- stages --- */
struct stage_case {
    enum stage_state state;
    size_t gates_left; /* gating deliverables that aren't approved */
    size_t left;       /* own deliverables that aren't approved */
};
/* Moves stages as far as they go, in order; returns how many moved. */
size_t stages_settle(struct stage_case *stages, size_t count);

#endif
