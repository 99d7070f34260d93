/* settings: see settings.h. */
#include "runtime/settings.h"

#include "text/nearest.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX  64
#define LINE_CAP 4096

struct value {
    const struct setting *setting;
    char *text;
};

struct settings {
    size_t count;
    struct value values[];
};

/* What may stand on a command line beside the keys. */
static const struct {
    const char *flag;
    int action;
} actions[] = {
    { "--help", 'h' },         { "-h", 'h' },        { "--print-config", 'p' },
    { "--check-config", 'c' }, { "--version", 'v' }, { "--health", 'H' },
};

static const struct value *find(const struct settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->values[i].setting->key, key) == 0)
            return &settings->values[i];
    return NULL;
}

static const struct value *find_known(const struct settings *settings, const char *key)
{
    const struct value *value = find(settings, key);

    assert(value && "a setting that no table has");
    return value;
}

static int parse_int(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno || end == text || *end ? -1 : 0;
}

static int parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };

    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return -1;
}

/* where: "file /etc/x line 3", "environment", "flag" */
static int check_value(const struct setting *setting, const char *text, const char *where, struct err *err)
{
    int64_t number;
    bool truth;

    if (setting->type == SETTING_INT) {
        if (parse_int(text, &number) != 0)
            return err_fail(err, ERR_INVALID, "bad_setting", "%s: %s \"%s\" is not a whole number", where, setting->key,
                            text);
        if ((setting->min || setting->max) && (number < setting->min || number > setting->max))
            return err_fail(err, ERR_INVALID, "bad_setting", "%s: %s %" PRId64 " is not in %" PRId64 "..%" PRId64,
                            where, setting->key, number, setting->min, setting->max);
    }
    if (setting->type == SETTING_BOOL && parse_bool(text, &truth) != 0)
        return err_fail(err, ERR_INVALID, "bad_setting", "%s: %s \"%s\" is neither true nor false", where, setting->key,
                        text);
    return 0;
}

static int unknown_key(const struct settings *settings, const char *key, const char *where, struct err *err)
{
    struct nearest nearest;
    const char *hint;

    nearest_init(&nearest, key);
    for (size_t i = 0; i < settings->count; i++)
        nearest_offer(&nearest, settings->values[i].setting->key);
    hint = nearest_hint(&nearest);
    return err_fail(err, ERR_INVALID, "unknown_setting", "%s: no setting is called \"%s\"%s", where, key,
                    *hint ? hint : "; --help lists them");
}

static int set(struct settings *settings, const char *key, const char *text, const char *where, struct err *err)
{
    struct value *value = (struct value *)find(settings, key);
    char *copy;

    if (!value)
        return unknown_key(settings, key, where, err);
    if (check_value(value->setting, text, where, err) != 0)
        return -1;
    copy = strdup(text);
    if (!copy)
        abort();
    free(value->text);
    value->text = copy;
    return 0;
}

static size_t count_settings(const struct setting *const *tables)
{
    size_t count = 0;

    for (; *tables; tables++)
        for (const struct setting *setting = *tables; setting->key; setting++)
            count++;
    return count;
}

int settings_new(struct settings **out, const struct setting *const *tables, struct err *err)
{
    size_t count = count_settings(tables);
    struct settings *settings = calloc(1, sizeof *settings + count * sizeof settings->values[0]);

    if (!settings)
        abort();
    for (; *tables; tables++) {
        for (const struct setting *setting = *tables; setting->key; setting++) {
            if (find(settings, setting->key)) {
                settings_destroy(&settings);
                return err_set(err, "setting \"%s\" stands in two tables", setting->key);
            }
            settings->values[settings->count++] =
                (struct value) { .setting = setting, .text = strdup(setting->value ? setting->value : "") };
        }
    }
    *out = settings;
    return 0;
}

void settings_destroy(struct settings **settings)
{
    if (!settings || !*settings)
        return;
    for (size_t i = 0; i < (*settings)->count; i++)
        free((*settings)->values[i].text);
    free(*settings);
    *settings = NULL;
}

/* Cuts white space at both ends, in place. */
static char *trim(char *text)
{
    size_t len;

    while (isspace((unsigned char)*text))
        text++;
    len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

static int read_line(struct settings *settings, char *line, const char *where, struct err *err)
{
    char *key = trim(line), *equals;

    if (!*key || *key == '#')
        return 0;
    equals = strchr(key, '=');
    if (!equals)
        return err_fail(err, ERR_INVALID, "bad_setting", "%s: \"%s\" is not like key = value", where, key);
    *equals = '\0';
    return set(settings, trim(key), trim(equals + 1), where, err);
}

static int read_file(struct settings *settings, const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    char line[LINE_CAP], where[512];
    int number = 0, rc = 0;

    if (!file)
        return err_fail(err, ERR_INVALID, "no_config", "could not open configuration \"%s\": %s", path,
                        strerror(errno));
    while (rc == 0 && fgets(line, sizeof line, file)) {
        snprintf(where, sizeof where, "%s line %d", path, ++number);
        rc = read_line(settings, line, where, err);
    }
    if (rc == 0 && ferror(file))
        rc = err_fail(err, ERR_INVALID, "no_config", "could not read configuration \"%s\"", path);
    fclose(file);
    return rc;
}

static int read_environment(struct settings *settings, struct err *err)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *key = settings->values[i].setting->key, *text;
        char name[KEY_MAX + 16] = "BIHUAN_", where[KEY_MAX + 32];
        size_t at = strlen(name);

        for (size_t j = 0; key[j] && at + 1 < sizeof name; j++)
            name[at++] = (char)toupper((unsigned char)key[j]);
        text = getenv(name);
        snprintf(where, sizeof where, "environment %s", name);
        if (text && set(settings, key, text, where, err) != 0)
            return -1;
    }
    return 0;
}

