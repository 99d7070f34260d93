/* order_line: see order_line.h. */
#include "feedback/facts/order_line.h"

#include <string.h>

static const char *const names[STATE_LIMIT] = {
    [STATE_NONE] = "",
    [STATE_PLACED] = "placed",
    [STATE_ACCEPTED] = "accepted",
    [STATE_IN_PROGRESS] = "in_progress",
    [STATE_COMPLETED] = "completed",
    [STATE_CANCELLED] = "cancelled",
};

enum order_state order_state_parse(const char *text, size_t len)
{
    for (int state = STATE_PLACED; state <= STATE_CANCELLED; state++)
        if (strlen(names[state]) == len && memcmp(names[state], text, len) == 0)
            return (enum order_state)state;
    return STATE_NONE;
}

const char *order_state_name(enum order_state state)
{
    return state < STATE_LIMIT && names[state] ? names[state] : "";
}
