/* kinds: the kinds of things that manifests bring and `get` shows. */
#ifndef BIHUAN_CLI_KINDS_H
#define BIHUAN_CLI_KINDS_H

#include "cli/output.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* A name that stands for a deeper place: units take `parent` for `relations/0/parent`. */
struct kind_alias {
    const char *name;
    const char *list, *field; /* list[0].field */
};

/* Kinds of manifests, in the order in which references resolve. */
struct kind {
    const char *name; /* "Units" */
    const char *path; /* of /api/v1/apply/ */
    const ProtobufCMessageDescriptor *item;
    const char *parent;               /* field that names another item of the kind; NULL: none */
    bool planning;                    /* kept by planning; the others hear of it a moment later */
    const struct kind_alias *aliases; /* ends with {NULL}; may be NULL */
};
extern const struct kind kinds[];
extern const size_t kind_count;
const struct kind *kind_find(const char *name);

/* What `get` lists. */
struct listing {
    const char *name; /* "units" */
    const char *path;
    const char *parameter; /* query parameter that CODE goes to; NULL: rows are chosen by `key` here */
    const char *key;       /* that holds the code of a row */
    const struct column *columns;
};
extern const struct listing listings[];
extern const size_t listing_count;
const struct listing *listing_find(const char *name);

#endif
