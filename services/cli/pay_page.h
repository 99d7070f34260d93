/* pay_page: a statement of pay for people: as a page that holds the sealed file, and as a spreadsheet. No network. */
#ifndef BIHUAN_CLI_PAY_PAGE_H
#define BIHUAN_CLI_PAY_PAGE_H

#include "base/buf.h"
#include "payplan/paysheet.h"

#include <stdbool.h>

/* One page without anything from elsewhere; the same file gives the same bytes. */
void pay_page_write(const struct paysheet *sheet, const char *file, size_t len, bool zh, struct buf *out);
/* The sealed file within a page, appended to `file`; -1 where there is none. *zh: its language. */
int pay_page_read(const char *page, size_t len, struct buf *file, bool *zh);

int pay_page_xlsx(const struct paysheet *sheet, const char *path, bool zh, struct err *err);

#endif
