/* province: the invented sales organisation: cities, counties, outlets, dealers, teams, people; and its stories.
 *
 * Units stand parents before children; an index into `units` names one. Everything follows from the seed.
 */
#ifndef BIHUAN_DEMO_PROVINCE_H
#define BIHUAN_DEMO_PROVINCE_H

#include "market.h"
#include "random.h"

#include <stddef.h>
#include <stdint.h>

#define CITY_COUNT    14
#define ROOT          0
#define UNIT_NONE     (-1)
#define FACTOR_ONE    1000000
#define UNIT_FROM     "2024-01-01"
#define UNIT_CODE_MAX 16
#define UNIT_NAME_MAX 80

enum unit_type { UNIT_PROVINCE, UNIT_CENTRE, UNIT_CITY, UNIT_COUNTY, UNIT_OUTLET, UNIT_DEALER, UNIT_TEAM, UNIT_PERSON };

struct unit {
    char code[UNIT_CODE_MAX];
    char name[UNIT_NAME_MAX];
    enum unit_type type;
    enum channel channel;
    int parent;     /* UNIT_NONE for the root */
    int city;       /* the city above or itself; UNIT_NONE */
    int county;     /* the county above or itself; UNIT_NONE */
    int64_t weight; /* capacity: of a person drawn, of others the sum of its people */
    int32_t factor; /* how it performs against plan, ppm; of others than people what it adds to its people's */
};

/* What was planted, as indexes of units; see stories.json. */
struct stories {
    int lag_city;      /* sells less from the fifth week of Q4 on */
    int32_t lag_from;  /* day */
    int cancel_outlet; /* sells at a month's end and cancels after it */
    int divert_dealer; /* sells into another city */
    int divert_into;
    int32_t divert_from;
    int gift_county; /* sells the gift */
    int32_t gift_from;
    int star_outlet;       /* far better than its peers */
    int32_t hotline_until; /* last day of the hotline's files */
};

struct province {
    struct unit *units;
    int count, cap;
    int cities[CITY_COUNT];
    struct stories stories;
};

void province_build(struct province *province, uint64_t seed);
void province_free(struct province *province);

/* A name of a person, drawn. */
void province_name_person(struct random *random, char out[UNIT_NAME_MAX]);

const char *unit_type_name(enum unit_type type);
/* Code of a unit; "" for UNIT_NONE. */
const char *unit_code(const struct province *province, int unit);

#endif
