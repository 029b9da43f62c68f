/** Where an object stands in a text of JSON, and where its members do. */
export interface ObjectText {
  open: number
  close: number
  members: MemberText[]
}
export interface MemberText {
  key: string
  start: number
  valueStart: number
  end: number
}

const STRING = /"(?:[^"\\]|\\.)*"/y
const SCALAR = /[^\s,}\]]+/y
const BRACKET_OR_STRING = /"(?:[^"\\]|\\.)*"|[{}[\]]/g

/** The object whose brace is at `open`, in a text that JSON.parse takes. */
export function readObject(text: string, open: number): ObjectText {
  const members: MemberText[] = []
  let at = next(text, open + 1)
  while (text[at] !== '}') {
    const keyEnd = endOf(STRING, text, at)
    const key: unknown = JSON.parse(text.slice(at, keyEnd))
    const valueStart = next(text, next(text, keyEnd) + 1)
    const end = valueEnd(text, valueStart)
    members.push({ key: String(key), start: at, valueStart, end })
    at = next(text, end)
    if (text[at] === ',') at = next(text, at + 1)
  }
  return { open, close: at, members }
}

/** The place of the next character that is not a blank. */
export function next(text: string, from: number): number {
  return from + (/\S/.exec(text.slice(from))?.index ?? 0)
}

function valueEnd(text: string, at: number): number {
  if (text[at] === '"') return endOf(STRING, text, at)
  if (text[at] !== '{' && text[at] !== '[') return endOf(SCALAR, text, at)
  let depth = 0
  BRACKET_OR_STRING.lastIndex = at
  for (;;) {
    const [token = ''] = BRACKET_OR_STRING.exec(text) ?? []
    if (token === '') throw new SyntaxError('a bracket is not closed')
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
    if (depth === 0) return BRACKET_OR_STRING.lastIndex
  }
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  if (!pattern.test(text)) throw new SyntaxError('the text is not JSON')
  return pattern.lastIndex
}
