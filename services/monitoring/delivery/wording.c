/* wording: see wording.h. */
#include "monitoring/delivery/wording.h"

#include <string.h>

const char WORDING_EVENTS[] = "fired, worsened, reminded, escalated, resolved, expired";
const char WORDING_NAMES[] =
    "unit, code, measure, severity, gap, days, actual, planned, target, landing, band, hit, as_of,"
    " period, rule, title, reason, count";

/* The first that fits counts: kinds before "any kind". */
static const struct {
    const char *event, *kind;
    const char *title[2], *text[2]; /* English, Chinese */
} usual[] = {
    { "fired",
      "lag",
      { "[lag] {unit}: {measure} is {gap} points behind the phased target",
        "【滞后预警】{unit} {measure}落后时序进度{gap}个百分点" },
      { "{severity}. As of {as_of}: {actual} of {planned} planned by then, target {target}; {days} days behind;"
        " landing about {landing}{band}, chance of the target {hit}",
        "{severity}。截至{as_of}：实际{actual}，应完成{planned}，目标{target}；落后{days}天；预计落点{landing}{band}，"
        "达成概率{hit}" } },
    { "fired",
      "ratio",
      { "[lag] {unit}: {measure} is {gap} points off its level",
        "【滞后预警】{unit} {measure}与目标水平相差{gap}个百分点" },
      { "{severity}. As of {as_of}: {actual}, target {target}",
        "{severity}。截至{as_of}：实际{actual}，目标{target}" } },
    { "fired",
      "threshold",
      { "[alert] {unit}: {measure} reached its limit", "【预警】{unit} {measure}达到限值" },
      { "{severity}. {actual}, limit {target}", "{severity}。实际{actual}，限值{target}" } },
    { "fired",
      "outlier",
      { "[stands out] {unit}: {measure} is far above its peers", "【表现突出】{unit} {measure}明显高于同类单元" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "fired",
      "zero_sales",
      { "[no sales] {unit}: {measure} stands still", "【零销售预警】{unit} {measure}停滞" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "fired",
      "",
      { "[alert] {unit}: {title}, {measure}", "【预警】{unit} {title}：{measure}" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "worsened",
      "lag",
      { "[worse] {unit}: {measure} is now {gap} points behind the phased target",
        "【预警加重】{unit} {measure}已落后时序进度{gap}个百分点" },
      { "{severity}. As of {as_of}: {actual} of {planned} planned by then, target {target}; landing about "
        "{landing}{band},"
        " chance of the target {hit}",
        "{severity}。截至{as_of}：实际{actual}，应完成{planned}，目标{target}；预计落点{landing}{band}，达成概率{"
        "hit}" } },
    { "worsened",
      "",
      { "[worse] {unit}: {measure}", "【预警加重】{unit} {measure}" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "reminded",
      "about",
      { "[still open] {unit}: {title}, {measure}", "【未处理提醒】{unit} {title}：{measure}" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "reminded",
      "",
      { "[still open] {unit}: {measure}", "【未处理提醒】{unit} {measure}" },
      { "{severity}. As of {as_of}: {actual}, target {target}",
        "{severity}。截至{as_of}：实际{actual}，目标{target}" } },
    { "escalated",
      "about",
      { "[escalated] {unit}: {title}, {measure}", "【预警升级】{unit} {title}：{measure}" },
      { "{severity}. {reason}", "{severity}。{reason}" } },
    { "escalated",
      "",
      { "[escalated] {unit}: {measure}", "【预警升级】{unit} {measure}" },
      { "{severity}. As of {as_of}: {actual}, target {target}",
        "{severity}。截至{as_of}：实际{actual}，目标{target}" } },
    { "resolved",
      "outlier",
      { "[back among its peers] {unit}: {measure}", "【回归同类水平】{unit} {measure}" },
      { "As of {as_of}: {actual}, target {target}", "截至{as_of}：实际{actual}，目标{target}" } },
    { "resolved",
      "unwatched",
      { "[no longer judged] {unit}: {measure}", "【不再判断】{unit} {measure}" },
      { "Its rule was switched off, or doesn't cover it any more. This is no recovery. It was: {reason}",
        "规则已停用或不再适用，并非恢复。此前：{reason}" } },
    { "resolved",
      "about",
      { "[resolved] {unit}: {title}, {measure}", "【已恢复】{unit} {title}：{measure}" },
      { "It is over. It was: {reason}", "已解除。此前：{reason}" } },
    { "resolved",
      "",
      { "[resolved] {unit}: {measure}", "【已恢复】{unit} {measure}" },
      { "As of {as_of}: {actual}, target {target}", "截至{as_of}：实际{actual}，目标{target}" } },
    { "expired",
      "",
      { "[ended] {unit}: {measure}, period {period} is over", "【周期结束】{unit} {measure}，{period}已结束" },
      { "At the end: {actual}, target {target}", "期末：实际{actual}，目标{target}" } },
};
#define USUAL_COUNT (sizeof usual / sizeof usual[0])

bool wording_event(const char *event)
{
    for (size_t i = 0; i < USUAL_COUNT; i++)
        if (strcmp(usual[i].event, event) == 0)
            return true;
    return false;
}

struct wording wording_find(Bihuan__NoticeTemplate *const *own, size_t own_count, const char *event, const char *kind,
                            const char *group, bool zh)
{
    for (int any = 0; any < 2; any++)
        for (size_t i = 0; i < own_count; i++)
            if (strcmp(own[i]->event, event) == 0 && strcmp(own[i]->of, any ? "" : kind) == 0)
                return (struct wording) { own[i]->title, own[i]->text };
    for (int any = 0; any < 2; any++)
        for (size_t i = 0; i < USUAL_COUNT; i++)
            if (strcmp(usual[i].event, event) == 0 && strcmp(usual[i].kind, any ? "" : group) == 0)
                return (struct wording) { usual[i].title[zh], usual[i].text[zh] };
    return (struct wording) { zh ? "【通知】{unit} {measure}" : "[notice] {unit}: {measure}", "" };
}

/* The name at a brace: its length, 0 where there is none. */
static size_t name_at(const char *text)
{
    size_t len = *text == '{' ? strcspn(text + 1, "{}") : 0;

    return len && text[1 + len] == '}' ? len : 0;
}

static bool is_known(const char *name, size_t len)
{
    const char *word = WORDING_NAMES;

    while (*word) {
        size_t word_len = strcspn(word, ", ");

        if (word_len == len && strncmp(word, name, len) == 0)
            return true;
        word += word_len + strspn(word + word_len, ", ");
    }
    return false;
}

const char *wording_unknown(struct arena *arena, const char *text)
{
    for (; *text; text++) {
        size_t len = name_at(text);

        if (text[0] == '{' && text[1] == '{')
            text++;
        else if (len && !is_known(text + 1, len))
            return arena_strndup(arena, text + 1, len);
    }
    return NULL;
}

void wording_fill(const char *text, const struct wording_value *values, size_t count, struct buf *out)
{
    for (; *text; text++) {
        size_t len = name_at(text);

        if (!len) {
            text += text[0] == '{' && text[1] == '{';
            buf_put_u8(out, (uint8_t)*text);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (strlen(values[i].name) == len && strncmp(values[i].name, text + 1, len) == 0)
                buf_append_text(out, values[i].value);
        text += len + 1;
    }
}

const char *wording_severity(const char *severity, bool zh)
{
    static const char *const words[][2] = {
        { "info", "提示" }, { "warning", "一般" }, { "major", "重要" }, { "critical", "紧急" }
    };

    for (size_t i = 0; zh && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], severity) == 0)
            return words[i][1];
    return severity;
}
