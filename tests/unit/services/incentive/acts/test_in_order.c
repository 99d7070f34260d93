/* Nothing changes state here past the order of the streams: each request of the service's table is kept as an act and
 * has what does it again, each event waits for its turn. Read from the source of the table. */
#include "support/check.h"

#include "incentive/acts/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int requests, events;

static void look_at(const char *line)
{
    char name[64], source[64], right[64], fn[64];

    if (sscanf(line, " HANDLE_REQUEST%*[A-Z_](%63[A-Z_], \"%63[^\"]\", %63[a-z_])", name, right, fn) == 3 ||
        sscanf(line, " HANDLE_REQUEST(%63[A-Z_], \"%63[^\"]\", %63[a-z_])", name, right, fn) == 3) {
        const struct message_type *type = NULL;

        for (uint32_t number = 4000; number < 5000; number++)
            if (message_type_find(number) && strcmp(message_type_find(number)->name, name) == 0)
                type = message_type_find(number);
        if (!type || strncmp(fn, "act_", 4) != 0 || !acts_handler(type->type))
            fail_msg("%s changes state and is no act", name);
        requests++;
    }
    if (sscanf(line, " HANDLE_EVENT(\"%63[a-z]\", %63[A-Z_], %63[a-z_])", source, name, fn) == 3) {
        if (!strstr(fn, "_in_order") && strcmp(fn, "on_other") != 0)
            fail_msg("%s of %s doesn't wait for its turn", name, source);
        events++;
    }
    assert_null(strstr(line, "HANDLE_EVENT_LOOSE"));
    assert_null(strstr(line, "HANDLE_LOCAL"));
}

static void test_all_in_order(void **state)
{
    const char *source = getenv("BIHUAN_SOURCE");
    char path[4096], line[512];
    FILE *file;

    (void)state;
    if (!source)
        skip();
    snprintf(path, sizeof path, "%s/services/incentive/handlers.c", source);
    file = fopen(path, "re");
    if (!file)
        fail_msg("could not open %s", path);
    while (fgets(line, sizeof line, file))
        look_at(line);
    fclose(file);
    assert_true(requests >= 15 && events >= 11);
}

/* Marks count by feedback's positions: no event of its streams may pass unseen. */
static void test_all_of_feedback(void **state)
{
    const char *source = getenv("BIHUAN_SOURCE");
    char path[4096];
    char *text = calloc(1, 1 << 20);
    FILE *file;

    (void)state;
    if (!source || !text) {
        free(text);
        skip();
    }
    snprintf(path, sizeof path, "%s/services/incentive/handlers.c", source);
    file = fopen(path, "re");
    if (!file || !fread(text, 1, (1 << 20) - 1, file))
        fail_msg("could not read %s", path);
    fclose(file);
    for (uint32_t number = 1; number < 10000; number++) {
        const struct message_type *type = message_type_find(number);
        char handled[128];

        if (!type || type->kind != MESSAGE_EVENT || strcmp(type->service, "feedback") != 0)
            continue;
        snprintf(handled, sizeof handled, "HANDLE_EVENT(\"feedback\", %s, ", type->name);
        if (!strstr(text, handled))
            fail_msg("%s of feedback isn't seen", type->name);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_in_order),
        cmocka_unit_test(test_all_of_feedback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
