/* mapping_asks: what a feed says of asking its sender, checked. */
#include "feedback/mapping/mapping_internal.h"

#include "feedback/tmf/ask_plan.h"
#include "feedback/tmf/listener.h"
#include "net/http.h"

#include <string.h>

static bool is_file_name(const char *name)
{
    return name[0] != '.' && !strchr(name, '/') && strlen(name) < 128;
}

static void check_times(struct compile *c, const Bihuan__TmfSource *asks)
{
    if (asks->n_times > ASK_TIMES_MAX)
        fault(c, "/asks/times", "too_many", "at most %d attributes", ASK_TIMES_MAX);
    for (size_t i = 0; i < asks->n_times; i++)
        if (!*asks->times[i] || (asks->n_times > 1 && strcmp(asks->times[i], "none") == 0))
            fault(c, arena_printf(c->arena, "/asks/times/%zu", i), "bad_time",
                  "name an attribute such as lastUpdate, or \"none\" alone for no window");
}

void check_asks(struct compile *c)
{
    const Bihuan__TmfSource *asks = c->feed->asks;
    const char *pointer, *why;
    char host[256];

    if (!asks)
        return;
    if (*asks->url && !http_url_host(asks->url, host, sizeof host))
        fault(c, "/asks/url", "bad_url", "an address begins with http:// or https://, without user and password");
    if (*asks->url && strpbrk(asks->url, "?#"))
        fault(c, "/asks/url", "bad_url", "the address ends with the version: /tmf-api/productOrderingManagement/v4");
    if (!*asks->url && *asks->callback)
        fault(c, "/asks/url", "missing", "to register the callback the sender's address is needed");
    if (*asks->callback && !http_url_host(asks->callback, host, sizeof host))
        fault(c, "/asks/callback", "bad_url", "an address begins with http:// or https://, without user and password");
    if (!is_file_name(asks->token_file))
        fault(c, "/asks/token_file", "bad_name", "a file name in feedback's secrets_dir, without folders");
    if (asks->page > ASK_PAGE_MAX)
        fault(c, "/asks/page", "too_large", "at most %d", ASK_PAGE_MAX);
    if (asks->every_minutes > 7 * 24 * 60 || asks->back_minutes > 366 * 24 * 60 || asks->first_days > 3660)
        fault(c, "/asks", "too_large", "every_minutes is at most a week, back_minutes a year, first_days ten years");
    check_times(c, asks);
    why = tmf_unfit(c->mapping, &pointer);
    if (why)
        fault(c, pointer, "no_listener", "%s", why);
}
