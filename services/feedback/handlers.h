/* handlers: what feedback answers to. */
#ifndef BIHUAN_FEEDBACK_HANDLERS_H
#define BIHUAN_FEEDBACK_HANDLERS_H

#include "runtime/runtime.h"

extern const struct handler feedback_handlers[];

/* requests.c */
int on_apply_feeds(struct tx *tx, const void *message, struct err *err);
int on_upload_chunk(struct tx *tx, const void *message, struct err *err);
int on_append_records(struct tx *tx, const void *message, struct err *err);
/* release.c */
int on_release_rejects(struct tx *tx, const void *message, struct err *err);
/* file_acts.c */
int on_act_on_file(struct tx *tx, const void *message, struct err *err);
/* quarantine.c */
int on_summarize_rejects(struct tx *tx, const void *message, struct err *err);
int on_mend_rejects(struct tx *tx, const void *message, struct err *err);
int on_write_off_rejects(struct tx *tx, const void *message, struct err *err);
/* try_feed.c */
int on_try_feed(struct tx *tx, const void *message, struct err *err);
/* code_maps.c */
int on_apply_code_maps(struct tx *tx, const void *message, struct err *err);
int on_list_code_maps(struct tx *tx, const void *message, struct err *err);
/* queries.c */
int on_list_feeds(struct tx *tx, const void *message, struct err *err);
int on_list_files(struct tx *tx, const void *message, struct err *err);
int on_list_rejects(struct tx *tx, const void *message, struct err *err);
int on_get_fact(struct tx *tx, const void *message, struct err *err);
/* closed_facts.c */
int on_list_closed_facts(struct tx *tx, const void *message, struct err *err);
/* recount.c */
int on_recount(struct tx *tx, const void *message, struct err *err);
/* try_measure.c */
int on_try_measure(struct tx *tx, const void *message, struct err *err);

#endif
