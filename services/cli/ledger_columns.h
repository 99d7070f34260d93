/* ledger_columns: what the commands of the target ledger show. */
#ifndef BIHUAN_CLI_LEDGER_COLUMNS_H
#define BIHUAN_CLI_LEDGER_COLUMNS_H

#include "cli/output.h"

extern const struct column ledger_nothing[];
extern const struct column ledger_target_columns[], ledger_gap_columns[], ledger_talk_columns[];
extern const struct column ledger_seen_fields[];
extern const struct column ledger_act_fields[], ledger_cut_fields[], ledger_cut_columns[];
extern const struct column ledger_explain_fields[], ledger_figure_columns[], ledger_chain_columns[];
extern const struct column ledger_entry_columns[];
extern const struct column ledger_with_columns[], ledger_version_columns[], ledger_move_columns[],
    ledger_consent_columns[];
extern const struct column ledger_diff_fields[], ledger_diff_columns[];
extern const struct column ledger_lint_fields[], ledger_lint_columns[];
extern const struct column ledger_weight_columns[], ledger_set_columns[], ledger_role_columns[], ledger_fit_columns[],
    ledger_bound_columns[];
extern const struct column ledger_cut_kept_columns[], ledger_mark_fields[];

#endif
