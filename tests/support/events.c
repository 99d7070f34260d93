/* events: see events.h. */
#include "support/events.h"

#include "bus/wire.h"
#include "support/check.h"

#include <libpq-fe.h>
#include <stdio.h>

static ProtobufCMessage *unpack(struct stack *stack, uint32_t type, const PGresult *rows, int i)
{
    Bihuan__Envelope *envelope = bihuan__envelope__unpack(&stack->arena.allocator, (size_t)PQgetlength(rows, i, 0),
                                                          (const uint8_t *)PQgetvalue(rows, i, 0));
    const uint8_t *payload;
    ProtobufCMessage *out;
    struct err err;
    size_t len;

    CHECK_INT(wire_open_payload(envelope, (const uint8_t *)PQgetvalue(rows, i, 1), (size_t)PQgetlength(rows, i, 1),
                                &stack->arena, &payload, &len, &err),
              0);
    CHECK_INT(message_unpack(message_type_find(type)->payload, payload, len, &stack->arena, &out, &err), 0);
    return out;
}

size_t events_of(struct stack *stack, const char *service, uint32_t type, ProtobufCMessage ***out)
{
    char url[256], sql[160];
    PGconn *conn = PQconnectdb(pg_url(&stack->pg, "", url, sizeof url));
    PGresult *rows;
    size_t count;

    snprintf(sql, sizeof sql, "SELECT envelope, payload FROM %s.bus_stream WHERE bucket = 0 AND type = %u ORDER BY seq",
             service, type);
    rows = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    CHECK_INT(PQresultStatus(rows), PGRES_TUPLES_OK);
    count = (size_t)PQntuples(rows);
    *out = arena_array(&stack->arena, ProtobufCMessage *, count + 1);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = unpack(stack, type, rows, (int)i);
    PQclear(rows);
    PQfinish(conn);
    return count;
}
