/* paysheet_write: how a statement is written and sealed; see paysheet.h. */
#include "payplan/paysheet.h"

#include "text/dates.h"
#include "text/pbjson.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static void day_field(struct json_out *out, const char *key, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    json_out_field_text(out, key, text);
}

void paysheet_begin(struct json_out *out, const struct paysheet_head *head)
{
    json_out_object(out);
    json_out_field_text(out, "unit", head->unit);
    json_out_field_text(out, "unit_name", head->unit_name);
    json_out_field_text(out, "unit_type", head->unit_type);
    json_out_field_text(out, "period", head->period);
    day_field(out, "from", head->from_day);
    day_field(out, "until", head->until_day);
    json_out_field_int(out, "run", head->run);
    json_out_field_int(out, "money_scale", head->money_scale);
    json_out_key(out, "plans");
    json_out_array(out);
}

static void write_lines(struct json_out *out, const struct payplan_input *in)
{
    char day[DATE_TEXT_MAX];

    json_out_key(out, "lines"); /* record, day, amount, late, payout, held */
    json_out_array(out);
    for (size_t i = 0; i < in->line_count; i++) {
        const struct payplan_line *line = &in->lines[i];

        date_print(day, line->day);
        json_out_array(out);
        json_out_text(out, line->id);
        json_out_text(out, day);
        json_out_int(out, line->amount);
        json_out_int(out, line->late);
        json_out_int(out, line->payout);
        json_out_int(out, line->held);
        json_out_array_end(out);
    }
    json_out_array_end(out);
}

