/* laws: see laws.h. */
#include "support/laws.h"

#include <stdio.h>
#include <stdlib.h>

static const char TABLES[] =
    "CREATE TABLE law_period (id int, code text, from_day date, until_day date);"
    "CREATE TABLE law_parent (unit int, parent int, from_day date);"
    "CREATE TABLE law_gone (unit int, day date);"
    /* in force since before the organisation changed: what that unbalanced is somebody's task */
    "CREATE TABLE law_before (period_id int, version int);"
    "CREATE TABLE law_product (product int, parent int);"
    "CREATE TABLE law_place (period_id int, unit int, parent int, depth int, PRIMARY KEY (period_id, unit));"
    "CREATE TABLE law_under (period_id int, unit int, above int, PRIMARY KEY (period_id, above, unit));"
    "CREATE FUNCTION law_id(k text, c text) RETURNS int LANGUAGE sql STABLE AS"
    " 'SELECT id FROM planning.document WHERE kind = k AND code = c';";

/* Where units that are there stand on the first day of each period, and whom they stand under. */
static const char REBUILD[] =
    "TRUNCATE law_place; TRUNCATE law_under;"
    "INSERT INTO law_place (period_id, unit, parent) SELECT p.id, u.unit, (SELECT t.parent FROM law_parent t WHERE "
    "t.unit = u.unit"
    " AND t.from_day <= p.from_day ORDER BY t.from_day DESC LIMIT 1)"
    " FROM law_period p, (SELECT unit FROM law_parent UNION SELECT parent FROM law_parent) u;"
    "INSERT INTO law_under WITH RECURSIVE up(period_id, unit, above) AS (SELECT period_id, unit, unit FROM law_place"
    " UNION ALL SELECT up.period_id, up.unit, l.parent FROM up JOIN law_place l"
    " ON l.period_id = up.period_id AND l.unit = up.above WHERE l.parent IS NOT NULL) SELECT * FROM up;"
    "UPDATE law_place p SET depth = (SELECT count(*) FROM law_under u WHERE u.period_id = p.period_id"
    " AND u.unit = p.unit);"
    "ANALYZE law_place; ANALYZE law_under;"
    "TRUNCATE law_before; INSERT INTO law_before SELECT period_id, version FROM planning.plan_version"
    " WHERE state = 'published';";

