import { type Connection, SERVER_NAME } from './connection.ts'
import type { EntryFormat } from './entry-format.ts'

/** Entries as tables of a TOML file. Without a TOML parser, a table is written and taken away whole, never mended. */
export const tomlEntries: EntryFormat = {
  empty: '',
  set: (text, connection) => {
    const tables = findTables(text)
    if (tables.length > 0) {
      if (settingsIn(tables) === settingsIn([{ text: tableOf(connection) }])) return null
      throw new SyntaxError(`it has a [${TABLE}] already, which may have settings of your own`)
    }
    if (DEFINED_OTHERWISE.test(text)) throw new SyntaxError('it defines mcp_servers in a way that is not understood')
    const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    return { at: text.length, removed: '', added: gap + tableOf(connection) }
  },
  remove: text => {
    const tables = findTables(text)
    const [first] = tables
    const last = tables.at(-1)
    if (!first || !last) return null
    const removed = text.slice(first.at, last.at + last.text.length)
    const areTogether = tables.map(table => table.text).join('') === removed
    if (!areTogether || !removed.split('\n').every(line => WHOLE_LINE.test(line)))
      throw new SyntaxError(`its [${TABLE}] is written in a way that is not understood`)
    return { at: first.at, removed, added: '' }
  },
  read: text =>
    findTables(text)
      .map(table => table.text)
      .join('') || null,
  whole: tableOf,
}

/** Codex ends a tool call after 60 or 300 seconds unless it is told otherwise. */
const TOOL_TIMEOUT_SECONDS = 600
const TABLE = `mcp_servers.${SERVER_NAME}`
const NAME = `(?:${SERVER_NAME}|"${SERVER_NAME}"|'${SERVER_NAME}')`
const OUR_HEADER = new RegExp(
  String.raw`^[ \t]*\[[ \t]*mcp_servers[ \t]*\.[ \t]*${NAME}[ \t]*(?:\.[^\]]*)?\][ \t]*(?:#.*)?$`,
)
const ANY_HEADER = /^[ \t]*\[/
/** An inline table cannot be added to, and our name in another form would be there twice. */
const DEFINED_OTHERWISE = new RegExp(
  String.raw`^[ \t]*(?:mcp_servers[ \t]*=|mcp_servers[ \t]*\.[ \t]*${NAME}|${NAME}[ \t]*[.=])`,
  'm',
)
/** A header, a blank, a comment, or a setting whose value ends on its line. */
const WHOLE_LINE =
  /^[ \t]*(?:$|#|\[[^[\]]+\]|[\w"'.-]+[ \t]*=[ \t]*(?!"""|''')(?:".*"|'.*'|\[.*\]|\{.*\}|[\w.+-]+)[ \t\r]*(?:#.*)?$)/

function tableOf(connection: Connection): string {
  const lines =
    connection.kind === 'http'
      ? [`url = ${quote(connection.url)}`, `http_headers = ${inline({ Authorization: connection.authorization })}`]
      : [
          `command = ${quote(connection.command)}`,
          `args = [${connection.args.map(quote).join(', ')}]`,
          ...(Object.keys(connection.env).length > 0 ? [`env = ${inline(connection.env)}`] : []),
        ]
  return [`[${TABLE}]`, ...lines, `tool_timeout_sec = ${TOOL_TIMEOUT_SECONDS}`, ''].join('\n')
}

function inline(values: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(values)
    .map(([name, value]) => `${name} = ${quote(value)}`)
    .join(', ')} }`
}

/** A JSON string is a basic string of TOML, but for DEL. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

/** Our table and those below it, each with its header, up to the next header; the blank lines before that are not ours. */
function findTables(text: string): { at: number; text: string }[] {
  const found: { at: number; text: string }[] = []
  let at = 0
  let isOurs = false
  for (const line of text.split(/(?<=\n)/)) {
    if (ANY_HEADER.test(line)) {
      isOurs = OUR_HEADER.test(line.trimEnd())
      if (isOurs) found.push({ at, text: '' })
    }
    const table = found.at(-1)
    if (isOurs && table) table.text += line
    at += line.length
  }
  return found.map((table, index) => (index < found.length - 1 ? table : { ...table, text: withoutTail(table.text) }))
}

/** Comments at the end of a table are most likely about the next one. */
function withoutTail(table: string): string {
  return table.replace(/(?:(?<=\n)[ \t]*(?:#[^\n]*)?\r?(?:\n|$))+$/, '')
}

function settingsIn(tables: readonly { text: string }[]): string {
  const lines = tables.flatMap(table => table.text.split('\n')).map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#')).join('\n')
}
