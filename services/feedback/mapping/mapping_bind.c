/* mapping: binding a compiled feed to a file's columns. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include "text/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t find_numbered(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    return *end || end == name || number < 1 || number > (long)CSV_FIELD_COUNT_MAX ? -1 : (int32_t)number - 1;
}

static int32_t find_column(const struct csv_record *header, const char *name)
{
    size_t len = strlen(name);

    if (!header)
        return find_numbered(name);
    for (uint32_t i = 0; i < header->field_count; i++)
        if (header->fields[i].len == len && memcmp(header->fields[i].text, name, len) == 0)
            return (int32_t)i;
    return -1;
}

static int missing_column(const struct csv_record *header, const char *name, struct err *err)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (uint32_t i = 0; header && i < header->field_count; i++) {
        char column[NEAREST_WORD_MAX];

        snprintf(column, sizeof column, "%.*s", (int)header->fields[i].len, header->fields[i].text);
        nearest_offer(&nearest, column);
    }
    return err_fail(err, ERR_INVALID, "missing_column",
                    "the file has no column \"%s\"%s; mend the feed or ask the sender, then deliver the file again",
                    name, nearest_hint(&nearest));
}

/* A delete file needs its key, and its time where the name doesn't say it. */
static bool may_lack(const struct binding *binding, int field)
{
    return binding->deleting && (field != FIELD_TIME || binding->has_moment);
}

static int bind_filters(const struct mapping *mapping, const struct csv_record *header, struct binding *out,
                        struct err *err)
{
    for (size_t i = 0; i < mapping->filter_count && !out->deleting; i++) {
        out->filters[i] = find_column(header, mapping->filters[i].column);
        if (out->filters[i] < 0)
            return missing_column(header, mapping->filters[i].column, err);
    }
    return 0;
}

static int bind_columns(const struct mapping *mapping, const struct csv_record *header, struct binding *out,
                        struct err *err)
{
    const Bihuan__Feed *feed = mapping->feed;

    if (!header && mapping->rows.names.field_count)
        header = &mapping->rows.names;
    out->field_count = header ? header->field_count : 0;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_plan *plan = &mapping->fields[f];

        out->columns[f] = plan->mapped && plan->column[0] ? find_column(header, plan->column) : -1;
        if (plan->mapped && plan->column[0] && out->columns[f] < 0 && !may_lack(out, f))
            return missing_column(header, plan->column, err);
    }
    for (size_t i = 0; i < mapping->sum_count; i++) {
        out->sums[i] = find_column(header, mapping->sums[i].column);
        if (out->sums[i] < 0 && !out->deleting)
            return missing_column(header, mapping->sums[i].column, err);
    }
    for (size_t i = 0; i < feed->n_key; i++) {
        bool is_nth = mapping->counts_equal && i + 1 == feed->n_key;

        out->keys[i] = is_nth ? -1 : find_column(header, feed->key[i]);
        if (out->keys[i] < 0 && !is_nth)
            return missing_column(header, feed->key[i], err);
    }
    for (size_t i = 0; i < feed->n_original && !out->deleting; i++) {
        out->originals[i] = find_column(header, feed->original[i]);
        if (out->originals[i] < 0)
            return missing_column(header, feed->original[i], err);
    }
    return bind_filters(mapping, header, out, err);
}

int mapping_bind(const struct mapping *mapping, const struct csv_record *header, struct binding *out, struct err *err)
{
    *out = (struct binding) { .version = -1 };
    return bind_columns(mapping, header, out, err);
}

int mapping_bind_file(const struct mapping *mapping, const char *name, const struct csv_record *header,
                      struct binding *out, struct err *err)
{
    struct pattern_match match = { .has_date = false };

    *out = (struct binding) { .version = -1 };
    if (mapping->has_deletes && pattern_match(&mapping->deletes, name, &mapping->zone, &match, NULL) == 0) {
        out->deleting = true;
        out->has_moment = match.has_date;
        out->moment = match.moment;
    } else if (mapping->replaces_day && pattern_match(&mapping->pattern, name, &mapping->zone, &match, NULL) == 0) {
        out->version = match.sequence <= VERSION_MAX ? (int64_t)match.sequence : VERSION_MAX;
    }
    return bind_columns(mapping, header, out, err);
}

bool mapping_deletes(const struct mapping *mapping, const char *name)
{
    struct pattern_match match;

    return mapping->has_deletes && pattern_match(&mapping->deletes, name, &mapping->zone, &match, NULL) == 0;
}

int mapping_check_name(const struct mapping *mapping, const char *name, struct err *err)
{
    struct pattern_match match;

    if (!mapping->has_pattern || mapping_deletes(mapping, name))
        return 0;
    if (pattern_match(&mapping->pattern, name, &mapping->zone, &match, err) != 0)
        return err_prefix(err, "the name does not fit the feed's pattern \"%s\"", mapping->pattern.text);
    return 0;
}
