/* payplan_words: the words of plans and what they stand for; shared by checking and making. */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_WORDS_H
#define BIHUAN_PAYPLAN_PAYPLAN_WORDS_H

#include "payplan/payplan.h"

/* 0 (their enum's NONE or UNSET) for a word that isn't known; "" is the default. */
enum payplan_kind payplan_kind_of(const char *word);
enum rate_kind payplan_rate_of(const char *word);
enum rounding payplan_rounding_of(const char *word);
enum telescope_lift payplan_lift_of(const char *word);
enum clawback_policy payplan_clawback_of(const char *word);
enum payplan_axis_kind payplan_axis_of(const char *word);
/* Decimals of the smallest amount ("0.01" is 2); -1 where it isn't 1, 0.1, 0.01 ... */
int payplan_digits_of(const char *smallest);
/* PERIOD_KINDS for a word that isn't one of month, quarter, half, year. */
enum period_kind payplan_cadence_of(const char *word);

/* Decimal text; "" is 0 and *given false. */
int payplan_decimal(const char *text, int scale, bool *given, int64_t *out, struct err *err);
/* A day; "" is `fallback`. */
int payplan_day(const char *text, int32_t fallback, int32_t *out, struct err *err);

/* A rate of a band in ppm of the pay's unit for `per` stored units: from rate_ppm of an amount, or from the amount for
 * one. Of a flat band its amount. */
int payplan_band_rate(const Bihuan__PayBand *band, enum rate_kind kind, const struct payplan_measure *measure,
                      int digits, int64_t *out, struct err *err);
/* How many stored units of the measure the rates are paid for. */
int64_t payplan_per(const struct payplan_measure *measure, int digits);

#endif
