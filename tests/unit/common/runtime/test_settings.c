/* Settings: file, environment, flags; what is refused. */
#include "runtime/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct setting first[] = {
    { "http_port", SETTING_INT, "8480", "port of the HTTP server", 1, 65535 },
    { "data_dir", SETTING_TEXT, "/var/lib/bihuan", "where files go", 0, 0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};
static const struct setting second[] = {
    { "database_url", SETTING_SECRET, "", "PostgreSQL", 0, 0 },
    { "verbose", SETTING_BOOL, "false", "tell more", 0, 0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};
static const struct setting *const tables[] = { first, second, NULL };

static char *file_with(const char *text)
{
    static char path[64];
    int fd;

    strcpy(path, "/tmp/bihuan-settings-XXXXXX");
    fd = mkstemp(path);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static int read_args(struct settings **out, struct err *err, const char *a, const char *b, const char *c)
{
    char *argv[] = { (char *)"program", (char *)a, (char *)b, (char *)c, NULL };
    int argc = 1, action;

    while (argv[argc])
        argc++;
    assert_int_equal(settings_new(out, tables, err), 0);
    return settings_read(*out, argc, argv, &action, err);
}

static void defaults(void **state)
{
    struct settings *settings = NULL;
    struct err err;

    (void)state;
    assert_int_equal(read_args(&settings, &err, NULL, NULL, NULL), 0);
    assert_int_equal(settings_int(settings, "http_port"), 8480);
    assert_string_equal(settings_text(settings, "data_dir"), "/var/lib/bihuan");
    assert_false(settings_bool(settings, "verbose"));
    settings_destroy(&settings);
}

static void the_later_wins(void **state)
{
    struct settings *settings = NULL;
    char *path = file_with("# a comment\nhttp_port = 1\n\n data_dir=/a b # c \nverbose = yes\n");
    struct err err;

    (void)state;
    setenv("BIHUAN_HTTP_PORT", "2", 1);
    setenv("BIHUAN_CONFIG", path, 1);
    assert_int_equal(read_args(&settings, &err, NULL, NULL, NULL), 0);
    assert_int_equal(settings_int(settings, "http_port"), 2);
    assert_string_equal(settings_text(settings, "data_dir"), "/a b # c");
    assert_true(settings_bool(settings, "verbose"));
    settings_destroy(&settings);
    assert_int_equal(read_args(&settings, &err, "--http-port=3", "--verbose", "off"), 0);
    assert_int_equal(settings_int(settings, "http_port"), 3);
    assert_false(settings_bool(settings, "verbose"));
    settings_destroy(&settings);
    unsetenv("BIHUAN_CONFIG");
    unsetenv("BIHUAN_HTTP_PORT");
    assert_int_equal(read_args(&settings, &err, "--config", path, "--verbose"), 0);
    assert_int_equal(settings_int(settings, "http_port"), 1);
    assert_true(settings_bool(settings, "verbose"));
    settings_destroy(&settings);
    unlink(path);
}

static void refuse(const char *a, const char *b, const char *words)
{
    struct settings *settings = NULL;
    struct err err;

    assert_int_equal(read_args(&settings, &err, a, b, NULL), -1);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" lacks \"%s\"", err.text, words);
    settings_destroy(&settings);
}

static void refusals(void **state)
{
    char *path;

    (void)state;
    refuse("--htp_port", "3", "did you mean \"http_port\"");
    refuse("--unheard_of_thing", "3", "--help lists them");
    refuse("--http_port", NULL, "wants a value");
    refuse("--http_port", "x", "not a whole number");
    refuse("--http_port", "70000", "1..65535");
    refuse("--verbose=perhaps", NULL, "neither true nor false");
    refuse("stray", NULL, "is not a flag");
    refuse("--config", "/does/not/exist", "could not open");
    path = file_with("http_port = 5\ndata-dir = x\n");
    refuse("--config", path, "line 2");
    unlink(path);
    path = file_with("http_port\n");
    refuse("--config", path, "key = value");
    unlink(path);
}

static void actions(void **state)
{
    char *argv[] = { (char *)"program", (char *)"--http-port", (char *)"5", (char *)"--print-config", NULL };
    struct settings *settings = NULL;
    char text[4096];
    FILE *out = fmemopen(text, sizeof text, "w");
    int action;

    (void)state;
    assert_int_equal(settings_new(&settings, tables, NULL), 0);
    assert_int_equal(settings_read(settings, 4, argv, &action, NULL), 0);
    assert_int_equal(action, 'p');
    settings_print(settings, out);
    settings_help(settings, "program", out);
    fclose(out);
    assert_non_null(strstr(text, "http_port = 5\n"));
    assert_non_null(strstr(text, "database_url = \n"));
    assert_non_null(strstr(text, "port of the HTTP server [8480]"));
    settings_destroy(&settings);
}

static void secrets_are_not_printed(void **state)
{
    struct settings *settings = NULL;
    char text[4096];
    FILE *out = fmemopen(text, sizeof text, "w");

    (void)state;
    assert_int_equal(read_args(&settings, NULL, "--database_url", "postgres://u:geheim@/x", NULL), 0);
    settings_print(settings, out);
    fclose(out);
    assert_null(strstr(text, "geheim"));
    assert_non_null(strstr(text, "database_url = ***"));
    settings_destroy(&settings);
}

static void a_key_in_two_tables(void **state)
{
    const struct setting *const doubled[] = { first, first, NULL };
    struct settings *settings = NULL;

    (void)state;
    assert_int_equal(settings_new(&settings, doubled, NULL), -1);
    assert_null(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults), cmocka_unit_test(the_later_wins),          cmocka_unit_test(refusals),
        cmocka_unit_test(actions),  cmocka_unit_test(secrets_are_not_printed), cmocka_unit_test(a_key_in_two_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
