/* commands_reports: commands about reports from the field; see commands.h. */
#include "cli/cli.h"
#include "cli/commands.h"

#define UNIT                                                                                                           \
    {                                                                                                                  \
        "unit", 0, "UNIT", "at or below this unit", "此单元及其下级"                                            \
    }
#define TEMPLATE                                                                                                       \
    {                                                                                                                  \
        "template", 0, "T", "by this template", "仅此模板"                                                         \
    }
#define THEME                                                                                                          \
    {                                                                                                                  \
        "theme", 0, "THEME", "market, competitor, price, problem, idea, capacity, skill", "按主题"                  \
    }
#define FROM                                                                                                           \
    {                                                                                                                  \
        "from", 0, "DATE", "whose period begins on this day or later", "周期起始日不早于"                      \
    }
#define UNTIL                                                                                                          \
    {                                                                                                                  \
        "until", 0, "DATE", "... and before this day", "周期起始日早于"                                         \
    }
#define SET                                                                                                            \
    {                                                                                                                  \
        "set", 0, "NAME=VALUE", "a field's value; several times; without a value it is taken back",                    \
            "字段内容；可多次给出"                                                                           \
    }
#define REVISION                                                                                                       \
    {                                                                                                                  \
        "revision", 0, "N", "the revision that was read; else the present one", "所读修订号；缺省取当前"    \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, 0, NULL, NULL, NULL                                                                                      \
    }

static const struct flag templates_flags[] = { THEME, END };
static const struct flag due_flags[] = {
    UNIT, TEMPLATE, THEME, { "overdue", 0, NULL, "only what is behind its due day", "仅逾期" }, END
};
static const struct flag list_flags[] = {
    UNIT,
    TEMPLATE,
    THEME,
    FROM,
    UNTIL,
    { "state", 0, "STATE", "owed, draft, submitted, returned, open, overdue", "按状态" },
    { "author", 0, "PERSON", "written by this person", "按填报人" },
    END,
};
static const struct flag draft_flags[] = {
    SET,
    REVISION,
    { "report", 0, "ID", "change this one", "修改此报告" },
    { "take-over", 0, NULL, "go on with what somebody else began", "接手他人草稿" },
    END,
};
static const struct flag submit_flags[] = { SET, REVISION, END };
static const struct flag judge_flags[] = { { "reason", 0, "TEXT", "why", "原因" }, REVISION, END };
static const struct flag summary_flags[] = {
    FROM,
    UNTIL,
    UNIT,
    THEME,
    TEMPLATE,
    { "latest", 0, "N", "newest texts of each field, city and theme (3)", "每字段最新内容条数 (3)" },
    { "scores", 0, NULL, "also what reports score, by unit and template", "同时显示得分" },
    END,
};

const struct command commands_reports[] = {
    { "report templates", "[CODE]", 0, 1, templates_flags, "Templates, or the fields of one",
      "报告模板，或某模板的字段", cmd_report_templates },
    { "report due", "", 0, 0, due_flags, "Reports that are owed or in the works", "待交报告", cmd_report_due },
    { "report draft", "[TEMPLATE UNIT]", 0, 2, draft_flags, "Begin a report or change a draft", "填写或修改草稿",
      cmd_report_draft },
    { "report submit", "ID", 1, 1, submit_flags, "Hand a report in", "提交报告", cmd_report_submit },
    { "report show", "ID", 1, 1, NULL, "One report with its history", "报告详情", cmd_report_show },
    { "report list", "", 0, 0, list_flags, "Reports", "报告列表", cmd_report_list },
    { "report return", "ID", 1, 1, judge_flags, "Return a submitted report with a reason", "退回报告",
      cmd_report_return },
    { "report rate", "ID RATING", 2, 2, judge_flags, "Rate a submitted report, 0 to 100", "报告评分", cmd_report_rate },
    { "report summary", "", 0, 0, summary_flags, "What units reported, by city and theme", "按地市与主题汇总",
      cmd_report_summary },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
