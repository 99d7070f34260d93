/* kinds: see kinds.h. */
#include "cli/kinds.h"

#include "cli/ledger_columns.h"
#include "cli/listings.h"

#include <string.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_programmes.pb-c.h"

/* --- manifests -----------------------------------------------------------------------------------------------------
 */
static const struct kind_alias unit_aliases[] = {
    { "parent", "relations", "parent" },
    { "from", "relations", "from" },
    { "until", "relations", "until" },
    { NULL, NULL, NULL },
};

static const struct kind_alias person_aliases[] = {
    { "role", "roles", "role" },   { "unit", "roles", "unit" }, { "from", "roles", "from" },
    { "until", "roles", "until" }, { NULL, NULL, NULL },
};

const struct kind kinds[] = {
    { "Channels", "channels", &bihuan__channel__descriptor, NULL, true, NULL },
    { "Products", "products", &bihuan__product__descriptor, "parent", true, NULL },
    { "Calendars", "calendars", &bihuan__calendar__descriptor, NULL, true, NULL },
    { "Periods", "periods", &bihuan__period__descriptor, NULL, true, NULL },
    { "Measures", "measures", &bihuan__measure__descriptor, NULL, true, NULL },
    { "Units", "units", &bihuan__unit__descriptor, "relations/0/parent", true, unit_aliases },
    { "People", "people", &bihuan__person__descriptor, NULL, true, person_aliases },
    { "CycleTemplates", "cycle-templates", &bihuan__cycle_template__descriptor, NULL, true, NULL },
    { "Programmes", "programmes", &bihuan__programme__descriptor, NULL, false, NULL },
    { "Feeds", "feeds", &bihuan__feed__descriptor, NULL, false, NULL },
    { "Rules", "rules", &bihuan__rule__descriptor, NULL, false, NULL },
    { "Receivers", "receivers", &bihuan__receiver__descriptor, NULL, false, NULL },
    { "Scorecards", "scorecards", &bihuan__scorecard__descriptor, NULL, false, NULL },
    { "Fits", "fits", &bihuan__fit__descriptor, NULL, true, NULL },
    { "WeightSets", "weight-sets", &bihuan__weight_set__descriptor, NULL, true, NULL },
    { "Weights", "weights", &bihuan__weight_row__descriptor, NULL, true, NULL },
    { "Bounds", "bounds", &bihuan__target_bound__descriptor, NULL, true, NULL },
    { "Drafts", "drafts", &bihuan__target_draft__descriptor, NULL, true, NULL },
    { "Targets", "targets", &bihuan__target_line__descriptor, NULL, true, NULL },
};
const size_t kind_count = sizeof kinds / sizeof kinds[0];

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < kind_count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* --- listings ------------------------------------------------------------------------------------------------------
 */
#define C(key, en, zh, kind)                                                                                           \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, NULL, 0, NULL, NULL                                                                \
    }
#define AMOUNT(key, en, zh, scale)                                                                                     \
    {                                                                                                                  \
        key, en, zh, COLUMN_AMOUNT, scale, 0, NULL, NULL                                                               \
    }
/* Has no meaning for a rule that watches a limit. */
#define LAG_ONLY(key, en, zh, kind)                                                                                    \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, NULL, 0, NULL, "kind=lag"                                                          \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL                                                             \
    }

