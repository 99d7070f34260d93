/* rules: rules as documents: checked and completed when they are applied, and as the engine uses them. */
#ifndef BIHUAN_SERVICES_MONITORING_RULES_H
#define BIHUAN_SERVICES_MONITORING_RULES_H

#include "monitoring/monitoring.h"

/* A documents_kind's check: adds problems, fills in defaults. */
int rule_check(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
               struct err *err);
/* A checked rule as the engine uses it. Amounts of a measure that isn't known (any more) are 0. */
void rule_take(struct tx *tx, const Bihuan__Rule *item, struct rule *out);

/* What would end an alert of the rule, in the asked language; alert NULL: none is there. */
char *rule_clears_when(struct tx *tx, const Bihuan__Rule *rule, const Bihuan__Alert *alert);

/* Why a rule says nothing of a unit. */
const char *rule_not_about(bool zh);
const char *rule_is_off(bool zh);

#endif
