/* commands_operation: commands about the daemons and access; see commands.h. */
#include "cli/cli.h"
#include "cli/cmd_archive.h"
#include "cli/commands.h"

static const struct flag verify_flags[] = {
    { "from", 0, "DATE", "first day", "起始日" },
    { "until", 0, "DATE", "day behind the last", "截止日（不含）" },
    { "timeout", 0, "SECONDS", "wait so long for each part until all have read the same (60)",
      "每部分等待各服务读到同一位置的秒数 (60)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag watch_flags[] = {
    { "topics", 0, "LIST", "plan,feed,alert,action,progress,score", "plan,feed,alert,action,progress,score" },
    { "count", 0, "N", "end after N events", "收到 N 个事件后结束" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag token_flags[] = {
    { "permission", 'p', "RIGHT", "what it may do; several times", "权限；可多次给出" },
    { "subtree", 0, "UNIT", "sees only this unit and below", "仅可见此单元及其下级" },
    { "days", 0, "N", "ends after so many days", "有效天数" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command commands_operation[] = {
    { "verify", "", 0, 0, verify_flags, "Recompute everything and compare", "全部重算并比对", cmd_verify },
    { "status", "", 0, 0, status_flags, "State of the daemons", "各服务状态", cmd_status },
    { "archive list", "[SERVICE]", 0, 1, archive_list_flags,
      "Old rows of the streams: what is in the data base, what in archived files, how far readers are",
      "数据流旧行：数据库与归档文件中各有多少、读者位置", cmd_archive_list },
    { "archive verify", "[SERVICE]", 0, 1, NULL, "Read archived files anew and compare them with what was recorded",
      "重新读取归档文件并与记录比对", cmd_archive_verify },
    { "archive run", "[SERVICE]", 0, 1, archive_run_flags, "Archive and prune old rows of the streams now",
      "立即归档并清理数据流旧行", cmd_archive_run },
    { "watch", "", 0, 0, watch_flags, "Show events as they happen", "实时显示事件", cmd_watch },
    { "token create", "NAME", 1, 1, token_flags, "Make a bearer token", "创建令牌", cmd_token_create },
    { "token list", "", 0, 0, NULL, "Bearer tokens", "令牌列表", cmd_token_list },
    { "token revoke", "ID", 1, 1, NULL, "Revoke a bearer token", "吊销令牌", cmd_token_revoke },
    { "key create", "FILE", 1, 1, NULL, "Make a daemon's key pair for the bus; prints the public key",
      "生成总线密钥对，输出公钥", cmd_key_create },
    { "version", "", 0, 0, NULL, "Version", "版本", cmd_version },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
