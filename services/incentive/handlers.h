/* handlers: what the daemon answers to. */
#ifndef BIHUAN_INCENTIVE_HANDLERS_H
#define BIHUAN_INCENTIVE_HANDLERS_H

#include "runtime/runtime.h"

extern const struct service incentive_service;

#endif