static void write_axes(struct json_out *out, const struct payplan_component *component,
                       const struct paysheet_result *result)
{
    json_out_key(out, "axes");
    json_out_array(out);
    for (size_t a = 0; a < component->axis_count; a++) {
        const struct payplan_place *place = &result->in.places[a];

        json_out_object(out);
        json_out_field_bool(out, "money", component->axes[a].measure.money);
        json_out_field_int(out, "scale", component->axes[a].measure.scale);
        json_out_field_bool(out, "known", place->known);
        json_out_field_int(out, "given", place->given);
        json_out_field_int(out, "volume", place->volume);
        json_out_field_int(out, "late", place->late);
        json_out_field_int(out, "value", result->out.value[a]);
        json_out_field_int(out, "band", (int64_t)result->out.band[a] + 1);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void write_component(struct json_out *out, const struct payplan_component *component,
                            const struct paysheet_result *result)
{
    const struct payplan_input *in = &result->in;

    json_out_object(out);
    json_out_field_text(out, "code", component->doc->code);
    json_out_field_bool(out, "money", component->measure.money);
    json_out_field_int(out, "scale", component->measure.scale);
    json_out_field_int(out, "gate_scale", component->hold_measure.scale);
    json_out_field_int(out, "target", in->target);
    json_out_field_int(out, "days", in->days);
    json_out_field_int(out, "days_in_force", in->days_in_force);
    json_out_field_bool(out, "has_score", in->has_score);
    json_out_field_int(out, "score_milli", in->score_milli);
    json_out_field_int(out, "rank", in->rank);
    json_out_field_int(out, "carried_in", in->carried_in);
    json_out_field_int(out, "volume", result->out.volume);
    json_out_field_int(out, "attainment_ppm", result->out.attainment_ppm);
    json_out_field_int(out, "opening", result->out.opening);
    json_out_field_int(out, "earned", result->out.earned);
    json_out_field_int(out, "carried_out", result->out.carried_out);
    json_out_field_int(out, "held", result->out.held);
    json_out_field_text(out, "reason", result->out.reason);
    if (component->axis_count)
        write_axes(out, component, result);
    if (component->kind == PAY_CONTEST)
        json_out_field_int(out, "contest", in->places[0].given);
    write_lines(out, in);
    json_out_object_end(out);
}

int paysheet_format_of(const struct payplan *plan)
{
    for (size_t c = 0; c < plan->component_count; c++)
        if (payplan_place_count(&plan->components[c]) || plan->components[c].doc->hold_cash)
            return 2;
    return plan->doc->over_budget[0] ? 2 : 1;
}

/* What plans didn't have yet when format 1 was made. A field that is added to a plan belongs here, or the statements of
 * periods that are closed would come out otherwise when they are made again. */
static bool since_format_2(const ProtobufCFieldDescriptor *field)
{
    return field->descriptor == &bihuan__pay_axis__descriptor || field->descriptor == &bihuan__pay_row__descriptor ||
           strcmp(field->name, "over_budget") == 0 || strcmp(field->name, "hold_cash") == 0;
}

void paysheet_plan(struct json_out *out, const struct payplan *plan, const struct paysheet_result *results)
{
    json_out_object(out);
    json_out_key(out, "plan");
    pbjson_write_but(&plan->doc->base, paysheet_format_of(plan) < 2 ? since_format_2 : NULL, out);
    json_out_key(out, "components");
    json_out_array(out);
    for (size_t c = 0; c < plan->component_count; c++)
        write_component(out, &plan->components[c], &results[c]);
    json_out_array_end(out);
    json_out_object_end(out);
}

void paysheet_entries(struct json_out *out)
{
    json_out_array_end(out);
    json_out_key(out, "entries");
    json_out_array(out);
}

void paysheet_entry(struct json_out *out, const struct paysheet_entry *entry)
{
    char day[DATE_TEXT_MAX];

    json_out_object(out);
    json_out_field_int(out, "id", (int64_t)entry->id);
    json_out_field_text(out, "period", entry->period);
    json_out_field_text(out, "plan", entry->plan);
    json_out_field_text(out, "component", entry->component);
    json_out_field_text(out, "kind", entry->kind);
    json_out_field_int(out, "amount", entry->amount);
    json_out_field_text(out, "cause", entry->cause);
    json_out_field_text(out, "by", entry->by);
    json_out_field_int(out, "at", entry->at);
    json_out_key(out, "lines");
    json_out_array(out);
    for (size_t i = 0; i < entry->line_count; i++) {
        date_print(day, entry->lines[i].day);
        json_out_array(out);
        json_out_text(out, entry->lines[i].id);
        json_out_text(out, day);
        json_out_int(out, entry->lines[i].amount);
        json_out_array_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

void paysheet_end(struct json_out *out, const struct paysheet_total *totals, size_t count)
{
    json_out_array_end(out);
    json_out_key(out, "totals");
    json_out_array(out);
    for (size_t i = 0; i < count; i++) {
        json_out_object(out);
        json_out_field_text(out, "plan", totals[i].plan);
        json_out_field_text(out, "currency", totals[i].currency);
        json_out_field_int(out, "digits", totals[i].digits);
        json_out_field_int(out, "earned", totals[i].earned);
        json_out_field_int(out, "held", totals[i].held);
        json_out_field_int(out, "draw", totals[i].draw);
        json_out_field_int(out, "other", totals[i].other);
        json_out_field_int(out, "payable", totals[i].payable);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

void paysheet_seal(const struct buf *body, int format, const uint8_t secret[PAYSHEET_SECRET_LEN], struct buf *file,
                   char hash[PAYSHEET_HASH_TEXT])
{
    uint8_t digest[crypto_hash_sha256_BYTES], signature[crypto_sign_BYTES];
    char key_text[2 * crypto_sign_PUBLICKEYBYTES + 1] = "", signature_text[2 * crypto_sign_BYTES + 1] = "";
    char message[96];

    crypto_hash_sha256(digest, body->data, body->len);
    sodium_bin2hex(hash, PAYSHEET_HASH_TEXT, digest, sizeof digest);
    if (secret) {
        int len = snprintf(message, sizeof message, "bihuan-statement-%d\n%s", format, hash);

        crypto_sign_detached(signature, NULL, (const uint8_t *)message, (unsigned long long)len, secret);
        sodium_bin2hex(signature_text, sizeof signature_text, signature, sizeof signature);
        /* the public key is the second half of the secret one */
        sodium_bin2hex(key_text, sizeof key_text, secret + crypto_sign_SEEDBYTES, crypto_sign_PUBLICKEYBYTES);
    }
    buf_printf(file, "{\"bihuan_statement\":%d,\"hash\":\"%s\",\"key\":\"%s\",\"signature\":\"%s\",\"body\":", format,
               hash, key_text, signature_text);
    buf_append(file, body->data, body->len);
    buf_append_text(file, "}\n");
}
