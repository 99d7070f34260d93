/* xlsx_package: the zip and its XML parts, within limits. See xlsx.h. */
#include "text/xlsx_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unzip.h>

#define PIECE     ((size_t)64 << 10)
#define PARTS_MAX 4096

void xlsx_stop(struct xlsx_walk *walk, bool too_large, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    if (walk->failed)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    walk->failed = true;
    err_fail(walk->err, too_large ? ERR_TOO_LARGE : ERR_INVALID, too_large ? "xlsx_too_large" : "bad_xlsx", "%s", text);
    XML_StopParser(walk->parser, XML_FALSE);
}

const char *xlsx_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2) {
        const char *bar = strrchr(attributes[0], '|');

        if (strcmp(bar ? bar + 1 : attributes[0], name) == 0)
            return attributes[1];
    }
    return NULL;
}

/* --- expat --- */

struct walking {
    struct xlsx_walk walk;
    const struct xlsx_handlers *handlers;
};

static const char *local(const char *name)
{
    const char *bar = strrchr(name, '|');

    return bar ? bar + 1 : name;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct walking *w = arg;

    if (!w->walk.failed && w->handlers->start)
        w->handlers->start(&w->walk, local(name), attributes);
}

static void on_end(void *arg, const char *name)
{
    struct walking *w = arg;

    if (!w->walk.failed && w->handlers->end)
        w->handlers->end(&w->walk, local(name));
}

static void on_text(void *arg, const char *text, int len)
{
    struct walking *w = arg;

    if (!w->walk.failed && w->handlers->text)
        w->handlers->text(&w->walk, text, len);
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
    struct walking *w = arg;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    xlsx_stop(&w->walk, false, "a part declares a document type; spreadsheets have none");
}

static int feed(struct walking *w, const char *part)
{
    struct xlsx *xlsx = w->walk.xlsx;
    int got = 1;

    while (got > 0 && !w->walk.failed) {
        void *piece = XML_GetBuffer(w->walk.parser, (int)PIECE);

        if (!piece)
            abort();
        got = unzReadCurrentFile(xlsx->package, piece, (unsigned)PIECE);
        if (got < 0)
            return err_fail(w->walk.err, ERR_INVALID, "bad_xlsx", "part %s of the file is damaged", part);
        xlsx->unpacked += (size_t)got;
        if (xlsx->unpacked > XLSX_UNPACK_MAX)
            return err_fail(w->walk.err, ERR_TOO_LARGE, "xlsx_too_large", "the file unpacks to more than %zu MB",
                            XLSX_UNPACK_MAX >> 20);
        if (XML_ParseBuffer(w->walk.parser, got, got == 0) == XML_STATUS_ERROR && !w->walk.failed)
            return err_fail(w->walk.err, ERR_INVALID, "bad_xlsx", "part %s, line %lu: %s", part,
                            (unsigned long)XML_GetCurrentLineNumber(w->walk.parser),
                            XML_ErrorString(XML_GetErrorCode(w->walk.parser)));
    }
    return w->walk.failed ? -1 : 0;
}

int xlsx_walk_part(struct xlsx *xlsx, const char *part, const struct xlsx_handlers *handlers, void *arg, bool *found,
                   struct err *err)
{
    struct walking w = { { .xlsx = xlsx, .err = err, .arg = arg }, handlers };
    int rc;

    *found = unzLocateFile(xlsx->package, part, 1) == UNZ_OK;
    if (!*found)
        return 0;
    if (unzOpenCurrentFile(xlsx->package) != UNZ_OK)
        return err_fail(err, ERR_INVALID, "bad_xlsx", "part %s of the file can't be unpacked; is it encrypted?", part);
    w.walk.parser = XML_ParserCreateNS(NULL, '|');
    if (!w.walk.parser)
        abort();
    XML_SetUserData(w.walk.parser, &w);
    XML_SetElementHandler(w.walk.parser, on_start, on_end);
    XML_SetCharacterDataHandler(w.walk.parser, on_text);
    XML_SetStartDoctypeDeclHandler(w.walk.parser, on_doctype);
    rc = feed(&w, part);
    XML_ParserFree(w.walk.parser);
    if (unzCloseCurrentFile(xlsx->package) == UNZ_CRCERROR && rc == 0)
        rc = err_fail(err, ERR_INVALID, "bad_xlsx", "part %s of the file is damaged", part);
    return rc;
}

/* --- the file --- */

static int check_file(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_fail(err, ERR_NOT_FOUND, "no_file", "could not open \"%s\": %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_fail(err, ERR_INVALID, "bad_xlsx", "\"%s\" is not a file", path);
    if ((size_t)st.st_size > XLSX_FILE_MAX)
        return err_fail(err, ERR_TOO_LARGE, "xlsx_too_large", "\"%s\" has more than %zu MB", path, XLSX_FILE_MAX >> 20);
    return 0;
}

static int open_package(struct xlsx *xlsx, const char *path, struct err *err)
{
    unz_global_info64 info;

    xlsx->package = unzOpen64(path);
    if (!xlsx->package || unzGetGlobalInfo64(xlsx->package, &info) != UNZ_OK)
        return err_fail(err, ERR_INVALID, "bad_xlsx", "\"%s\" is no .xlsx file (not a zip); save it as .xlsx", path);
    if (info.number_entry > PARTS_MAX)
        return err_fail(err, ERR_TOO_LARGE, "xlsx_too_large", "\"%s\" has more than %d parts", path, PARTS_MAX);
    return 0;
}

int xlsx_open(struct xlsx **out, const char *path, struct err *err)
{
    struct xlsx *xlsx;

    if (check_file(path, err) != 0)
        return -1;
    xlsx = calloc(1, sizeof *xlsx);
    if (!xlsx)
        abort();
    arena_init(&xlsx->arena);
    if (open_package(xlsx, path, err) != 0 || xlsx_load_workbook(xlsx, err) != 0 || xlsx_load_styles(xlsx, err) != 0 ||
        xlsx_load_texts(xlsx, err) != 0) {
        xlsx_close(&xlsx);
        return -1;
    }
    *out = xlsx;
    return 0;
}

void xlsx_close(struct xlsx **at)
{
    struct xlsx *xlsx = at ? *at : NULL;

    if (!xlsx)
        return;
    *at = NULL;
    if (xlsx->package)
        unzClose(xlsx->package);
    free(xlsx->texts);
    free(xlsx->styles);
    arena_fini(&xlsx->arena);
    free(xlsx);
}

size_t xlsx_sheet_count(const struct xlsx *xlsx)
{
    return xlsx->sheet_count;
}

const char *xlsx_sheet_name(const struct xlsx *xlsx, size_t sheet)
{
    return xlsx->sheets[sheet].name;
}

bool xlsx_sheet_hidden(const struct xlsx *xlsx, size_t sheet)
{
    return xlsx->sheets[sheet].hidden;
}

int xlsx_sheet_find(const struct xlsx *xlsx, const char *name)
{
    for (size_t i = 0; i < xlsx->sheet_count; i++)
        if (strcmp(xlsx->sheets[i].name, name) == 0)
            return (int)i;
    return -1;
}
