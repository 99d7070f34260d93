/* tally: what became of random requests, by kind of step: how many were taken, and by which code others were refused.
 * A kind that is nearly always refused tests nothing; the printed table shows it. One table, in static memory. */
#ifndef BIHUAN_TESTS_SUPPORT_TALLY_H
#define BIHUAN_TESTS_SUPPORT_TALLY_H

/* One request of the kind; `code`: of the refusal, NULL where it was taken. Kinds are literals, codes are
 * copied. Ends the test where there are too many. */
void tally_add(const char *kind, const char *code);
/* How many of the kinds whose names begin so were made, and taken. */
int tally_made(const char *begin);
int tally_taken(const char *begin);
/* A line for each kind, codes by how often they came. */
void tally_print(void);

#endif
