/* zone: the installation's time zone, in which people read moments: BIHUAN_UTC_OFFSET, else what the gateway said with
 * its last answer, else +08:00. One for the whole process. */
#ifndef BIHUAN_CLI_ZONE_H
#define BIHUAN_CLI_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define ZONE_TEXT_MAX 40
#define ZONE_HEADER   "X-Bihuan-UTC-Offset"

/* "+08:00" out of an answer's header; anything else, NULL too, changes nothing. */
void zone_learn(const char *offset);

/* "2026-11-26 10:00" */
size_t zone_print_minute(char out[ZONE_TEXT_MAX], int64_t us);
/* "10:00:05" */
size_t zone_print_clock(char out[ZONE_TEXT_MAX], int64_t us);

#endif
