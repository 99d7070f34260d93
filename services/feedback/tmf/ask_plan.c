/* ask_plan: see ask_plan.h. */
#include "feedback/tmf/ask_plan.h"

#include "net/http.h"
#include "text/dates.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US       (60 * US_PER_SECOND)
#define EVERY_MINUTES   15
#define BACK_MINUTES    60
#define FIRST_DAYS      7
#define PAGE_DEFAULT    100
#define RETRY_US        (30 * US_PER_SECOND)
#define RETRY_STEPS_MAX 10

const enum tmf_resource *ask_resources(enum fact_kind kind)
{
    static const enum tmf_resource orders[] = { TMF_ORDER, TMF_NONE }, bills[] = { TMF_BILL, TMF_NONE },
                                   payments[] = { TMF_PAYMENT, TMF_REFUND, TMF_NONE }, leads[] = { TMF_LEAD, TMF_NONE },
                                   stocks[] = { TMF_STOCK, TMF_NONE }, none[] = { TMF_NONE },
                                   lines[] = { TMF_BILL, TMF_RATE, TMF_NONE };

    if (kind == FACT_BILL_LINE)
        return lines;
    switch (tmf_resource_of_kind(kind)) {
    case TMF_ORDER:
        return orders;
    case TMF_BILL:
        return bills;
    case TMF_PAYMENT:
        return payments;
    case TMF_LEAD:
        return leads;
    case TMF_STOCK:
        return stocks;
    default:
        return none;
    }
}

/* --- windows -------------------------------------------------------------------------------------------------------
 */

static bool is_version_5(const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return len >= 3 && strncmp(url + len - 3, "/v5", 3) == 0;
}

/* An order is asked for by each of its times: none of them tells of all changes. */
static const char *const *usual_times(enum tmf_resource resource, bool version_5)
{
    static const char *const orders_4[] = { "orderDate", "completionDate", "cancellationDate", NULL },
                             *const orders_5[] = { "creationDate", "completionDate", "cancellationDate", NULL },
                             *const bills[] = { "lastUpdate", NULL },
                             *const payments[] = { "paymentDate", "statusDate", NULL },
                             *const refunds[] = { "refundDate", "statusDate", NULL }, *const rates[] = { "date", NULL },
                             *const leads[] = { "creationDate", "statusChangeDate", NULL }, *const none[] = { NULL };

    switch (resource) {
    case TMF_ORDER:
        return version_5 ? orders_5 : orders_4;
    case TMF_BILL:
        return bills;
    case TMF_PAYMENT:
        return payments;
    case TMF_REFUND:
        return refunds;
    case TMF_LEAD:
        return leads;
    case TMF_RATE:
        return rates;
    default:
        return none;
    }
}

size_t ask_times(const Bihuan__TmfSource *asks, enum tmf_resource resource, const char *out[ASK_TIMES_MAX])
{
    const char *const *usual = usual_times(resource, is_version_5(asks->url));
    size_t count = 0;

    if (asks->n_times == 1 && strcmp(asks->times[0], "none") == 0)
        return 0;
    for (; resource != TMF_RATE && count < asks->n_times && count < ASK_TIMES_MAX; count++) /* lines have one time */
        out[count] = asks->times[count];
    if (!count)
        for (; usual[count]; count++)
            out[count] = usual[count];
    return count;
}

struct ask_window ask_window(const Bihuan__TmfSource *asks, int64_t through, int64_t now)
{
    int64_t back = (asks->back_minutes ? asks->back_minutes : BACK_MINUTES) * MINUTE_US;
    int64_t first = (asks->first_days ? asks->first_days : FIRST_DAYS) * US_PER_DAY;

    return (struct ask_window) { .from = through ? through - back : now - first, .until = now };
}

/* --- URLs ----------------------------------------------------------------------------------------------------------
 */

static void put_base(struct buf *out, const Bihuan__TmfSource *asks, const char *name)
{
    size_t len = strlen(asks->url);

    while (len && asks->url[len - 1] == '/')
        len--;
    buf_append(out, asks->url, len);
    buf_printf(out, "/%s", name);
}

static void put_bound(struct buf *out, const char *attribute, const char *comparison, int64_t at)
{
    static const struct zone utc = { "UTC", 0 };
    char text[TIME_TEXT_MAX];

    time_print(text, at, &utc);
    http_put_escaped(out, attribute);
    buf_printf(out, ".%s=", comparison);
    http_put_escaped(out, text);
    buf_append_text(out, "&");
}

uint32_t ask_page(const Bihuan__TmfSource *asks)
{
    return asks->page ? asks->page : PAGE_DEFAULT;
}

void ask_url(struct buf *out, const Bihuan__TmfSource *asks, enum tmf_resource resource, const char *attribute,
             const struct ask_window *window, uint64_t offset)
{
    put_base(out, asks, tmf_resource_name(resource));
    buf_append_text(out, "?");
    if (attribute) {
        put_bound(out, attribute, "gte", window->from);
        put_bound(out, attribute, "lt", window->until);
    }
    buf_printf(out, "offset=%" PRIu64 "&limit=%" PRIu32, offset, ask_page(asks));
}

void ask_one_url(struct buf *out, const Bihuan__TmfSource *asks, const char *kind, const char *id)
{
    put_base(out, asks, kind);
    buf_append_text(out, "/");
    http_put_escaped(out, id);
}

enum ask_next ask_next(uint64_t offset, uint64_t got, int64_t total)
{
    if (!got)
        return ASK_END;
    return total >= 0 && offset + got >= (uint64_t)total ? ASK_PROBE : ASK_MORE;
}

bool ask_is_beyond(long status)
{
    return status == 400 || status == 404 || status == 416;
}

enum ask_next ask_repeated(bool probing, uint64_t got, uint32_t page)
{
    return probing || got < page ? ASK_END : ASK_MORE;
}

/* --- when ----------------------------------------------------------------------------------------------------------
 */

int64_t ask_due(const Bihuan__TmfSource *asks, int64_t asked_at, uint32_t failures)
{
    int64_t every = (asks->every_minutes ? asks->every_minutes : EVERY_MINUTES) * MINUTE_US;
    uint32_t steps = failures < RETRY_STEPS_MAX ? failures : RETRY_STEPS_MAX;
    int64_t soon = failures ? RETRY_US << (steps - 1) : every;

    return asked_at + (soon < every ? soon : every);
}

/* --- registration --------------------------------------------------------------------------------------------------
 */

void ask_hub_wish(struct buf *out, const Bihuan__TmfSource *asks)
{
    buf_reset(out);
    if (*asks->callback)
        buf_printf(out, "%s\n%s\n%s", asks->url, asks->callback, asks->query);
}

void ask_hub_body(struct buf *out, const Bihuan__TmfSource *asks)
{
    json_t *body = json_pack("{s:s, s:s}", "callback", asks->callback, "query", asks->query);
    char *text;

    if (is_version_5(asks->url))
        json_object_set_new(body, "@type", json_string("Hub"));
    text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(body);
    if (!text)
        abort(); /* no memory, or a callback that isn't UTF-8, which the manifest's reader refuses */
    buf_append_text(out, text);
    free(text);
}