static const char BROKEN[] =
    "CREATE FUNCTION law_broken(m int, f bool) RETURNS text LANGUAGE sql STABLE AS $$"
    " WITH latest AS (SELECT p.id AS period_id, p.code, p.from_day, max(v.version) AS version FROM law_period p"
    "  JOIN planning.plan_version v ON v.period_id = p.id WHERE NOT f OR (v.state = 'published' AND NOT EXISTS"
    "  (SELECT FROM law_before b WHERE b.period_id = v.period_id AND b.version = v.version))"
    "  GROUP BY p.id, p.code, p.from_day),"
    " cell AS (SELECT c.*, l.code, EXISTS (SELECT FROM law_gone g WHERE g.unit = c.unit_id AND g.day <= l.from_day) "
    "gone"
    "  FROM planning.target_cell c JOIN latest l USING (period_id, version) WHERE c.measure_id = m),"
    " open_child AS (SELECT w.period_id, w.parent, w.unit FROM law_place w JOIN latest l USING (period_id)"
    "  WHERE NOT EXISTS (SELECT FROM law_gone g WHERE g.unit = w.unit AND g.day <= l.from_day)),"
    " units AS (SELECT p.code, p.channel_id, p.product_id, p.unit_id, p.amount, sum(c.amount) AS have,"
    "  count(c.unit_id) = count(*) AS complete FROM cell p"
    "  JOIN open_child w ON w.period_id = p.period_id AND w.parent = p.unit_id"
    "  LEFT JOIN cell c ON c.period_id = p.period_id AND c.channel_id = p.channel_id AND c.product_id = p.product_id"
    "  AND c.unit_id = w.unit WHERE NOT p.gone"
    "  GROUP BY p.code, p.channel_id, p.product_id, p.unit_id, p.amount),"
    /* each cell without those next below it; summed up again, a unit without target has what stands below it */
    " above AS (SELECT x.period_id, x.channel_id, x.product_id, x.unit_id, x.amount, (SELECT y.unit_id FROM law_under u"
    "  JOIN cell y ON y.period_id = u.period_id AND y.channel_id = x.channel_id AND y.product_id = x.product_id"
    "  AND y.unit_id = u.above JOIN law_place l ON l.period_id = u.period_id AND l.unit = u.above"
    "  WHERE u.period_id = x.period_id AND u.unit = x.unit_id AND u.above <> x.unit_id"
    "  ORDER BY l.depth DESC LIMIT 1) AS next FROM cell x),"
    " own AS (SELECT period_id, channel_id, product_id, unit, sum(amount) AS amount FROM"
    "  (SELECT period_id, channel_id, product_id, unit_id AS unit, amount FROM above UNION ALL"
    "   SELECT period_id, channel_id, product_id, next, -amount FROM above WHERE next IS NOT NULL) o GROUP BY 1, 2, 3, "
    "4),"
    " has AS (SELECT o.period_id, o.channel_id, o.product_id, u.above AS unit, sum(o.amount) AS amount FROM own o"
    "  JOIN law_under u ON u.period_id = o.period_id AND u.unit = o.unit GROUP BY 1, 2, 3, 4),"
    " month AS (SELECT w.id, array_agg(s.id) AS into_id FROM law_period w JOIN law_period s ON s.code ~ '-[0-9]$'"
    "  AND s.from_day >= w.from_day AND s.until_day <= w.until_day JOIN latest l ON l.period_id = s.id"
    "  WHERE w.code !~ '[-w]' GROUP BY w.id HAVING count(*) = 3),"
    " cut AS (SELECT k.period_id, k.axis, k.channel_id, k.product_id, k.unit_id, k.into_id FROM planning.plan_cut k"
    "  JOIN latest l USING (period_id) WHERE k.measure_id = m AND k.version IN (0, l.version)"
    "  AND NOT (f AND k.axis = 'periods' AND EXISTS (SELECT FROM unnest(k.into_id || k.period_id) i LEFT JOIN"
    "   planning.plan_version v ON v.period_id = i AND v.state = 'published'"
    "   WHERE v.published_at IS NULL OR v.published_at < k.at"
    "   OR EXISTS (SELECT FROM law_before b WHERE b.period_id = i AND b.version = v.version)))"
    /* totals that a unit has in all months: they add up though nothing was said */
    "  UNION SELECT w.id, 'months', 0, 0, c.unit_id, w.into_id FROM month w JOIN cell c ON c.period_id = w.id"
    "   AND c.channel_id = 0 AND c.product_id = 0 WHERE f AND (SELECT count(*) FROM cell s WHERE s.unit_id = c.unit_id"
    "   AND s.channel_id = 0 AND s.product_id = 0 AND s.period_id = ANY(w.into_id)) = 3),"
    " across AS (SELECT k.axis, c.code, c.channel_id, c.product_id, c.unit_id, c.amount,"
    "  (SELECT coalesce(sum(x.amount), 0) FROM has x WHERE x.period_id = c.period_id AND x.unit = c.unit_id AND"
    "   CASE k.axis WHEN 'channels' THEN x.channel_id > 0 AND x.product_id = k.product_id"
    "   ELSE x.channel_id = k.channel_id AND x.product_id IN (SELECT product FROM law_product"
    "    WHERE parent = k.product_id) END) AS have"
    "  FROM cut k JOIN law_under u ON u.period_id = k.period_id AND u.above = k.unit_id"
    "  JOIN cell c ON c.period_id = k.period_id AND c.channel_id = k.channel_id AND c.product_id = k.product_id"
    "  AND c.unit_id = u.unit AND NOT c.gone WHERE k.axis IN ('channels', 'products')),"
    " long AS (SELECT c.code, c.channel_id, c.product_id, c.unit_id, c.amount,"
    "  (SELECT coalesce(sum(x.amount), 0) FROM has x WHERE x.period_id = ANY(k.into_id) AND x.unit = c.unit_id"
    "   AND x.channel_id = c.channel_id AND x.product_id = c.product_id) AS have"
    "  FROM cut k JOIN law_under u ON u.period_id = k.period_id AND u.above = k.unit_id"
    "  AND (k.axis = 'periods' OR u.unit = k.unit_id)"
    "  JOIN cell c ON c.period_id = k.period_id AND c.channel_id = k.channel_id AND c.product_id = k.product_id"
    "  AND c.unit_id = u.unit AND NOT c.gone WHERE k.axis IN ('periods', 'months') AND NOT EXISTS (SELECT FROM "
    "unnest(k.into_id) i"
    "   JOIN law_period s ON s.id = i WHERE EXISTS (SELECT FROM law_gone g WHERE g.unit = c.unit_id"
    "    AND g.day <= s.from_day) OR EXISTS (SELECT unit FROM law_under b WHERE b.period_id = k.period_id"
    "    AND b.above = c.unit_id EXCEPT SELECT unit FROM law_under b WHERE b.period_id = i AND b.above = c.unit_id)"
    "   OR EXISTS (SELECT unit FROM law_under b WHERE b.period_id = i AND b.above = c.unit_id"
    "    EXCEPT SELECT unit FROM law_under b WHERE b.period_id = k.period_id AND b.above = c.unit_id))),"
    " entry AS (SELECT b.period_id, a.version, b.channel_id, b.product_id, u.u AS unit_id, sum(u.d) AS added"
    "  FROM planning.ledger_block b JOIN planning.ledger_act a USING (period_id, act), unnest(b.unit_id, b.delta) u(u, "
    "d)"
    "  WHERE b.measure_id = m GROUP BY 1, 2, 3, 4, 5),"
    " ledger AS (SELECT c.period_id, c.version, c.channel_id, c.product_id, c.unit_id, c.amount,"
    "  coalesce(sum(e.added), 0) AS have FROM planning.target_cell c LEFT JOIN entry e ON e.period_id = c.period_id"
    "  AND e.version <= c.version AND e.channel_id = c.channel_id AND e.product_id = c.product_id"
    "  AND e.unit_id = c.unit_id WHERE c.measure_id = m GROUP BY 1, 2, 3, 4, 5, 6),"
    " moved AS (SELECT a.spec, sum(d) AS have FROM planning.ledger_act a JOIN planning.ledger_block b"
    "  USING (period_id, act), unnest(b.delta) d WHERE a.kind = 'transfer' AND b.part = 0 AND b.measure_id = m"
    "  GROUP BY a.spec, a.reason HAVING sum(d) <> 0),"
    " found AS (SELECT format('units: %s %s/%s unit %s has %s, below %s', code, channel_id, product_id, unit_id, "
    "amount,"
    "  have) AS text FROM units WHERE have > amount OR (complete AND have <> amount)"
    " UNION ALL SELECT format('%s: %s %s/%s unit %s has %s, parts %s', axis, code, channel_id, product_id, unit_id,"
    "  amount, have) FROM across WHERE have <> amount"
    " UNION ALL SELECT format('periods: %s %s/%s unit %s has %s, parts %s', code, channel_id, product_id, unit_id,"
    "  amount, have) FROM long WHERE have <> amount"
    " UNION ALL SELECT format('ledger: period %s/%s %s/%s unit %s has %s, entries %s', period_id, version, channel_id,"
    "  product_id, unit_id, amount, have) FROM ledger WHERE have <> amount"
    " UNION ALL SELECT format('transfer: %s', have) FROM moved)"
    " SELECT coalesce(string_agg(text, '; '), '') FROM (SELECT text FROM found LIMIT 6) t $$";

