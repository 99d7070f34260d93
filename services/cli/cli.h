/* cli: what the commands of `bihuan` share. */
#ifndef BIHUAN_CLI_CLI_H
#define BIHUAN_CLI_CLI_H

#include "cli/client.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/words.h"

#include <stdio.h>

enum exit_code { EXIT_FINE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

struct cli {
    struct options options;
    enum output_format format;
    struct client *client;
    FILE *out, *err;
};

/* main() of `bihuan`; returns the exit code. */
int cli_main(int argc, char **argv);

/* Prints why an answer isn't good to cli->err; returns the exit code that goes with it. */
int cli_fail(struct cli *cli, const struct client_answer *answer);
/* A mistake of the caller: prints, returns EXIT_USAGE. */
int cli_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Asks and prints the rows of `items` (or another key), or the whole answer as JSON. */
int cli_show(struct cli *cli, const char *path, const char *key, const struct column *columns);
/* POST with a body that it takes over (NULL: none); prints "done" or the answer as JSON. */
int cli_do(struct cli *cli, const char *path, json_t *body, const char *done);
/* POST to /api/v1/FOLDER/CODE/ACT; the rest as cli_do. */
int cli_do_on(struct cli *cli, const char *folder, const char *code, const char *act, json_t *body, const char *done);
void cli_print_json(struct cli *cli, const json_t *json);

/* Asks for one thing and prints the answer as JSON, or what `print` makes of it. */
typedef void cli_print_fn(struct cli *cli, json_t *json, struct buf *text);
int cli_view(struct cli *cli, const char *path, cli_print_fn *print);
/* A table below a title; nothing where there are no rows. */
void cli_print_part(struct buf *text, const char *title, const json_t *rows, const struct column *columns);

/* Reads all pages of a list, at most `limit` items. 0 and a new array, or the exit code, already explained. `path` may
 * have a query. *more: there are further ones. */
int cli_list(struct cli *cli, const char *path, size_t limit, json_t **items, bool *more);
/* Appends "?name=value" or "&name=value", escaped; nothing where value is NULL or "". */
void cli_query(struct buf *path, const char *name, const char *value);

/* commands.c: the table; kinds.c: what `get` knows. */
extern const struct command_group cli_groups[];
extern const struct flag cli_globals[];

int cmd_apply(struct cli *cli);
int cmd_import(struct cli *cli);
int cmd_get(struct cli *cli);
int cmd_programme_agree(struct cli *cli);
int cmd_programme_refuse(struct cli *cli);
int cmd_programme_end(struct cli *cli);
int cmd_unit_move(struct cli *cli);
int cmd_unit_merge(struct cli *cli);
int cmd_unit_close(struct cli *cli);
int cmd_unit_open(struct cli *cli);
int cmd_person_hand_over(struct cli *cli);
int cmd_target_export(struct cli *cli);
int cmd_measure_try(struct cli *cli);
int cmd_calendar_show(struct cli *cli);
int cmd_calendar_learn(struct cli *cli);
int cmd_calendar_set(struct cli *cli);
int cmd_target_import(struct cli *cli);
int cmd_feed_load(struct cli *cli);
int cmd_feed_status(struct cli *cli);
int cmd_feed_kinds(struct cli *cli);
int cmd_feed_files(struct cli *cli);
int cmd_feed_rejects(struct cli *cli);
int cmd_feed_mend(struct cli *cli);
/* cmd_feed_work.c */
extern const struct flag feed_try_flags[], feed_file_flags[], feed_missing_flags[], feed_causes_flags[];
/* cmd_feed_totals.c */
extern const struct flag feed_totals_flags[];
extern const struct flag feed_compare_flags[];
/* cmd_feed_conditions.c */
extern const struct flag feed_conditions_flags[], feed_complete_flags[];
int cmd_feed_conditions(struct cli *cli);
int cmd_feed_try(struct cli *cli);
int cmd_feed_file(struct cli *cli);
int cmd_feed_missing(struct cli *cli);
int cmd_feed_totals(struct cli *cli);
int cmd_feed_causes(struct cli *cli);
int cmd_feed_held(struct cli *cli);
int cmd_feed_closed(struct cli *cli);
extern const struct flag feed_closed_flags[];
/* Says how much was recorded of the unit from that day on, and stays; nothing where that is none or can't be had. */
void cli_tell_closed_facts(struct cli *cli, const char *unit, const char *from);
int cmd_feed_sources(struct cli *cli);
int cmd_feed_ask(struct cli *cli);
int cmd_feed_compare(struct cli *cli);
int cmd_feed_complete(struct cli *cli);
int cmd_feed_map(struct cli *cli);
int cmd_feed_fact(struct cli *cli);
int cmd_progress(struct cli *cli);
int cmd_alerts(struct cli *cli);
int cmd_alert_take(struct cli *cli);
int cmd_alert_silence(struct cli *cli);
int cmd_alert_explain(struct cli *cli);
int cmd_rule_explain(struct cli *cli);
int cmd_rule_try(struct cli *cli);
/* cmd_delivery.c */
int cmd_delivery_list(struct cli *cli);
int cmd_delivery_dead(struct cli *cli);
int cmd_delivery_again(struct cli *cli);
int cmd_receiver_test(struct cli *cli);
int cmd_action_open(struct cli *cli);
int cmd_action_done(struct cli *cli);
int cmd_action_list(struct cli *cli);
int cmd_cycle_open(struct cli *cli);
int cmd_cycle_list(struct cli *cli);
int cmd_cycle_show(struct cli *cli);
int cmd_cycle_submit(struct cli *cli);
int cmd_cycle_return(struct cli *cli);
int cmd_cycle_approve(struct cli *cli);
int cmd_cycle_note(struct cli *cli);
int cmd_cycle_override(struct cli *cli);
int cmd_cycle_attach(struct cli *cli);
int cmd_cycle_fetch(struct cli *cli);
int cmd_task_list(struct cli *cli);
extern const struct flag task_remind_flags[];
int cmd_task_remind(struct cli *cli);
int cmd_person_holdings(struct cli *cli);
extern const struct flag holdings_flags[];
int cmd_plan_save(struct cli *cli);
int cmd_plan_list(struct cli *cli);
int cmd_plan_show(struct cli *cli);
int cmd_plan_submit(struct cli *cli);
int cmd_plan_return(struct cli *cli);
int cmd_plan_approve(struct cli *cli);
int cmd_plan_offer(struct cli *cli);
int cmd_plan_revise(struct cli *cli);
int cmd_target_step(struct cli *cli);
int cmd_material_request(struct cli *cli);
int cmd_material_move(struct cli *cli);
int cmd_material_confirm(struct cli *cli);
int cmd_material_list(struct cli *cli);
int cmd_certificate_issue(struct cli *cli);
int cmd_certificate_list(struct cli *cli);
int cmd_guide_issue(struct cli *cli);
int cmd_guide_from_top(struct cli *cli);
int cmd_guide_list(struct cli *cli);
int cmd_guide_show(struct cli *cli);
int cmd_guide_ack(struct cli *cli);
int cmd_guide_ready(struct cli *cli);
int cmd_guide_readiness(struct cli *cli);
int cmd_guide_effect(struct cli *cli);
int cmd_guide_attach(struct cli *cli);
int cmd_scores(struct cli *cli);
int cmd_rank(struct cli *cli);
int cmd_statement(struct cli *cli);
/* cmd_credit.c */
extern const struct flag credit_list_flags[], credit_excluded_flags[], credit_totals_flags[], credit_explain_flags[],
    credit_rules_flags[];
int cmd_credit_list(struct cli *cli);
int cmd_credit_excluded(struct cli *cli);
int cmd_credit_totals(struct cli *cli);
int cmd_credit_explain(struct cli *cli);
int cmd_credit_rules(struct cli *cli);
int cmd_credit_runs(struct cli *cli);
/* cmd_credit_joins.c */
extern const struct flag credit_holdings_flags[], credit_registrations_flags[], credit_receipts_flags[];
int cmd_credit_holdings(struct cli *cli);
int cmd_credit_registrations(struct cli *cli);
int cmd_credit_receipts(struct cli *cli);
int cmd_period_close(struct cli *cli);
int cmd_verify(struct cli *cli);
extern const struct flag status_flags[];
int cmd_status(struct cli *cli);
int cmd_watch(struct cli *cli);
int cmd_token_create(struct cli *cli);
int cmd_token_list(struct cli *cli);
int cmd_token_revoke(struct cli *cli);
int cmd_key_create(struct cli *cli);
int cmd_version(struct cli *cli);

/* cmd_report.c, cmd_report_summary.c */
int cmd_report_templates(struct cli *cli);
int cmd_report_due(struct cli *cli);
int cmd_report_draft(struct cli *cli);
int cmd_report_submit(struct cli *cli);
int cmd_report_show(struct cli *cli);
int cmd_report_list(struct cli *cli);
int cmd_report_return(struct cli *cli);
int cmd_report_rate(struct cli *cli);
int cmd_report_summary(struct cli *cli);

/* cmd_phase.c */
extern const struct flag target_phase_flags[], target_rephase_flags[];
int cmd_target_phase(struct cli *cli);
int cmd_target_rephase(struct cli *cli);
int cmd_calendar_versions(struct cli *cli);

/* cmd_ledger.c and cmd_plan.c: the target ledger; their flags stand beside them */
extern const struct flag target_list_flags[], target_cell_flags[], target_set_flags[], target_cut_flags[];
extern const struct flag target_transfer_flags[], target_answer_flags[], target_gap_flags[];
extern const struct flag target_mark_flags[], target_bounds_flags[];
extern const struct flag target_step_flags[], plan_diff_flags[], plan_lint_flags[], weights_flags[];
int cmd_target_list(struct cli *cli);
int cmd_target_set(struct cli *cli);
int cmd_target_draft(struct cli *cli);
int cmd_target_decompose(struct cli *cli);
int cmd_target_whatif(struct cli *cli);
int cmd_target_transfer(struct cli *cli);
int cmd_target_explain(struct cli *cli);
int cmd_target_mark(struct cli *cli);
int cmd_target_bounds(struct cli *cli);
int cmd_target_gap(struct cli *cli);
int cmd_target_talks(struct cli *cli);
int cmd_target_answer(struct cli *cli);
int cmd_plan_step(struct cli *cli);
int cmd_plan_versions(struct cli *cli);
int cmd_plan_diff(struct cli *cli);
int cmd_plan_lint(struct cli *cli);
int cmd_weights_list(struct cli *cli);
int cmd_weights_learn(struct cli *cli);

#endif
