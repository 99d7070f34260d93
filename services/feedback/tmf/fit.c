/* fit: whether a feed can take TM Forum events. See listener.h. */
#include "feedback/tmf/listener.h"

#include "feedback/tmf/words.h"

#include <string.h>

static bool reads(const struct mapping *mapping, int field, const char *column)
{
    return mapping->fields[field].mapped && strcmp(mapping->fields[field].column, column) == 0;
}

static bool has_key(const struct mapping *mapping, const char *column)
{
    for (size_t i = 0; i < mapping->feed->n_key; i++)
        if (strcmp(mapping->feed->key[i], column) == 0)
            return true;
    return false;
}

/* Columns that tell records of a kind apart; the resource alone, where it is one record. */
static bool has_keys(const struct mapping *mapping)
{
    switch (mapping->kind) {
    case FACT_ORDER_LINE:
        return has_key(mapping, "order") && has_key(mapping, "item");
    case FACT_BILL_LINE:
        return has_key(mapping, "bill") && has_key(mapping, "line");
    case FACT_BILL:
        return has_key(mapping, "bill");
    case FACT_PAYMENT:
        return has_key(mapping, "payment") && has_key(mapping, "what");
    case FACT_STOCK_ON_HAND:
        return has_key(mapping, "stock") && has_key(mapping, "reading");
    default:
        return has_key(mapping, "lead");
    }
}

const char *tmf_unfit(const struct mapping *mapping, const char **pointer)
{
    *pointer = "/fact";
    if (tmf_resource_of_kind(mapping->kind) == TMF_NONE)
        return "no TM Forum event brings such facts; there are order_line, bill, bill_line, payment, opportunity,"
               " stock_on_hand";
    *pointer = "/format";
    if (mapping->rows.kind != ROWS_JSON)
        return "events become rows in json_lines: set format to it";
    *pointer = "/watermark";
    if (mapping->watermark == WATERMARK_FILE_DATE || mapping->watermark == WATERMARK_CALENDAR)
        return "events come in no dated files: set watermark to last_event, told or none";
    *pointer = "/key";
    if (!has_keys(mapping))
        return "a record of events is known by order and item, bill, bill and line, payment and what, lead, or"
               " stock and reading: name these as key";
    if (mapping->counts_equal)
        return "events are told apart by what they say, not by their place in a file: leave " KEY_NTH " out";
    *pointer = "/columns";
    if (!reads(mapping, FIELD_VERSION, "version") || !reads(mapping, FIELD_STATE, "state"))
        return "events need the column \"version\" as field version and \"state\" as field state";
    return NULL;
}
