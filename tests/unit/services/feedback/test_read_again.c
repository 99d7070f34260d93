/* Which changes of code maps have files read again: only those by which an entry means something else. */
#include "feedback/files/read_again.h"

#include "support/check.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 8

struct map {
    Bihuan__CodeMapEntry entries[ENTRIES_MAX], *pointers[ENTRIES_MAX];
    char text[200];
    size_t count;
};

/* "a=1 b=2" */
static void make(struct map *map, const char *text)
{
    snprintf(map->text, sizeof map->text, "%s", text);
    map->count = 0;
    for (char *part = strtok(map->text, " "); part; part = strtok(NULL, " ")) {
        Bihuan__CodeMapEntry *entry = &map->entries[map->count];

        bihuan__code_map_entry__init(entry);
        entry->from = part;
        entry->to = strchr(part, '=') + 1;
        entry->to[-1] = 0;
        map->pointers[map->count++] = entry;
    }
}

static void only_what_means_something_else(void **state)
{
    static const struct {
        const char *why, *old, *now;
        bool differ;
    } rows[] = {
        { "the same", "a=1 b=2", "a=1 b=2", false },
        { "another order", "a=1 b=2 c=3", "c=3 a=1 b=2", false },
        { "one more behind", "a=1", "a=1 b=2", false },
        { "one more before", "b=2 c=3", "a=1 b=2 c=3", false },
        { "one gone", "a=1 b=2 c=3", "a=1 c=3", false },
        { "all gone", "a=1", "", false },
        { "all new", "", "a=1", false },
        { "one means another", "a=1 b=2", "a=1 b=3", true },
        { "in another order", "a=1 b=2 c=3", "c=3 b=1 a=1", true },
        { "one more before, one means another", "b=2 c=3", "a=1 b=2 c=4", true },
        { "two change places", "a=1 b=2", "a=2 b=1", true },
    };
    struct map old, now;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make(&old, rows[i].old);
        make(&now, rows[i].now);
        if (code_entries_differ(old.pointers, old.count, now.pointers, now.count) != rows[i].differ)
            fail_msg("%s", rows[i].why);
    }
}

/* Of two feeds maps are compared by their names. */
static void maps_are_compared_by_name(void **state)
{
    struct map one, two;
    Bihuan__CodeMap shops = BIHUAN__CODE_MAP__INIT, goods = shops, *was[] = { &shops }, *now[] = { &goods };
    Bihuan__Feed old = BIHUAN__FEED__INIT, fresh = old;

    (void)state;
    make(&one, "a=1");
    make(&two, "a=2");
    shops.name = (char *)(uintptr_t) "shops";
    goods.name = (char *)(uintptr_t) "goods";
    shops.entries = one.pointers;
    goods.entries = two.pointers;
    shops.n_entries = goods.n_entries = 1;
    old.maps = was;
    fresh.maps = now;
    old.n_maps = fresh.n_maps = 1;
    assert_false(feed_codes_differ(&old, &fresh));
    goods.name = shops.name;
    assert_true(feed_codes_differ(&old, &fresh));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_means_something_else),
        cmocka_unit_test(maps_are_compared_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
