/* listings_organisation: what `get` shows of who and what there is: units, people, definitions, feeds, tokens. See
 * listings.h. */
#include "cli/listings.h"

#include "cli/columns.h"

const struct column listing_units[] = {
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

const struct column listing_reorganisations[] = {
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

const struct column listing_people[] = {
    C("code", "CODE", "编码", TEXT),           C("name", "NAME", "姓名", TEXT),
    C("roles/#", "ROLES", "角色数", INT),      C("roles/0/role", "ROLE", "角色", TEXT),
    C("roles/0/unit", "UNIT", "单元", TEXT),   C("roles/0/from", "FROM", "起始", TEXT),
    C("roles/0/until", "UNTIL", "截止", TEXT), C("leaves", "LEAVES", "离岗", TEXT),
    C("successor", "SUCCESSOR", "接任", TEXT), END,
};

const struct column listing_channels[] = { C("code", "CODE", "编码", TEXT), C("name", "NAME", "名称", TEXT), END };

const struct column listing_products[] = {
    C("code", "CODE", "编码", TEXT),       C("name", "NAME", "名称", TEXT),
    C("parent", "PARENT", "上级", TEXT),   C("list_price", "LIST PRICE", "标价", TEXT),
    C("aliases", "ALIASES", "别名", LIST), END,
};

const struct column listing_measures[] = {
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

const struct column listing_calendars[] = {
    C("code", "CODE", "编码", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("classes/#", "CLASSES", "日类型", INT),
    C("days/#", "DAYS", "特殊日", INT),
    C("estimated", "ESTIMATED", "预估", BOOL),
    C("source", "SOURCE", "来源", TEXT),
    END,
};

const struct column listing_periods[] = {
    C("code", "CODE", "编码", TEXT),
    C("from", "FROM", "起始", TEXT),
    C("until", "UNTIL", "截止（不含）", TEXT),
    C("calendar", "CALENDAR", "日历", TEXT),
    END,
};

const struct column listing_feeds[] = {
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

const struct column listing_code_maps[] = {
    C("sender", "SENDER", "发送方", TEXT),
    C("name", "MAP", "对照表", TEXT),
    C("pass", "PASSES OTHERS", "未列出者放行", BOOL),
    END,
};

const struct column listing_files[] = {
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

const struct column listing_rejects[] = {
    C("id", "ID", "编号", ID),
    C("feed", "FEED", "数据源", TEXT),
    C("file", "FILE", "文件", TEXT),
    C("line", "LINE", "行", ID),
    C("reason", "REASON", "原因", TEXT),
    C("column", "COLUMN", "列", TEXT),
    { "value", "VALUE", "值", COLUMN_TEXT, NULL, 30, NULL, NULL },
    C("state", "STATE", "状态", WORD),
    { "message", "WHAT TO DO", "说明", COLUMN_TEXT, NULL, 160, NULL, NULL },
    END,
};
const struct column listing_held[] = {
    C("feed", "FEED", "数据源", TEXT),
    C("kind", "KIND", "种类", TEXT),
    C("resource", "ID", "编号", TEXT),
    C("state", "STATE", "状态", WORD),
    C("events", "EVENTS", "事件数", INT),
    C("since", "SINCE", "自", TIME),
    END,
};

const struct column listing_tokens[] = {
    C("id", "ID", "编号", ID),
    C("name", "NAME", "名称", TEXT),
    C("permissions", "PERMISSIONS", "权限", LIST),
    C("subtree", "SUBTREE", "范围", TEXT),
    C("created_at", "CREATED", "创建时间", TIME),
    C("ends_at", "ENDS", "到期时间", TIME),
    C("revoked", "REVOKED", "已吊销", BOOL),
    END,
};
