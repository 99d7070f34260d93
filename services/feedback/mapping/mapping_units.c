/* mapping_units: planning's units, channels and products that a row names. See mapping_reading.h. */
#include "feedback/mapping/mapping_reading.h"

static int read_unit(struct reading *r, enum fact_field field, uint32_t *out)
{
    const struct value *v = &r->values[field];

    *out = v->len ? reference_unit_id(r->reference, v->text, v->len) : 0;
    if (v->len && !*out)
        return reading_reject_field(r, field, REASON(UNKNOWN_UNIT),
                                    "planning has no such unit; define or map it, then release the rows");
    return 0;
}

/* A closed unit takes back what it sold, but sells nothing more. */
static int check_open(struct reading *r, enum fact_field field, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(r->reference, id);

    if (r->line->operation == OPERATION_RECORD && unit && unit->closed_day <= r->line->day)
        return reading_reject_field(
            r, field, REASON(UNIT_CLOSED),
            "planning has closed the unit by that day; map its code to the one that took over, or"
            " correct the row, then release the rows");
    return 0;
}

/* The unit credited is the seller where it is a sales person, else the unit that the row names. */
int reading_units(struct reading *r)
{
    struct order_line *line = r->line;
    const struct ref_unit *seller;

    if (!r->values[FIELD_UNIT].len && line->operation == OPERATION_RECORD)
        return reading_reject_field(r, FIELD_UNIT, REASON(MISSING_VALUE), "the unit is required");
    if (read_unit(r, FIELD_UNIT, &line->unit) != 0 || read_unit(r, FIELD_SELLER, &line->seller) != 0 ||
        read_unit(r, FIELD_PLACE, &line->place) != 0)
        return -1;
    if (check_open(r, FIELD_UNIT, line->unit) != 0 ||
        check_open(r, FIELD_SELLER, reference_holder(r->reference, line->seller, line->day)) != 0)
        return -1;
    line->site = line->unit;
    seller = line->seller ? reference_unit(r->reference, line->seller) : NULL;
    if (seller && seller->is_person)
        line->unit = line->seller;
    return 0;
}

int reading_codes(struct reading *r)
{
    const struct value *channel = &r->values[FIELD_CHANNEL], *product = &r->values[FIELD_PRODUCT];
    struct order_line *line = r->line;

    line->channel = channel->len ? reference_channel_id(r->reference, channel->text, channel->len)
                                 : reference_channel_of(r->reference, line->unit, line->day);
    if (channel->len && !line->channel)
        return reading_reject_field(r, FIELD_CHANNEL, REASON(UNKNOWN_CHANNEL),
                                    "planning has no such channel; define or map it, then release the rows");
    line->product = product->len ? reference_product_id(r->reference, product->text, product->len) : 0;
    if (product->len && !line->product)
        return reading_reject_field(r, FIELD_PRODUCT, REASON(UNKNOWN_PRODUCT),
                                    "planning has no such product; define or map it, then release the rows");
    return 0;
}
