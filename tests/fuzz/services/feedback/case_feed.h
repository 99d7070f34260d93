/* case_feed: a feed compiled for cases of fuzzing, and bytes given to its readers piece by piece. */
#ifndef BIHUAN_TESTS_FUZZ_CASE_FEED_H
#define BIHUAN_TESTS_FUZZ_CASE_FEED_H

#include "feedback/mapping/mapping.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct case_reader {
    const uint8_t *bytes;
    size_t len, at, piece;
};

static inline int case_give(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct case_reader *reader = arg;
    size_t n = reader->len - reader->at;

    (void)err;
    n = n < reader->piece ? n : reader->piece;
    n = n < cap ? n : cap;
    if (n)
        memcpy(buf, reader->bytes + reader->at, n);
    reader->at += n;
    *got = n;
    return 0;
}

static inline void case_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    fprintf(stderr, "feed %s: %s %s %s\n", (const char *)arg, pointer, code, message);
    abort();
}

/* What is made stays for the whole run. */
static inline void case_compile(const char *feed, struct mapping *out)
{
    static struct arena arena;
    ProtobufCMessage *message;
    struct zone zone;
    struct err err;

    zone_parse("+08:00", &zone, NULL);
    if (pbjson_parse(&bihuan__feed__descriptor, feed, strlen(feed), &arena, &message, &err) != 0)
        case_problem((void *)(uintptr_t)feed, "", "", err.text);
    mapping_compile(out, (const Bihuan__Feed *)message, &zone, 4, 16, &arena, case_problem, (void *)(uintptr_t)feed);
}

#endif
