/* shops: see shops.h. */
#include "support/shops.h"

#include "support/loop.h"

static void apply_units(struct stack *stack, int count)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{'items':[{'code':'P','name':'省','type':'province'}");
    for (int i = 1; i <= count; i++)
        buf_printf(&json,
                   ",{'code':'O%d','name':'%d厅','type':'outlet','channel':'hall','relations':[{'parent':'P',"
                   "'from':'2026-01-01'}]}",
                   i, i);
    buf_append_text(&json, "]}");
    loop_apply(stack, MSG(APPLY_UNITS), "%s", buf_text(&json));
    buf_fini(&json);
}

void shops_apply(struct stack *stack, int count)
{
    loop_apply(stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'厅'}]}");
    loop_apply(stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5G','list_price':'100'}]}");
    loop_apply(stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'off','title_zh':'异价','title_en':'Off list','value':'count','direction':'lower',"
               "'filter':{'price':'off_list','price_band_ppm':50000}}]}");
    loop_apply(stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    apply_units(stack, count);
    loop_apply_soon(stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'orders','sender':'bss','fact':'order_line',"
                    "'files':'orders_{yyyyMMdd}.csv','key':['no'],"
                    "'columns':[{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'unit'},"
                    "{'field':'product','column':'product'},{'field':'amount','column':'amount'},"
                    "{'field':'version','column':'v'}]}]}");
    loop_apply_soon(stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'off-list','title_zh':'异价','title_en':'Off list','kind':'threshold',"
                    "'measure':'off','unit_types':['outlet'],'limit':'1','severity':'major'}]}");
}

void shops_sell(struct stack *stack, const char *file, int count, int version, int price)
{
    struct buf text = { 0 };

    buf_append_text(&text, "no,v,day,unit,product,amount\n");
    for (int i = 1; i <= count; i++)
        buf_printf(&text, "n%d,%d,2026-10-05,O%d,5g,%d.00\n", i, version, i, price);
    loop_drop(stack, "orders", file, text.data, text.len);
    loop_wait_file(stack, "orders", file, 30);
    buf_fini(&text);
}
