/* migrate: see migrate.h. */
#include "db/migrate.h"

#include "base/hash.h"
#include "db/db_internal.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stmt APPLIED = { "migrate_applied", "SELECT number, hash FROM schema_migration ORDER BY number" };
static const struct stmt RECORD = { "migrate_record",
                                    "INSERT INTO schema_migration (number, name, hash) VALUES ($1, $2, $3)" };

static int prepare_table(struct db *db, struct err *err)
{
    char sql[512];

    /* IF NOT EXISTS alone would ask for the right to create schemas even when ours is there. */
    snprintf(sql, sizeof sql,
             "DO $$ BEGIN IF to_regnamespace('%s') IS NULL THEN CREATE SCHEMA %s; END IF; END $$;"
             "CREATE TABLE IF NOT EXISTS %s.schema_migration"
             " (number int PRIMARY KEY, name text NOT NULL, hash bigint NOT NULL,"
             "  applied_at timestamptz NOT NULL DEFAULT now())",
             db->schema, db->schema, db->schema);
    return db_run(db, sql, err);
}

static int64_t text_hash(const char *sql)
{
    return (int64_t)hash_bytes(sql, strlen(sql), 0);
}

/* The text with :buckets replaced. Caller frees. */
static char *expand(const char *sql, uint32_t bucket_count)
{
    struct buf out = { 0 };
    const char *from = sql;
    const char *at;

    while ((at = strstr(from, ":buckets")) != NULL) {
        buf_append(&out, from, (size_t)(at - from));
        buf_printf(&out, "%" PRIu32, bucket_count);
        from = at + strlen(":buckets");
    }
    buf_append_text(&out, from);
    (void)buf_text(&out);
    return (char *)out.data;
}

static int apply_one(struct db *db, const struct migration *m, uint32_t bucket_count, struct err *err)
{
    struct arena arena;
    struct db_args args;
    char *sql = expand(m->sql, bucket_count);
    int rc = db_run(db, sql, err);

    free(sql);
    if (rc != 0)
        return err_prefix(err, "migration %04d_%s", m->number, m->name);
    arena_init(&arena);
    db_args_init(&args, &arena);
    db_arg_i32(&args, m->number);
    db_arg_text(&args, m->name);
    db_arg_i64(&args, text_hash(m->sql));
    rc = db_exec(db, &RECORD, &args, NULL, err);
    arena_fini(&arena);
    if (rc == 0)
        log_info("migrated", "schema=%s migration=%04d_%s", db->schema, m->number, m->name);
    return rc;
}

static int apply_missing(struct db *db, const struct migration *migrations, uint32_t bucket_count, int *applied,
                         struct err *err)
{
    struct db_rows rows;
    int done = 0;
    int rc = 0;

    if (prepare_table(db, err) != 0 || db_query(db, &APPLIED, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && migrations[i].name; i++) {
        int row = 0;

        while (row < rows.count && db_i32(&rows, row, 0) != migrations[i].number)
            row++;
        if (row < rows.count) {
            if (db_i64(&rows, row, 1) != text_hash(migrations[i].sql))
                rc = err_set(err,
                             "migration %04d_%s of schema %s was changed after it was applied; put the file back and"
                             " write a new one",
                             migrations[i].number, migrations[i].name, db->schema);
            continue;
        }
        rc = apply_one(db, &migrations[i], bucket_count, err);
        done += rc == 0;
    }
    db_rows_fini(&rows);
    *applied = done;
    return rc;
}

int migrate_apply(struct db *db, const struct migration *migrations, uint32_t bucket_count, int *applied,
                  struct err *err)
{
    char lock[128];

    /* One installer at a time: standbys start together. The lock ends with the transaction. */
    snprintf(lock, sizeof lock, "SELECT pg_advisory_xact_lock(%" PRId64 ")", text_hash(db->schema));
    if (db_begin(db, err) != 0)
        return -1;
    if (db_run(db, lock, err) != 0 || apply_missing(db, migrations, bucket_count, applied, err) != 0) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, err);
}
