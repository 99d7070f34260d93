/* Grows the corpus of rows_case.h. */
#include "fuzz/grow.h"
#include "fuzz/services/feedback/rows_case.h"

GROW(case_run)
