/* settings: what an operator may set beside the common settings. */
#include "monitoring/alerts/flap.h"
#include "monitoring/judging/roots.h"
#include "monitoring/service.h"

const struct setting monitoring_settings[] = {
    { "secrets_dir", SETTING_TEXT, "", "folder of the secrets that receivers name; by default secrets in data_dir", 0,
      0 },
    { "receiver_hosts", SETTING_TEXT, "",
      "hosts of receivers that may have private or loopback addresses, apart by commas: am.internal:9093; * all", 0,
      0 },
    { "receiver_ca_file", SETTING_TEXT, "",
      "certificates of the authorities that receivers have theirs from; by default the system's", 0, 0 },
    { "public_url", SETTING_TEXT, "", "address of a console of yours: messages link to its /alerts/ID; empty: no links",
      0, 0 },
    { "chat_spread_s", SETTING_INT, "180",
      "messages to chats within this of a full hour (Feishu: also half hour), when everybody sends, are spread over it;"
      " 0 off",
      0, 1500 },
    { "delivery_days", SETTING_INT, "400",
      "messages that were sent or given up are kept for so many days, those about open alerts until they are over; 0 "
      "for"
      " ever",
      0, 36500 },
    { "receiver_timeout_s", SETTING_INT, "10", "how long a receiver may take to answer a message", 1, 60 },
    { "retry_first_ms", SETTING_INT, "1000",
      "pause before a message that failed is tried again; later ones are longer in proportion: 5, 30, 120, 600, 1800,"
      " 3600 times as long, an hour at most",
      10, 60000 },
    { "alertmanager_every_s", SETTING_INT, "60",
      "how often an Alertmanager is told what fires; what is new goes at once", 1, 240 },
    /* five points are as much again as makes a lag; three cost a lagging city of eight 56 messages a month, not 50 */
    { "worse_step_bp", SETTING_INT, "500",
      "a lag is told again once its gap grew by so many hundredths of a point, where its route doesn't say otherwise",
      1, 10000 },
    { "dispersion_most", SETTING_INT, "10",
      "counts are taken to vary from day to day by at most so many times what chance has; 1: by chance alone", 1,
      1000 },
    { "worse_hit_least_ppm", SETTING_INT, "20000",
      "half of the chance to reach the target is told where it was at least so much before (parts per million)", 0,
      1000000 },
    { "flap_days", SETTING_INT, "21", "judged days over which it is seen whether an alert comes and goes", 3, 31 },
    { "flap_on_ppm", SETTING_INT, "300000",
      "it comes and goes from this weighted share of changes on (parts per million of all there could be)", 1,
      1000000 },
    { "flap_off_ppm", SETTING_INT, "250000", "and no longer below this one (parts per million, at most flap_on_ppm)", 0,
      1000000 },
    { "flap_turns", SETTING_INT, "5",
      "an alert about a feed or a duty comes and goes once it fired and ended so many times in all within"
      " flap_turn_days, and no longer with less than half of that",
      2, FLAP_TURNS_MAX },
    { "flap_turn_days", SETTING_INT, "7", "days in which these changes are counted", 1, 90 },
    { "feed_clear_s", SETTING_INT, "900", "an alert about a feed ends once the feed is back for so long", 0, 86400 },
    { "root_share_ppm", SETTING_INT, "800000",
      "units below are told instead of the one above where few of them lack so much of what it lacks (parts per "
      "million)",
      1, 1000000 },
    { "root_few", SETTING_INT, "3", "so many of them are few; at most half in any case", 1, ROOTS_FEW_MAX },
    { "action_verify_days", SETTING_INT, "2", "feed days behind an action's day due until data decides", 0, 60 },
    { "action_kept_ppm", SETTING_INT, "800000",
      "an action kept its word with so much of the promised gain (parts per million)", 1, 1000000 },
    { "recent_days", SETTING_INT, "4",
      "a period is begun to be judged, and told of, only with data at most so many days old", 1, 366 },
    { "frozen_ppm", SETTING_INT, "100000",
      "alerts of a unit are frozen where feeds that are behind bring so much of its records (parts per million)", 1,
      1000000 },
    { "lapse_days", SETTING_INT, "3",
      "working days after which a taken alert lapses without a note or an action, where its route doesn't say", 1, 60 },
    { "heartbeat_receiver", SETTING_TEXT, "",
      "receiver that is told each morning that the service is there, no Alertmanager; none off", 0, 0 },
    { "heartbeat_at", SETTING_TEXT, "08:30", "when, by the business clock", 0, 0 },
    { 0 },
};
