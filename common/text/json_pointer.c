/* json_pointer: see json_pointer.h. */
#include "text/json_pointer.h"

void json_pointer_push(struct buf *pointer, const char *key)
{
    buf_put_u8(pointer, '/');
    for (; *key; key++) {
        if (*key == '~')
            buf_append_text(pointer, "~0");
        else if (*key == '/')
            buf_append_text(pointer, "~1");
        else
            buf_put_u8(pointer, (uint8_t)*key);
    }
}
