import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'

const { pool } = await createTestDatabase()

test('a new database is the one of the committed catalogue', async () => {
  const tables = await textsOf(TABLES)
  const parts = await Promise.all([...tables.map(describeTable), describeFunctions()])
  await expect([TITLE, ...parts].join('\n\n')).toMatchFileSnapshot('../../src/server/store/CATALOGUE.md')
})

const TITLE = `# Catalogue

What a new database holds once every migration has run. \`test/server/catalogue.test.ts\` compares it, and
\`npx vitest run test/server/catalogue.test.ts -u\` writes it anew.`

async function describeTable(table: string): Promise<string> {
  const [settings, columns, constraints, indexes, triggers] = await Promise.all(
    [SETTINGS, COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS].map(query => textsOf(query, table)),
  )
  return [
    `## ${table}`,
    ...section('Storage', settings),
    ...section('Columns', columns),
    ...section('Constraints', constraints),
    ...section('Indexes', indexes),
    ...section('Triggers', triggers),
  ].join('\n\n')
}

async function describeFunctions(): Promise<string> {
  const definitions = await textsOf(FUNCTIONS)
  return ['## Functions', ...definitions.map(definition => `\`\`\`sql\n${definition.trim()}\n\`\`\``), ''].join('\n\n')
}

function section(title: string, lines: readonly string[] | undefined): string[] {
  return lines?.length ? [`${title}:`, lines.map(line => `- ${line}`).join('\n')] : []
}

/** The lines that a query answers with, in the order of their bytes. */
async function textsOf(query: string, table?: string): Promise<string[]> {
  const ordered = `select line from (${query}) as found order by line collate "C"`
  const { rows } = await pool.query<{ line: string }>(ordered, table ? [table] : [])
  return rows.map(row => row.line)
}

const TABLES = `select relname::text as line from pg_class
  where relkind in ('r', 'p', 'v', 'm') and relnamespace = 'public'::regnamespace`

const SETTINGS = `select unnest(reloptions) as line from pg_class where oid = $1::regclass`

const COLUMNS = `
  select format('\`%s\` %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attcollation <> t.typcollation then ' collate ' || quote_ident(c.collname) end,
      case when a.attnotnull then ' not null' end,
      case when d.oid is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_collation c on c.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`

/** Not-null ones are told with their columns: PostgreSQL lists them as constraints from version 18 on. */
const CONSTRAINTS = `
  select format('\`%s\` %s', conname, pg_get_constraintdef(oid)) as line from pg_constraint
   where conrelid = $1::regclass and contype <> 'n'`

const INDEXES = `
  select format('\`%s\` %s', relname,
      case when indisunique then 'unique ' else '' end || substring(pg_get_indexdef(indexrelid) from ' USING (.*)$')) as line
    from pg_index join pg_class on pg_class.oid = indexrelid where indrelid = $1::regclass`

const TRIGGERS = `select pg_get_triggerdef(oid) as line from pg_trigger where tgrelid = $1::regclass and not tgisinternal`

const FUNCTIONS = `
  select pg_get_functiondef(oid) as line from pg_proc
   where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')`
