/* routes: who is told of the demo's alerts, by whom they are looked after and up which ladder they go. */
#ifndef BIHUAN_DEMO_ROUTES_H
#define BIHUAN_DEMO_ROUTES_H

#include "base/buf.h"
#include "province.h"

/* Receivers: the operations team, each city, and groups of the levels below and above. */
void routes_write_receivers(const struct province *province, struct buf *out);
/* Contacts, ladders and routes. */
void routes_write(const struct province *province, struct buf *out);

#endif
