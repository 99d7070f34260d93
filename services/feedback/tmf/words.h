/* words: the words of TM Forum events and states in whatever spelling they come, and what they mean here. Pure. */
#ifndef BIHUAN_FEEDBACK_TMF_WORDS_H
#define BIHUAN_FEEDBACK_TMF_WORDS_H

#include "refdata/fact_kinds.h"

#include <stdbool.h>
#include <stdint.h>

/* TMF_RATE: a line of a bill, of which no event tells: it is asked for, and taken in as a part of its bill. */
enum tmf_resource {
    TMF_NONE = 0,
    TMF_ORDER,
    TMF_CANCEL_ORDER,
    TMF_BILL,
    TMF_PAYMENT,
    TMF_REFUND,
    TMF_LEAD,
    TMF_STOCK,
    TMF_RATE,
};
#define TMF_RESOURCES (TMF_RATE + 1)

/* The numbers are part of the stored data: of events of one time the larger goes first. */
enum tmf_action {
    TMF_CREATE = 1,
    TMF_STATE,
    TMF_CHANGE, /* of attributes */
    TMF_DELETE,
    TMF_REMARK, /* information required, milestone and the like: changes nothing */
};

/* "productOrder"; "" for TMF_NONE. Also the key under which an event carries it. */
const char *tmf_resource_name(enum tmf_resource resource);
/* The kind of facts that a feed must have for it. */
bool tmf_resource_suits(enum tmf_resource resource, enum fact_kind kind);
/* What a feed of that kind brings unless an event says otherwise; TMF_NONE: such feeds take no events. */
enum tmf_resource tmf_resource_of_kind(enum fact_kind kind);

/* Reads "ProductOrderStateChangeEvent", "productOrderCreationNotification" ... False: not known. */
bool tmf_type_parse(const char *type, enum tmf_resource *resource, enum tmf_action *action);
/* The type begins with the resource's name, whatever it goes on with. */
bool tmf_type_names(const char *type, enum tmf_resource resource);
/* It tells of something that these APIs have beside the resources, and of which no feed takes events: bills on demand,
 * tasks about a stock. */
bool tmf_type_is_foreign(const char *type);

#define TMF_RANK_NONE    0   /* a state in which nothing is placed yet: draft, partial (which counts by item) */
#define TMF_RANK_UNKNOWN 255 /* a word that isn't in the table */
/* The rank of a resource's state in the states of its kind of facts: "held.assessingCharge" by its head, whatever its
 * letter case and joins. */
uint8_t tmf_state_rank(enum tmf_resource resource, const char *word);

#endif
