import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import { KitFile } from './kit-schema.ts'

/** Parses a `.scrum4me.yml`; CONFIG_INVALID names the file, and line and key of everything that is wrong. */
export function parseKit(file: string, text: string): KitFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken) throw invalid(file, [`line ${lines.linePos(broken.pos[0]).line}: ${broken.message}`])
  const parsed = KitFile.safeParse(toValue(file, document) ?? {})
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
function toValue(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 })
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    throw invalid(file, [cause.message])
  }
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

function invalid(file: string, complaints: readonly string[]): AppError {
  return new AppError('CONFIG_INVALID', `${file} is not valid. ${complaints.join('; ')}.`, {
    hint: 'Correct it on the default branch of the repository, push it, and retry the job.',
  })
}
