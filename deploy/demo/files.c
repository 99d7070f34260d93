/* files: see files.h. */
#include "files.h"

#include "base/buf.h"
#include "manifests.h"
#include "out.h"
#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

#define DAY_SECONDS 86400

struct stamp {
    int year, month, day, hour, minute, second;
};

static struct stamp stamp_of(int64_t local_second)
{
    struct stamp stamp;
    int rest = (int)(local_second % DAY_SECONDS);

    date_split((int32_t)(local_second / DAY_SECONDS), &stamp.year, &stamp.month, &stamp.day);
    stamp.hour = rest / 3600;
    stamp.minute = rest / 60 % 60;
    stamp.second = rest % 60;
    return stamp;
}

static void put_number(struct buf *out, char letter, const struct row *row)
{
    int year, month, day;

    date_split(row->day, &year, &month, &day);
    buf_printf(out, "%c%04d%02d%02d%06u", letter, year, month, day, row->number);
}

/* Some of these hold characters whose second byte in GB18030 is a delimiter of the file. */
static void put_customer_name(struct buf *out, int32_t customer)
{
    static const char *const first[] = { "王", "李", "张", "刘", "陈", "顯", "杨", "黄", "周", "吴", "徐" };
    static const char *const last[] = { "誠", "明",   "瑋",   "丽", "建国", "海燕", "文",
                                        "雪", "志强", "春梅", "军", "平",   "玲" };

    buf_append_text(out, first[customer % 11]);
    buf_append_text(out, last[customer / 11 % 13]);
}

static const char *product_sent(const struct row *row)
{
    return row->flaw == FLAW_PRODUCT ? "TC1088" : products[row->product].sent[row->feed];
}

static const char *unit_sent(const struct province *province, const struct row *row)
{
    return row->flaw == FLAW_UNIT ? "H999999" : unit_code(province, row->unit);
}

/* --- the province's system: GB18030, bars, fen, gzip --- */

static void put_bss(const struct province *province, const struct row *row, struct buf *out)
{
    static const char *const states[] = { [ROW_PLACED] = "100", [ROW_COMPLETED] = "300", [ROW_CANCELLED] = "900" };
    struct stamp t = stamp_of(row->second);
    char area[8];

    area_code(province, row->place, area);
    put_number(out, 'B', row);
    buf_printf(out, "|%d|%d|%04d%02d%02d%02d%02d%02d", row->line, row->version, t.year,
               row->flaw == FLAW_DATE ? 13 : t.month, t.day, t.hour, t.minute, t.second);
    buf_printf(out, "|%s|%s|%s|%s|%d|", unit_sent(province, row), unit_code(province, row->seller),
               channels[row->channel].bss, product_sent(row), row->quantity);
    buf_printf(out, row->flaw == FLAW_AMOUNT ? "%" PRId64 "元" : "%" PRId64, row->amount);
    buf_printf(out, "|%s|K%09d|", states[row->state], row->customer);
    put_customer_name(out, row->customer);
    if (row->flaw != FLAW_FIELDS)
        buf_printf(out, "|%s", area);
    buf_append_text(out, "\n");
}

static int write_bss(const struct province *province, const char *dir, int32_t day, const struct day_file *file)
{
    struct buf text = { 0 }, encoded = { 0 }, packed = { 0 };
    int year, month, dom, rc;

    date_split(day, &year, &month, &dom);
    buf_append_text(&text,
                    "订单号|行号|版本|受理时间|网点编码|工号|渠道|产品编码|数量|金额|状态|客户编号|客户名称|使用地\n");
    for (size_t i = 0; i < file->count; i++)
        put_bss(province, &file->rows[i], &text);
    out_gb18030((const char *)text.data, text.len, &encoded);
    out_gzip(encoded.data, encoded.len, &packed);
    rc = out_file(packed.data, packed.len, "%s/inbox/bss-orders/orders_%04d%02d%02d_001.csv.gz", dir, year, month, dom);
    buf_fini(&text);
    buf_fini(&encoded);
    buf_fini(&packed);
    return rc;
}

/* --- the agents' system: UTF-8 with a mark, commas, yuan, CRLF --- */

