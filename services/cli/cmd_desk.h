/* cmd_desk: commands about the life of alerts; see cmd_desk.c. */
#ifndef BIHUAN_CLI_CMD_DESK_H
#define BIHUAN_CLI_CMD_DESK_H

#include "cli/cli.h"

extern const struct flag alert_assign_flags[], silence_add_flags[], silence_end_flags[], silences_flags[];
extern const struct flag route_try_flags[], figures_flags[], brief_flags[];
extern const struct column listing_silences[], listing_routes[], listing_ladders[], listing_contacts[];
int cmd_alert_note(struct cli *cli);
int cmd_alert_assign(struct cli *cli);
int cmd_alert_history(struct cli *cli);
int cmd_silence_add(struct cli *cli);
int cmd_alert_unsilence(struct cli *cli);
int cmd_silences(struct cli *cli);
int cmd_route_try(struct cli *cli);
int cmd_action_step(struct cli *cli);
int cmd_action_show(struct cli *cli);
int cmd_action_figures(struct cli *cli);
/* cmd_brief.c */
int cmd_brief(struct cli *cli);
/* cmd_compare.c */
extern const struct flag compare_flags[];
int cmd_compare(struct cli *cli);

#endif
