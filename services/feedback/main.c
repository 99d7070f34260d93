/* bihuan-feedback: what was sold, as it arrives: feeds, files, facts. */
#include "feedback/handlers.h"
#include "feedback/files/loader.h"
#include "feedback/state.h"
#include "feedback/tmf/asker.h"

extern const struct migration feedback_migrations[];

static const struct setting settings[] = {
    { "quiet_ms", SETTING_INT, "2000", "a file in the inbox is read when nobody has written to it for this long", 0,
      600000 },
    { "scan_ms", SETTING_INT, "1000", "how often the inbox is looked through, whatever the system notifies", 50,
      60000 },
    { "orphan_ms", SETTING_INT, "3600000",
      "a companion whose file doesn't come is told after so long, in feeds that don't say gap_minutes", 0, 86400000 },
    { "batch_rows", SETTING_INT, "16384", "rows that are recorded in one step", 1, 100000 },
    { "audit_ms", SETTING_INT, "10000", "how often files that were finished are compared with the ledger of facts", 50,
      3600000 },
    { "audit_rest_ms", SETTING_INT, "100",
      "how long that rests at least after each 20,000 rows: ten times what they took", 0, 10000 },
    { "missing_ms", SETTING_INT, "5000",
      "how often files that should have come are looked for, by number and by day; to the next second", 0, 3600000 },
    { "reopen_rest_ms", SETTING_INT, "60000",
      "rows that wait for a closed unit are left alone for so long after it was opened, since it may be closed again on"
      " another day",
      0, 3600000 },
    { "tmf_hosts", SETTING_TEXT, "",
      "hosts whose TM Forum API feeds may ask and register at, apart by commas: crm.example, boss.example:8443; * all",
      0, 0 },
    { "tmf_keep_days", SETTING_INT, "400",
      "TM Forum events leave the data base for the archive after so many days; 0: never", 0, 36500 },
    { "tmf_askers", SETTING_INT, "4", "senders' TM Forum APIs that are asked at once", 1, 16 },
    { "secrets_dir", SETTING_TEXT, "", "folder of the tokens that feeds name; by default secrets in data_dir", 0, 0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};

static int start(struct runtime *rt, struct err *err)
{
    struct feedback *feedback = runtime_state(rt);

    pthread_mutex_init(&feedback->lock, NULL);
    return loader_start(&feedback->loader, rt, err) != 0 ? -1 : askers_start(&feedback->askers, rt, err);
}

static void stop(struct runtime *rt)
{
    struct feedback *feedback = runtime_state(rt);

    if (feedback->loader)
        loader_stop(feedback->loader);
    if (feedback->askers)
        askers_stop(feedback->askers);
}

int main(int argc, char **argv)
{
    static const char *const reads[] = { "planning", "incentive", "monitoring", NULL };
    static const struct service service = { .name = "feedback",
                                            .reads = reads,
                                            .handlers = feedback_handlers,
                                            .migrations = feedback_migrations,
                                            .settings = settings,
                                            .state_size = sizeof(struct feedback),
                                            .start = start,
                                            .stop = stop,
                                            .load = state_load,
                                            .drop = state_drop,
                                            .before_commit = state_before_commit,
                                            .after_commit = state_after_commit };

    return runtime_main(&service, argc, argv);
}