/* Days that have both what their week and what their month has are there exactly where the weeks up to each have at
 * least what months have that are over by its end, and at most what those have that have begun. */
static const char DAYS[] =
    "CREATE FUNCTION law_days(m int, f bool) RETURNS text LANGUAGE sql STABLE AS $$"
    " WITH latest AS (SELECT p.id AS period_id, p.code, p.from_day, p.until_day, max(v.version) AS version"
    "  FROM law_period p JOIN planning.plan_version v ON v.period_id = p.id WHERE NOT f OR v.state = 'published'"
    "  GROUP BY 1, 2, 3, 4),"
    " cell AS (SELECT c.channel_id, c.product_id, c.unit_id, c.amount, l.code, l.from_day, l.until_day"
    "  FROM planning.target_cell c JOIN latest l USING (period_id, version) WHERE c.measure_id = m),"
    " inner_cell AS (SELECT q.code AS whole, q.amount AS of_whole, s.*, s.code LIKE '%w%' AS week FROM cell q"
    "  JOIN cell s USING (channel_id, product_id, unit_id) WHERE q.code !~ '[-w]' AND s.code ~ '[-w]'"
    "  AND s.from_day >= q.from_day AND s.until_day <= q.until_day),"
    " complete AS (SELECT whole, channel_id, product_id, unit_id FROM inner_cell i GROUP BY 1, 2, 3, 4, of_whole"
    "  HAVING count(*) FILTER (WHERE NOT week) = 3 AND sum(amount) FILTER (WHERE NOT week) = of_whole"
    "  AND count(*) FILTER (WHERE week) = (SELECT count(*) FROM law_period w WHERE w.code LIKE i.whole || 'w%')"
    "  AND sum(amount) FILTER (WHERE week) = of_whole),"
    " until AS (SELECT w.code, w.channel_id, w.product_id, w.unit_id, (SELECT sum(x.amount) FILTER (WHERE x.week AND"
    "   x.until_day <= w.until_day) || '|' || coalesce(sum(x.amount) FILTER (WHERE NOT x.week AND x.until_day <="
    "   w.until_day), 0) || '|' || sum(x.amount) FILTER (WHERE NOT x.week AND x.from_day < w.until_day)"
    "   FROM inner_cell x WHERE x.whole = w.whole AND x.channel_id = w.channel_id AND x.product_id = w.product_id"
    "   AND x.unit_id = w.unit_id) AS sums FROM inner_cell w JOIN complete USING (whole, channel_id, product_id,"
    "   unit_id) WHERE w.week)"
    " SELECT coalesce(string_agg(format('days: %s %s/%s unit %s, weeks|months over|begun %s', code, channel_id,"
    "  product_id, unit_id, sums), '; '), '') FROM (SELECT * FROM until WHERE split_part(sums, '|', 1)::int8 NOT "
    "BETWEEN"
    "  split_part(sums, '|', 2)::int8 AND split_part(sums, '|', 3)::int8 LIMIT 6) t $$";

