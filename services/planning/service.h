/* service: the daemon as the runtime sees it. */
#ifndef BIHUAN_SERVICES_PLANNING_SERVICE_H
#define BIHUAN_SERVICES_PLANNING_SERVICE_H

#include "runtime/runtime.h"

extern const struct service planning_service;

#endif
