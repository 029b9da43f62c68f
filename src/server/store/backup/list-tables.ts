import pg from 'pg'
import type { Queryable } from '../database.ts'

export interface TableShape {
  name: string
  columns: { name: string; type: string }[]
}

/** Every table that this user can read, with the columns that are not computed: asked of the catalogue, so none is forgotten. */
export async function listTables(on: Queryable): Promise<TableShape[]> {
  const { rows } = await on.query<TableShape>(TABLES)
  return rows
}

/** Whether any of our tables holds a row. */
export async function holdsRows(on: Queryable): Promise<boolean> {
  for (const { name } of await listTables(on)) {
    const { rows } = await on.query<{ some: boolean }>(`select exists (select from ${quoteTable(name)}) as some`)
    if (rows[0]?.some) return true
  }
  return false
}

/** A table's name as it stands in a statement. */
export function quoteTable(name: string): string {
  return `public.${pg.escapeIdentifier(name)}`
}

const TABLES = `
  select c.relname as name,
         json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     and has_table_privilege(c.oid, 'select')
   group by c.relname order by c.relname`
