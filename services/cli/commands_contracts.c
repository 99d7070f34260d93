/* commands_contracts: commands about internal contracts; see commands.h. */
#include "cli/cli.h"
#include "cli/cmd_contract.h"
#include "cli/commands.h"

static const struct flag offer_flags[] = {
    { "buyer", 0, "UNIT", "unit that orders", "需方单元" },
    { "arbiter", 0, "UNIT", "third party that decides where both disagree", "第三方单元（双方不一致时裁定）" },
    { "title", 0, "TEXT", "what is to be done", "事项" },
    { "quality", 0, "TEXT", "how good it has to be", "质量要求" },
    { "amount", 0, "AMOUNT", "what delivery on terms earns", "按约交付应得金额" },
    { "damages", 0, "AMOUNT", "the most that a failure owes (the amount)", "违约赔偿上限（缺省同金额）" },
    { "due", 0, "DATE", "day of delivery", "交付期限" },
    { "claim-days", 0, "N", "a claim is raised within N days (7)", "N 日内提出索酬或索赔 (7)" },
    { "answer-days", 0, "N", "and answered within N days (3)", "N 日内答复 (3)" },
    { "plan", 0, "PLAN", "book what is settled into pay under this plan", "结清金额按此薪酬方案计入报酬" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag list_flags[] = {
    { "unit", 0, "UNIT", "of this unit", "仅此单元" },
    { "side", 0, "SIDE", "where it is buyer, seller or arbiter",
      "该单元作为 buyer（需方）、seller（供方）或 arbiter（第三方）" },
    { "state", 0, "STATE", "in this state", "按状态" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag balance_flags[] = {
    { "unit", 0, "UNIT", "of this unit", "仅此单元" },
    { "from", 0, "DATE", "settled from this day on", "自此日结清" },
    { "until", 0, "DATE", "settled before this day", "此日之前结清" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag words_flags[] = {
    { "words", 0, "TEXT", "why", "说明" },
    { "evidence", 0, "TEXT", "what shows it", "证据" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag demand_flags[] = {
    { "kind", 0, "KIND", "payment or damages", "payment（索酬）或 damages（索赔）" },
    { "amount", 0, "AMOUNT", "how much; a claim without: all that the terms give", "金额；索取时缺省为约定全额" },
    { "words", 0, "TEXT", "why", "说明" },
    { "evidence", 0, "TEXT", "what shows it", "证据" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag decide_flags[] = {
    { "kind", 0, "KIND", "payment or damages", "payment（索酬）或 damages（索赔）" },
    { "amount", 0, "AMOUNT", "how much; 0 where nothing is owed", "金额；无须承担为 0" },
    { "cause", 0, "UNIT", "unit that caused it and owes it", "责任单元（由其承担）" },
    { "words", 0, "TEXT", "why", "说明" },
    { "evidence", 0, "TEXT", "what shows it", "证据" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command commands_contracts[] = {
    { "contract offer", "SELLER", 1, 1, offer_flags, "Order something of another unit, on terms",
      "向另一单元下内部订单", cmd_contract_offer },
    { "contract list", "", 0, 0, list_flags, "Internal orders", "内部订单列表", cmd_contract_list },
    { "contract show", "ID", 1, 1, NULL, "An internal order with its steps", "内部订单及其步骤", cmd_contract_show },
    { "contract balance", "", 0, 0, balance_flags, "What units have settled with each other", "单元之间的结余",
      cmd_contract_balance },
    { "contract agree", "ID", 1, 1, words_flags, "Take an order on its terms", "接受订单", cmd_contract_agree },
    { "contract decline", "ID", 1, 1, words_flags, "Decline an order", "拒绝订单", cmd_contract_decline },
    { "contract withdraw", "ID", 1, 1, words_flags, "Withdraw an order that nobody took", "撤回未接受的订单",
      cmd_contract_withdraw },
    { "contract deliver", "ID", 1, 1, words_flags, "Say that it is delivered", "报告已交付", cmd_contract_deliver },
    { "contract claim", "ID", 1, 1, demand_flags, "Claim payment as the seller, damages as the buyer",
      "供方索酬或需方索赔", cmd_contract_claim },
    { "contract accept", "ID", 1, 1, words_flags, "Accept the other side's claim or counter-claim", "认可对方的索取",
      cmd_contract_accept },
    { "contract counter", "ID", 1, 1, demand_flags, "Answer a claim with another", "对索取提出反索",
      cmd_contract_counter },
    { "contract contest", "ID", 1, 1, words_flags, "Contest a counter-claim: the arbiter decides",
      "不认可反索，交第三方裁定", cmd_contract_contest },
    { "contract trip", "ID", 1, 1, words_flags, "As the arbiter: step in where neither side did", "第三方跳闸介入",
      cmd_contract_trip },
    { "contract decide", "ID", 1, 1, decide_flags, "As the arbiter: say what is owed by whom who caused it",
      "第三方裁定由责任方承担", cmd_contract_decide },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
