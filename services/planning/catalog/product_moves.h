/* product_moves: a product goes to another family only where no plan counts by the tree as it is. */
#ifndef BIHUAN_SERVICES_PLANNING_PRODUCT_MOVES_H
#define BIHUAN_SERVICES_PLANNING_PRODUCT_MOVES_H

#include "planning/planning.h"

/* A problem "has_targets" for each product that the request puts under another parent while a plan that is in the works
 * or in force, of a period that isn't over, has targets of the product, of one below it, or of a family that it leaves
 * or comes to: these would mean something else, and wouldn't add up. */
int product_moves_check(struct tx *tx, const Bihuan__ApplyProductsRequest *request, struct err *err);

#endif
