/* What mergers, closures and hand-overs change, worked out by hand: relations, dotted lines, roles. */
#include "planning/organisation/rehang.h"

#include "base/buf.h"
#include "support/check.h"
#include "support/seed.h"

#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct arena arena;

static char *text(const char *t)
{
    return (char *)(uintptr_t)t;
}

/* "P 2026-01-01 2026-06-01, Q 2026-06-01 -": relations of a unit, or "to/kind from until". */
static size_t split(const char *list, char out[4][3][24])
{
    size_t count = 0;
    int used = 0;

    while (count < 4 && sscanf(list, "%23s %23s %23[^,]%n", out[count][0], out[count][1], out[count][2], &used) == 3) {
        if (strcmp(out[count][2], "-") == 0)
            out[count][2][0] = '\0';
        count++;
        list += used;
        if (*list == ',')
            list++;
    }
    return count;
}

static Bihuan__Unit *unit_of(const char *relations, const char *dotted)
{
    Bihuan__Unit *unit = arena_new(&arena, Bihuan__Unit);
    char parts[4][3][24];

    bihuan__unit__init(unit);
    unit->code = text("X");
    unit->n_relations = split(relations, parts);
    unit->relations = arena_array(&arena, Bihuan__UnitRelation *, 4);
    for (size_t i = 0; i < unit->n_relations; i++) {
        unit->relations[i] = arena_new(&arena, Bihuan__UnitRelation);
        bihuan__unit_relation__init(unit->relations[i]);
        unit->relations[i]->parent = arena_strdup(&arena, parts[i][0]);
        unit->relations[i]->from = arena_strdup(&arena, parts[i][1]);
        unit->relations[i]->until = arena_strdup(&arena, parts[i][2]);
    }
    unit->n_dotted = split(dotted, parts);
    unit->dotted = arena_array(&arena, Bihuan__DottedLine *, 4);
    for (size_t i = 0; i < unit->n_dotted; i++) {
        unit->dotted[i] = arena_new(&arena, Bihuan__DottedLine);
        bihuan__dotted_line__init(unit->dotted[i]);
        unit->dotted[i]->kind = text("functional");
        unit->dotted[i]->to = arena_strdup(&arena, parts[i][0]);
        unit->dotted[i]->from = arena_strdup(&arena, parts[i][1]);
        unit->dotted[i]->until = arena_strdup(&arena, parts[i][2]);
    }
    return unit;
}

static const char *shown(const Bihuan__Unit *unit)
{
    struct buf out = { 0 };
    const char *kept;

    if (!unit)
        return "nothing";
    for (size_t i = 0; i < unit->n_relations; i++)
        buf_printf(&out, "%s%s %s %s", out.len ? ", " : "", unit->relations[i]->parent, unit->relations[i]->from,
                   unit->relations[i]->until[0] ? unit->relations[i]->until : "-");
    for (size_t i = 0; i < unit->n_dotted; i++)
        buf_printf(&out, "%s~%s %s %s", out.len ? ", " : "", unit->dotted[i]->to, unit->dotted[i]->from,
                   unit->dotted[i]->until[0] ? unit->dotted[i]->until : "-");
    kept = arena_strdup(&arena, buf_text(&out));
    buf_fini(&out);
    return kept;
}

/* G goes, H takes over, from 2026-07-01. */
static void children_of_what_goes(void **state)
{
    static const struct {
        const char *why, *relations, *dotted, *heir, *want;
    } rows[] = {
        { "a child of now and later", "G 2026-01-01 -", "", "H", "H 2026-07-01 -" },
        { "a child until a day", "G 2026-01-01 2026-09-01", "", "H", "H 2026-07-01 2026-09-01" },
        { "a child that leaves on that day", "G 2026-01-01 2026-07-01", "", "H", "nothing" },
        { "a child that comes later", "P 2026-01-01 2026-08-01, G 2026-08-01 -", "", "H", "H 2026-08-01 -" },
        { "a child from that very day", "P 2026-01-01 2026-07-01, G 2026-07-01 -", "", "H", "H 2026-07-01 -" },
        { "twice a child", "G 2026-01-01 2026-08-01, P 2026-08-01 2026-10-01, G 2026-10-01 -", "", "H",
          "H 2026-07-01 2026-08-01, H 2026-10-01 -" },
        { "another's child", "P 2026-01-01 -", "", "H", "nothing" },
        { "a closure moves no child", "G 2026-01-01 -", "", NULL, "nothing" },
        { "guided by it", "P 2026-01-01 -", "G 2026-02-01 -", "H", "~G 2026-02-01 2026-07-01, ~H 2026-07-01 -" },
        { "to be guided by it", "P 2026-01-01 -", "G 2026-09-01 -", "H", "~G 2026-09-01 2026-09-01, ~H 2026-09-01 -" },
        { "guided by it before", "P 2026-01-01 -", "G 2026-02-01 2026-05-01", "H", "nothing" },
        { "guided by what closes", "P 2026-01-01 -", "G 2026-02-01 -", NULL, "~G 2026-02-01 2026-07-01" },
        { "the heir was guided by it", "P 2026-01-01 -", "G 2026-02-01 -", "X", "~G 2026-02-01 2026-07-01" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = shown(
            rehang_unit(&arena, unit_of(rows[i].relations, rows[i].dotted), "G", rows[i].heir, "2026-07-01"));

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].why, got, rows[i].want);
    }
}

