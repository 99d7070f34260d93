/* Grows the corpus of control_case.h. */
#include "fuzz/grow.h"
#include "fuzz/services/feedback/control_case.h"

GROW(control_case_run)
