/* roots: one cause, one alert. Of the nodes in breach, which are announced and which are gathered under another. Pure.
 *
 * From the top down: a node in breach whose deficit lies at a share (80 %) or more in few of its children in breach
 * (at most three, at most half of its children) leaves the announcement to those children and is itself only mentioned;
 * otherwise it is the root and every node in breach beneath it is gathered under it.
 */
#ifndef BIHUAN_SERVICES_MONITORING_ROOTS_H
#define BIHUAN_SERVICES_MONITORING_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOTS_NONE    UINT32_MAX
#define ROOTS_FEW_MAX 8

struct roots_limits {
    uint32_t share_ppm;
    size_t few; /* at most ROOTS_FEW_MAX */
};

struct roots_node {
    uint32_t parent; /* index of its parent in the array, ROOTS_NONE for a top */
    bool breach;
    int64_t deficit; /* max(0, PV - EV) */
    /* out */
    bool mention;      /* in breach, but its children are announced */
    uint32_t gathered; /* index of the root above it, ROOTS_NONE when it is itself announced (or not in breach) */
};

/* `nodes` in any order with parents by index; children_at/child are scratch of count + 1 and count elements. */
void roots_find(struct roots_node *nodes, size_t count, uint32_t *children_at, uint32_t *child,
                const struct roots_limits *limits);

/* Behind roots_find(): the children of a node, a range of `child`. */
const uint32_t *roots_children(const struct roots_node *nodes, size_t count, const uint32_t *children_at,
                               const uint32_t *child, uint32_t node, size_t *child_count);

#endif
