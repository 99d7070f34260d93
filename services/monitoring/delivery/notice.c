/* notice: what receivers are sent: CloudEvents 1.0 in structured form, one row of the outbox for each receiver. */
#include "monitoring/alerts/alert_book.h"

#include "text/dates.h"
#include "text/json_out.h"

#include <stdio.h>
#include <string.h>

static const struct stmt PUT = {
    "delivery_put", "INSERT INTO delivery (id, receiver, alert_id, event, state, attempts, next_at, last_error,"
                    " created_at, body) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '', $6, $7) ON CONFLICT DO NOTHING"
};
static const struct stmt TOLD = { "delivery_told",
                                  "SELECT DISTINCT receiver FROM delivery WHERE alert_id = $1 AND event = 'fired'" };

static void write_contributors(struct json_out *json, const Bihuan__Alert *alert)
{
    json_out_key(json, "contributors");
    json_out_array(json);
    for (size_t i = 0; i < alert->n_contributors; i++) {
        json_out_object(json);
        json_out_field_text(json, "unit", alert->contributors[i]->unit);
        json_out_field_text(json, "name", alert->contributors[i]->name);
        json_out_field_int(json, "deficit", alert->contributors[i]->deficit);
        json_out_field_int(json, "share_ppm", alert->contributors[i]->share_ppm);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_data(struct json_out *json, const Bihuan__Alert *alert, const char *summary)
{
    json_out_key(json, "data");
    json_out_object(json);
    json_out_field_text(json, "alert", alert->id);
    json_out_field_text(json, "summary", summary);
    json_out_field_text(json, "state", alert->state);
    json_out_field_text(json, "severity", alert->severity);
    json_out_field_text(json, "rule", alert->rule);
    json_out_field_text(json, "unit", alert->unit);
    json_out_field_text(json, "unit_name", alert->unit_name);
    json_out_field_text(json, "measure", alert->measure);
    json_out_field_text(json, "period", alert->period);
    json_out_field_text(json, "as_of", alert->inputs->as_of);
    json_out_field_int(json, "target", alert->inputs->target);
    json_out_field_int(json, "planned", alert->inputs->planned);
    json_out_field_int(json, "actual", alert->inputs->actual);
    json_out_field_int(json, "gap_bp", alert->inputs->gap_bp);
    json_out_field_int(json, "days_behind_milli", alert->inputs->days_behind_milli);
    json_out_field_int(json, "landing", alert->inputs->landing);
    write_contributors(json, alert);
    json_out_object_end(json);
}

/* "[major] 云川市 new users: 7.9 points behind plan (612 of 1036 planned)" in the receiver's language. */
static char *summary_of(struct tx *tx, const struct receiver *receiver, const struct alert *alert, const char *event)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit(m->refdata, alert->unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct rule *rule = rule_by_id(m, alert->rule_id);
    bool zh = strcmp(receiver->language, "zh") == 0;
    bool over = strcmp(event, "resolved") == 0;
    const char *title = zh ? measure->title_zh : measure->title_en;
    int points = alert->inputs.gap_bp < 0 ? -alert->inputs.gap_bp : 0;

    if (over)
        return arena_printf(tx_arena(tx), zh ? "【已恢复】%s %s" : "[resolved] %s: %s", unit->name, title);
    if (rule && rule->kind == RULE_THRESHOLD)
        return arena_printf(tx_arena(tx), zh ? "【预警】%s %s达到限值" : "[alert] %s: %s reached its limit", unit->name,
                            title);
    return arena_printf(tx_arena(tx),
                        zh ? "【滞后预警】%s %s落后时序进度%d.%02d个百分点"
                           : "[lag] %s: %s is %d.%02d points behind the phased target",
                        unit->name, title, points / 100, points % 100);
}

static int put(struct tx *tx, const struct receiver *receiver, const struct alert *alert, const char *event,
               struct err *err)
{
    Bihuan__Alert *message = alert_message(tx, alert);
    char id[ALERT_ID_LEN];
    char number[32];
    char time[TIME_TEXT_MAX];
    struct zone zone = { 0 };
    struct db_args args;
    struct buf body = { 0 };
    struct json_out json;
    int rc;

    snprintf(number, sizeof number, "%ld", (long)alert->version);
    make_id(id, alert->id, number, receiver->code, event);
    (void)zone_parse("UTC", &zone, NULL);
    time_print(time, tx_now(tx), &zone);
    json_out_init(&json, &body);
    json_out_object(&json);
    json_out_field_text(&json, "specversion", "1.0");
    json_out_field_text(&json, "id", id);
    json_out_field_text(&json, "source", "/bihuan/monitoring");
    json_out_field_text(&json, "type", strcmp(event, "fired") == 0 ? "bihuan.alert.fired" : "bihuan.alert.resolved");
    json_out_field_text(&json, "subject", alert->id);
    json_out_field_text(&json, "time", time);
    json_out_field_text(&json, "datacontenttype", "application/json");
    write_data(&json, message, summary_of(tx, receiver, alert, event));
    json_out_object_end(&json);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    db_arg_text(&args, receiver->code);
    db_arg_text(&args, alert->id);
    db_arg_text(&args, event);
    db_arg_time(&args, clock_real_us());
    db_arg_time(&args, tx_now(tx));
    db_arg_bytes(&args, body.data, body.len);
    rc = db_exec(tx_db(tx), &PUT, &args, NULL, err);
    buf_fini(&body);
    monitoring_of(tx)->new_deliveries = true;
    return rc;
}

static bool concerns(struct tx *tx, const struct receiver *receiver, const struct alert *alert)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *root = refdata_unit_by_code(m->refdata, receiver->subtree);

    if (receiver->off || alert->severity < receiver->min_severity)
        return false;
    if (!receiver->subtree[0])
        return true;
    return root && tree_is_under(refdata_tree(m->refdata), alert->unit_id, root->id, today(tx));
}

int notice_fired(struct tx *tx, const struct alert *alert, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);

    for (size_t i = 0; i < m->receiver_count; i++)
        if (concerns(tx, &m->receivers[i], alert) && put(tx, &m->receivers[i], alert, "fired", err) != 0)
            return -1;
    return 0;
}

/* To whoever was told that it fired, whatever the rules for telling are now. */
int notice_resolved(struct tx *tx, const struct alert *alert, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    if (db_query(tx_db(tx), &TOLD, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        for (size_t k = 0; rc == 0 && k < m->receiver_count; k++)
            if (strcmp(m->receivers[k].code, db_text(&rows, i, 0)) == 0)
                rc = put(tx, &m->receivers[k], alert, "resolved", err);
    db_rows_fini(&rows);
    return rc;
}
