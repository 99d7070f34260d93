/* listings_planning: what `get` shows of the plan: targets, cycles, guides, local plans, materials, programmes. See
 * listings.h. */
#include "cli/listings.h"

#include "cli/columns.h"

const struct column listing_targets[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("amount", "AMOUNT", "目标值", TEXT),
    END,
};

const struct column listing_plans[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("lines", "LINES", "目标数", INT),
    C("reason", "REASON", "原因", TEXT),
    C("published_by", "BY", "发布人", TEXT),
    C("published_at", "AT", "发布时间", TIME),
    END,
};

const struct column listing_cycle_templates[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("title_en", "ENGLISH", "英文名称", TEXT),
    C("stages/#", "STAGES", "阶段数", INT),
    C("roles/#", "ROLES", "角色数", INT),
    END,
};

const struct column listing_cycles[] = {
    C("code", "CODE", "编码", TEXT),        C("template", "TEMPLATE", "模板", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),   C("period", "PERIOD", "周期", TEXT),
    C("state", "STATE", "状态", WORD),      C("opened_by", "BY", "发起人", TEXT),
    C("opened_at", "AT", "发起时间", TIME), END,
};

const struct column listing_deliverables[] = {
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

const struct column listing_guides[] = {
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

const struct column listing_work_plans[] = {
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

const struct column listing_materials[] = {
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

const struct column listing_certificates[] = {
    C("person", "PERSON", "人员", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("from", "FROM", "生效日", TEXT),
    C("until", "UNTIL", "截止（不含）", TEXT),
    C("unit", "TRAINED BY", "培训单元", TEXT),
    C("issued_by", "BY", "发证人", TEXT),
    END,
};

const struct column listing_programmes[] = {
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
