/* xlsx_workbook: what is not in a sheet itself: the list of sheets, shared texts, which styles show days. See xlsx.h.
 */
#include "text/xlsx_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- sheets --- */

static void on_workbook(struct xlsx_walk *walk, const char *name, const char **attributes)
{
    struct xlsx *xlsx = walk->xlsx;
    const char *title = xlsx_attribute(attributes, "name");
    const char *relation = xlsx_attribute(attributes, "id");
    const char *state = xlsx_attribute(attributes, "state");
    const char *since = xlsx_attribute(attributes, "date1904");

    if (strcmp(name, "workbookPr") == 0 && since)
        xlsx->since_1904 = strcmp(since, "1") == 0 || strcmp(since, "true") == 0;
    if (strcmp(name, "sheet") != 0 || !title || !relation)
        return;
    if (xlsx->sheet_count == XLSX_SHEETS_MAX) {
        xlsx_stop(walk, true, "the file has more than %d sheets", XLSX_SHEETS_MAX);
        return;
    }
    xlsx->sheets[xlsx->sheet_count++] = (struct xlsx_sheet) { .name = arena_strdup(&xlsx->arena, title),
                                                              .relation = arena_strdup(&xlsx->arena, relation),
                                                              .part = "",
                                                              .hidden = state && strcmp(state, "visible") != 0 };
}

/* "worksheets/sheet1.xml" is relative to xl/, "/xl/worksheets/sheet1.xml" to the package. */
static void on_relation(struct xlsx_walk *walk, const char *name, const char **attributes)
{
    struct xlsx *xlsx = walk->xlsx;
    const char *id = xlsx_attribute(attributes, "Id");
    const char *target = xlsx_attribute(attributes, "Target");
    const char *mode = xlsx_attribute(attributes, "TargetMode");

    if (strcmp(name, "Relationship") != 0 || !id || !target || (mode && strcmp(mode, "External") == 0))
        return;
    for (size_t i = 0; i < xlsx->sheet_count; i++)
        if (strcmp(xlsx->sheets[i].relation, id) == 0)
            xlsx->sheets[i].part = *target == '/' ? arena_strdup(&xlsx->arena, target + 1)
                                                  : arena_printf(&xlsx->arena, "xl/%s", target);
}

int xlsx_load_workbook(struct xlsx *xlsx, struct err *err)
{
    static const struct xlsx_handlers workbook = { .start = on_workbook }, relations = { .start = on_relation };
    bool found;

    if (xlsx_walk_part(xlsx, "xl/workbook.xml", &workbook, NULL, &found, err) != 0)
        return -1;
    if (!found || !xlsx->sheet_count)
        return err_fail(err, ERR_INVALID, "bad_xlsx", "the file has no workbook with sheets; save it as .xlsx");
    if (xlsx_walk_part(xlsx, "xl/_rels/workbook.xml.rels", &relations, NULL, &found, err) != 0)
        return -1;
    return found ? 0 : err_fail(err, ERR_INVALID, "bad_xlsx", "the file doesn't say where its sheets are");
}

/* --- styles --- */

struct styles {
    bool in_cells;         /* cellXfs */
    unsigned formats[512]; /* own formats that show days, by id */
    size_t format_count;
};

/* Letters of days and times outside of quotes, brackets and escapes. */
static bool shows_day(const char *code)
{
    for (; *code; code++) {
        if (*code == '"')
            while (code[1] && *++code != '"')
                ;
        else if (*code == '[')
            while (code[1] && *++code != ']')
                ;
        else if (*code == '\\' || *code == '_' || *code == '*')
            code += code[1] != '\0';
        else if (strchr("yYdDhHsSmM", *code) && strncmp(code, "Standard", 8) != 0)
            return true;
    }
    return false;
}

