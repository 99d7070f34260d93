/* options: see options.h. */
#include "cli/options.h"

#include "cli/words.h"
#include "text/nearest.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct options *out;
    const struct command_group *groups;
    const struct flag *globals;
    char **argv;
    int at;
    char words[64]; /* of the command, so far */
};

/* --- command -------------------------------------------------------------------------------------------------------
 */
/* Calls each command, group by group, until one is taken. */
#define FOR_EACH_COMMAND(command, groups)                                                                              \
    for (const struct command_group *group_ = (groups); group_->commands; group_++)                                    \
        for (const struct command *command = group_->commands; command->name; command++)

static const struct command *find_command(const struct command_group *groups, const char *name)
{
    FOR_EACH_COMMAND(command, groups)
    if (strcmp(command->name, name) == 0)
        return command;
    return NULL;
}

/* "target" of "target set". */
static bool is_of(const struct command *command, const char *word)
{
    size_t len = strlen(word);

    return strncmp(command->name, word, len) == 0 && command->name[len] == ' ';
}

static bool begins_command(const struct command_group *groups, const char *word)
{
    FOR_EACH_COMMAND(command, groups)
    if (is_of(command, word))
        return true;
    return false;
}

static int unknown_command(const struct parser *parser, struct err *err)
{
    struct nearest nearest;

    nearest_init(&nearest, parser->words);
    FOR_EACH_COMMAND(command, parser->groups)
    nearest_offer(&nearest, command->name);
    return err_fail(
        err, ERR_INVALID, "unknown_command",
        word("there is no command \"%s\"%s; bihuan --help lists them", "没有命令 \"%s\"%s; bihuan --help 列出所有命令"),
        parser->words, nearest_hint(&nearest));
}

/* One more word of the command. */
static int take_word(struct parser *parser, const char *text, struct err *err)
{
    size_t len = strlen(parser->words);

    if (len + strlen(text) + 2 > sizeof parser->words)
        return err_fail(err, ERR_INVALID, "unknown_command",
                        word("there is no command \"%.40s\"", "没有命令 \"%.40s\""), text);
    if (!len && strcmp(text, "help") == 0) {
        parser->out->help = true;
        return 0;
    }
    if (len)
        parser->words[len++] = ' ';
    memcpy(parser->words + len, text, strlen(text) + 1);
    parser->out->command = find_command(parser->groups, parser->words);
    if (!parser->out->command && !(len == 0 && begins_command(parser->groups, parser->words)))
        return unknown_command(parser, err);
    return 0;
}

/* --- flags ---------------------------------------------------------------------------------------------------------
 */
static const struct flag *find_in(const struct flag *flags, const char *name, size_t len)
{
    for (; flags && flags->name; flags++) {
        if (name[0] == '-' && name[1] == '-' && strlen(flags->name) == len - 2 &&
            strncmp(flags->name, name + 2, len - 2) == 0)
            return flags;
        if (name[1] != '-' && len == 2 && flags->letter == name[1])
            return flags;
    }
    return NULL;
}

static void offer(struct nearest *nearest, const struct flag *flags)
{
    for (; flags && flags->name; flags++) {
        char text[48] = "--";
        strncat(text, flags->name, sizeof text - 3);
        nearest_offer(nearest, text);
    }
}

static int unknown_flag(const struct parser *parser, const char *text, struct err *err)
{
    struct nearest nearest;

    nearest_init(&nearest, text);
    offer(&nearest, parser->globals);
    if (parser->out->command)
        offer(&nearest, parser->out->command->flags);
    return err_fail(err, ERR_INVALID, "unknown_flag", word("there is no flag %s here%s", "此处没有选项 %s%s"), text,
                    nearest_hint(&nearest));
}

static int take_flag(struct parser *parser, const char *text, struct err *err)
{
    const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    const struct flag *flag = find_in(parser->globals, text, len);
    const char *value = equals ? equals + 1 : "";

    if (!flag && parser->out->command)
        flag = find_in(parser->out->command->flags, text, len);
    if (!flag)
        return unknown_flag(parser, text, err);
    if (!flag->value && equals)
        return err_fail(err, ERR_INVALID, "bad_flag", word("--%s takes no value", "--%s 不带参数"), flag->name);
    if (flag->value && !equals) {
        value = parser->argv[parser->at];
        if (!value)
            return err_fail(err, ERR_INVALID, "bad_flag", word("--%s wants %s", "--%s 需要 %s"), flag->name,
                            flag->value);
        parser->at++;
    }
    if (strcmp(flag->name, "help") == 0)
        parser->out->help = true;
    parser->out->given[parser->out->given_count++] = (struct option) { flag, value };
    return 0;
}

/* "-5" is an amount: no flag begins with a digit. */
static bool is_flag(const char *text)
{
    return text[0] == '-' && text[1] && !(text[1] >= '0' && text[1] <= '9');
}

