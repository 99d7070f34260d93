/* limits: see limits.h. */
#include "monitoring/limits.h"

#include "runtime/runtime.h"

struct limits limits_read(struct runtime *rt)
{
    return (struct limits) { .dispersion_most = (double)runtime_setting_int(rt, "dispersion_most") };
}
