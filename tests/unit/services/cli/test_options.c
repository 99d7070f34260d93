/* The command line taken apart; help in both languages. */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static struct options options;
static struct err err;

/* Words parted by blanks. */
static int parse(const char *line)
{
    static char copy[256], *argv[32];
    int argc = 0;

    options_fini(&options);
    strcpy(copy, line);
    for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
        argv[argc++] = at;
    argv[argc] = NULL;
    return options_parse(&options, cli_groups, cli_globals, argc, argv, &err);
}

static void what_is_meant(void **state)
{
    (void)state;
    assert_int_equal(parse("bihuan -o json feed load orders a.csv --no-wait b.csv --timeout=5 -- -c.csv"), 0);
    assert_string_equal(options.command->name, "feed load");
    assert_int_equal(options.argument_count, 4);
    assert_string_equal(option_argument(&options, 0), "orders");
    assert_string_equal(option_argument(&options, 3), "-c.csv");
    assert_null(option_argument(&options, 4));
    assert_true(option_given(&options, "no-wait"));
    assert_string_equal(option_text(&options, "timeout", "3600"), "5");
    assert_string_equal(option_text(&options, "output", "table"), "json");
    assert_int_equal(parse("bihuan apply -f a -f b --file c --dry-run"), 0);
    assert_string_equal(option_nth(&options, "file", 0), "a");
    assert_string_equal(option_nth(&options, "file", 2), "c");
    assert_null(option_nth(&options, "file", 3));
    assert_int_equal(parse("bihuan target set C1 -5 --period -7"), 0);
    assert_int_equal(options.argument_count, 2);
    assert_string_equal(option_argument(&options, 1), "-5");
    assert_string_equal(option_text(&options, "period", ""), "-7");
    assert_int_equal(parse("bihuan apply -f -"), 0);
    assert_string_equal(option_nth(&options, "file", 0), "-");
    assert_int_equal(parse("bihuan alerts --all"), 0);
    assert_int_equal(parse("bihuan alert take x --note y"), 0);
    assert_string_equal(options.command->name, "alert take");
    assert_int_equal(parse("bihuan"), 0);
    assert_null(options.command);
    assert_int_equal(parse("bihuan feed --help"), 0);
    assert_true(options.help);
    assert_int_equal(parse("bihuan feed load --help"), 0);
    assert_string_equal(options.command->name, "feed load");
}

static void what_is_wrong(void **state)
{
    static const char *const rows[][2] = {
        { "bihuan aply", "did you mean \"apply\"" },
        { "bihuan feed lod x y", "did you mean \"feed load\"" },
        { "bihuan --limit 5 get units", "no flag --limit" },
        { "bihuan get units --limt 5", "did you mean \"--limit\"" },
        { "bihuan get units --limit", "--limit wants N" },
        { "bihuan apply --dry-run=yes", "takes no value" },
        { "bihuan get", "usage: bihuan get KIND [CODE]" },
        { "bihuan get a b c", "usage: bihuan get" },
        { "bihuan status -x", "no flag -x" },
        { "bihuan averyveryveryveryveryveryveryveryveryveryveryveryveryverylongword", "there is no command" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(rows[i][0]), -1);
        if (!strstr(err.text, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], err.text);
    }
}

/* The first word of several commands alone, and "help" before any, ask for the list. */
static void words_that_lead_to_help(void **state)
{
    (void)state;
    assert_int_equal(parse("bihuan feed"), 0);
    assert_null(options.command);
    assert_string_equal(options.of, "feed");
    assert_false(options.help);
    assert_int_equal(parse("bihuan help feed load"), 0);
    assert_string_equal(options.command->name, "feed load");
    assert_true(options.help);
}

static bool has_chinese(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0xe4)
            return true;
    return false;
}

static void help_in_both_languages(void **state)
{
    struct buf text = { 0 };

    (void)state;
    for (const struct command_group *group = cli_groups; group->commands; group++)
        for (const struct command *command = group->commands; command->name; command++) {
            if (!command->en || !command->zh || !has_chinese(command->zh) || has_chinese(command->en) || !command->run)
                fail_msg("%s has no help", command->name);
            for (const struct flag *flag = command->flags; flag && flag->name; flag++)
                if (!flag->en || !flag->zh || has_chinese(flag->en))
                    fail_msg("%s --%s has no help", command->name, flag->name);
            buf_reset(&text);
            options_help(command, "", cli_groups, cli_globals, &text);
            assert_non_null(strstr(buf_text(&text), command->en));
        }
    words_choose("zh");
    buf_reset(&text);
    options_help(NULL, "", cli_groups, cli_globals, &text);
    words_choose("en");
    assert_non_null(strstr(buf_text(&text), "滞后预警"));
    buf_fini(&text);
}

static int forget(void **state)
{
    (void)state;
    options_fini(&options);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_meant),
        cmocka_unit_test(what_is_wrong),
        cmocka_unit_test(words_that_lead_to_help),
        cmocka_unit_test(help_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
