import { isDeepStrictEqual } from 'node:util'
import { type MemberText, next, type ObjectText, readObject } from './json-object.ts'
import type { TextChange } from './text-change.ts'

/**
 * The change that gives the member at `path` a value and leaves every other character of the JSON text as it is; null
 * when it has that value. A SyntaxError when the text is not JSON, or something on the path is no object.
 */
export function setMember(text: string, path: readonly string[], value: unknown): TextChange | null {
  const { object, member, rest } = find(text, path)
  if (rest.length > 0) return insertion(text, object, rest, value)
  if (!member || isDeepStrictEqual(JSON.parse(text.slice(member.valueStart, member.end)), value)) return null
  const removed = text.slice(member.valueStart, member.end)
  return { at: member.valueStart, removed, added: format(text, value, indentAt(text, member.start)) }
}

/** The change that takes the member at `path` away; null when there is none. */
export function removeMember(text: string, path: readonly string[]): TextChange | null {
  const { object, member, rest } = find(text, path)
  if (!member || rest.length > 0) return null
  const index = object.members.indexOf(member)
  const [before, after] = [object.members[index - 1], object.members[index + 1]]
  const [from, to] = after
    ? [member.start, after.start]
    : before
      ? [before.end, member.end]
      : [object.open + 1, object.close]
  return { at: from, removed: text.slice(from, to), added: '' }
}

/** The value at `path`, or undefined. */
export function readMember(text: string, path: readonly string[]): unknown {
  const { member, rest } = find(text, path)
  return member && rest.length === 0 ? JSON.parse(text.slice(member.valueStart, member.end)) : undefined
}

interface Place {
  /** The innermost object on the path that is there. */
  object: ObjectText
  /** Its member on the path, when the path ends there. */
  member: MemberText | null
  /** The keys that are not there. */
  rest: readonly string[]
}

function find(text: string, path: readonly string[]): Place {
  JSON.parse(text)
  let at = next(text, 0)
  for (let depth = 0; ; depth++) {
    if (text[at] !== '{') throw new SyntaxError(`${path.slice(0, depth).join('.') || 'the file'} is not an object`)
    const object = readObject(text, at)
    const member = object.members.findLast(({ key }) => key === path[depth]) ?? null
    if (!member) return { object, member: null, rest: path.slice(depth) }
    if (depth === path.length - 1) return { object, member, rest: [] }
    at = member.valueStart
  }
}

function insertion(text: string, object: ObjectText, path: readonly string[], value: unknown): TextChange {
  const [key = '', ...inner] = path
  const whole = inner.reduceRight<unknown>((made, name) => ({ [name]: made }), value)
  const last = object.members.at(-1)
  const line = indentAt(text, last?.start ?? object.open)
  if (last) {
    const isOneLine = !text.slice(object.open, last.start).includes('\n')
    const lead = isOneLine ? ' ' : newLine(text) + line
    return {
      at: last.end,
      removed: '',
      added: `,${lead}${JSON.stringify(key)}: ${format(text, whole, line, isOneLine)}`,
    }
  }
  const deeper = line + indentUnit(text)
  const added = `${newLine(text)}${deeper}${JSON.stringify(key)}: ${format(text, whole, deeper)}${newLine(text)}${line}`
  return { at: object.open + 1, removed: text.slice(object.open + 1, object.close), added }
}

function format(text: string, value: unknown, indent: string, isOneLine = false): string {
  if (isOneLine) return JSON.stringify(value)
  return JSON.stringify(value, null, indentUnit(text)).replaceAll('\n', newLine(text) + indent)
}

/** The blanks with which the line of a place begins. */
function indentAt(text: string, place: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', place - 1) + 1))?.[0] ?? ''
}

function indentUnit(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
}

function newLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
