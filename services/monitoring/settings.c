/* settings: what an operator may set beside the common settings. */
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
    { "heartbeat_receiver", SETTING_TEXT, "",
      "receiver that is told each morning that the service is there, no Alertmanager; none off", 0, 0 },
    { "heartbeat_at", SETTING_TEXT, "08:30", "when, by the business clock", 0, 0 },
    { 0 },
};