/* --- the whole -----------------------------------------------------------------------------------------------------
 */
static int take_all(struct parser *parser, struct err *err)
{
    struct options *out = parser->out;
    bool flags_end = false;
    const char *text;

    while ((text = parser->argv[parser->at])) {
        int rc = 0;
        parser->at++;
        if (!flags_end && strcmp(text, "--") == 0)
            flags_end = true;
        else if (!flags_end && is_flag(text))
            rc = take_flag(parser, text, err);
        else if (!out->command)
            rc = take_word(parser, text, err);
        else
            out->arguments[out->argument_count++] = text;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int check_arguments(const struct options *options, struct err *err)
{
    const struct command *command = options->command;

    if (!command || options->help)
        return 0;
    if (options->argument_count < command->arguments_min || options->argument_count > command->arguments_max)
        return err_fail(err, ERR_INVALID, "bad_arguments", word("usage: bihuan %s%s%s", "用法: bihuan %s%s%s"),
                        command->name, *command->arguments ? " " : "", command->arguments);
    return 0;
}

int options_parse(struct options *out, const struct command_group *groups, const struct flag *globals, int argc,
                  char **argv, struct err *err)
{
    struct parser parser = { .out = out, .groups = groups, .globals = globals, .argv = argv, .at = 1 };

    *out = (struct options) { .arguments = calloc((size_t)argc + 1, sizeof(char *)),
                              .given = calloc((size_t)argc + 1, sizeof(struct option)) };
    if (!out->arguments || !out->given)
        abort();
    if (argc < 1)
        return 0;
    if (take_all(&parser, err) != 0)
        return -1;
    if (!out->command)
        snprintf(out->of, sizeof out->of, "%s", parser.words);
    return check_arguments(out, err);
}

void options_fini(struct options *options)
{
    free(options->arguments);
    free(options->given);
    *options = (struct options) { .command = NULL };
}

const char *option_nth(const struct options *options, const char *name, size_t n)
{
    for (size_t i = 0; i < options->given_count; i++)
        if (strcmp(options->given[i].flag->name, name) == 0 && n-- == 0)
            return options->given[i].value;
    return NULL;
}

const char *option_text(const struct options *options, const char *name, const char *fallback)
{
    for (size_t i = options->given_count; i > 0; i--)
        if (strcmp(options->given[i - 1].flag->name, name) == 0)
            return options->given[i - 1].value;
    return fallback;
}

bool option_given(const struct options *options, const char *name)
{
    return option_nth(options, name, 0) != NULL;
}

const char *option_argument(const struct options *options, size_t n)
{
    return n < options->argument_count ? options->arguments[n] : NULL;
}

/* --- help ----------------------------------------------------------------------------------------------------------
 */
static void help_line(struct buf *out, const char *left, size_t columns, const char *right)
{
    size_t width = utf8_width(left, strlen(left));

    buf_printf(out, "  %s%*s %s\n", left, width < columns ? (int)(columns - width) : 0, "", right);
}

static void help_flags(const struct flag *flags, struct buf *out)
{
    for (; flags && flags->name; flags++) {
        struct buf left = { 0 };
        if (flags->letter)
            buf_printf(&left, "-%c, ", flags->letter);
        buf_printf(&left, "--%s", flags->name);
        if (flags->value)
            buf_printf(&left, " %s", flags->value);
        help_line(out, buf_text(&left), 26, word(flags->en, flags->zh));
        buf_fini(&left);
    }
}

static void help_command(const struct command *command, struct buf *out)
{
    struct buf left = { 0 };

    buf_printf(&left, "%s %s", command->name, command->arguments);
    help_line(out, buf_text(&left), 36, word(command->en, command->zh));
    buf_fini(&left);
}

/* All, or those of one word. */
static void help_all(const struct command_group *groups, const char *of, struct buf *out)
{
    buf_printf(out, "%s\n", word("usage: bihuan COMMAND ...", "用法: bihuan 命令 ..."));
    for (; groups->commands; groups++) {
        bool titled = false;

        for (const struct command *command = groups->commands; command->name; command++) {
            if (*of && !is_of(command, of))
                continue;
            if (!titled)
                buf_printf(out, "\n%s:\n", word(groups->en, groups->zh));
            titled = true;
            help_command(command, out);
        }
    }
}

void options_help(const struct command *command, const char *of, const struct command_group *groups,
                  const struct flag *globals, struct buf *out)
{
    if (!command) {
        help_all(groups, of, out);
    } else {
        buf_printf(out, "%s bihuan %s %s\n\n%s\n", word("usage:", "用法:"), command->name, command->arguments,
                   word(command->en, command->zh));
        if (command->flags && command->flags->name)
            buf_printf(out, "\n%s\n", word("Flags:", "选项:"));
        help_flags(command->flags, out);
    }
    buf_printf(out, "\n%s\n", word("For every command:", "通用选项:"));
    help_flags(globals, out);
}