static void a_move_is_for_good(void **state)
{
    (void)state;
    assert_string_equal(shown(rehang_under(&arena, unit_of("P 2026-01-01 -", ""), "Q", "2026-07-01")),
                        "Q 2026-07-01 -");
    assert_string_equal(
        shown(rehang_under(&arena, unit_of("P 2026-01-01 2026-09-01, R 2026-09-01 -", ""), "Q", "2026-07-01")),
        "Q 2026-07-01 -, Q 2026-09-01 -");
}

/* --- any sequence of moves and mergers -------------------------------------------------------------------------------
 * Every unit's parent on each of 100 days, kept twice: as relations that rehang changes and that are joined as planning
 * joins them, and as a plain table by day. They must agree: what was before a day stays, what is after it follows. */

enum { UNITS = 8, DAYS = 100, FIRST = 20454 /* 2026-01-01 */ };

static const char *const codes[UNITS] = { "R", "A", "B", "C", "D", "E", "F", "G" };

static const char *day_text(int day)
{
    char out[DATE_TEXT_MAX];

    date_print(out, FIRST + day);
    return arena_strdup(&arena, out);
}

/* Those of the item replace or cut those that were there. */
static void join(Bihuan__Unit *unit, const Bihuan__Unit *item)
{
    Bihuan__UnitRelation **all = arena_array(&arena, Bihuan__UnitRelation *, unit->n_relations + item->n_relations + 1);
    size_t count = 0;

    for (size_t i = 0; i < unit->n_relations; i++) {
        bool replaced = false;

        for (size_t k = 0; k < item->n_relations; k++)
            replaced = replaced || strcmp(item->relations[k]->from, unit->relations[i]->from) == 0;
        if (!replaced)
            all[count++] = unit->relations[i];
    }
    for (size_t k = 0; k < item->n_relations; k++)
        all[count++] = item->relations[k];
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && strcmp(all[k - 1]->from, all[k]->from) > 0; k--) {
            Bihuan__UnitRelation *swap = all[k];

            all[k] = all[k - 1];
            all[k - 1] = swap;
        }
    for (size_t i = 0; i + 1 < count; i++)
        if (!all[i]->until[0] || strcmp(all[i]->until, all[i + 1]->from) > 0)
            all[i]->until = all[i + 1]->from;
    unit->relations = all;
    unit->n_relations = count;
}

static const char *parent_on(const Bihuan__Unit *unit, const char *day)
{
    for (size_t i = 0; i < unit->n_relations; i++)
        if (strcmp(unit->relations[i]->from, day) <= 0 &&
            (!unit->relations[i]->until[0] || strcmp(unit->relations[i]->until, day) > 0))
            return unit->relations[i]->parent;
    return "";
}

static uint64_t random_state;

static int pick(int n)
{
    return random_below(&random_state, n);
}

static void history_stays(void **state)
{
    uint64_t seed = test_seed();

    (void)state;
    random_state = seed;
    for (int round = 0; round < 300; round++) {
        Bihuan__Unit *units[UNITS];
        int table[UNITS][DAYS];

        for (int u = 1; u < UNITS; u++) {
            int parent = pick(u);
            char relations[64];

            snprintf(relations, sizeof relations, "%s 2026-01-01 -", codes[parent]);
            units[u] = unit_of(relations, "");
            units[u]->code = text(codes[u]);
            for (int d = 0; d < DAYS; d++)
                table[u][d] = parent;
        }
        for (int step = 0; step < 6; step++) {
            int gone = 1 + pick(UNITS - 1), heir = pick(UNITS), day = pick(DAYS);
            bool merge = pick(2) == 0;
            const char *from = day_text(day);

            if (gone == heir)
                continue;
            for (int u = 1; merge && u < UNITS; u++) {
                const Bihuan__Unit *item = u == gone || u == heir
                                               ? NULL
                                               : rehang_unit(&arena, units[u], codes[gone], codes[heir], from);

                if (item)
                    join(units[u], item);
                for (int d = day; d < DAYS && u != gone && u != heir; d++)
                    if (table[u][d] == gone)
                        table[u][d] = heir;
            }
            join(units[gone], rehang_under(&arena, units[gone], codes[heir], from));
            for (int d = day; d < DAYS; d++)
                table[gone][d] = heir;
        }
        for (int u = 1; u < UNITS; u++)
            for (int d = 0; d < DAYS; d++)
                if (strcmp(parent_on(units[u], day_text(d)), codes[table[u][d]]) != 0)
                    fail_msg("seed %llu, round %d: %s on %s is under %s, not %s", (unsigned long long)seed, round,
                             codes[u], day_text(d), parent_on(units[u], day_text(d)), codes[table[u][d]]);
        arena_reset(&arena);
    }
}

