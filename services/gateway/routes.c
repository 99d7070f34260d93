/* routes: see routes.h. */
#include "gateway/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define API "/api/v1/"

#define APPLY(what, NAME, right, words)                                                                                \
    {                                                                                                                  \
        "POST", API "apply/" what, ROUTE_ASK, MSG(NAME), right, true, words                                            \
    }
#define LIST(what, NAME, right, words)                                                                                 \
    {                                                                                                                  \
        "GET", API what, ROUTE_ASK, MSG(NAME), right, false, words                                                     \
    }
#define DO(path, NAME, right, words)                                                                                   \
    {                                                                                                                  \
        "POST", API path, ROUTE_ASK, MSG(NAME), right, true, words                                                     \
    }

/* A question that is too long for a path. */
#define READ(path, NAME, right, words)                                                                                 \
    {                                                                                                                  \
        "POST", API path, ROUTE_ASK, MSG(NAME), right, false, words                                                    \
    }

const struct route route_table[] = {
    APPLY("units", APPLY_UNITS, "plan.write", "Create or change units of the sales organisation"),
    APPLY("channels", APPLY_CHANNELS, "plan.write", "Create or change channels"),
    APPLY("products", APPLY_PRODUCTS, "plan.write", "Create or change products"),
    APPLY("measures", APPLY_MEASURES, "plan.write", "Define measures"),
    APPLY("calendars", APPLY_CALENDARS, "plan.write", "Publish calendars"),
    APPLY("periods", APPLY_PERIODS, "plan.write", "Open periods"),
    APPLY("targets", APPLY_TARGETS, "plan.write", "Draft targets; publishing the plan brings them into force"),
    APPLY("people", APPLY_PEOPLE, "plan.write", "Create or change people and the roles that they hold at units"),
    APPLY("feeds", APPLY_FEEDS, "feed.write", "Describe feeds"),
    APPLY("code-maps", APPLY_CODE_MAPS, "feed.write", "Code maps that all feeds of a sender share"),
    APPLY("rules", APPLY_RULES, "rule.write", "Create or change alert rules"),
    APPLY("receivers", APPLY_RECEIVERS, "rule.write", "Create or change receivers of notices"),
    APPLY("routes", APPLY_ROUTES, "rule.write", "Say who is told of which alerts, and when"),
    APPLY("ladders", APPLY_LADDERS, "rule.write", "Create or change ladders that alerts climb while nobody takes them"),
    APPLY("contacts", APPLY_CONTACTS, "rule.write", "Say where people are reached"),
    APPLY("scorecards", APPLY_SCORECARDS, "rule.write", "Create or change scorecards"),
    APPLY("customer-holdings", APPLY_CUSTOMER_HOLDINGS, "rule.write", "Say who holds which customer, from a day on"),
    APPLY("crediting-rules", APPLY_CREDITING_RULES, "rule.write",
          "Say who is credited with what is sold, from a day on"),

    LIST("units", LIST_UNITS, "plan.read", "Units"),
    LIST("people", LIST_PEOPLE, "plan.read", "People and their roles, by unit, role and day"),
    DO("units/{unit}/move", MOVE_UNIT, "plan.write", "Put a unit under another parent from a day on; dry_run previews"),
    DO("units/{unit}/merge", MERGE_UNITS, "plan.write",
       "Close a unit and give its children and roles to another; dry_run previews"),
    DO("units/{unit}/close", CLOSE_UNIT, "plan.write",
       "Close a unit from a day on, or open it again; dry_run previews"),
    LIST("units/{unit}/closed-facts", LIST_CLOSED_FACTS, "feed.read",
         "What was recorded of a unit on days on which it is closed, and stays; with from as if it were from that day "
         "on"),
    LIST("holdings/{unit}", LIST_HOLDINGS, "feed.read",
         "Open opportunities and customers that a sales person's unit holds on a day"),
    DO("people/{person}/hand-over", HAND_OVER, "plan.write",
       "A person leaves and another takes over; dry_run previews"),
    LIST("reorganisations", LIST_REORGANISATIONS, "plan.read", "Moves, mergers, closures and hand-overs, newest first"),
    LIST("channels", LIST_CHANNELS, "plan.read", "Channels"),
    LIST("products", LIST_PRODUCTS, "plan.read", "Products"),
    LIST("measures", LIST_MEASURES, "plan.read", "Measures"),
    LIST("calendars", LIST_CALENDARS, "plan.read", "Calendars"),
    LIST("periods", LIST_PERIODS, "plan.read", "Periods"),
    LIST("targets", LIST_TARGETS, "plan.read", "Targets in force"),
    LIST("plans", LIST_PLANS, "plan.read", "Published versions of plans"),

    /* the target ledger */
    APPLY("weight-sets", APPLY_WEIGHT_SETS, "plan.write", "Create or change sets of weights"),
    APPLY("weights", APPLY_WEIGHTS, "plan.write", "Numbers of weight sets"),
    APPLY("bounds", APPLY_BOUNDS, "plan.write", "Lock targets, or hold them between floors and ceilings"),
    APPLY("fits", APPLY_FITS, "plan.write", "Say how well products sell through channels"),
    APPLY("drafts", APPLY_DRAFTS, "plan.answer", "Hand in what units think they can reach"),
    LIST("weight-sets", LIST_WEIGHT_SETS, "plan.read", "Weight sets"),
    LIST("weights", LIST_WEIGHTS, "plan.read", "Numbers of a weight set"),
    LIST("bounds", LIST_BOUNDS, "plan.read", "Locks, floors and ceilings of a period's targets"),
    LIST("fits", LIST_FITS, "plan.read", "Fit of products and channels"),
    LIST("gaps", LIST_GAPS, "plan.read", "Targets beside what units handed in"),
    APPLY("target-roles", APPLY_TARGET_ROLES, "plan.write", "Say which roles offer targets, and which answer for them"),
    LIST("target-roles", LIST_TARGET_ROLES, "plan.read", "Roles that offer targets, and roles that answer for them"),
    LIST("negotiations", LIST_NEGOTIATIONS, "plan.read", "Where units stand with their targets"),
    LIST("targets/explain", EXPLAIN_TARGET, "plan.read", "How one target came to its amount"),
    LIST("plans/versions", LIST_PLAN_VERSIONS, "plan.read", "Versions of plans, with their steps"),
    LIST("plans/diff", DIFF_PLANS, "plan.read", "What two versions of a plan differ in"),
    LIST("plans/lint", LINT_PLAN, "plan.read", "What is wrong or doubtful with a version of a plan"),
    DO("targets/set", SET_TARGET, "plan.write", "Change one target; what depends on it follows"),
    DO("targets/decompose", DECOMPOSE, "plan.write", "Cut targets over units, channels, products or periods"),
    READ("targets/what-if", WHAT_IF, "plan.read",
         "What a decomposition would come to, with its risk; nothing is written"),
    DO("targets/mark", MARK_CUT, "plan.write",
       "Say that a target's parts are all of it, or that they may leave some open"),
    LIST("cuts", LIST_CUTS, "plan.read", "Targets whose parts over channels, products or periods are all of them"),
    DO("targets/transfer", TRANSFER_TARGET, "plan.write", "Move an amount from one target to another"),
    DO("targets/answer", ANSWER_TARGETS, "plan.answer",
       "Propose, accept, ask for a change, grant, decline, recall, remind"),
    DO("plans/submit", SUBMIT_PLAN, "plan.write", "Hand a draft in for approval"),
    DO("plans/approve", APPROVE_PLAN, "plan.approve", "Approve what somebody else submitted"),
    DO("plans/return", RETURN_PLAN, "plan.read", "Return a version to draft, with a reason"),
    DO("plans/revise", REVISE_PLAN, "plan.write", "Open a draft that begins as the published version"),
    DO("plans/rephase", REPHASE_PERIOD, "plan.write", "Move a published period to the newest version of its calendar"),
    LIST("targets/phase", PHASE_TARGETS, "plan.read", "A target by day, week or month"),
    LIST("calendars/{code}/versions", LIST_CALENDAR_VERSIONS, "plan.read", "Every version of a calendar"),
    DO("plans/publish", PUBLISH_PLAN, "plan.publish", "Publish the version in the works as the plan in force"),

    APPLY("cycle-templates", APPLY_CYCLE_TEMPLATES, "plan.write", "Create or change templates of cycles"),
    LIST("cycle-templates", LIST_CYCLE_TEMPLATES, "plan.read", "Templates of cycles"),
    DO("cycles", OPEN_CYCLE, "plan.write", "Open a cycle from a template for a period"),
    LIST("cycles", LIST_CYCLES, "plan.read", "Cycles with the state of their stages"),
    LIST("cycles/{code}", GET_CYCLE, "plan.read", "One cycle with its deliverables"),
    DO("cycles/{cycle}/stages/{stage}/override", OVERRIDE_STAGE, "plan.override",
       "Open a stage before its gates are approved; the reason is kept"),
    LIST("deliverables", LIST_DELIVERABLES, "plan.read", "Deliverables: who owes what until when"),
    LIST("deliverables/{id}", GET_DELIVERABLE, "plan.read", "One deliverable with its history and files"),
    DO("deliverables/{id}/submit", SUBMIT_DELIVERABLE, "plan.act", "Hand a deliverable in"),
    DO("deliverables/{id}/return", RETURN_DELIVERABLE, "plan.act", "Return a deliverable with a reason"),
    DO("deliverables/{id}/approve", APPROVE_DELIVERABLE, "plan.act", "Approve a deliverable that another submitted"),
    DO("deliverables/{id}/notes", NOTE_DELIVERABLE, "plan.act", "Add a note to a deliverable"),
    { "PUT", API "deliverables/{deliverable}/attachments/{name}", ROUTE_UPLOAD, MSG(ATTACH_FILE), "plan.act", true,
      "Attach a piece of a file, at most 512 kB, at the offset that the answer before said" },
    LIST("attachments/{id}", GET_ATTACHMENT, "plan.read", "A piece of an attached file"),
    DO("guides", ISSUE_GUIDE, "plan.act", "Issue a guide to units, or its next version"),
    LIST("guides", LIST_GUIDES, "plan.read", "Guides and how many units acknowledged them"),
    LIST("guides/{code}", GET_GUIDE, "plan.read", "One guide with its files"),
    LIST("guides/{code}/readiness", GUIDE_READINESS, "plan.read",
         "How far a guide has come at a unit and its children"),
    LIST("guides/{code}/effect", GET_PRACTICE_EFFECT, "plan.read", "What came of a practice card's measure"),
    DO("guides/{code}/acknowledge", ACKNOWLEDGE_GUIDE, "plan.act", "Acknowledge a guide for a unit"),
    DO("guides/{code}/ready", READY_GUIDE, "plan.act", "Report training held and materials there"),
    { "PUT", API "guides/{guide}/attachments/{name}", ROUTE_UPLOAD, MSG(ATTACH_GUIDE_FILE), "plan.act", true,
      "Attach a piece of a file to a guide, at most 512 kB" },

    APPLY("programmes", APPLY_PROGRAMMES, "plan.act", "Offer cross-sell programmes"),
    LIST("programmes", LIST_PROGRAMMES, "plan.read", "Cross-sell programmes and who has agreed"),
    DO("programmes/{code}/consent", CONSENT_PROGRAMME, "plan.act", "Agree to a programme for a unit, or refuse it"),
    DO("programmes/{code}/end", END_PROGRAMME, "plan.act", "End a programme before its time"),
    DO("materials", REQUEST_MATERIAL, "plan.act", "Ask for a sales tool or material"),
    LIST("materials", LIST_MATERIALS, "plan.read", "Tools and materials on their way"),
    LIST("materials/{code}", GET_MATERIAL, "plan.read", "One with its history and who hasn't confirmed it"),
    DO("materials/{code}/move", MOVE_MATERIAL, "plan.act",
       "Report a material's next step: designed, localised, shipped"),
    DO("materials/{code}/confirm", CONFIRM_MATERIAL, "plan.act", "Confirm that a material has arrived at a unit"),
    DO("certificates", ISSUE_CERTIFICATE, "plan.act", "Certify that a person was trained in a product"),
    LIST("certificates", LIST_CERTIFICATES, "plan.read", "Certificates of training"),
    DO("work-plans", SAVE_WORK_PLAN, "plan.act", "Save the draft of a local or account plan"),
    LIST("work-plans", LIST_WORK_PLANS, "plan.read", "Local and account plans, the latest version of each"),
    LIST("work-plans/{code}", GET_WORK_PLAN, "plan.read", "One plan with its history"),
    DO("work-plans/{code}/move", MOVE_WORK_PLAN, "plan.act", "Submit, return or approve a plan"),
    DO("work-plans/{code}/revise", REVISE_WORK_PLAN, "plan.act", "Begin another version of an approved plan"),
    DO("work-plans/{code}/offer", OFFER_FIGURE, "plan.act", "Propose or offer an account plan's target figure"),
    DO("work-plans/{code}/steps/{number}/finish", FINISH_PLAN_STEP, "plan.act", "Report a step as done, or drop it"),
    LIST("tasks", LIST_TASKS, "plan.read", "What a person has to do, by due date"),
    DO("tasks/remind", REMIND_TASK, "plan.act", "Remind a person of one of their tasks"),

    LIST("code-maps", LIST_CODE_MAPS, "feed.read", "Code maps that all feeds of a sender share"),
    LIST("feeds", LIST_FEEDS, "feed.read", "Feeds and how far they are complete"),
    LIST("files", LIST_FILES, "feed.read", "Files that arrived"),
    LIST("files/missing", LIST_MISSING, "feed.read", "Files that should have come, by number and by day"),
    LIST("files/totals", LIST_TOTALS, "feed.read", "What files brought, what became of it, what the ledger has of it"),
    READ("feeds/try", TRY_FEED, "feed.read", "What a feed would read from a sample; stores nothing"),
    LIST("rejects/causes", SUMMARIZE_REJECTS, "feed.read", "What waits, by reason and value"),
    DO("rejects/mend", MEND_REJECTS, "feed.write", "Record waiting rows as they should have come, with a reason"),
    DO("rejects/write-off", WRITE_OFF_REJECTS, "feed.write", "Give up waiting rows, with a reason"),
    DO("files/{id}/act", ACT_ON_FILE, "feed.write", "Release a file, read it again from a row on, or write it off"),
    { "PUT", API "feeds/{feed}/records/{name}", ROUTE_UPLOAD, MSG(APPEND_RECORDS), "feed.write", true,
      "Record a few rows in the feed's own format, kept as a file of that name; at most 512 kB" },
    LIST("rejects", LIST_REJECTS, "feed.read", "Rows that could not be recorded and wait"),
    READ("measures/try", TRY_MEASURE, "feed.read",
         "What a definition of a measure yields on recorded facts; changes nothing"),
    LIST("facts", GET_FACT, "feed.read", "One record with all its versions and their origin"),
    DO("rejects/release", RELEASE_REJECTS, "feed.write", "Read waiting rows again"),
    { "PUT", API "feeds/{feed}/files/{name}", ROUTE_UPLOAD, MSG(UPLOAD_CHUNK), "feed.write", true,
      "Upload a piece of a file, at most 512 kB, at the offset that the answer before said" },

    { "POST", "/tmf/{feed}/{path}", ROUTE_TMF, MSG(RECEIVE_TMF), "feed.write", true,
      "Take an event of a TM Forum Open API; any path below, told by its eventType; at most 512 kB" },
    LIST("feeds/conditions", LIST_FEED_CONDITIONS, "feed.read",
         "How feeds and their cities stand: live, late, suspect, silent"),
    LIST("feeds/sources", LIST_TMF_SOURCES, "feed.read", "How asking the senders for what no event told goes"),
    LIST("feeds/{feed}/compare", COMPARE_FEEDS, "feed.read", "Two senders of the same facts, record by record"),
    DO("feeds/{feed}/complete", COMPLETE_FEED, "feed.write", "Say to when a feed is complete though no file says so"),
    DO("feeds/{feed}/ask", ASK_TMF_SOURCE, "feed.write", "Ask a feed's sender now for what no event told"),
    LIST("held", LIST_HELD, "feed.read", "Resources of which events came, but no create yet; events of unknown types"),

    APPLY("report-templates", APPLY_REPORT_TEMPLATES, "feed.write", "Create or change templates of reports"),
    LIST("report-templates", LIST_REPORT_TEMPLATES, "report.read", "Templates of reports from the field"),
    DO("reports", SAVE_REPORT, "report.write", "Begin a draft of a report, or change one"),
    LIST("reports", LIST_REPORTS, "report.read", "Reports: owed, in the works, submitted"),
    LIST("reports/summary", SUMMARIZE_REPORTS, "report.read",
         "What units reported, by city and theme, and their scores"),
    LIST("reports/{id}", GET_REPORT, "report.read", "One report with its history"),
    DO("reports/{id}/submit", SUBMIT_REPORT, "report.write", "Hand a report in"),
    DO("reports/{id}/return", RETURN_REPORT, "report.rate", "Return a submitted report with a reason"),
    DO("reports/{id}/rate", RATE_REPORT, "report.rate", "Rate a submitted report, 0 to 100, with a reason"),

    LIST("rules", LIST_RULES, "alert.read", "Alert rules"),
    LIST("rules/{rule}/explain", EXPLAIN_RULE, "alert.read", "Why a rule is silent about a unit on a day, or isn't"),
    READ("rules/try", TRY_RULE, "rule.write",
         "What a rule would have sent over the last days, when and to whom; changes nothing"),
    LIST("receivers", LIST_RECEIVERS, "alert.read", "Receivers of notices"),
    LIST("alerts", LIST_ALERTS, "alert.read", "Alerts, the open ones unless asked otherwise"),
    LIST("alerts/{id}", EXPLAIN_ALERT, "alert.read", "One alert: why it was raised, its history, what clears it"),
    LIST("progress/compare", COMPARE_PROGRESS, "plan.read", "A unit beside the period before, last year and its peers"),
    { "GET", API "briefs/{unit}", ROUTE_FILE, MSG(GET_BRIEF), "plan.read", false,
      "Brief of a unit for a meeting: data, or with format=text, html or xlsx the document itself" },
    LIST("alerts/{id}/history", GET_ALERT_HISTORY, "alert.read", "Every step of an alert, and who was told what"),
    LIST("silences", LIST_SILENCES, "alert.read", "Silences, and how many open alerts each covers"),
    LIST("routes", LIST_ROUTES, "alert.read", "Routes of alerts, in the order of their codes"),
    LIST("routes/try", TRY_ROUTE, "alert.read", "Whom an alert of a unit would reach, and when"),
    LIST("ladders", LIST_LADDERS, "alert.read", "Ladders"),
    LIST("contacts", LIST_CONTACTS, "alert.read", "Where people are reached"),
    LIST("actions/{id}", GET_ACTION, "alert.read", "One corrective action with its history"),
    LIST("action-figures", LIST_ACTION_FIGURES, "alert.read", "What became of corrective actions, counted by unit"),
    LIST("actions", LIST_ACTIONS, "alert.read", "Corrective actions"),
    LIST("deliveries", LIST_DELIVERIES, "alert.read", "Notices and their delivery"),
    DO("deliveries/again", SEND_AGAIN, "rule.write", "Send a notice that was given up again, or all of a receiver"),
    LIST("deliveries/{id}", GET_DELIVERY, "alert.read", "One notice and what became of it"),
    DO("receivers/{receiver}/test", TEST_RECEIVER, "rule.write", "Send a receiver a message that says it is a test"),
    LIST("progress", GET_PROGRESS, "plan.read", "Where units stand against their phased targets"),
    DO("alerts/{id}/take", TAKE_ALERT, "alert.ack", "Take an alert in hand"),
    DO("alerts/{id}/notes", NOTE_ALERT, "alert.ack", "Note how it goes; what was taken doesn't lapse"),
    DO("alerts/{id}/assign", ASSIGN_ALERT, "alert.ack", "Make an alert a person's"),
    DO("silences", ADD_SILENCE, "alert.ack", "Send no notices of a unit and all below it until an end"),
    DO("silences/{id}/end", END_SILENCE, "alert.ack", "End a silence before its time"),
    DO("actions/{id}/step", STEP_ACTION, "alert.ack", "Tick off a step of a corrective action, or untick it"),
    DO("alerts/{id}/silence", SILENCE_ALERT, "alert.ack", "Send no notices of an alert for some hours"),
    DO("alerts/{alert}/actions", OPEN_ACTION, "alert.ack", "Open a corrective action for an alert"),
    DO("actions/{id}/done", DONE_ACTION, "alert.ack", "Report a corrective action as done"),

    LIST("scorecards", LIST_SCORECARDS, "score.read", "Scorecards"),
    LIST("scores", LIST_SCORES, "score.read", "Scores and ranks"),
    LIST("crediting-rules", LIST_CREDITING_RULES, "score.read", "Rules of crediting, by version and day"),
    LIST("credits", LIST_CREDITS, "score.read", "The ledger of credits: recorded, shared, beside, excluded"),
    LIST("credits/explain", EXPLAIN_CREDIT, "score.read", "Whom a record was credited to, and why"),
    LIST("credits/totals", LIST_CREDIT_TOTALS, "score.read",
         "Recorded, credited and excluded, by measure, unit, day or reason"),
    LIST("credits/holdings", LIST_CUSTOMER_HOLDINGS, "score.read", "Who holds which customer, and from when"),
    LIST("credits/registrations", LIST_REGISTRATIONS, "score.read", "Registered deals, and for how long they hold"),
    LIST("credits/receipts", LIST_RECEIPTS, "score.read",
         "What came in for records that are credited by cash, bill or activation"),
    LIST("credits/runs", LIST_CREDITING_RUNS, "score.read", "When credits were worked out anew, and what changed"),
    LIST("top", LIST_TOP, "score.read", "Those at the top of each group, and what distinguishes them"),
    LIST("closings", LIST_CLOSINGS, "score.read", "Closed periods"),
    LIST("statements", GET_STATEMENT, "score.read", "The statement of a unit, down to the records"),
    DO("periods/{period}/close", CLOSE_PERIOD, "score.finalise", "Close a period for good"),

    APPLY("pay-plans", APPLY_PAY_PLANS, "pay.write", "Create or change pay plans; a change makes a new version"),
    LIST("pay-plans", LIST_PAY_PLANS, "pay.read", "Pay plans; with code and version an old one"),
    READ("pay-plans/lint", LINT_PAY_PLANS, "pay.read",
         "What is doubtful about plans: those given, else those in force"),
    DO("pay/periods/{period}/calculate", CALCULATE_PAY, "pay.write",
       "Work out a period's pay and book what differs from the ledger"),
    DO("pay/periods/{period}/move", MOVE_PAY_PERIOD, "pay.approve",
       "Review, return or close a period's pay; say it is paid"),
    LIST("pay/periods", LIST_PAY_PERIODS, "pay.read", "Periods of pay with their states and steps"),
    LIST("pay/periods/{period}/results", LIST_PAY, "pay.read", "What payees come to; recorded"),
    LIST("pay/periods/{period}/units/{unit}/results", LIST_PAY, "pay.read",
         "What one payee comes to, by component; recorded"),
    LIST("pay/periods/{period}/units/{unit}/entries", LIST_PAY_ENTRIES, "pay.read",
         "The ledger of one payee, with lines where asked; recorded"),
    LIST("pay/periods/{period}/units/{unit}/statement", GET_PAY_STATEMENT, "pay.read",
         "A payee's statement as a sealed file; recorded"),
    LIST("pay/entries", LIST_PAY_ENTRIES, "pay.read", "The ledger of pay; recorded"),
    READ("pay/try", TRY_PAY, "pay.read", "Plans on a period's facts beside those in force; writes nothing, recorded"),
    READ("pay/periods/{period}/patterns", FIND_PATTERNS, "pay.read",
         "What a plan may have caused: bunching at thresholds, late cancellations, activations without traffic; "
         "recorded"),
    LIST("pay/statement-key", GET_STATEMENT_KEY, "score.read", "The public key that statements are signed with"),
    DO("pay/adjustments", PROPOSE_ADJUSTMENT, "pay.write", "Propose an amount by hand"),
    DO("pay/adjustments/{id}/decide", DECIDE_ADJUSTMENT, "pay.approve", "Approve or refuse what another proposed"),
    LIST("pay/adjustments", LIST_ADJUSTMENTS, "pay.read", "Amounts by hand; recorded"),
    DO("pay/periods/{period}/export", EXPORT_PAYMENTS, "pay.approve", "Hand what is due to payroll as a batch"),
    DO("pay/batches/{batch}/acknowledge", ACKNOWLEDGE_PAYMENTS, "pay.approve", "Payroll has taken a batch"),
    LIST("pay/payments", LIST_PAYMENTS, "pay.read", "Payments; recorded"),
    DO("disputes", RAISE_DISPUTE, "pay.dispute", "Say what is wrong with a credit, an earning, or missing"),
    DO("disputes/{id}/move", MOVE_DISPUTE, "pay.dispute", "Assign, accept, refuse or withdraw a dispute"),
    LIST("disputes", LIST_DISPUTES, "pay.dispute", "Disputes; recorded"),
    DO("internal-orders", PLACE_INTERNAL_ORDER, "contract.act", "Order something of another unit, on terms"),
    DO("internal-orders/{id}/move", MOVE_INTERNAL_ORDER, "contract.act",
       "Agree, deliver, claim, answer a claim: the sides' steps of an internal order"),
    DO("internal-orders/{id}/decide", DECIDE_INTERNAL_ORDER, "contract.decide",
       "Trip an internal order or decide one that tripped, as its arbiter"),
    LIST("internal-orders", LIST_INTERNAL_ORDERS, "score.read", "Internal orders; with id one with its steps"),
    LIST("internal-orders/balances", LIST_CONTRACT_BALANCES, "score.read",
         "What units have settled with each other: earned, paid, owed, and the balance"),
    LIST("verify/pay", VERIFY_PAY, "status.read", "The ledger of pay against a recomputation from the credits"),

    LIST("verify/recount", RECOUNT, "status.read", "Sums recomputed from the recorded facts"),
    LIST("verify/progress", VERIFY_PROGRESS, "status.read", "Sums as monitoring holds them"),
    LIST("verify/scores", VERIFY_SCORES, "status.read", "Sums as incentive holds them, scores recomputed"),

    LIST("tokens", LIST_TOKENS, "admin", "Bearer tokens, without their secrets"),
    { "POST", API "tokens", ROUTE_CREATE_TOKEN, MSG(CREATE_TOKEN), "admin", true,
      "Make a bearer token; its secret is in this answer only" },
    DO("tokens/{id}/revoke", REVOKE_TOKEN, "admin", "Revoke a bearer token"),

    LIST("services/{service}/parked", PARKED, "status.read", "Events that a daemon set aside with an error"),
    DO("services/{service}/parked/retry", RETRY_PARKED, "admin", "Try a parked event again"),
    LIST("services/{service}/archive", LIST_ARCHIVE, "status.read",
         "Rows of a daemon's streams: how many are in its tables, how many in archived files, how far readers are"),
    LIST("services/{service}/archive/files", LIST_ARCHIVE_FILES, "status.read", "Archived files of a daemon's streams"),
    LIST("services/{service}/archive/verify", VERIFY_ARCHIVE, "status.read",
         "Reads archived files anew and compares them with what was recorded of them, some at a time"),
    DO("services/{service}/archive/run", RUN_ARCHIVE, "admin", "Archive and prune old rows of a daemon's streams now"),
    { "GET", API "status", ROUTE_STATUS, MSG(STATUS), "status.read", false, "State of every daemon" },
    { "GET", API "events", ROUTE_EVENTS, 0, "", false,
      "Server-sent events; topics=alert,action,feed,plan,progress,score; Last-Event-ID resumes" },
    { "GET", API "openapi.json", ROUTE_OPENAPI, 0, NULL, false, "This description" },
    { "GET", "/healthz", ROUTE_LIVE, 0, NULL, false, "The gateway is alive" },
    { "GET", "/readyz", ROUTE_READY, 0, NULL, false, "Every daemon answers and is ready" },
};
const size_t route_count = sizeof route_table / sizeof route_table[0];

