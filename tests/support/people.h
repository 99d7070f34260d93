/* people: the people of an installation, each with a token of their own, asking through the gateway. */
#ifndef BIHUAN_TESTS_SUPPORT_PEOPLE_H
#define BIHUAN_TESTS_SUPPORT_PEOPLE_H

#include "support/web.h"

/* Makes a token: permissions with spaces between them, subtree NULL everything. A second one replaces the first. */
void people_add(struct web *web, const char *person, const char *permissions, const char *subtree);
void people_forget(void);

/* Asks as that person (NULL: the administrator). Requests are JSON with the fields of the message, whose path they fill
 * too; the types are those of the table in people.c. The reply lives in stack->arena. Ends the test when refused. */
ProtobufCMessage *people_do(struct stack *stack, uint32_t type, const char *person, const char *json);
/* The test fails unless it is refused with exactly that status, that code (of the problem, or of its first field) and
 * those words. */
void people_cannot(struct stack *stack, uint32_t type, const char *person, const char *json, long status,
                   const char *code, const char *words);
/* Attaches a text as a whole file. */
void people_attach(struct stack *stack, const char *person, const char *deliverable, unsigned revision,
                   const char *name, const char *text);

#endif
