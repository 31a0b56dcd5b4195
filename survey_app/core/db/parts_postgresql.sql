-- What a PostgreSQL store is made of besides rows: kind, name and definition of each part of the schema that is used.
-- Our schema's name is left out of definitions; another's stays in them. Whatever a name in a definition leaves open is
-- ours or PostgreSQL's own: our schema comes first in the search path.
WITH ours AS (SELECT oid, nspname, quote_ident(nspname) || '.' AS prefix FROM pg_namespace WHERE nspname = current_schema()),
reached AS (
    SELECT oid, CASE WHEN nspname = current_schema() THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace WHERE nspname = ANY (current_schemas(false))
),
member AS (SELECT classid, objid, refobjid FROM pg_depend WHERE deptype = 'e'),  -- what an extension brought
relation AS (
    SELECT pg_class.*, prefix FROM pg_class JOIN ours ON relnamespace = ours.oid
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid)
),
column_line AS (
    SELECT attrelid, attname AS name, concat_ws(
        ' ', attname, format_type(atttypid, atttypmod),
        'collate ' || (SELECT collname FROM pg_collation WHERE pg_collation.oid = attcollation),
        CASE WHEN attnotnull THEN 'not null' END,
        'default ' || pg_get_expr(adbin, adrelid),
        'identity ' || nullif(attidentity::text, ''),
        'generated ' || nullif(attgenerated::text, ''),
        'statistics ' || nullif(attstattarget, -1)
    ) AS line
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
),
constraint_line AS (
    SELECT conrelid, conname AS name, concat_ws(
        ' ', conname, replace(pg_get_constraintdef(pg_constraint.oid), prefix, ''),
        CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = pg_constraint.oid AND tgenabled <> 'O')
        THEN 'disabled' END
    ) AS line
    FROM pg_constraint JOIN ours ON connamespace = ours.oid
    WHERE contype <> 'n'  -- PostgreSQL 18 counts what may not be null among them; the columns say it
)
SELECT 'table', relname::text, concat_ws(
    E'\n', 'kind ' || relkind::text || ' ' || relpersistence::text,
    CASE WHEN relrowsecurity THEN 'row security' END,
    (SELECT string_agg(line, E'\n' ORDER BY name COLLATE "C") FROM column_line WHERE attrelid = relation.oid),
    (SELECT string_agg(line, E'\n' ORDER BY name COLLATE "C") FROM constraint_line WHERE conrelid = relation.oid)
) FROM relation WHERE relkind IN ('r', 'p', 'f')
UNION ALL SELECT 'view', relname, '' FROM relation WHERE relkind IN ('v', 'm')
UNION ALL SELECT 'index', relname, replace(pg_get_indexdef(relation.oid), prefix, '')
    FROM relation WHERE relkind IN ('i', 'I')
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = relation.oid AND contype IN ('p', 'u', 'x'))
UNION ALL SELECT 'trigger', tgname || ' ON ' || relname, concat_ws(
    E'\n', replace(pg_get_triggerdef(pg_trigger.oid), prefix, ''), 'enabled ' || tgenabled::text,
    (SELECT 'schema ' || nspname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
     WHERE pg_proc.oid = tgfoid AND nspname <> current_schema())
) FROM pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT 'rule', rulename || ' ON ' || relname, ''
    FROM pg_rewrite JOIN relation ON relation.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL SELECT 'policy', polname || ' ON ' || relname, '' FROM pg_policy JOIN relation ON relation.oid = polrelid
UNION ALL SELECT 'function', reached.prefix || proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')',
    concat_ws(
        E'\n', lanname, 'returns ' || format_type(prorettype, NULL), 'volatile ' || provolatile::text,
        CASE WHEN prosecdef THEN 'security definer' END, 'set ' || proconfig::text, prosrc
    ) FROM pg_proc JOIN reached ON pronamespace = reached.oid JOIN pg_language ON pg_language.oid = prolang
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid)
UNION ALL SELECT 'operator', reached.prefix || oprname, '' FROM pg_operator JOIN reached ON oprnamespace = reached.oid
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_operator'::regclass AND objid = pg_operator.oid)
UNION ALL SELECT 'extension', extname, '' FROM pg_extension WHERE oid IN (
    SELECT refobjid FROM member LEFT JOIN pg_proc ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid
    LEFT JOIN pg_operator ON classid = 'pg_operator'::regclass AND objid = pg_operator.oid
    LEFT JOIN pg_class ON classid = 'pg_class'::regclass AND objid = pg_class.oid
    WHERE coalesce(pronamespace, oprnamespace, relnamespace) IN (SELECT oid FROM reached)
)
UNION ALL SELECT 'sequence', relname, concat_ws(
    ' ', format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, CASE WHEN seqcycle THEN 'cycle' END
) FROM relation JOIN pg_sequence ON seqrelid = relation.oid
UNION ALL SELECT 'heir', inhrelid::regclass::text || ' OF ' || relname, ''
    FROM pg_inherits JOIN relation ON inhparent = relation.oid
UNION ALL SELECT 'event trigger', evtname, '' FROM pg_event_trigger
UNION ALL SELECT 'publication', pubname, '' FROM pg_publication
UNION ALL SELECT 'subscription', subname, '' FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'replication slot', slot_name, '' FROM pg_replication_slots WHERE database = current_database()
