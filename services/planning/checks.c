/* checks: small checks that the apply handlers share. See planning.h. */
#include "planning/planning.h"

#include "text/dates.h"

#include <string.h>

const char *place(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

void check_word(struct tx *tx, const char *pointer, const char *field, const char *word, const char *const *words)
{
    struct buf list = { 0 };

    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0) {
            buf_fini(&list);
            return;
        }
        buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
    }
    tx_problem(tx, place(tx, pointer, field), "unknown_word", "%s \"%s\" is none of %s", field, word, buf_text(&list));
    buf_fini(&list);
}

int32_t check_date(struct tx *tx, const char *pointer, const char *field, const char *text, bool required,
                   int32_t otherwise)
{
    int32_t day;
    struct err err;

    if (!text[0] && !required)
        return otherwise;
    if (date_parse(text, strlen(text), &day, &err) == 0)
        return day;
    tx_problem(tx, place(tx, pointer, field), "bad_date", "%s \"%s\" is not a date as yyyy-MM-dd", field, text);
    return otherwise;
}
