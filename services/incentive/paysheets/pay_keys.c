/* pay_keys: see pay_keys.h. The files have the form of the principals' keys, and their care. */
#include "incentive/paysheets/pay_keys.h"

#include "incentive/paysheets/pay_close.h"

#include <stdio.h>

#define PATH_CAP 4096

static void path_of(struct runtime *rt, const char *name, char out[PATH_CAP])
{
    snprintf(out, PATH_CAP, "%s/%s", runtime_setting(rt, "data_dir"), name);
}

int pay_keys_ensure(struct runtime *rt, struct err *err)
{
    char secret[PATH_CAP], public[PATH_CAP];

    path_of(rt, "statement.key", secret);
    path_of(rt, "statement.pub", public);
    return principal_keys_ensure(secret, public, err);
}

int pay_keys_secret(struct runtime *rt, struct principal_secret *out, struct err *err)
{
    char path[PATH_CAP];

    path_of(rt, "statement.key", path);
    return principal_secret_read(out, path, err);
}

int pay_keys_public(struct runtime *rt, struct principal_public *out, struct err *err)
{
    char path[PATH_CAP];

    path_of(rt, "statement.pub", path);
    return principal_public_read(out, path, err);
}
