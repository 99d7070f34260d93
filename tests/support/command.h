/* command: commands run in a folder of the stack's as somebody types them; what they print, errors included, is kept.
 *
 * One folder a test program; everything that isn't as expected ends the test with what was printed.
 */
#ifndef BIHUAN_TESTS_SUPPORT_COMMAND_H
#define BIHUAN_TESTS_SUPPORT_COMMAND_H

#include "support/web.h"

extern char command_output[65536];

/* Makes the folder `name` of the stack; from now on `bihuan` asks this gateway as the administrator, in UTF-8. */
void command_open(const struct stack *stack, const struct web *web, const char *name);
/* Writes a file there. */
void command_put(const char *name, const char *text);
/* Runs a line of shell there; its exit code, -1 where it was killed. */
int command_run(const char *line);
/* `bihuan` with these arguments, words parted as a shell does. */
int command_bihuan(const char *arguments);
/* ... exits with the code and prints the words. */
void command_expect(const char *arguments, int code, const char *words);

#endif
