/* command: see command.h. */
#include "support/command.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

char command_output[65536];
static char folder[128];

void command_open(const struct stack *stack, const struct web *web, const char *name)
{
    char text[128];

    snprintf(folder, sizeof folder, "%s/%s", stack->dir, name);
    (void)mkdir(folder, 0700);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", web->port);
    setenv("BIHUAN_URL", text, 1);
    snprintf(text, sizeof text, "%s/data/admin.token", stack->dir);
    setenv("BIHUAN_TOKEN_FILE", text, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

void command_put(const char *name, const char *text)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

int command_run(const char *line)
{
    char command[2400];
    size_t len;
    FILE *pipe;
    int status;

    snprintf(command, sizeof command, "cd '%s' && %s 2>&1", folder, line);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    len = fread(command_output, 1, sizeof command_output - 1, pipe);
    command_output[len] = '\0';
    status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int command_bihuan(const char *arguments)
{
    char line[2200];

    snprintf(line, sizeof line, "'%s/bihuan' %s", getenv("BIHUAN_BIN"), arguments);
    return command_run(line);
}

void command_expect(const char *arguments, int code, const char *words)
{
    int got = command_bihuan(arguments);

    if (got != code || !strstr(command_output, words))
        fail_msg("bihuan %s: %d \"%s\", wanted %d and \"%s\"", arguments, got, command_output, code, words);
}
