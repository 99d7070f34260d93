/* Grows the corpus of packed_case.h. */
#include "fuzz/grow.h"
#include "fuzz/services/feedback/packed_case.h"

GROW(packed_case_run)