static Bihuan__Person *person_of(const char *roles, const char *leaves)
{
    Bihuan__Person *person = arena_new(&arena, Bihuan__Person);
    char parts[4][3][24];

    bihuan__person__init(person);
    person->code = text("p");
    person->leaves = text(leaves);
    person->n_roles = split(roles, parts);
    person->roles = arena_array(&arena, Bihuan__PersonRole *, 4);
    for (size_t i = 0; i < person->n_roles; i++) {
        char *slash = strchr(parts[i][0], '/');

        *slash = '\0';
        person->roles[i] = arena_new(&arena, Bihuan__PersonRole);
        bihuan__person_role__init(person->roles[i]);
        person->roles[i]->role = arena_strdup(&arena, parts[i][0]);
        person->roles[i]->unit = arena_strdup(&arena, slash + 1);
        person->roles[i]->from = arena_strdup(&arena, parts[i][1]);
        person->roles[i]->until = arena_strdup(&arena, parts[i][2]);
    }
    return person;
}

static const char *shown_roles(const Bihuan__Person *person)
{
    struct buf out = { 0 };
    const char *kept;

    if (!person)
        return "nothing";
    for (size_t i = 0; i < person->n_roles; i++)
        buf_printf(&out, "%s%s/%s %s %s", out.len ? ", " : "", person->roles[i]->role, person->roles[i]->unit,
                   person->roles[i]->from, person->roles[i]->until[0] ? person->roles[i]->until : "-");
    kept = arena_strdup(&arena, buf_text(&out));
    buf_fini(&out);
    return kept;
}

static void roles_at_what_goes(void **state)
{
    static const struct {
        const char *why, *roles, *leaves, *gone, *heir, *want;
    } rows[] = {
        { "goes on at the heir", "a/G 2026-01-01 -", "", "G", "H", "a/G 2026-01-01 2026-07-01, a/H 2026-07-01 -" },
        { "until its own end", "a/G 2026-01-01 2026-08-01", "", "G", "H",
          "a/G 2026-01-01 2026-07-01, a/H 2026-07-01 2026-08-01" },
        { "begins later", "a/G 2026-08-01 -", "", "G", "H", "a/G 2026-08-01 2026-08-01, a/H 2026-08-01 -" },
        { "is over", "a/G 2026-01-01 2026-07-01", "", "G", "H", "nothing" },
        { "holds it at the heir anyway", "a/G 2026-01-01 -, a/H 2026-01-01 -", "", "G", "H",
          "a/G 2026-01-01 2026-07-01" },
        { "another role at the heir", "a/G 2026-01-01 -, b/H 2026-01-01 -", "", "G", "H",
          "a/G 2026-01-01 2026-07-01, a/H 2026-07-01 -" },
        { "ends with the closure", "a/G 2026-01-01 -", "", "G", NULL, "a/G 2026-01-01 2026-07-01" },
        { "elsewhere", "a/P 2026-01-01 -", "", "G", "H", "nothing" },
        { "who is gone by then", "a/G 2026-01-01 -", "2026-06-01", "G", "H", "nothing" },
        { "a leaver's everywhere", "a/G 2026-01-01 -, b/P 2026-09-01 -", "", NULL, NULL,
          "a/G 2026-01-01 2026-07-01, b/P 2026-09-01 2026-09-01" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = shown_roles(
            rehang_roles(&arena, person_of(rows[i].roles, rows[i].leaves), rows[i].gone, rows[i].heir, "2026-07-01"));

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].why, got, rows[i].want);
    }
}

static void a_successor_takes_over(void **state)
{
    const Bihuan__Person *leaver = person_of("a/G 2026-01-01 -, b/P 2026-09-01 2026-12-01, c/P 2026-01-01 2026-03-01",
                                             "");

    (void)state;
    assert_string_equal(shown_roles(rehang_take_over(&arena, person_of("", ""), leaver, "2026-07-01")),
                        "a/G 2026-07-01 -, b/P 2026-09-01 2026-12-01");
    assert_string_equal(shown_roles(rehang_take_over(&arena, person_of("a/G 2026-05-01 -", ""), leaver, "2026-07-01")),
                        "b/P 2026-09-01 2026-12-01");
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_of_what_goes),  cmocka_unit_test(a_move_is_for_good),
        cmocka_unit_test(history_stays),          cmocka_unit_test(roles_at_what_goes),
        cmocka_unit_test(a_successor_takes_over),
    };

    return cmocka_run_group_tests_name("rehang", tests, setup, teardown);
}
