/* dates: reading text by a declared pattern; see dates.h. */
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

/* What has been read so far. */
struct parts {
    int year, month, day, hour, minute, second, us;
    int32_t offset_s;
    bool has_offset, has_time;
};

struct cursor {
    const char *at, *end;
};

static bool read_int(struct cursor *in, int least, int most, int *out)
{
    int value = 0, n = 0;

    while (n < most && in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        value = value * 10 + (*in->at++ - '0');
        n++;
    }
    *out = value;
    return n >= least;
}

static bool read_char(struct cursor *in, char c)
{
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static bool read_fraction(struct cursor *in, int *us)
{
    int value = 0, n = 0;

    for (; n < 9 && in->at < in->end && *in->at >= '0' && *in->at <= '9'; n++, in->at++) {
        if (n < 6)
            value = value * 10 + (*in->at - '0');
        else if (*in->at != '0')
            return false;
    }
    for (int i = n; i < 6; i++)
        value *= 10;
    *us = value;
    return n > 0;
}

static bool read_offset(struct cursor *in, struct parts *parts)
{
    int hours, minutes = 0, sign;

    parts->has_offset = true;
    if (read_char(in, 'Z'))
        return true;
    if (in->at == in->end || (*in->at != '+' && *in->at != '-'))
        return false;
    sign = *in->at++ == '-' ? -1 : 1;
    if (!read_int(in, 2, 2, &hours))
        return false;
    if (in->at < in->end && (read_char(in, ':') || true) && !read_int(in, 2, 2, &minutes))
        return false;
    parts->offset_s = sign * (hours * 3600 + minutes * 60);
    return hours <= 14 && minutes <= 59;
}

static bool read_iso(struct cursor *in, struct parts *parts)
{
    if (!read_int(in, 4, 4, &parts->year) || !read_char(in, '-') || !read_int(in, 2, 2, &parts->month) ||
        !read_char(in, '-') || !read_int(in, 2, 2, &parts->day))
        return false;
    if (in->at == in->end)
        return true;
    parts->has_time = true;
    if ((!read_char(in, 'T') && !read_char(in, ' ')) || !read_int(in, 2, 2, &parts->hour) || !read_char(in, ':') ||
        !read_int(in, 2, 2, &parts->minute))
        return false;
    if (read_char(in, ':')) {
        if (!read_int(in, 2, 2, &parts->second))
            return false;
        if (read_char(in, '.') && !read_fraction(in, &parts->us))
            return false;
    }
    return in->at == in->end || read_offset(in, parts);
}

/* Length of the run of one letter. */
static size_t run_len(const char *text)
{
    size_t n = 1;

    while (text[n] == text[0])
        n++;
    return n;
}

static int *part_of(struct parts *parts, char letter)
{
    switch (letter) {
    case 'y':
        return &parts->year;
    case 'M':
        return &parts->month;
    case 'd':
        return &parts->day;
    case 'H':
        return &parts->hour;
    case 'm':
        return &parts->minute;
    case 's':
        return &parts->second;
    default:
        return NULL;
    }
}

static bool read_by(const char *pattern, struct cursor *in, struct parts *parts)
{
    while (*pattern) {
        size_t n = run_len(pattern);
        int *part = part_of(parts, *pattern);

        if (part) {
            if (!read_int(in, (int)n, n == 1 ? 2 : (int)n, part))
                return false;
            pattern += n;
        } else if (*pattern == 'S' || *pattern == 'X') {
            if (*pattern == 'S' ? !read_fraction(in, &parts->us) : !read_offset(in, parts))
                return false;
            pattern += n;
        } else if (!read_char(in, *pattern++)) {
            return false;
        }
    }
    return true;
}

static int bad(struct err *err, const char *text, size_t len, const char *why, const char *name)
{
    return err_fail(err, ERR_INVALID, "bad_date", "\"%.*s\" %s%s", (int)(len > 60 ? 60 : len), text, why, name);
}

int time_parse(const char *text, size_t len, const struct time_pattern *pattern, const struct zone *zone,
               struct moment *out, struct err *err)
{
    struct parts parts = { .has_time = pattern->has_time };
    struct cursor in = { text, text + len };
    int64_t us;

    if (!(pattern->iso ? read_iso(&in, &parts) : read_by(pattern->text, &in, &parts)) || in.at != in.end)
        return bad(err, text, len, "does not read as ", pattern->text);
    if (!date_valid(parts.year, parts.month, parts.day))
        return bad(err, text, len, "is not a date of the calendar", "");
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 59)
        return bad(err, text, len, "is not a time of day (00:00:00 to 23:59:59)", "");
    us = date_of(parts.year, parts.month, parts.day) * US_PER_DAY +
         (parts.hour * 3600 + parts.minute * 60 + parts.second) * US_PER_SECOND + parts.us;
    out->us = us - (parts.has_offset ? parts.offset_s : zone->offset_s) * US_PER_SECOND;
    out->day = zone_day(zone, out->us);
    out->has_time = parts.has_time;
    return 0;
}

int date_parse(const char *text, size_t len, int32_t *out, struct err *err)
{
    static const struct time_pattern pattern = { .text = "yyyy-MM-dd" };
    static const struct zone utc = { .name = "UTC" };
    struct moment moment;

    if (time_parse(text, len, &pattern, &utc, &moment, err) != 0)
        return -1;
    *out = moment.day;
    return 0;
}

/* Which widths a letter may have; the literal T needs no entry. */
static bool width_allowed(char letter, size_t n)
{
    switch (letter) {
    case 'y':
        return n == 4;
    case 'M':
    case 'd':
    case 'H':
    case 'm':
    case 's':
        return n <= 2;
    case 'S':
        return n <= 9;
    case 'X':
        return n <= 3;
    default:
        return letter == 'T' && n == 1;
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int bad_pattern(struct err *err, const char *text, const char *why)
{
    return err_fail(err, ERR_INVALID, "bad_pattern",
                    "date pattern \"%.60s\" %s; write it like yyyyMMdd, \"yyyy-MM-dd HH:mm:ss\" or iso8601", text, why);
}

int time_pattern_parse(const char *text, struct time_pattern *out, struct err *err)
{
    struct time_pattern made = { .iso = strcmp(text, "iso8601") == 0 };
    char seen[128] = { 0 };

    if (strlen(text) >= sizeof made.text)
        return bad_pattern(err, text, "is too long");
    snprintf(made.text, sizeof made.text, "%s", text);
    for (const char *at = made.iso ? "" : text; *at;) {
        size_t n = is_letter(*at) ? run_len(at) : 1;

        if (is_letter(*at) && (!width_allowed(*at, n) || (seen[(int)*at]++ && *at != 'T')))
            return bad_pattern(err, text, "has a letter or a width that is not known, or one twice");
        at += n;
    }
    if (!made.iso && (!seen['y'] || !seen['M'] || !seen['d']))
        return bad_pattern(err, text, "lacks year, month or day");
    made.has_time = seen['H'];
    made.has_offset = seen['X'];
    *out = made;
    return 0;
}
