/* openapi: OpenAPI 3.1 description of the API, written from the route table and the message descriptors. Pure. */
#ifndef BIHUAN_GATEWAY_OPENAPI_H
#define BIHUAN_GATEWAY_OPENAPI_H

#include "base/buf.h"

void openapi_write(struct buf *out);

#endif
