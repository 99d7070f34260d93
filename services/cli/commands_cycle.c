/* commands_cycle: commands about cycles, guides, plans and programmes; see commands.h. */
#include "cli/cli.h"
#include "cli/commands.h"

#define REVISION_FLAG                                                                                                  \
    {                                                                                                                  \
        "revision", 0, "N", "the revision that you saw; else the present one", "所见修订号；缺省为当前"     \
    }
static const struct flag cycle_open_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "code", 0, "CODE", "its code (TEMPLATE-PERIOD)", "编码 (TEMPLATE-PERIOD)" },
    { "seat", 0, "ROLE=UNITS", "units that hold a role, parted by commas; several times",
      "担任角色的单元，逗号分隔；可多次给出" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag cycle_list_flags[] = {
    { "state", 0, "STATE", "open or done", "open 或 done" },
    { "period", 0, "P", "of this period", "周期" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag submit_flags[] = {
    { "text", 0, "TEXT", "what is handed in, or a summary of the file", "提交内容，或附件摘要" },
    { "plan", 0, "PLAN", "version of a plan that it stands for, like plan:2026Q4/3",
      "对应的计划版本，如 plan:2026Q4/3" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag return_flags[] = {
    { "reason", 0, "TEXT", "why it is returned", "退回原因" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag approve_flags[] = {
    { "note", 0, "TEXT", "a note with the approval", "批准备注" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag remark_flags[] = {
    { "text", 0, "TEXT", "the note", "备注内容" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag attach_flags[] = {
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag reason_flags[] = {
    { "reason", 0, "TEXT", "why; it is kept", "原因（留存）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_issue_flags[] = {
    { "kind", 0, "KIND", "strategy, operation_guide, policy or practice_card",
      "strategy 策略、operation_guide 操作指引、policy 政策、practice_card 标杆经验" },
    { "title-zh", 0, "TEXT", "title in Chinese", "中文名称" },
    { "title-en", 0, "TEXT", "title in English", "英文名称" },
    { "text", 0, "TEXT", "what it says, or a summary of the file", "内容，或附件摘要" },
    { "unit", 0, "UNIT", "that issues it; you hold a role there", "下发单元（本人任职）" },
    { "due", 0, "DATE", "last day to acknowledge", "确认期限" },
    { "type", 0, "TYPE", "to units of this type; several times", "下发到此类单元；可多次给出" },
    { "under", 0, "UNIT", "to units at or below this one", "下发到此单元及其下级" },
    { "channel", 0, "CHANNEL", "to units of this channel; several times", "下发到此渠道；可多次给出" },
    { "to", 0, "UNIT", "to this unit as well; several times", "另下发到此单元；可多次给出" },
    { "question", 0, "TEXT", "to be answered with the acknowledgement", "确认时须回答的问题" },
    { "option", 0, "TEXT", "an answer to choose from; several times", "备选答案；可多次给出" },
    { "right", 0, "N", "number of the right one", "正确答案序号" },
    { "training", 0, NULL, "units report training as held", "要求报培训完成" },
    { "materials", 0, NULL, "units report materials as there", "要求报物料到位" },
    { "certificate", 0, "PRODUCT", "training counts with a certificate for this product only", "培训须持有此产品证书" },
    { "deliverable", 0, "ID", "deliverable that it comes from", "来源交付物" },
    { "practice-of", 0, "UNIT", "whose practice the card tells", "标杆单元" },
    { "measure", 0, "M", "measure that shows the practice's effect", "衡量效果的指标" },
    { "baseline-from", 0, "DATE", "first day of the baseline", "基线起始日" },
    { "baseline-until", 0, "DATE", "day behind its last", "基线截止日（不含）" },
    { "effect-until", 0, "DATE", "day up to which the effect is measured", "效果评估截止日（不含）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_from_top_flags[] = {
    { "type", 0, "TYPE", "units of this type", "单元类型" },
    { "top", 0, "N", "the first so many of each group; else 3", "每组前 N 名；缺省 3" },
    { "honours", 0, NULL, "those that are honoured", "仅获表彰者" },
    { "under", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "unit", 0, "UNIT", "that issues them; you hold a role there", "下发单元（本人任职）" },
    { "due", 0, "DATE", "last day to acknowledge", "确认期限" },
    { "baseline-from", 0, "DATE", "first day of the baseline", "基线起始日" },
    { "baseline-until", 0, "DATE", "day behind its last", "基线截止日（不含）" },
    { "effect-until", 0, "DATE", "day up to which the effect is measured", "效果评估截止日（不含）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_list_flags[] = {
    { "kind", 0, "KIND", "of this kind", "种类" },
    { "unit", 0, "UNIT", "addressed to this unit", "下发到此单元" },
    { "all", 0, NULL, "earlier versions too", "包括旧版本" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_show_flags[] = {
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_ack_flags[] = {
    { "unit", 0, "UNIT", "for this unit", "单元" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "answer", 0, "N", "number of the answer to its question", "问题答案序号" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_ready_flags[] = {
    { "unit", 0, "UNIT", "for this unit", "单元" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "training", 0, NULL, "training was held", "培训已完成" },
    { "materials", 0, NULL, "materials are there", "物料已到位" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_effect_flags[] = {
    { "version", 0, "N", "this version; else the latest", "版本；缺省为最新" },
    { "as-of", 0, "DAY", "as it stood on that day", "截至日期" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_readiness_flags[] = {
    { "unit", 0, "UNIT", "at this unit and its children; else from the top", "此单元及其下级；缺省自顶层" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "each", 0, NULL, "every unit, not rolled up", "逐个单元" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag plan_list_flags[] = {
    { "kind", 0, "KIND", "local or account", "local 本地方案 或 account 客户计划" },
    { "unit", 0, "UNIT", "of this unit", "单元" },
    { "period", 0, "P", "of this period", "周期" },
    { "state", 0, "STATE", "draft, submitted, returned, approved", "按状态" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag plan_show_flags[] = {
    { "version", 0, "N", "this version; else the latest", "版本；缺省为最新" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag local_step_flags[] = {
    { "result", 0, "TEXT", "what came of it, or why it is dropped", "结果，或放弃原因" },
    { "drop", 0, NULL, "give the step up", "放弃此步骤" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_move_flags[] = {
    { "note", 0, "TEXT", "a note; the reason where it goes back", "备注；退回时为原因" },
    { "back", 0, NULL, "return it to the step before", "退回上一步" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_confirm_flags[] = {
    { "unit", 0, "UNIT", "where it has arrived", "到货单元" },
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_list_flags[] = {
    { "state", 0, "STATE", "requested, designed, localised, shipped, confirmed", "按状态" },
    { "unit", 0, "UNIT", "addressed to this unit", "下发到此单元" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag certificate_issue_flags[] = {
    { "from", 0, "DATE", "valid from", "生效日" },
    { "until", 0, "DATE", "day behind the last; else open", "截止日（不含）；缺省为长期" },
    { "unit", 0, "UNIT", "that trained; you hold a role there", "培训单元（本人任职）" },
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag certificate_list_flags[] = {
    { "person", 0, "PERSON", "of this person", "人员" },
    { "product", 0, "PRODUCT", "for this product", "产品" },
    { "day", 0, "DATE", "valid on this day", "当日有效" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag programme_flags[] = {
    { "as", 0, "PART", "seller, office or budget, where the unit has several parts",
      "以 seller、office 或 budget 身份" },
    { "revision", 0, "N", "the revision that you read; else the present one", "所读的修订号；缺省为当前" },
    { "note", 0, "TEXT", "what others should know; a refusal needs one", "备注；拒绝时必填" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag programme_end_flags[] = {
    { "day", 0, "DATE", "first day on which it no longer holds; else today", "失效日；缺省今日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "revision", 0, "N", "the revision that you read; else the present one", "所读的修订号；缺省为当前" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command commands_cycle[] = {
    { "programme agree", "CODE UNIT", 2, 2, programme_flags, "Agree to a cross-sell programme for a unit",
      "代表单元同意交叉销售方案", cmd_programme_agree },
    { "programme refuse", "CODE UNIT", 2, 2, programme_flags, "Refuse a cross-sell programme, with the reason",
      "说明理由并拒绝交叉销售方案", cmd_programme_refuse },
    { "programme end", "CODE", 1, 1, programme_end_flags, "End a programme before its time", "提前结束交叉销售方案",
      cmd_programme_end },
    { "cycle open", "TEMPLATE", 1, 1, cycle_open_flags, "Open a cycle for a period", "发起周期流程", cmd_cycle_open },
    { "cycle list", "", 0, 0, cycle_list_flags, "Cycles", "周期流程列表", cmd_cycle_list },
    { "cycle show", "CYCLE|DELIVERABLE", 1, 1, NULL, "A cycle with its deliverables, or one deliverable",
      "周期流程及交付物，或单个交付物", cmd_cycle_show },
    { "cycle submit", "DELIVERABLE", 1, 1, submit_flags, "Hand a deliverable in", "提交交付物", cmd_cycle_submit },
    { "cycle return", "DELIVERABLE", 1, 1, return_flags, "Return a deliverable with a reason", "退回交付物",
      cmd_cycle_return },
    { "cycle approve", "DELIVERABLE", 1, 1, approve_flags, "Approve a deliverable", "批准交付物", cmd_cycle_approve },
    { "cycle note", "DELIVERABLE", 1, 1, remark_flags, "Add a note to a deliverable", "备注交付物", cmd_cycle_note },
    { "cycle attach", "DELIVERABLE FILE", 2, 2, attach_flags, "Attach a file", "附加文件", cmd_cycle_attach },
    { "cycle fetch", "ATTACHMENT FILE", 2, 2, NULL, "Write an attached file to disk", "下载附件", cmd_cycle_fetch },
    { "cycle override", "CYCLE STAGE", 2, 2, reason_flags, "Open a stage before its gates are approved", "提前开放阶段",
      cmd_cycle_override },
    { "guide issue", "CODE", 1, 1, guide_issue_flags, "Issue a guide, or its next version", "下发指引或新版本",
      cmd_guide_issue },
    { "guide from-top", "PERIOD", 1, 1, guide_from_top_flags,
      "Issue a practice card for each unit at the top of a ranking, to its group", "为排名靠前单元下发标杆经验卡",
      cmd_guide_from_top },
    { "guide list", "", 0, 0, guide_list_flags, "Guides", "指引列表", cmd_guide_list },
    { "guide show", "CODE", 1, 1, guide_show_flags, "One guide with its files", "指引详情", cmd_guide_show },
    { "guide ack", "CODE", 1, 1, guide_ack_flags, "Acknowledge a guide for a unit", "确认指引", cmd_guide_ack },
    { "guide ready", "CODE", 1, 1, guide_ready_flags, "Report training held, materials there", "上报就绪",
      cmd_guide_ready },
    { "guide readiness", "CODE", 1, 1, guide_readiness_flags, "How far a guide has come along the tree",
      "指引到达与就绪情况", cmd_guide_readiness },
    { "guide effect", "CODE", 1, 1, guide_effect_flags, "What came of a practice card, beside units without it",
      "实践卡的效果（与未下发的同类单元比较）", cmd_guide_effect },
    { "guide attach", "CODE FILE", 2, 2, NULL, "Attach a file to a guide", "为指引附加文件", cmd_guide_attach },
    { "plan save", "FILE", 1, 1, attach_flags, "Save a local or account plan from a file of YAML",
      "保存本地方案或客户计划", cmd_plan_save },
    { "plan list", "", 0, 0, plan_list_flags, "Local and account plans", "本地方案与客户计划", cmd_plan_list },
    { "plan show", "CODE", 1, 1, plan_show_flags, "One plan with sections, steps and history", "方案详情",
      cmd_plan_show },
    { "plan submit", "CODE", 1, 1, attach_flags, "Hand a plan in", "提交方案", cmd_plan_submit },
    { "plan return", "CODE", 1, 1, return_flags, "Return a plan with a reason", "退回方案", cmd_plan_return },
    { "plan approve", "CODE", 1, 1, approve_flags, "Approve a plan", "批准方案", cmd_plan_approve },
    { "plan revise", "CODE", 1, 1, reason_flags, "Begin another version of an approved plan", "修订已批准的方案",
      cmd_plan_revise },
    { "plan offer", "CODE AMOUNT", 2, 2, attach_flags, "Propose or offer the target figure of an account plan",
      "提出客户计划目标值", cmd_plan_offer },
    { "plan step", "CODE NUMBER", 2, 2, local_step_flags, "Report a step as done, or drop it", "上报步骤完成或放弃",
      cmd_plan_step },
    { "material request", "FILE", 1, 1, NULL, "Ask for a tool or material, from a file of YAML", "申请营销工具或物料",
      cmd_material_request },
    { "material move", "CODE", 1, 1, material_move_flags, "Report the next step: designed, localised, shipped",
      "推进物料：设计、本地化、配送", cmd_material_move },
    { "material confirm", "CODE", 1, 1, material_confirm_flags, "Confirm that it has arrived at a unit", "确认到货",
      cmd_material_confirm },
    { "material list", "", 0, 0, material_list_flags, "Tools and materials", "营销工具与物料", cmd_material_list },
    { "certificate issue", "PERSON PRODUCT", 2, 2, certificate_issue_flags, "Certify a person's training",
      "发放培训证书", cmd_certificate_issue },
    { "certificate list", "", 0, 0, certificate_list_flags, "Certificates of training", "培训证书",
      cmd_certificate_list },
    { "tasks", "[PERSON]", 0, 1, NULL, "The same as task list", "同 task list", cmd_task_list },
    { "task remind", "PERSON KIND ID", 3, 3, task_remind_flags, "Remind somebody of one of their tasks", "催办",
      cmd_task_remind },
    { "task list", "[PERSON]", 0, 1, NULL, "What you (or another) have to do", "待办事项", cmd_task_list },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
