/* check: cmocka with its includes in order, and comparisons that print numbers as people read them. */
#ifndef BIHUAN_TESTS_SUPPORT_CHECK_H
#define BIHUAN_TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

#define CHECK_INT(have, want)                                                                                          \
    do {                                                                                                               \
        long long have_ = (long long)(have), want_ = (long long)(want);                                                \
        if (have_ != want_)                                                                                            \
            fail_msg("%s is %lld, not %lld", #have, have_, want_);                                                     \
    } while (0)

#endif
