import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { Kit } from '../../contract/kit.ts'
import { AppError } from '../../errors.ts'

/** What a text is called in errors, and where to correct it if not simply there. */
export interface KitFile {
  name: string
  hint?: string
}

/**
 * Parses a kit as YAML, in which a single command or pattern may stand without its list. CONFIG_INVALID names the file,
 * and line and key of everything that is wrong.
 */
export function parseKit(file: KitFile, text: string): Kit {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken) throw invalid(file, [`line ${lines.linePos(broken.pos[0]).line}: ${broken.message}`])
  const parsed = Kit.safeParse(withLists(toValue(file, document) ?? {}))
  if (parsed.success) return parsed.data
  const complaints = parsed.error.issues.flatMap(complaintsOf)
  throw invalid(
    file,
    complaints.map(
      ({ path, message }) => `line ${lineOf(document, lines, path)}: ${path.join('.') || 'it'}: ${message}`,
    ),
  )
}

/** An alias that unfolds into a thousand others is refused. */
function toValue(file: KitFile, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 })
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    throw invalid(file, [cause.message])
  }
}

const LISTS: readonly string[] = ['include', 'setup', 'cleanup', 'checks']

function withLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, said]) => [key, LISTS.includes(key) && typeof said === 'string' ? [said] : said]),
  )
}

type Path = (string | number)[]

/** An unknown key is told by its own name and place. */
function complaintsOf(issue: z.core.$ZodIssue): { path: Path; message: string }[] {
  const path = issue.path.map(part => (typeof part === 'number' ? part : String(part)))
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
  return issue.keys.map(key => ({ path: [...path, key], message: 'There is no such key' }))
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  const key = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(path.at(-1)))?.key : null
  const node = isNode(key) ? key : path.length === 0 ? document.contents : document.getIn(path, true)
  if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  return path.length === 0 ? 1 : lineOf(document, lines, path.slice(0, -1))
}

function invalid({ name, hint }: KitFile, complaints: readonly string[]): AppError {
  return new AppError('CONFIG_INVALID', `${name} is not valid. ${complaints.join('; ')}.`, hint ? { hint } : {})
}
