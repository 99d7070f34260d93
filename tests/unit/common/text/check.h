/* check: what the tests of this folder share. */
#ifndef BIHUAN_TEST_TEXT_CHECK_H
#define BIHUAN_TEST_TEXT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A refusal has the code that was promised and a text. */
static inline void assert_refused(int rc, const struct err *err, const char *code, const char *why)
{
    if (rc != -1 || strcmp(err->code, code) != 0 || !err->text[0])
        fail_msg("%s: got %d, code \"%s\" (%s), wanted \"%s\"", why, rc, rc ? err->code : "", rc ? err->text : "",
                 code);
}

#endif
