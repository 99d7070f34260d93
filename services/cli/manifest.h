/* manifest: YAML documents and the CSV tables they point to, as items that know where they stood. No network.
 *
 *   kind: Units                 kind: Targets                  kind: Publish
 *   items:                      table: targets.csv             period: 2026Q4
 *   - code: city-1              # relative to this file        reason: first version
 *     ...
 *
 * Mistakes don't stop the reading: all of them are gathered, each as "file:line:column: field: what and why".
 */
#ifndef BIHUAN_CLI_MANIFEST_H
#define BIHUAN_CLI_MANIFEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/kinds.h"
#include "text/yaml_in.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct manifest_file {
    struct manifest_file *next;
    char *name; /* as given */
    struct yaml_file yaml;
};

/* One thing to apply. */
struct item {
    json_t *json; /* owned: what is sent */
    const struct kind *kind;
    const char *file;           /* YAML or CSV */
    const struct yaml_doc *doc; /* NULL: from a table */
    size_t index;               /* in the document */
    uint64_t line;              /* of the table */
};

struct publish {
    const char *period, *reason;
    json_t *consents; /* warnings of the check that it stands for; NULL none */
    const char *file;
    int line;
};

struct manifests {
    struct arena arena;
    struct manifest_file *files;
    struct item *items;
    size_t item_count, item_cap;
    struct publish *publishes;
    size_t publish_count;
    bool check_revision; /* targets are taken only where they still have the revision that they come with */
    struct buf mistakes; /* lines */
    size_t mistake_count;
};

void manifests_init(struct manifests *manifests);
void manifests_fini(struct manifests *manifests);

/* A file, "-" for standard input, or a folder: its *.yaml and *.yml by name. */
void manifests_read(struct manifests *manifests, const char *path);
/* One YAML text; `name` is for messages and for finding tables. */
void manifests_parse(struct manifests *manifests, const char *text, size_t len, const char *name);

/* Brings items into the order in which they can be applied: by kind, parents before children. */
void manifests_sort(struct manifests *manifests);

/* "file:line:column: field: " of a place in an item; pointer as "/relations/0/parent". */
void item_place(const struct item *item, const char *pointer, struct buf *out);

struct cli;
/* Sends what is there, shows what changed, or the mistakes; returns the exit code. cmd_apply.c. */
int apply_items(struct cli *cli, struct manifests *manifests, bool dry_run);

/* --- for the parts of the reader --- */
void manifests_mistake(struct manifests *manifests, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes types and names fit the kind and checks the whole against it. Takes json over. */
void manifests_add(struct manifests *manifests, const struct item *item);
/* Rows of a CSV file, or of a spreadsheet (.xlsx), as items. `path` lives as long as the manifests. */
void manifests_read_table(struct manifests *manifests, const struct kind *kind, const char *path);

#endif