static const struct column units[] = {
    C("code", "CODE", "编码", TEXT),
    C("name", "NAME", "名称", TEXT),
    C("type", "TYPE", "类型", TEXT),
    C("relations/0/parent", "PARENT", "上级", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("relations/0/from", "FROM", "起始", TEXT),
    C("relations/0/until", "UNTIL", "截止", TEXT),
    C("closed", "CLOSED", "关闭", TEXT),
    C("successor", "SUCCESSOR", "并入", TEXT),
    END,
};
static const struct column reorganisations[] = {
    C("id", "ID", "编号", ID),
    C("kind", "KIND", "种类", WORD),
    C("from", "FROM", "起始", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("other", "TO", "去向", TEXT),
    C("person", "PERSON", "人员", TEXT),
    C("successor", "SUCCESSOR", "接任", TEXT),
    C("by", "BY", "操作人", TEXT),
    C("at", "AT", "时间", TIME),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 40, NULL, NULL },
    END,
};
static const struct column people[] = {
    C("code", "CODE", "编码", TEXT),           C("name", "NAME", "姓名", TEXT),
    C("roles/#", "ROLES", "角色数", INT),      C("roles/0/role", "ROLE", "角色", TEXT),
    C("roles/0/unit", "UNIT", "单元", TEXT),   C("roles/0/from", "FROM", "起始", TEXT),
    C("roles/0/until", "UNTIL", "截止", TEXT), C("leaves", "LEAVES", "离岗", TEXT),
    C("successor", "SUCCESSOR", "接任", TEXT), END,
};
static const struct column channels[] = { C("code", "CODE", "编码", TEXT), C("name", "NAME", "名称", TEXT), END };
static const struct column products[] = {
    C("code", "CODE", "编码", TEXT),       C("name", "NAME", "名称", TEXT),
    C("parent", "PARENT", "上级", TEXT),   C("list_price", "LIST PRICE", "标价", TEXT),
    C("aliases", "ALIASES", "别名", LIST), END,
};
static const struct column measures[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("title_en", "ENGLISH", "英文名称", TEXT),
    C("value", "VALUE", "取值", TEXT),
    C("unit", "UNIT", "单位", TEXT),
    C("direction", "BETTER", "方向", TEXT),
    C("class", "CLASS", "类别", TEXT),
    C("credit", "CREDIT", "归属", TEXT),
    C("filter/products", "PRODUCTS", "产品", LIST),
    C("filter/channels", "CHANNELS", "渠道", LIST),
    C("filter/states", "STATES", "状态", LIST),
    END,
};
static const struct column calendars[] = {
    C("code", "CODE", "编码", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("classes/#", "CLASSES", "日类型", INT),
    C("days/#", "DAYS", "特殊日", INT),
    C("estimated", "ESTIMATED", "预估", BOOL),
    C("source", "SOURCE", "来源", TEXT),
    END,
};
static const struct column periods[] = {
    C("code", "CODE", "编码", TEXT),
    C("from", "FROM", "起始", TEXT),
    C("until", "UNTIL", "截止（不含）", TEXT),
    C("calendar", "CALENDAR", "日历", TEXT),
    END,
};
static const struct column targets[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("amount", "AMOUNT", "目标值", TEXT),
    END,
};
static const struct column plans[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("lines", "LINES", "目标数", INT),
    C("reason", "REASON", "原因", TEXT),
    C("published_by", "BY", "发布人", TEXT),
    C("published_at", "AT", "发布时间", TIME),
    END,
};
static const struct column cycle_templates[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("title_en", "ENGLISH", "英文名称", TEXT),
    C("stages/#", "STAGES", "阶段数", INT),
    C("roles/#", "ROLES", "角色数", INT),
    END,
};
static const struct column cycles[] = {
    C("code", "CODE", "编码", TEXT),        C("template", "TEMPLATE", "模板", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),   C("period", "PERIOD", "周期", TEXT),
    C("state", "STATE", "状态", WORD),      C("opened_by", "BY", "发起人", TEXT),
    C("opened_at", "AT", "发起时间", TIME), END,
};
static const struct column deliverables[] = {
    C("id", "ID", "编号", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("role", "ROLE", "角色", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("state", "STATE", "状态", WORD),
    C("stage", "STAGE", "阶段", TEXT),
    C("late", "LATE", "迟交", BOOL),
    C("revision", "REVISION", "修订", INT),
    C("submitted_by", "SUBMITTED BY", "提交人", TEXT),
    C("approved_by", "APPROVED BY", "批准人", TEXT),
    END,
};
static const struct column guides[] = {
    C("code", "CODE", "编码", TEXT),
    C("version", "VERSION", "版本", INT),
    C("kind", "KIND", "种类", WORD),
    C("title_zh", "TITLE", "名称", TEXT),
    C("unit", "FROM", "下发单元", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("addressed", "ADDRESSED", "下发数", INT),
    C("acknowledged", "ACKNOWLEDGED", "已确认", INT),
    C("trained", "TRAINED", "已培训", INT),
    C("supplied", "SUPPLIED", "物料到位", INT),
    END,
};
static const struct column work_plans[] = {
    C("code", "CODE", "编码", TEXT),
    C("version", "VERSION", "版本", INT),
    C("kind", "KIND", "种类", WORD),
    C("title", "TITLE", "名称", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("customer", "CUSTOMER", "客户", TEXT),
    C("state", "STATE", "状态", WORD),
    C("steps/#", "STEPS", "步骤数", INT),
    C("figures/agreed", "AGREED", "商定目标", TEXT),
    END,
};
static const struct column materials[] = {
    C("code", "CODE", "编码", TEXT),
    C("kind", "KIND", "种类", WORD),
    C("title_zh", "TITLE", "名称", TEXT),
    C("unit", "ASKED BY", "申请单元", TEXT),
    C("state", "STATE", "状态", WORD),
    C("needed_by", "NEEDED BY", "需求日期", TEXT),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("addressed", "ADDRESSED", "下发数", INT),
    C("confirmed", "CONFIRMED", "已确认", INT),
    C("revision", "REVISION", "修订", INT),
    END,
};
static const struct column certificates[] = {
    C("person", "PERSON", "人员", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("from", "FROM", "生效日", TEXT),
    C("until", "UNTIL", "截止（不含）", TEXT),
    C("unit", "TRAINED BY", "培训单元", TEXT),
    C("issued_by", "BY", "发证人", TEXT),
    END,
};
static const struct column feeds[] = {
    C("feed/code", "FEED", "数据源", TEXT),
    C("feed/title", "TITLE", "名称", TEXT),
    C("feed/sender", "SENDER", "发送方", TEXT),
    C("feed/files", "FILES", "文件名格式", TEXT),
    C("feed/encoding", "ENCODING", "编码方式", TEXT),
    C("watermark", "COMPLETE TO", "完整至", TIME),
    C("silent", "SILENT", "中断", BOOL),
    C("files", "FILES READ", "文件数", INT),
    C("accepted", "ACCEPTED", "已入账", INT),
    C("waiting", "WAITING", "待处理", INT),
    END,
};
static const struct column files[] = {
    C("id", "ID", "编号", ID),
    C("feed", "FEED", "数据源", TEXT),
    C("name", "NAME", "文件名", TEXT),
    C("state", "STATE", "状态", WORD),
    C("read", "READ", "读取", INT),
    C("accepted", "ACCEPTED", "入账", INT),
    C("duplicate", "DUPLICATE", "重复", INT),
    C("superseded", "SUPERSEDED", "旧版本", INT),
    C("suspended", "WAITING", "待处理", INT),
    C("filtered", "FILTERED", "已过滤", INT),
    C("done_at", "AT", "完成时间", TIME),
    { "error", "ERROR", "错误", COLUMN_TEXT, NULL, 60, NULL, NULL },
    END,
};
static const struct column rejects[] = {
    C("id", "ID", "编号", ID),
    C("feed", "FEED", "数据源", TEXT),
    C("file", "FILE", "文件", TEXT),
    C("line", "LINE", "行", ID),
    C("reason", "REASON", "原因", TEXT),
    C("column", "COLUMN", "列", TEXT),
    { "value", "VALUE", "值", COLUMN_TEXT, NULL, 30, NULL, NULL },
    C("state", "STATE", "状态", WORD),
    { "message", "WHAT TO DO", "说明", COLUMN_TEXT, NULL, 80, NULL, NULL },
    END,
};
static const struct column rules[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("kind", "KIND", "种类", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("unit_types", "UNIT TYPES", "单元类型", LIST),
    C("enter_gap_bp", "ENTER", "触发差距", BP),
    C("clear_gap_bp", "CLEAR", "解除差距", BP),
    C("dwell_days", "DAYS", "持续天数", INT),
    C("severity", "SEVERITY", "级别", WORD),
    C("off", "OFF", "停用", BOOL),
    END,
};
static const struct column receivers[] = {
    C("code", "CODE", "编码", TEXT),
    C("url", "URL", "地址", TEXT),
    C("language", "LANGUAGE", "语言", TEXT),
    C("subtree", "SUBTREE", "范围", TEXT),
    C("min_severity", "FROM", "最低级别", WORD),
    C("off", "OFF", "停用", BOOL),
    END,
};
static const struct column alerts[] = {
    C("id", "ID", "编号", TEXT),
    C("severity", "SEVERITY", "级别", WORD),
    C("state", "STATE", "状态", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    AMOUNT("inputs/actual", "ACTUAL", "实际", "inputs/scale"),
    AMOUNT("inputs/target", "TARGET/LIMIT", "目标/限值", "inputs/scale"),
    LAG_ONLY("inputs/gap_bp", "GAP", "差距", BP),
    LAG_ONLY("inputs/hit_ppm", "HIT", "达成概率", PPM),
    C("since", "SINCE", "起始时间", TIME),
    C("taken_by", "TAKEN BY", "认领人", TEXT),
    END,
};
static const struct column actions[] = {
    C("id", "ID", "编号", TEXT),
    C("state", "STATE", "状态", WORD),
    C("alert", "ALERT", "预警", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("owner", "OWNER", "负责人", TEXT),
    C("due", "DUE", "期限", TEXT),
    { "cause", "CAUSE", "原因", COLUMN_TEXT, NULL, 30, NULL, NULL },
    { "steps", "STEPS", "措施", COLUMN_TEXT, NULL, 40, NULL, NULL },
    { "result", "RESULT", "结果", COLUMN_TEXT, NULL, 40, NULL, NULL },
    END,
};
static const struct column deliveries[] = {
    C("id", "ID", "编号", TEXT),
    C("receiver", "RECEIVER", "接收方", TEXT),
    C("alert", "ALERT", "预警", TEXT),
    C("event", "EVENT", "事件", WORD),
    C("state", "STATE", "状态", WORD),
    C("attempts", "ATTEMPTS", "次数", INT),
    C("sent_at", "SENT", "送达时间", TIME),
    { "last_error", "ERROR", "错误", COLUMN_TEXT, NULL, 60, NULL, NULL },
    END,
};
static const struct column scorecards[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("unit_type", "UNIT TYPE", "单元类型", TEXT),
    C("lines/#", "LINES", "项数", INT),
    C("floor_milli", "FLOOR", "下限", MILLI),
    C("cap_milli", "CAP", "上限", MILLI),
    C("version", "VERSION", "版本", INT),
    END,
};
static const struct column scores[] = {
    C("rank", "RANK", "名次", INT),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("unit_type", "TYPE", "类型", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("score_milli", "SCORE", "得分", MILLI),
    C("as_of", "AS OF", "截至", TEXT),
    C("closed", "CLOSED", "已关闭", BOOL),
    { "reason", "REASON", "说明", COLUMN_TEXT, NULL, 50, NULL, NULL },
    END,
};
static const struct column closings[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("closed_at", "AT", "关闭时间", TIME),
    C("closed_by", "BY", "关闭人", TEXT),
    C("statements", "STATEMENTS", "明细单数", INT),
    C("late_lines", "LATE", "迟到记录", INT),
    C("hash", "HASH", "摘要", TEXT),
    END,
};
static const struct column tokens[] = {
    C("id", "ID", "编号", ID),
    C("name", "NAME", "名称", TEXT),
    C("permissions", "PERMISSIONS", "权限", LIST),
    C("subtree", "SUBTREE", "范围", TEXT),
    C("created_at", "CREATED", "创建时间", TIME),
    C("ends_at", "ENDS", "到期时间", TIME),
    C("revoked", "REVOKED", "已吊销", BOOL),
    END,
};

static const struct column programmes[] = {
    C("code", "CODE", "编码", TEXT),
    C("name", "NAME", "名称", TEXT),
    C("state", "STATE", "状态", TEXT),
    C("offered_by", "OFFERED BY", "发起单元", TEXT),
    C("sellers/#", "SELLERS", "销售单元数", INT),
    C("consents/#", "CONSENTS", "已答复", INT),
    C("reward", "REWARD", "单件奖励", TEXT),
    C("budget", "BUDGET", "预算", TEXT),
    C("from", "FROM", "起始", TEXT),
    C("until", "UNTIL", "截止", TEXT),
    C("revision", "REVISION", "修订号", INT),
    END,
};

const struct listing listings[] = {
    { "units", "/api/v1/units", "code", "code", listing_units },
    { "people", "/api/v1/people", "code", "code", listing_people },
    { "reorganisations", "/api/v1/reorganisations", "unit", "unit", listing_reorganisations },
    { "channels", "/api/v1/channels", NULL, "code", listing_channels },
    { "products", "/api/v1/products", NULL, "code", listing_products },
    { "measures", "/api/v1/measures", NULL, "code", listing_measures },
    { "calendars", "/api/v1/calendars", NULL, "code", listing_calendars },
    { "periods", "/api/v1/periods", NULL, "code", listing_periods },
    { "targets", "/api/v1/targets", "unit", "unit", listing_targets },
    { "weight-sets", "/api/v1/weight-sets", NULL, "code", ledger_set_columns },
    { "fits", "/api/v1/fits", NULL, "code", ledger_fit_columns },
    { "bounds", "/api/v1/bounds", "period", "period", ledger_bound_columns },
    { "plans", "/api/v1/plans", "period", "period", listing_plans },
    { "programmes", "/api/v1/programmes", "code", "code", listing_programmes },
    { "cycle-templates", "/api/v1/cycle-templates", "code", "code", listing_cycle_templates },
    { "cycles", "/api/v1/cycles", NULL, "code", listing_cycles },
    { "deliverables", "/api/v1/deliverables", "cycle", "cycle", listing_deliverables },
    { "guides", "/api/v1/guides", "code", "code", listing_guides },
    { "work-plans", "/api/v1/work-plans", NULL, "code", listing_work_plans },
    { "materials", "/api/v1/materials", NULL, "code", listing_materials },
    { "certificates", "/api/v1/certificates", "person", "person", listing_certificates },
    { "feeds", "/api/v1/feeds", "code", "feed/code", listing_feeds },
    { "files", "/api/v1/files", "name", "name", listing_files },
    { "rejects", "/api/v1/rejects", "feed", "feed", listing_rejects },
    { "rules", "/api/v1/rules", NULL, "code", listing_rules },
    { "receivers", "/api/v1/receivers", NULL, "code", listing_receivers },
    { "alerts", "/api/v1/alerts", "unit", "unit", listing_alerts },
    { "actions", "/api/v1/actions", "alert", "alert", listing_actions },
    { "deliveries", "/api/v1/deliveries", "alert", "alert", listing_deliveries },
    { "scorecards", "/api/v1/scorecards", NULL, "code", listing_scorecards },
    { "scores", "/api/v1/scores", "unit", "unit", listing_scores },
    { "closings", "/api/v1/closings", NULL, "period", listing_closings },
    { "tokens", "/api/v1/tokens", NULL, "name", listing_tokens },
};
const size_t listing_count = sizeof listings / sizeof listings[0];

const struct listing *listing_find(const char *name)
{
    for (size_t i = 0; i < listing_count; i++)
        if (strcmp(listings[i].name, name) == 0)
            return &listings[i];
    return NULL;
}
