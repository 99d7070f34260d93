/* problem: refusals as RFC 9457 application/problem+json. Codes are stable, texts are not. Pure. */
#ifndef BIHUAN_GATEWAY_PROBLEM_H
#define BIHUAN_GATEWAY_PROBLEM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#include "bihuan/envelope.pb-c.h"

#define PROBLEM_TYPE "urn:bihuan:problem:"

/* In the arena. */
Bihuan__Problem *problem_new(struct arena *arena, uint32_t status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Status by class; code "internal", "unavailable", ... where the error has none. */
Bihuan__Problem *problem_of(struct arena *arena, const struct err *err);
/* One more error at a place; `pointer` is a JSON pointer into the body, or "?name" for a query parameter. */
void problem_add(struct arena *arena, Bihuan__Problem *problem, const char *pointer, const char *code,
                 const char *message);

/* instance: the request's id. language: zh or en. */
void problem_write(const Bihuan__Problem *problem, const char *instance, const char *language, struct buf *out);

#endif