static void run(const char *sql)
{
    free(pg_value(&stack.pg, sql));
}

void laws_prepare(void)
{
    run(TABLES);
    run(BROKEN);
    run(DAYS);
}

#define SAY(...)                                                                                                       \
    do {                                                                                                               \
        char sql[500];                                                                                                 \
                                                                                                                       \
        snprintf(sql, sizeof sql, __VA_ARGS__);                                                                        \
        run(sql);                                                                                                      \
    } while (0)

void laws_period(const char *period, const char *from, const char *until)
{
    SAY("INSERT INTO law_period VALUES (law_id('period', '%s'), '%s', '%s', '%s')", period, period, from, until);
}

void laws_parent(const char *unit, const char *parent, const char *from)
{
    SAY("INSERT INTO law_parent VALUES (law_id('unit', '%s'), law_id('unit', '%s'), '%s')", unit, parent, from);
}

void laws_gone(const char *unit, const char *from)
{
    SAY("INSERT INTO law_gone VALUES (law_id('unit', '%s'), '%s')", unit, from);
}

void laws_product(const char *product, const char *parent)
{
    SAY("INSERT INTO law_product VALUES (law_id('product', '%s'), coalesce(law_id('product', '%s'), 0))", product,
        parent);
}

void laws_rebuild(void)
{
    run(REBUILD);
}

static char *ask(const char *call, const char *measure, const char *more)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT %s(law_id('measure', '%s')%s)", call, measure, more);
    return pg_value(&stack.pg, sql);
}

char *laws_broken(const char *measure)
{
    return ask("law_broken", measure, ", false");
}

char *laws_broken_in_force(const char *measure)
{
    return ask("law_broken", measure, ", true");
}

char *laws_broken_days(const char *measure)
{
    return ask("law_days", measure, ", false");
}

char *laws_broken_days_in_force(const char *measure)
{
    return ask("law_days", measure, ", true");
}
