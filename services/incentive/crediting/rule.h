/* rule: rules of crediting checked and made ready to credit by. No I/O.
 *
 * All versions of all rules are kept; a version holds from its day on in place of all before it, so on each day at most
 * one version of a rule holds.
 */
#ifndef BIHUAN_INCENTIVE_RULE_H
#define BIHUAN_INCENTIVE_RULE_H

#include "refdata/refdata.h"

#include "bihuan/incentive_crediting.pb-c.h"

#define RULE_SHARES_MAX   8
#define RULE_OVERLAYS_MAX 4
#define RULE_FIRST_DAY    INT32_MIN
#define RULE_OPEN_DAY     INT32_MAX

enum share_to {
    SHARE_UNKNOWN = 0,
    SHARE_UNIT,
    SHARE_SELLER,
    SHARE_ABOVE,
    SHARE_NAMED,
    SHARE_ROLE,
    SHARE_OWNER,
    SHARE_HOLDER,
    SHARE_REGISTRATION,
};

/* When what a rule decides on is credited: as it is recorded, or as what names its record comes in. */
enum rule_earns { EARNS_ORDER = 0, EARNS_ACTIVATION, EARNS_BILL, EARNS_CASH };

#define REGISTRATION_DAYS 90 /* that a registration holds, unless it or the rule says so */

struct rule_owner {
    uint32_t product_id, unit_id;
};

struct rule_share {
    enum share_to to;
    int64_t ppm;
    uint32_t unit_id;      /* named; role: where it is held, 0 see unit_type */
    const char *unit_type; /* "" none */
    const char *role;
    struct rule_owner *owners;
    size_t owner_count;
    int32_t days;  /* registration */
    bool excludes; /* where nobody is found */
};

enum rule_seller { RULE_SELLER_ANY = 0, RULE_SELLER_KNOWN, RULE_SELLER_NONE };

struct rule_ids {
    uint32_t *ids;
    size_t count;
};

struct rule {
    const Bihuan__CreditingRule *doc;
    uint32_t id, version;
    int32_t from_day, until_day; /* on which it holds; empty where later versions took all its days */
    struct rule_ids measures;    /* resolved: those of the kinds of facts as well */
    struct rule_ids channels, products, units;
    bool has_min, has_max;
    int64_t min, max;
    enum rule_seller seller;
    const char *exclude; /* NULL: it doesn't */
    enum rule_earns earns;
    struct rule_share *shares, *overlays;
    size_t share_count, overlay_count;
};

struct rules {
    struct arena arena;
    struct rule *list;
    size_t count;
    struct rule ***by_measure; /* by id: those over it, in order of `order`, code, version; NULL none */
    size_t *by_measure_count;
    uint32_t measure_limit;
    bool joined, held, registered; /* some rule earns by what comes in, or has such receivers */
};

/* One problem with a document; `pointer` is relative to it: "/shares/2/ppm". */
typedef void rule_problem_fn(void *arg, const char *pointer, const char *code, const char *message);

/* Reports every problem; returns how many there are. `first_day` is the first from which a rule may begin (the end of
 * the last closed period), RULE_FIRST_DAY any. */
size_t rule_check(const Bihuan__CreditingRule *doc, const struct refdata *refdata, int money_scale, int32_t first_day,
                  rule_problem_fn *problem, void *arg);

/* All versions, by rule and version ascending; documents are copied. Names that planning no longer knows make a rule
 * fit nothing, or a share find nobody; *unknown counts them. */
void rules_make(struct rules *out, const Bihuan__CreditingRule *const *versions, size_t count,
                const struct refdata *refdata, int money_scale, size_t *unknown);
void rules_fini(struct rules *rules);

static inline bool rules_touch(const struct rules *rules, uint32_t measure)
{
    return measure < rules->measure_limit && rules->by_measure[measure];
}

/* Days as a document says them; RULE_FIRST_DAY, RULE_OPEN_DAY where it is silent. 0, or -1 for a text that is no day.
 */
int rule_days(const Bihuan__CreditingRule *doc, int32_t *from_day, int32_t *until_day);

/* Words of the contract. */
enum share_to share_to_of(const char *word);
bool rule_seller_of(const char *word, enum rule_seller *out);
bool rule_earns_of(const char *word, enum rule_earns *out);

#endif
