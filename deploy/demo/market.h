/* market: what the demo province sells, through which channels, on which days, and which feed tells of it. */
#ifndef BIHUAN_DEMO_MARKET_H
#define BIHUAN_DEMO_MARKET_H

#include <stdint.h>

enum channel {
    CHANNEL_HALL,
    CHANNEL_AGENT,
    CHANNEL_COMMUNITY,
    CHANNEL_HOTLINE,
    CHANNEL_ONLINE,
    CHANNEL_ENTERPRISE,
    CHANNEL_COUNT,
    CHANNEL_NONE = -1
};
enum family { FAMILY_MOBILE, FAMILY_FUSION, FAMILY_BROADBAND, FAMILY_VALUE, FAMILY_DEVICE, FAMILY_GIFT, FAMILY_COUNT };
enum feed { FEED_BSS, FEED_DEALER, FEED_HOTLINE, FEED_COUNT };
enum quarter { QUARTER_3, QUARTER_4, QUARTER_COUNT };

/* Measures that have targets. */
enum measure { MEASURE_NEW_USERS, MEASURE_REVENUE, MEASURE_FUSION, MEASURE_BROADBAND, MEASURE_COUNT };

struct channel_info {
    const char *code, *name;
    const char *bss; /* what the province's system calls it */
    int share;       /* of all order lines, percent */
    enum feed feed;
};

struct family_info {
    const char *code, *name;
    int share; /* of all order lines, percent */
};

struct product_info {
    const char *code, *name;
    enum family family;
    int price;           /* yuan, list */
    int share;           /* within the family, percent */
    const char *sent[3]; /* its code in each feed */
};

struct quarter_info {
    const char *code, *from, *until;
    int64_t lines; /* order lines that the plan stands for */
};

#define PRODUCT_COUNT 24
#define GIFT_PRODUCT  (PRODUCT_COUNT - 1)

extern const struct channel_info channels[CHANNEL_COUNT];
extern const struct family_info families[FAMILY_COUNT];
extern const struct product_info products[PRODUCT_COUNT];
extern const struct quarter_info quarters[QUARTER_COUNT];
extern const char *const measure_codes[MEASURE_COUNT];

/* First and last + 1 day number of a quarter. */
int32_t quarter_from(enum quarter quarter);
int32_t quarter_until(enum quarter quarter);

/* Weight of a day in its quarter by the classes of the calendar, and the sum over the quarter. */
int64_t market_day_weight(int32_t day);
int64_t market_quarter_weight(enum quarter quarter);

/* Days that differ from the ordinary week, and weights of all classes, for the manifest. */
struct special_day {
    const char *date, *class_name, *name;
};
struct class_weight {
    const char *class_name;
    int weight;
};
extern const struct special_day special_days[];
extern const int special_day_count;
extern const struct class_weight class_weights[];
extern const int class_weight_count;

#endif
