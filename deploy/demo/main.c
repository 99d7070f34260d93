/* bihuan-demo: an invented province with its plan, its order files and its stories; and a receiver of webhooks. */
#include "files.h"
#include "manifests.h"
#include "orders.h"
#include "out.h"
#include "province.h"
#include "receiver.h"

#include "text/dates.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_DEFAULT  20260701
#define UNTIL_DEFAULT "2026-11-25"
#define SCALE_MAX     1000

static const char USAGE[] =
    "usage: bihuan-demo generate --out DIR [--seed N] [--scale N] [--until yyyy-MM-dd]\n"
    "       bihuan-demo receiver --port N --log FILE [--secret-file FILE]\n"
    "\n"
    "generate   writes DIR/manifests (what `bihuan apply -f` takes), DIR/inbox/<feed>/ (the files of each day) and\n"
    "           DIR/stories.json (what was planted). The same seed gives the same bytes.\n"
    "  --scale  multiplies targets and orders, for load\n"
    "  --until  last day that files tell of, 2026-07-01 to 2026-12-31 (" UNTIL_DEFAULT ")\n"
    "receiver   takes webhooks on 127.0.0.1:N, checks their signature and appends a line of JSON for each to FILE\n"
    "  --secret-file  holds whsec_...; without it signatures aren't checked. --secret whsec_... is for tests: "
    "everybody\n"
    "           on the machine may read command lines\n";

struct options {
    const char *out, *log, *secret;
    uint64_t seed;
    int scale, port;
    int32_t until;
};

static int generate_files(const struct province *province, const struct options *options)
{
    struct demand *demand = demand_new(province, options->seed, options->scale, options->until);
    struct day_file files[FEED_COUNT];
    size_t rows = 0;
    int rc = files_make_folders(options->out);

    for (int32_t day = quarter_from(QUARTER_3); rc == 0 && day <= options->until; day++) {
        demand_day(demand, day, files);
        for (int f = 0; rc == 0 && f < FEED_COUNT; f++) {
            rc = files_write(province, options->out, (enum feed)f, day, &files[f]);
            if (f != FEED_HOTLINE || day <= province->stories.hotline_until)
                rows += files[f].count;
        }
    }
    demand_free(&demand);
    if (rc == 0)
        printf("%d units, %zu rows\n", province->count, rows);
    return rc;
}

static int generate(const struct options *options)
{
    struct province province;
    int rc;

    if (!options->out) {
        fprintf(stderr, "bihuan-demo: generate needs --out DIR\n");
        return 2;
    }
    if (options->until < quarter_from(QUARTER_3) || options->until >= quarter_until(QUARTER_4)) {
        fprintf(stderr, "bihuan-demo: --until must be a day from %s to 2026-12-31\n", quarters[QUARTER_3].from);
        return 2;
    }
    province_build(&province, options->seed);
    rc = manifests_write(&province, options->seed, options->out, options->scale);
    if (rc == 0)
        rc = generate_files(&province, options);
    province_free(&province);
    return rc == 0 ? 0 : 1;
}

static int receive(const struct options *options)
{
    if (!options->log || options->port < 1 || options->port > 65535) {
        fprintf(stderr, "bihuan-demo: receiver needs --port 1..65535 and --log FILE\n");
        return 2;
    }
    return receiver_run(options->port, options->log, options->secret);
}

/* 0, or -1 after a message. */
static int read_secret_file(const char *path, struct options *options)
{
    static char secret[256];
    FILE *file = fopen(path, "re");
    bool good = file && fgets(secret, sizeof secret, file);

    if (file)
        fclose(file);
    secret[strcspn(secret, "\r\n")] = '\0';
    if (!good || !secret[0]) {
        fprintf(stderr, "bihuan-demo: there is no secret in \"%s\"\n", path);
        return -1;
    }
    options->secret = secret;
    return 0;
}

/* 0, or -1 after a message. */
static int read_option(int option, struct options *options)
{
    struct err err;
    char *end = NULL;

    switch (option) {
    case 'o':
        options->out = optarg;
        return 0;
    case 'l':
        options->log = optarg;
        return 0;
    case 'k':
        options->secret = optarg;
        return 0;
    case 'f':
        return read_secret_file(optarg, options);
    case 's':
        options->seed = strtoull(optarg, &end, 10);
        break;
    case 'n':
        options->scale = (int)strtol(optarg, &end, 10);
        if (options->scale < 1 || options->scale > SCALE_MAX)
            end = optarg;
        break;
    case 'p':
        options->port = (int)strtol(optarg, &end, 10);
        break;
    case 'u':
        if (date_parse(optarg, strlen(optarg), &options->until, &err) == 0)
            return 0;
        fprintf(stderr, "bihuan-demo: %s\n", err.text);
        return -1;
    default:
        return -1;
    }
    if (*optarg && !*end)
        return 0;
    fprintf(stderr, "bihuan-demo: \"%s\" is not a number that can be used here\n", optarg);
    return -1;
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        { "out", required_argument, NULL, 'o' },    { "seed", required_argument, NULL, 's' },
        { "scale", required_argument, NULL, 'n' },  { "until", required_argument, NULL, 'u' },
        { "port", required_argument, NULL, 'p' },   { "log", required_argument, NULL, 'l' },
        { "secret", required_argument, NULL, 'k' }, { "secret-file", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    struct options options = { .secret = "", .seed = SEED_DEFAULT, .scale = 1 };
    const char *command;
    int option;

    (void)date_parse(UNTIL_DEFAULT, strlen(UNTIL_DEFAULT), &options.until, NULL);
    while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        if (option == 'h') {
            fputs(USAGE, stdout);
            return 0;
        }
        if (read_option(option, &options) != 0)
            return 2;
    }
    command = optind < argc ? argv[optind] : "";
    if (strcmp(command, "generate") == 0)
        return generate(&options);
    if (strcmp(command, "receiver") == 0)
        return receive(&options);
    fputs(USAGE, stderr);
    return 2;
}