static bool is_day_format(const struct styles *styles, unsigned id)
{
    for (size_t i = 0; i < styles->format_count; i++)
        if (styles->formats[i] == id)
            return true;
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

static void add_style(struct xlsx *xlsx, enum xlsx_shown shown)
{
    if (xlsx->style_count % 256 == 0) {
        xlsx->styles = realloc(xlsx->styles, xlsx->style_count + 256);
        if (!xlsx->styles)
            abort();
    }
    xlsx->styles[xlsx->style_count++] = (uint8_t)shown;
}

static void on_style(struct xlsx_walk *walk, const char *name, const char **attributes)
{
    struct styles *styles = walk->arg;
    const char *id = xlsx_attribute(attributes, "numFmtId");
    const char *code = xlsx_attribute(attributes, "formatCode");

    if (strcmp(name, "numFmt") == 0 && id && code && shows_day(code) && styles->format_count < 512)
        styles->formats[styles->format_count++] = (unsigned)strtoul(id, NULL, 10);
    if (strcmp(name, "cellXfs") == 0)
        styles->in_cells = true;
    if (strcmp(name, "xf") != 0 || !styles->in_cells)
        return;
    if (walk->xlsx->style_count == 65536)
        xlsx_stop(walk, true, "the file has more than 65536 styles");
    else
        add_style(walk->xlsx,
                  is_day_format(styles, id ? (unsigned)strtoul(id, NULL, 10) : 0) ? XLSX_DATE : XLSX_NUMBER);
}

static void on_style_end(struct xlsx_walk *walk, const char *name)
{
    struct styles *styles = walk->arg;

    if (strcmp(name, "cellXfs") == 0)
        styles->in_cells = false;
}

int xlsx_load_styles(struct xlsx *xlsx, struct err *err)
{
    static const struct xlsx_handlers handlers = { .start = on_style, .end = on_style_end };
    struct styles styles = { .in_cells = false };
    bool found;

    return xlsx_walk_part(xlsx, "xl/styles.xml", &handlers, &styles, &found, err);
}

/* --- shared texts --- */

struct texts {
    struct buf text;
    bool in_item, in_text, in_phonetic;
};

static void add_text(struct xlsx_walk *walk, const struct buf *text)
{
    struct xlsx *xlsx = walk->xlsx;

    xlsx->text_bytes += text->len + 1;
    if (xlsx->text_bytes > XLSX_TEXTS_MAX) {
        xlsx_stop(walk, true, "the texts of the file have more than %zu MB", XLSX_TEXTS_MAX >> 20);
        return;
    }
    if (xlsx->text_count == xlsx->text_cap) {
        xlsx->text_cap = xlsx->text_cap ? xlsx->text_cap * 2 : 1024;
        xlsx->texts = realloc(xlsx->texts, xlsx->text_cap * sizeof *xlsx->texts);
        if (!xlsx->texts)
            abort();
    }
    xlsx->texts[xlsx->text_count++] = arena_strndup(&xlsx->arena, text->len ? (const char *)text->data : "", text->len);
}

static void on_text_start(struct xlsx_walk *walk, const char *name, const char **attributes)
{
    struct texts *texts = walk->arg;

    (void)attributes;
    if (strcmp(name, "si") == 0) {
        texts->in_item = true;
        buf_reset(&texts->text);
    }
    texts->in_phonetic = texts->in_phonetic || strcmp(name, "rPh") == 0;
    texts->in_text = texts->in_item && !texts->in_phonetic && strcmp(name, "t") == 0;
}

static void on_text_end(struct xlsx_walk *walk, const char *name)
{
    struct texts *texts = walk->arg;

    texts->in_text = false;
    if (strcmp(name, "rPh") == 0)
        texts->in_phonetic = false;
    if (strcmp(name, "si") == 0) {
        texts->in_item = false;
        add_text(walk, &texts->text);
    }
}

static void on_text_part(struct xlsx_walk *walk, const char *text, int len)
{
    struct texts *texts = walk->arg;

    if (!texts->in_text)
        return;
    if (texts->text.len + (size_t)len > XLSX_CELL_MAX)
        xlsx_stop(walk, true, "a text has more than %zu bytes", XLSX_CELL_MAX);
    else
        buf_append(&texts->text, text, (size_t)len);
}

int xlsx_load_texts(struct xlsx *xlsx, struct err *err)
{
    static const struct xlsx_handlers handlers = { .start = on_text_start, .end = on_text_end, .text = on_text_part };
    struct texts texts = { .in_item = false };
    bool found;
    int rc = xlsx_walk_part(xlsx, "xl/sharedStrings.xml", &handlers, &texts, &found, err);

    buf_fini(&texts.text);
    return rc;
}
