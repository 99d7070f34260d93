/* reader_internal: one file being read: file_reader.c batch by batch, whole.c in one transaction. */
#ifndef BIHUAN_FEEDBACK_READER_INTERNAL_H
#define BIHUAN_FEEDBACK_READER_INTERNAL_H

#include "feedback/files/inbox.h"
#include "feedback/files/loader_internal.h"
#include "text/inflate.h"

struct reader {
    struct loader *loader;
    struct snapshot *snapshot;
    const struct mapping *mapping;
    struct snapshot *opened;  /* holds what `format` and `feed` point to */
    struct row_format format; /* with which `rows` reads */
    const Bihuan__Feed *feed; /* as it was then */
    struct inbox_file file;
    struct in *in; /* behind `source`, so that the reader of rows keeps its arg when the file is opened again */
    struct rows *rows;
    struct binding binding;
    struct buf header;       /* its bytes, until the first batch has taken them along */
    struct csv_record names; /* the header's columns, kept for binding again; no fields without a header */
    struct arena arena;      /* holds them */
    uint64_t posted;         /* offset behind the last batch handed over */
    struct nth nth;          /* of its rows up to where it's read */
    size_t row_cap;
    int slot;
};

/* Whether an error is the file's own: then the file is refused, and it isn't tried again. */
bool reader_is_files_own(const struct err *err);
/* Opens the file at `done`, also anew. */
int reader_prepare(struct reader *reader, const struct csv_pos *done, struct err *err);
/* The first day that waits beside this file. */
int32_t reader_hold(const struct reader *reader);
/* Has the file finished where it stands; error "": read to its end. */
int reader_finish(struct reader *reader, const char *error, struct err *err);

/* Reads a prepared file and has it finished, all in one transaction: of a file that replaces others nobody sees a half,
 * and one that is damaged replaces nothing. 0, or -1: to be tried again later. */
int whole_read(struct reader *reader, struct err *err);

#endif
