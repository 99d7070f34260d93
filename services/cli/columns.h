/* columns: how a table's columns are written down: key, heading in both languages, kind. For sources alone. */
#ifndef BIHUAN_CLI_COLUMNS_H
#define BIHUAN_CLI_COLUMNS_H

#include "cli/output.h"

#define C(key, en, zh, kind)                                                                                           \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, NULL, 0, NULL, NULL                                                                \
    }
/* An amount whose decimals stand in the row under `scale`. */
#define AMOUNT(key, en, zh, scale)                                                                                     \
    {                                                                                                                  \
        key, en, zh, COLUMN_AMOUNT, scale, 0, NULL, NULL                                                               \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL                                                             \
    }

#endif
