/* service: the daemon as the runtime sees it. */
#ifndef BIHUAN_SERVICES_MONITORING_SERVICE_H
#define BIHUAN_SERVICES_MONITORING_SERVICE_H

#include "runtime/runtime.h"

extern const struct service monitoring_service;
extern const struct setting monitoring_settings[]; /* settings.c */

#endif
