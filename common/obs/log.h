/* log: one line per fact, key=value, to standard error. Thread-safe. Secrets and personal text never.
 *
 *   log_info("file_loaded", "feed=%s rows=%lu", feed, rows);
 *   2026-11-26T10:00:00.123Z info feedback file_loaded feed=orders rows=5000
 */
#ifndef BIHUAN_OBS_LOG_H
#define BIHUAN_OBS_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(const char *program, enum log_level least);
int log_level_parse(const char *text, enum log_level *out); /* debug, info, warn, error; -1 if none of them */
void log_write(enum log_level level, const char *event, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(event, ...) log_write(LOG_DEBUG, (event), __VA_ARGS__)
#define log_info(event, ...)  log_write(LOG_INFO, (event), __VA_ARGS__)
#define log_warn(event, ...)  log_write(LOG_WARN, (event), __VA_ARGS__)
#define log_error(event, ...) log_write(LOG_ERROR, (event), __VA_ARGS__)

#endif
