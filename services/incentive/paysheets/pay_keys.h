/* pay_keys: the Ed25519 key pair that statements are signed with, made on the first start beside the installation's
 * other secrets: statement.key (mode 0600) and statement.pub in data_dir. */
#ifndef BIHUAN_INCENTIVE_PAY_KEYS_H
#define BIHUAN_INCENTIVE_PAY_KEYS_H

#include "auth/principal.h"
#include "runtime/runtime.h"

int pay_keys_secret(struct runtime *rt, struct principal_secret *out, struct err *err);
int pay_keys_public(struct runtime *rt, struct principal_public *out, struct err *err);

#endif