/* One argument taken apart: "--some-key=value" or "--some-key" and perhaps the argument behind it. */
struct flag {
    char key[KEY_MAX];
    const char *text; /* NULL where none was given */
    int used;         /* arguments */
};

static int split_flag(const struct settings *settings, char **argv, struct flag *flag, struct err *err)
{
    const char *name = argv[0] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct value *value;

    if (strncmp(argv[0], "--", 2) != 0 || len == 0 || len >= sizeof flag->key)
        return err_fail(err, ERR_INVALID, "bad_flag", "\"%s\" is not a flag; --help lists them", argv[0]);
    for (size_t i = 0; i < len; i++)
        flag->key[i] = name[i] == '-' ? '_' : name[i];
    flag->key[len] = '\0';
    flag->text = equals ? equals + 1 : NULL;
    flag->used = 1;
    value = find(settings, flag->key);
    if (!equals && value && value->setting->type == SETTING_BOOL && (!argv[1] || strncmp(argv[1], "--", 2) == 0)) {
        flag->text = "true";
    } else if (!equals && argv[1]) {
        flag->text = argv[1];
        flag->used = 2;
    }
    return 0;
}

static int find_action(const char *argument)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(argument, actions[i].flag) == 0)
            return actions[i].action;
    return 0;
}

/* apply false: only looks for --config and the actions. */
static int read_flags(struct settings *settings, char **argv, bool apply, const char **config, int *action,
                      struct err *err)
{
    struct flag flag = { .text = NULL };

    for (int i = 1; argv[i]; i += flag.used) {
        int found = find_action(argv[i]);
        flag.used = 1;
        if (found) {
            *action = found;
            continue;
        }
        if (split_flag(settings, argv + i, &flag, err) != 0)
            return -1;
        if (!find(settings, flag.key) && strcmp(flag.key, "config") != 0)
            return unknown_key(settings, flag.key, "flag", err);
        if (!flag.text)
            return err_fail(err, ERR_INVALID, "bad_flag", "flag %s wants a value", argv[i]);
        if (strcmp(flag.key, "config") == 0)
            *config = flag.text;
        else if (apply && set(settings, flag.key, flag.text, "flag", err) != 0)
            return -1;
    }
    return 0;
}

int settings_read(struct settings *settings, int argc, char **argv, int *action, struct err *err)
{
    const char *config = getenv("BIHUAN_CONFIG");

    (void)argc;
    *action = 0;
    if (read_flags(settings, argv, false, &config, action, err) != 0)
        return -1;
    if (*action == 'h' || *action == 'v')
        return 0;
    if (config && *config && read_file(settings, config, err) != 0)
        return -1;
    if (read_environment(settings, err) != 0)
        return -1;
    return read_flags(settings, argv, true, &config, action, err);
}

const char *settings_text(const struct settings *settings, const char *key)
{
    return find_known(settings, key)->text;
}

int64_t settings_int(const struct settings *settings, const char *key)
{
    int64_t number = 0;

    parse_int(find_known(settings, key)->text, &number);
    return number;
}

bool settings_bool(const struct settings *settings, const char *key)
{
    bool truth = false;

    parse_bool(find_known(settings, key)->text, &truth);
    return truth;
}

void settings_help(const struct settings *settings, const char *program, FILE *out)
{
    fprintf(out, "usage: %s [--config FILE] [--KEY VALUE]...\n\n", program);
    fprintf(out,
            "Settings come from the file (key = value), the environment (BIHUAN_KEY) and flags; the later wins.\n\n");
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = settings->values[i].setting;
        const char *shown = setting->value ? setting->value : "";

        fprintf(out, "  --%-22s %s", setting->key, setting->help ? setting->help : "");
        if (*shown && setting->type != SETTING_SECRET)
            fprintf(out, " [%s]", shown);
        fprintf(out, "\n");
    }
    fprintf(out, "\n  --%-22s %s\n", "print-config", "print the settings in force and end");
    fprintf(out, "  --%-22s %s\n", "check-config", "say what is wrong with the settings, and end");
    fprintf(out, "  --%-22s %s\n", "health", "ask the running daemon for its health and end");
    fprintf(out, "  --%-22s %s\n", "version", "print the version and end");
}

void settings_print(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct value *value = &settings->values[i];
        bool hide = value->setting->type == SETTING_SECRET && *value->text;

        fprintf(out, "%s = %s\n", value->setting->key, hide ? "***" : value->text);
    }
}