static void put_dealer(const struct province *province, const struct row *row, struct buf *out)
{
    struct stamp t = stamp_of(row->second);
    char area[8];

    area_code(province, row->place, area);
    put_number(out, 'D', row);
    buf_printf(out, ",%d,%d,%s,%04d/%02d/%02d %02d:%02d:%02d", row->line, row->version,
               row->state == ROW_CANCELLED ? "VOID" : "SALE", t.year, t.month, row->flaw == FLAW_DATE ? 32 : t.day,
               t.hour, t.minute, t.second);
    buf_printf(out, ",%s,%s,%s,%d,%" PRId64 ".%02d%s", unit_sent(province, row), unit_code(province, row->seller),
               product_sent(row), row->quantity, row->amount / 100, (int)(row->amount % 100),
               row->flaw == FLAW_AMOUNT ? "元" : "");
    if (row->flaw != FLAW_FIELDS)
        buf_printf(out, ",%s", area);
    buf_append_text(out, "\r\n");
}

/* One file was sent twice under two names: the second is a duplicate. */
static int write_dealer(const struct province *province, const char *dir, int32_t day, const struct day_file *file)
{
    struct buf text = { 0 };
    int year, month, dom, rc;

    date_split(day, &year, &month, &dom);
    buf_append_text(&text, "\xef\xbb\xbf"
                           "doc_no,line_no,rev,type,biz_time,store,clerk,item,qty,amount,area\r\n");
    for (size_t i = 0; i < file->count; i++)
        put_dealer(province, &file->rows[i], &text);
    rc = out_file(text.data, text.len, "%s/inbox/dealer-orders/dealer_%04d%02d%02d_001.csv", dir, year, month, dom);
    if (rc == 0 && day == date_of(2026, 10, 20))
        rc = out_file(text.data, text.len, "%s/inbox/dealer-orders/dealer_%04d%02d%02d_002.csv", dir, year, month, dom);
    buf_fini(&text);
    return rc;
}

/* --- the hotline's system: tabs, li --- */

static void put_hotline(const struct province *province, const struct row *row, struct buf *out)
{
    static const char *const states[] = { "placed", "completed", "cancelled" };
    struct stamp t = stamp_of(row->second);
    char area[8];

    area_code(province, row->place, area);
    put_number(out, 'R', row);
    buf_printf(out, "\t%d\t%d\t%04d-%02d-%02dT%02d:%02d:%02d+08:00", row->line, row->version, t.year, t.month, t.day,
               t.hour, t.minute, t.second);
    buf_printf(out, "\t%s\t%s\t%d\t%" PRId64 "\t%s\t%s\n", unit_code(province, row->seller), product_sent(row),
               row->quantity, row->amount * 10, states[row->state], area);
}

static int write_hotline(const struct province *province, const char *dir, int32_t day, const struct day_file *file)
{
    struct buf text = { 0 };
    int year, month, dom, rc;

    if (day > province->stories.hotline_until)
        return 0;
    date_split(day, &year, &month, &dom);
    buf_append_text(&text, "call_id\titem_no\tversion\ttime\tagent\titem\tqty\tamount_li\tstate\tarea\n");
    for (size_t i = 0; i < file->count; i++)
        put_hotline(province, &file->rows[i], &text);
    rc = out_file(text.data, text.len, "%s/inbox/hotline-orders/hotline_%04d-%02d-%02d.csv", dir, year, month, dom);
    buf_fini(&text);
    return rc;
}

int files_write(const struct province *province, const char *dir, enum feed feed, int32_t day,
                const struct day_file *file)
{
    switch (feed) {
    case FEED_BSS:
        return write_bss(province, dir, day, file);
    case FEED_DEALER:
        return write_dealer(province, dir, day, file);
    case FEED_HOTLINE:
        return write_hotline(province, dir, day, file);
    case FEED_COUNT:
    default:
        return 0;
    }
}

int files_make_folders(const char *dir)
{
    return out_folder("%s/inbox/bss-orders", dir) == 0 && out_folder("%s/inbox/dealer-orders", dir) == 0 &&
                   out_folder("%s/inbox/hotline-orders", dir) == 0
               ? 0
               : -1;
}