bool route_is_look(const struct route *route)
{
    return !route->effect && route->permission && strncmp(route->permission, "pay.", 4) == 0;
}

/* Length of the segment at `at`. */
static size_t segment_len(const char *at)
{
    return strcspn(at, "/");
}

static void add_param(struct route_match *out, struct arena *arena, const char *name, size_t name_len, char *value)
{
    assert(out->param_count < ROUTE_PARAMS_MAX);
    out->params[out->param_count].key = arena_strndup(arena, name, name_len);
    out->params[out->param_count++].value = value;
}

static bool take_param(struct route_match *out, struct arena *arena, const char *name, size_t name_len,
                       const char *text, size_t len)
{
    char *value = len > 0 ? http_unescape(arena, text, len) : NULL;

    if (!value || strchr(value, '/'))
        return false;
    add_param(out, arena, name, name_len, value);
    return true;
}

/* What is left of the path, without its first slash. */
static bool take_rest(struct route_match *out, struct arena *arena, const char *path)
{
    const char *rest = *path == '/' ? path + 1 : path;
    char *value = http_unescape(arena, rest, strlen(rest));

    if (value)
        add_param(out, arena, "path", strlen("path"), value);
    return value != NULL;
}

static bool match_path(const char *pattern, const char *path, struct arena *arena, struct route_match *out)
{
    out->param_count = 0;
    while (*pattern == '/' && (*path == '/' || !*path)) {
        if (strcmp(pattern, "/{path}") == 0)
            return take_rest(out, arena, path);
        if (!*path)
            return false;
        size_t want = segment_len(++pattern), have = segment_len(++path);
        if (want > 2 && *pattern == '{') {
            if (!take_param(out, arena, pattern + 1, want - 2, path, have))
                return false;
        } else if (want != have || memcmp(pattern, path, want) != 0) {
            return false;
        }
        pattern += want;
        path += have;
    }
    return !*pattern && !*path;
}

static void add_allowed(struct route_match *out, const char *method)
{
    size_t len = strlen(out->allow);

    snprintf(out->allow + len, sizeof out->allow - len, "%s%s", len ? ", " : "", method);
    if (strcmp(method, "GET") == 0)
        add_allowed(out, "HEAD");
}

void route_find(const char *method, const char *path, struct arena *arena, struct route_match *out)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

    out->route = NULL;
    out->allow[0] = '\0';
    for (size_t i = 0; i < route_count; i++) {
        if (!match_path(route_table[i].path, path, arena, out))
            continue;
        if (strcmp(route_table[i].method, wanted) == 0) {
            out->route = &route_table[i];
            return;
        }
        add_allowed(out, route_table[i].method);
    }
    out->param_count = 0;
}

const char *route_param(const struct route_match *match, const char *name)
{
    for (size_t i = 0; i < match->param_count; i++)
        if (strcmp(match->params[i].key, name) == 0)
            return match->params[i].value;
    return NULL;
}
