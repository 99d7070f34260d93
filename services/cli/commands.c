/* commands: the groups of commands, and the flags that all of them take. */
#include "cli/cli.h"
#include "cli/commands.h"

const struct flag cli_globals[] = {
    { "url", 0, "URL", "gateway; else BIHUAN_URL, else http://127.0.0.1:8480",
      "网关地址；缺省取 BIHUAN_URL，再缺省 http://127.0.0.1:8480" },
    { "token", 0, "TOKEN", "bearer token; else BIHUAN_TOKEN", "访问令牌；缺省取 BIHUAN_TOKEN" },
    { "token-file", 0, "FILE", "file with the token; else BIHUAN_TOKEN_FILE", "令牌文件；缺省取 BIHUAN_TOKEN_FILE" },
    { "output", 'o', "FORMAT", "table, json or csv", "输出格式: table、json 或 csv" },
    { "lang", 0, "LANGUAGE", "zh or en; else by the locale", "zh 或 en；缺省按系统语言" },
    { "help", 'h', NULL, "tell about a command", "显示帮助" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag import_flags[] = {
    { "dry-run", 0, NULL, "only show the difference", "仅显示差异" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command_group cli_groups[] = {
    { "Organisation and definitions", "组织与定义", commands_setup },
    { "Targets", "目标", commands_targets },
    { "Cycle, guides, plans", "闭环流程、指引与方案", commands_cycle },
    { "Orders, progress, alerts, scores", "订单、进度、预警与激励", commands_results },
    { "Pay", "薪酬", commands_pay },
    { "Internal contracts", "内部合同", commands_contracts },
    { "Reports from the field", "一线反馈报告", commands_reports },
    { "Operation", "运行维护", commands_operation },
    { NULL, NULL, NULL },
};
